from django.db import models

from lists.models import Membership


class Probation(models.Model):
    """How many posts of a new member moderators have accepted. No row: none yet."""

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="probation")
    accepted = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.accepted} of membership {self.membership_id}"
