from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from lists import validators
from lists.enums import Action
from lists.models import MailingList
from moderation.header_fields import SENDER, TEXT


def checked_name(value: str) -> None:
    """A header field's name (RFC 5322 §2.2), or one of the two things that are none."""
    if value.lower() not in (SENDER, TEXT) and not validators.is_field_name(value):
        raise ValidationError("A field's name is wanted, as in Subject, or one of :text and :sender.")


class HeaderMatch(models.Model):
    """A list's own check of header fields; the first that matches decides."""

    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="header_matches")
    position = models.PositiveIntegerField(default=0)
    header = models.CharField(
        max_length=128,
        validators=[checked_name],
        help_text="Name of a field, lower-cased; :text for the words of the post, :sender for whom it comes from.",
    )
    pattern = models.CharField(max_length=500, validators=[validators.pattern])
    action = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=Action, help_text="Empty = the site's default for header matches."
    )
    tag = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["mlist", "header", "pattern"], name="header_match_unique")]
        verbose_name_plural = "header matches"

    def __str__(self) -> str:
        return f"{self.header}: {self.pattern}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.header = self.header.lower()
        super().save(*args, **kwargs)
