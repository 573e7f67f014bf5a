from django.db import models
from django.utils import timezone

from delivery.enums import BounceCause, BounceKind, BounceSource
from delivery.models.batch import Batch
from lists.models import MailingList, Membership


class BounceEvent(models.Model):
    """A mailbox refused a message of a list, or has not taken it yet. `delivery.bounces` scores them, each once.

    `proven` says that nobody else can have written it: the relay said it, or it came to a return path that we signed.
    """

    mlist = models.ForeignKey(
        MailingList, null=True, blank=True, on_delete=models.CASCADE, related_name="bounce_events"
    )
    membership = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    address = models.CharField(max_length=320)
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=10, choices=BounceKind)
    source = models.CharField(max_length=10, choices=BounceSource)
    cause = models.CharField(max_length=20, choices=BounceCause, default=BounceCause.OTHER)
    code = models.PositiveSmallIntegerField(default=0)
    enhanced = models.CharField(max_length=12, blank=True)
    diagnostic = models.CharField(max_length=500, blank=True)
    message_id = models.CharField(max_length=998, blank=True)
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    proven = models.BooleanField(default=True)
    points = models.PositiveSmallIntegerField(default=0, help_text="What it added to the member's score.")
    probe = models.BooleanField(default=False, help_text="It answers a probe rather than a post.")
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "address"], name="bounce_once_per_batch")]
        indexes = [
            models.Index(fields=["processed_at", "id"], name="bounce_unprocessed"),
            models.Index(fields=["mlist", "message_id"], name="bounce_of_message"),
            models.Index(fields=["membership", "at"], name="bounce_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.kind} {self.enhanced or self.code}"
