from django.db import models
from django.utils import timezone


class Event(models.Model):
    """Who did what when: the audit trail. Written in the transaction that did it; never changed."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=60, help_text="noun.verb, as in `held.accepted`.")
    actor = models.CharField(max_length=320, blank=True, help_text="Address of a person, or the name of a command.")
    list_id = models.CharField(max_length=255, blank=True, db_index=True)
    subject = models.CharField(max_length=320, blank=True, help_text="What it was done to.")
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind} {self.subject}"
