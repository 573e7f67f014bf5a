from django.db import models
from django.db.models import Q
from django.utils import timezone

from archives.models import Arrival, Letter, Post
from delivery.models.digest_issue import DigestIssue
from delivery.models.digest_roster import DigestRoster
from lists.models import MailingList


class DigestEntry(models.Model):
    """A post that goes, or went, into a digest: the header fields that digests show, and the published letter's body.

    Without `issue` it is collected and waits. The header is as members see it, with the list's prefix.
    """

    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="digest_entries")
    issue = models.ForeignKey(DigestIssue, null=True, blank=True, on_delete=models.CASCADE, related_name="entries")
    arrival = models.ForeignKey(Arrival, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    post = models.ForeignKey(
        Post, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="Empty = not archived."
    )
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="+")
    roster = models.ForeignKey(
        DigestRoster,
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="entries",
        help_text="Whom it is owed to; empty = nobody took digests.",
    )
    header = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Bytes of the published letter.")
    collected_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "digest entries"
        constraints = [
            models.UniqueConstraint(
                fields=["mlist", "arrival"], condition=Q(arrival__isnull=False), name="digest_entry_once"
            )
        ]
        indexes = [
            models.Index(fields=["mlist", "id", "size"], condition=Q(issue__isnull=True), name="digest_entry_waiting")
        ]

    def __str__(self) -> str:
        return f"digest entry {self.pk}"
