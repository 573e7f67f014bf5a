from django.db import models
from django.utils import timezone

from archives.models import Arrival, Letter
from lists.models import MailingList


class ArchiverCopy(models.Model):
    """A post that an archiver outside is still to get. The row goes when the archiver has it, or when somebody gives it up.

    What the archiver gets is `header`, and the body of the published letter.
    """

    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="+")
    arrival = models.ForeignKey(Arrival, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="+")
    archiver = models.CharField(max_length=100)
    header = models.BinaryField(help_text="The header block with its last line end.")
    message_id = models.CharField(max_length=998, help_text="Without angle brackets.")
    received_at = models.DateTimeField()
    made_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0, help_text="How often it was tried.")
    due_at = models.DateTimeField(default=timezone.now, help_text="Not to be tried before.")
    lease_token = models.CharField(max_length=32, blank=True, help_text="Who has it in hand, until it is due.")
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "archiver copies"
        constraints = [
            models.UniqueConstraint(
                fields=["arrival", "archiver"], condition=models.Q(arrival__isnull=False), name="archiver_copy_once"
            )
        ]
        indexes = [
            models.Index(fields=["archiver", "due_at", "id"], name="archiver_copy_due"),
            models.Index(fields=["lease_token"], condition=~models.Q(lease_token=""), name="archiver_copy_held"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} for {self.archiver}"
