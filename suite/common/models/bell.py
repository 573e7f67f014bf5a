from django.db import models

from suite.common.enums import BellKind


class Bell(models.Model):
    """Whether somebody has been called for a kind of work and has not come yet. One row a kind."""

    kind = models.CharField(primary_key=True, max_length=20, choices=BellKind)
    rung = models.BooleanField(default=False)
    rung_at = models.DateTimeField(null=True, help_text="When it was last rung.")
    answered_at = models.DateTimeField(null=True, help_text="When a worker last came.")

    class Meta:
        verbose_name = "bell"

    def __str__(self) -> str:
        return f"{self.kind}: {'rung' if self.rung else 'silent'}"
