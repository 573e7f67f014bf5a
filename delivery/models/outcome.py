from django.db import models
from django.db.models import Q
from django.utils import timezone

from delivery.enums import OutcomeState
from delivery.models.batch import Batch


class Outcome(models.Model):
    """A recipient who was not served at the first try: deferred, refused, given up, or served later."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="outcomes")
    index = models.PositiveIntegerField(help_text="Place in the batch's recipients.")
    address = models.CharField(max_length=320)
    state = models.CharField(max_length=10, choices=OutcomeState)
    code = models.PositiveSmallIntegerField(help_text="SMTP reply code.")
    enhanced = models.CharField(max_length=12, blank=True)
    reply = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "index"], name="outcome_once")]
        indexes = [
            models.Index(fields=["batch", "due_at"], condition=Q(state=OutcomeState.DEFERRED), name="outcome_deferred")
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.state} {self.code}"
