from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from delivery.models.rendering import Rendering
from lists.models import Membership


class DigestChoice(models.Model):
    """A reader of digests who wants his own: at his hour, each day or on one day of the week, by conversations.

    It holds while he takes digests at all; `seen` is the last entry that he was sent, or that he was not to be sent.
    """

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="digest_choice")
    ended_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when he wants it no more: what was owed to him is sent, and nothing else.",
    )
    time_zone = models.CharField(max_length=64, default="UTC", help_text="As in Europe/Berlin.")
    hour = models.PositiveSmallIntegerField(default=7, validators=[MaxValueValidator(23)])
    weekday = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(6)], help_text="0 = Monday; empty = every day."
    )
    next_at = models.DateTimeField(help_text="When the next one is due.")
    seen = models.BigIntegerField(default=0)
    seen_before = models.BigIntegerField(default=0, help_text="What `seen` was before the last one.")
    rendering = models.ForeignKey(
        Rendering, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="The last one."
    )

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="digest_choice_due")]
        constraints = [
            models.CheckConstraint(name="digest_choice_hour", condition=Q(hour__lte=23)),
            models.CheckConstraint(name="digest_choice_weekday", condition=Q(weekday__isnull=True) | Q(weekday__lte=6)),
        ]

    def __str__(self) -> str:
        return f"own digest of member {self.membership_id}"
