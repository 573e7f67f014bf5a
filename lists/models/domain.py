from typing import Any

from django.core.validators import RegexValidator
from django.db import models

from accounts.models import User

HOST = RegexValidator(r"^(?!-)[-a-z0-9]+(\.(?!-)[-a-z0-9]+)+$", "A mail host as in lists.example.org is wanted.")


class Domain(models.Model):
    """A mail host that lists live on."""

    mail_host = models.CharField(max_length=255, unique=True, validators=[HOST])
    description = models.CharField(max_length=255, blank=True)
    alias_domain = models.CharField(
        max_length=255, blank=True, validators=[HOST], help_text="Mail to this domain counts as mail to the mail host."
    )
    base_url = models.URLField(blank=True, help_text="The domain's web address, where it has an own one.")
    owners: "models.ManyToManyField[User, Any]" = models.ManyToManyField(User, blank=True, related_name="owned_domains")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.mail_host

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.mail_host = self.mail_host.lower()
        self.alias_domain = self.alias_domain.lower()
        super().save(*args, **kwargs)
