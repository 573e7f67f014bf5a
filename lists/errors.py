"""What can be wrong with a wish about domains, lists and memberships."""

from suite.common.errors import SuiteError


class ListsError(SuiteError):
    code = "lists-error"


class DuplicateDomain(ListsError):
    code, http_status = "duplicate-domain", 400


class ListExists(ListsError):
    code, http_status = "list-exists", 400


class NoSuchDomain(ListsError):
    code, http_status = "no-such-domain", 400


class InvalidListName(ListsError):
    code, http_status = "invalid-list-name", 400


class AlreadySubscribed(ListsError):
    code, http_status = "already-subscribed", 409


class MembershipBanned(ListsError):
    code, http_status = "membership-banned", 400


class JoiningDenied(ListsError):
    """A plugin says no; the message is its sentence."""

    code, http_status = "joining-denied", 403


class UnknownPlugin(ListsError):
    code, http_status = "unknown-plugin", 400


class InvalidSubscriber(ListsError):
    """Somebody, or something, that cannot be subscribed: the list itself, or a user nobody could send mail to."""

    code, http_status = "invalid-subscriber", 400


class NoPreferredAddress(InvalidSubscriber):
    """A user's membership follows his preferred address, and he has none."""

    code = "no-preferred-address"


class OwnAddress(InvalidSubscriber):
    """A list cannot be on itself."""

    code = "own-address"


class UnknownTopic(ListsError):
    code, http_status = "unknown-topic", 400


class UnknownSetting(ListsError):
    code, http_status = "unknown-setting", 400


class ReadOnlySetting(ListsError):
    code, http_status = "read-only", 400


class UnknownStyle(ListsError):
    code, http_status = "unknown-style", 400


class InvalidPattern(ListsError):
    code, http_status = "invalid-pattern", 400


class UnknownToken(ListsError):
    """A token that was never given, was used, or is too old. Which, nobody is told."""

    code, http_status = "unknown-token", 404


class UnknownUser(ListsError):
    code, http_status = "unknown-user", 400


class NotSubscribed(ListsError):
    code, http_status = "not-subscribed", 404


class NotAwaited(ListsError):
    """A moderator's word is not what this request waits for."""

    code, http_status = "not-awaited", 409


class NoSuchDecision(ListsError):
    code, http_status = "no-such-decision", 400


class RequestPending(ListsError):
    """The same request of the same address waits already."""

    code, http_status = "request-pending", 409


class UnknownText(ListsError):
    code, http_status = "unknown-text", 404


class InvalidText(ListsError):
    code, http_status = "invalid-text", 400


class InvalidRelation(ListsError):
    """A list that would include itself, be it by way of others; or one that has nothing to do with it."""

    code, http_status = "invalid-relation", 400
