from typing import Any

from django.db import models
from django.db.models import Q

from lists import validators
from lists.models.mailing_list import MailingList
from suite.mail import addresses


class Ban(models.Model):
    """An address, or a pattern that begins with `^`, that may neither join nor post. Without a list it holds everywhere."""

    email = models.CharField(max_length=500, validators=[validators.address_or_pattern])
    mlist = models.ForeignKey(MailingList, null=True, blank=True, on_delete=models.CASCADE, related_name="bans")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mlist", "email"], name="ban_unique_on_list"),
            models.UniqueConstraint(fields=["email"], condition=Q(mlist__isnull=True), name="ban_unique_on_site"),
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.email.startswith("^"):
            self.email = addresses.key(self.email)
        super().save(*args, **kwargs)
