from django.db import models
from django.utils import timezone


class RelayState(models.Model):
    """Whether a relay answers. While it does not, one worker at a time may try it, later and later (circuit breaker)."""

    name = models.CharField(
        primary_key=True, max_length=255, help_text="Of an outgoing relay; host:port = the settings' one."
    )
    failures = models.PositiveIntegerField(default=0, help_text="Connections in a row that came to nothing.")
    due_at = models.DateTimeField(default=timezone.now, help_text="When the next try is allowed.")
    last_error = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.name
