from django.db import models
from django.utils import timezone


class ArchiverState(models.Model):
    """Whether an archiver outside takes what it gets. While it does not, it is asked later and later (circuit breaker)."""

    name = models.CharField(primary_key=True, max_length=100)
    failures = models.PositiveIntegerField(default=0, help_text="Copies in a row that it did not take.")
    due_at = models.DateTimeField(default=timezone.now, help_text="When it may be asked again.")
    last_error = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.name
