from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from delivery.smtp import Relay, without_password
from lists.models import Domain, MailingList
from lists.models.domain import HOST
from suite.mail.addresses import wire_domain


class OutgoingRelay(models.Model):
    """An MTA that takes mail of ours, beside or instead of the one in the settings. The password stands nowhere but here."""

    name = models.SlugField(unique=True, help_text="What routes, logs and commands call it.")
    url = models.CharField(
        max_length=500,
        help_text="As in smtp+starttls://user@mx.example.org:587; a password in it is taken out and kept by itself.",
    )
    password = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Puts a password out of the URL. Raises ValidationError, which repeats neither."""
        try:
            self.url, password = without_password(self.url)
            self.password = password or self.password
            self.relay()
        except ValueError as error:
            raise ValidationError({"url": str(error)}) from None

    def relay(self) -> Relay:
        """Raises ValueError for a URL that is none."""
        return replace(Relay.from_url(self.url), password=self.password)


class RelayRoute(models.Model):
    """A relay for some mail: that of a list, or of a domain's lists, or to a domain, or to that from these; else all mail.

    Several rows that say the same of the mail are an order: who comes first is used while it answers.
    """

    mlist = models.ForeignKey(
        MailingList, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name="list"
    )
    domain = models.ForeignKey(
        Domain, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Of the lists that send."
    )
    recipient_domain = models.CharField(
        max_length=255, blank=True, validators=[HOST], help_text="Mail to addresses there alone; empty = to all."
    )
    place = models.PositiveSmallIntegerField(default=1, help_text="1 is used first, 2 while 1 does not answer.")
    relay = models.ForeignKey(OutgoingRelay, on_delete=models.PROTECT, related_name="routes")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mlist__isnull=True) | Q(domain__isnull=True),
                name="route_of_list_or_domain",
                violation_error_message="A route is of a list or of a domain's lists, not both.",
            ),
        ]

    def __str__(self) -> str:
        whose = f"from {self.mlist or self.domain} " if self.mlist_id or self.domain_id else ""
        return f"{whose}to {self.recipient_domain or 'everybody'}: {self.place}. {self.relay}"

    def clean(self) -> None:
        self.recipient_domain = wire_domain(f"@{self.recipient_domain}")
