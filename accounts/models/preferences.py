from typing import Any

from django.conf import settings
from django.db import models

from accounts.enums import DeliveryMode, DeliveryStatus
from suite.common import languages


class Preferences(models.Model):
    """How somebody wants list mail; null means "ask the next one".

    A membership, an address and a user carry these columns each, and the effective value is looked up in this order, then in
    `system_preferences()`. Columns rather than rows of their own: the recipients of a post are one query with no join more.
    """

    acknowledge_posts = models.BooleanField(null=True, blank=True, help_text="Confirm each of my posts by mail.")
    delivery_mode = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=DeliveryMode, help_text="Each post by itself, or collected in digests."
    )
    delivery_status = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=DeliveryStatus, help_text="Whether mail is sent at all, and who switched it off."
    )
    hide_address = models.BooleanField(null=True, blank=True, help_text="Keep my address out of members' rosters.")
    preferred_language = models.CharField(
        max_length=16, null=True, blank=True, validators=[languages.validate], help_text="Language of mail to me."
    )
    receive_list_copy = models.BooleanField(
        null=True, blank=True, help_text="Send me the list's copy although I am named in To or Cc."
    )
    receive_own_postings = models.BooleanField(null=True, blank=True, help_text="Send me my own posts.")

    class Meta:
        abstract = True


PREFERENCES = tuple(field.name for field in Preferences._meta.local_fields)


def system_preferences() -> dict[str, Any]:
    """What holds where nobody said anything."""
    return {
        "acknowledge_posts": False,
        "delivery_mode": DeliveryMode.REGULAR,
        "delivery_status": DeliveryStatus.ENABLED,
        "hide_address": True,
        "preferred_language": settings.LANGUAGE_CODE,
        "receive_list_copy": True,
        "receive_own_postings": True,
    }
