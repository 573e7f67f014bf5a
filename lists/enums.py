"""Choices of lists and memberships. Numbers and names as Mailman's, for they are wire values."""

from django.db import models

from suite.common.enums import WireChoices


class Role(models.TextChoices):
    """Which of a list's addresses a letter is for."""

    POST = "post"
    OWNER = "owner"
    BOUNCES = "bounces"
    CONFIRM = "confirm"
    JOIN = "join"
    LEAVE = "leave"
    REQUEST = "request"


class Relation(models.TextChoices):
    """What a list says of another one. The former makes it an umbrella list."""

    INCLUDE = "include", "its posts go to that list's members as well"
    EXCLUDE = "exclude", "a post to both goes once to who is a member of both"


class Action(WireChoices):
    HOLD = 0
    REJECT = 1
    DISCARD = 2
    ACCEPT = 3
    DEFER = 4


class FilterAction(WireChoices):
    HOLD = 0
    REJECT = 1
    DISCARD = 2
    ACCEPT = 3
    DEFER = 4
    FORWARD = 5
    PRESERVE = 6


class ArchivePolicy(WireChoices):
    NEVER = 0
    PRIVATE = 1
    PUBLIC = 2


class ArchiveRenderingMode(WireChoices):
    TEXT = 1
    MARKDOWN = 2


class ResponseAction(WireChoices):
    NONE = 0
    RESPOND_AND_DISCARD = 1
    RESPOND_AND_CONTINUE = 2


class UnrecognizedBounceDisposition(WireChoices):
    DISCARD = 0
    ADMINISTRATORS = 1
    SITE_OWNER = 2


class DigestFrequency(WireChoices):
    YEARLY = 0
    MONTHLY = 1
    QUARTERLY = 2
    WEEKLY = 3
    DAILY = 4


class DMARCMitigateAction(WireChoices):
    NO_MITIGATION = 0
    MUNGE_FROM = 1
    WRAP_MESSAGE = 2
    REJECT = 3
    DISCARD = 4


class Personalization(WireChoices):
    NONE = 0
    INDIVIDUAL = 1
    FULL = 2


class ReplyToMunging(WireChoices):
    NO_MUNGING = 0
    POINT_TO_LIST = 1
    EXPLICIT_HEADER = 2
    EXPLICIT_HEADER_ONLY = 3


class SubscriptionPolicy(WireChoices):
    OPEN = 0
    CONFIRM = 1
    MODERATE = 2
    CONFIRM_THEN_MODERATE = 3


class NewsgroupModeration(WireChoices):
    NONE = 0
    OPEN_MODERATED = 1
    MODERATED = 2


class RosterVisibility(WireChoices):
    PUBLIC = 0
    MEMBERS = 1
    MODERATORS = 2


class MemberRole(WireChoices):
    MEMBER = 1
    OWNER = 2
    MODERATOR = 3
    NONMEMBER = 4


class SubscriptionMode(WireChoices):
    AS_USER = 1
    AS_ADDRESS = 2


class TokenOwner(WireChoices):
    """Whose word something pending waits for."""

    NO_ONE = 0
    SUBSCRIBER = 1
    MODERATOR = 2


class PendingKind(WireChoices):
    """What is pending. The first three are Mailman's request types."""

    HELD_MESSAGE = 1
    SUBSCRIPTION = 2
    UNSUBSCRIPTION = 3
    PROBE = 4
    DATA = 5
