"""How a person wants list mail. Numbers and names as Mailman's."""

from suite.common.enums import WireChoices


class DeliveryMode(WireChoices):
    REGULAR = 1
    PLAINTEXT_DIGESTS = 2
    MIME_DIGESTS = 3
    SUMMARY_DIGESTS = 4


class DeliveryStatus(WireChoices):
    ENABLED = 1
    BY_USER = 2
    BY_BOUNCES = 3
    BY_MODERATOR = 4
    UNKNOWN = 5
