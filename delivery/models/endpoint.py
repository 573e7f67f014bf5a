from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.utils import timezone

from lists.models import MailingList, Membership


class Endpoint(models.Model):
    """Where posts go over HTTP: those that are a member's, or with no member the list's own.

    `due_at` and `failures` say whether it answers, as RelayState does of a relay. One that is off is as good as none. The key
    that signs stands nowhere but here.
    """

    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="+", verbose_name="list")
    membership = models.OneToOneField(
        Membership,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Whose mail it takes the place of; empty = that of all members.",
    )
    url = models.CharField(max_length=2000)
    with_mail = models.BooleanField(default=False, help_text="A list's: members get their mail as well.")
    secret = models.CharField(max_length=100)
    old_secret = models.CharField(max_length=100, blank=True, help_text="Signs as well, for a while.")
    old_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    off_at = models.DateTimeField(null=True, blank=True, help_text="It is not used since.")
    off_reason = models.CharField(max_length=500, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True, help_text="When it last took a post.")
    failures = models.PositiveIntegerField(default=0, help_text="Posts in a row that it did not take.")
    failing_since = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(default=timezone.now, help_text="Nobody asks it before.")
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mlist"], condition=Q(membership__isnull=True), name="endpoint_of_list"),
        ]

    def __str__(self) -> str:
        return f"endpoint {self.pk} at {self.place}"

    @property
    def place(self) -> str:
        """The URL without path and query, in which a password may stand."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"
