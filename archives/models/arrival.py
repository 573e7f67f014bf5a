from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from archives.enums import WAITING, Origin, Role, State
from archives.models.letter import Letter
from lists.models import MailingList


class Arrival(models.Model):
    """One letter that came for one address of one list: its envelope, and how far it has got.

    Made by `keep()` alone. Every transition is an UPDATE with the old state and the lease token in its WHERE.
    """

    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="arrivals")
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="arrivals")
    role = models.CharField(max_length=10, choices=Role, default=Role.POST)
    detail = models.CharField(max_length=255, blank=True, help_text="What stood after + in the recipient's local part.")
    recipient = models.CharField(max_length=320, help_text="The envelope recipient as given.")
    sender = models.CharField(
        max_length=320, blank=True, help_text="The envelope sender; empty = the null return path."
    )
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.LMTP)
    submitter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        help_text="Who posted by web or API.",
    )
    message_id = models.CharField(max_length=998, blank=True, db_index=True, help_text="Without angle brackets.")
    received_at = models.DateTimeField(default=timezone.now)

    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    state_at = models.DateTimeField(default=timezone.now, help_text="Since when it is in this state.")
    due_at = models.DateTimeField(null=True, blank=True, help_text="Not to be worked on before; empty = now.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often work on it began.")
    lease_token = models.CharField(max_length=32, blank=True, help_text="Whose claim on it counts.")
    repeat_key = models.CharField(
        max_length=64, null=True, blank=True, editable=False, help_text="sha256 without trace headers; cleared in time."
    )
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was refused, parked or shunted.")
    traceback = models.TextField(blank=True)
    verdict = models.JSONField(default=dict, blank=True, help_text="Rule hits, misses, reasons and notes.")
    changes = models.JSONField(default=list, blank=True, help_text="Names of the handlers that changed something.")
    number = models.PositiveBigIntegerField(null=True, blank=True, help_text="The post's number on its list.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mlist", "role", "repeat_key"],
                condition=Q(repeat_key__isnull=False),
                name="arrival_repeat_unique",
            )
        ]
        indexes = [
            models.Index(fields=["mlist", "id"], condition=Q(state__in=WAITING), name="arrival_waiting"),
            models.Index(fields=["state", "state_at"], name="arrival_state"),
            models.Index(fields=["received_at"], condition=Q(repeat_key__isnull=False), name="arrival_repeat"),
        ]

    def __str__(self) -> str:
        return f"arrival {self.pk} ({self.state})"
