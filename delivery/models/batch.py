from django.db import models
from django.db.models import Q
from django.utils import timezone

from delivery.enums import BatchKind, BatchState
from delivery.models.endpoint import Endpoint
from delivery.models.rendering import Rendering
from lists.models import MailingList


class Batch(models.Model):
    """Some hundred recipients of a rendering, frozen, and how far the sending has got.

    `recipients` is a list of `[membership id or null, address, name]`; `done` counts those whose first answer is recorded
    here; rows of their own (Outcome) exist for the deferred and refused alone. `replies` holds `[count, reply]` for each
    SMTP transaction.

    Recipients at a domain whose mail goes its own way are parted from the others: a batch of the same position for each
    such domain (`domain`), with what is left in the first (REST). Who has an HTTP endpoint, or stands for one, has a batch of
    his own, which goes to no relay.
    """

    REST = "*"

    rendering = models.ForeignKey(Rendering, on_delete=models.CASCADE, related_name="batches")
    mlist = models.ForeignKey(MailingList, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(
        Endpoint,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_index=False,
        related_name="+",
        help_text="It goes there, and not by mail.",
    )
    kind = models.CharField(max_length=10, choices=BatchKind, default=BatchKind.BULK)
    position = models.PositiveIntegerField(default=0, help_text="Which part of the post's recipients this is.")
    domain = models.CharField(
        max_length=255, blank=True, help_text="All recipients are at this one; * = those at others were parted from it."
    )
    urgency = models.PositiveSmallIntegerField(
        default=1, help_text="0 = notices, which wait for no post; 1 = posts; 2 = digests, for which no post waits."
    )
    return_path = models.CharField(
        max_length=320, blank=True, help_text="Envelope sender; personal kinds add VERP to it."
    )
    recipients = models.JSONField(default=list)
    size = models.PositiveIntegerField(default=0, help_text="How many recipients.")
    done = models.PositiveIntegerField(default=0)
    replies = models.JSONField(default=list, blank=True)

    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.PENDING)
    due_at = models.DateTimeField(default=timezone.now, help_text="Not to be sent before.")
    expires_at = models.DateTimeField(help_text="Given up after.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Connections in a row that broke at this place.")
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["rendering", "position", "domain"], name="batch_once"),
        ]
        indexes = [
            models.Index(
                fields=["urgency", "id"],
                condition=Q(state__in=[BatchState.PENDING, BatchState.SENDING]),
                name="batch_open",
            ),
            models.Index(
                fields=["mlist", "position", "id"],
                condition=Q(state__in=[BatchState.PENDING, BatchState.SENDING]),
                name="batch_order",
            ),
            models.Index(fields=["endpoint", "id"], condition=Q(endpoint__isnull=False), name="batch_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk} ({self.state})"
