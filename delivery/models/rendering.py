from django.db import models
from django.utils import timezone

from archives.models import Arrival, Letter
from lists.models import MailingList


class Rendering(models.Model):
    """An outgoing message, once, whatever the number of its recipients.

    What differs from one recipient to the next stands as a placeholder `=#<mark>:<name>#=` in header or body; `mark` is
    random, so that no poster can write one. `body` is empty where the published letter's body goes out untouched.
    """

    mlist = models.ForeignKey(MailingList, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    arrival = models.ForeignKey(Arrival, null=True, blank=True, on_delete=models.SET_NULL, related_name="renderings")
    header = models.BinaryField(help_text="The header block with its last line end, without the blank line.")
    body = models.BinaryField(null=True, blank=True, help_text="From the blank line on; empty = that of `letter`.")
    letter = models.ForeignKey(Letter, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    mark = models.CharField(max_length=32, blank=True)
    eight_bit = models.BooleanField(default=False)
    smtputf8 = models.BooleanField(default=False)
    message_id = models.CharField(max_length=998, blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)
    paused_at = models.DateTimeField(null=True, blank=True, help_text="An owner stopped the sending for now.")

    def __str__(self) -> str:
        return f"rendering {self.pk}"
