"""What can be wrong with a wish at the moderators' desk."""

from suite.common.errors import SuiteError


class AlreadyDecided(SuiteError):
    """Somebody else was quicker; what he decided holds."""

    code, http_status = "already-decided", 409


class WrongPassword(SuiteError):
    """A letter shows a password that is not the moderators'."""

    code, http_status = "wrong-password", 403


class UnknownFilter(SuiteError):
    code, http_status = "unknown-filter", 404


class DuplicateFilter(SuiteError):
    code, http_status = "duplicate-filter", 400
