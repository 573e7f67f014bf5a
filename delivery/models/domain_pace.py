from django.db import models
from django.db.models import Q
from django.utils import timezone

from lists.models.domain import HOST


class DomainPace(models.Model):
    """How fast recipients at a domain are sent to: as an operator says, and as the domain's own answers ask for.

    Minutes are counted one by one: `used` recipients were allowed since `minute_at`, `taken` of them were answered well.
    """

    domain = models.CharField(primary_key=True, max_length=255, validators=[HOST])
    fixed_rate = models.PositiveIntegerField(null=True, blank=True, help_text="Recipients a minute at most, always.")
    connections = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Sessions at once at most, always.")
    rate = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Recipients a minute since the domain asked us to slow down; empty = it does not.",
    )
    next_at = models.DateTimeField(default=timezone.now, help_text="Nobody there is sent to before.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="How often in a row it asked us to slow down.")
    failing_since = models.DateTimeField(null=True, blank=True, help_text="It has taken nothing since.")
    slowed_at = models.DateTimeField(null=True, blank=True, help_text="When it asked last.")
    last_reply = models.CharField(max_length=500, blank=True)
    minute_at = models.DateTimeField(default=timezone.now)
    used = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    seats = models.JSONField(default=list, blank=True, help_text="Tokens of the workers that send there.")

    LIMITED = Q(rate__isnull=False) | Q(fixed_rate__isnull=False) | Q(connections__isnull=False)

    def __str__(self) -> str:
        return self.domain

    @property
    def limit(self) -> int | None:
        """Recipients a minute; None = any number."""
        return min((rate for rate in (self.rate, self.fixed_rate) if rate is not None), default=None)
