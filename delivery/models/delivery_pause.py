from django.db import models

from accounts.enums import DeliveryStatus
from lists.models import Membership


class DeliveryPause(models.Model):
    """A member gets nothing until a day, and then what he has missed, as one digest.

    The pause itself is his delivery_status, by_user; once that is another, whoever changed it, the pause is over.
    """

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="delivery_pause")
    began_at = models.DateTimeField()
    until = models.DateTimeField()
    before = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=DeliveryStatus, help_text="His own delivery_status before."
    )
    digest = models.BooleanField(default=True, help_text="Whether he wants what he missed.")
    seen = models.BigIntegerField(help_text="The last digest entry that he has not missed, or has been sent.")
    last = models.BigIntegerField(null=True, blank=True, help_text="The last one that he missed; empty = it goes on.")

    class Meta:
        indexes = [models.Index(fields=["until"], name="delivery_pause_until")]

    def __str__(self) -> str:
        return f"pause of member {self.membership_id} until {self.until:%Y-%m-%d}"
