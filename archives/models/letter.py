from django.db import models
from django.utils import timezone


class Letter(models.Model):
    """A message's bytes as they came (or as they were published), each kind of bytes once. Never changed.

    In a table of its own, so that lists of arrivals and posts never touch the bytes. One that nothing refers to is swept.
    """

    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    raw = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Bytes.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"letter {self.pk} ({self.size} bytes)"
