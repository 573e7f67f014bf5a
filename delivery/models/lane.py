from django.db import models

from lists.models import MailingList


class Lane(models.Model):
    """The right to work on a list's arrivals: one worker at a time, so that posts keep their order and numbers.

    A lease with a fencing token. Who writes results renews it in the same transaction, and rolls back where it is gone.
    """

    mlist = models.OneToOneField(MailingList, primary_key=True, on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=32, blank=True)
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"lane of list {self.pk}"
