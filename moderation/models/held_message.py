from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from archives.enums import State
from archives.models import Arrival
from lists.models import MailingList

DECISIONS = [(state.value, state.label) for state in (State.ACCEPTED, State.REJECTED, State.DISCARDED, State.EXPIRED)]


class HeldMessage(models.Model):
    """A post that waits at the desk, with why; after the decision, the record of who decided what."""

    arrival = models.OneToOneField(Arrival, on_delete=models.CASCADE, related_name="held")
    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="held_messages")
    sender = models.CharField(max_length=320, blank=True)
    sender_name = models.CharField(max_length=255, blank=True)
    subject = models.CharField(max_length=998, blank=True)
    rule = models.CharField(max_length=100, blank=True, help_text="The rule that decided.")
    reasons = models.JSONField(default=list, help_text="A sentence for the moderator for each hit.")
    held_at = models.DateTimeField(default=timezone.now)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=12, blank=True, choices=DECISIONS)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(blank=True, help_text="What the moderator told the sender.")

    class Meta:
        indexes = [models.Index(fields=["mlist", "held_at"], condition=Q(decision=""), name="held_waiting")]

    def __str__(self) -> str:
        return f"{self.sender}: {self.subject}"

    @property
    def expires_at(self) -> datetime | None:
        """When the desk discards it by itself, as the list is set now. Costs a query unless the list is loaded."""
        days = self.mlist.max_days_to_hold
        return self.held_at + timedelta(days=days) if days else None
