from django.db import models
from django.db.models import Q

from accounts.enums import DeliveryMode
from delivery.models.digest_issue import DigestIssue
from delivery.models.rendering import Rendering


class DigestShare(models.Model):
    """One mail that an issue becomes: in which form, with which of its entries, for whom. Made into a rendering once.

    `entries` holds their ids where the readers are not owed all of them; `recipients` is as a batch's.
    """

    issue = models.ForeignKey(DigestIssue, on_delete=models.CASCADE, related_name="shares")
    position = models.PositiveIntegerField()
    form = models.PositiveSmallIntegerField(choices=DeliveryMode)
    entries = models.JSONField(default=list, blank=True)
    recipients = models.JSONField(default=list)
    made_at = models.DateTimeField(null=True, blank=True)
    rendering = models.ForeignKey(
        Rendering, null=True, blank=True, on_delete=models.SET_NULL, related_name="digest_shares"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "position"], name="digest_share_once")]
        indexes = [
            models.Index(fields=["issue", "position"], condition=Q(made_at__isnull=True), name="digest_share_open")
        ]

    def __str__(self) -> str:
        return f"share {self.position} of issue {self.issue_id}"
