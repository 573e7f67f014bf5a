from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from accounts.models.preferences import Preferences
from accounts.models.user import User
from suite.mail import addresses


def validate_address(value: str) -> None:
    if not addresses.is_valid(value):
        raise ValidationError("Invalid email address: %(value)s", params={"value": value})


class AddressField(models.CharField):
    """A mail address, internationalised ones too (RFC 6531); Django's EmailField refuses those."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 320)
        kwargs.setdefault("validators", [validate_address])
        super().__init__(*args, **kwargs)


class Address(Preferences):
    """A mailbox, with or without a user. `email` is the look-up key, `original_email` what mail is sent to."""

    email = AddressField(unique=True, editable=False, help_text="Lower-cased key; filled from original_email.")
    original_email = AddressField()
    display_name = models.CharField(max_length=255, blank=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="addresses")
    registered_at = models.DateTimeField(default=timezone.now)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return self.original_email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = addresses.key(self.original_email)
        super().save(*args, **kwargs)

    @property
    def verified(self) -> bool:
        return self.verified_at is not None
