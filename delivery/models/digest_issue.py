from django.db import models
from django.db.models import Q
from django.utils import timezone

from lists.models import MailingList


class DigestIssue(models.Model):
    """A closed collection with its volume and number: what is in it is settled, whoever dies while it is made and sent.

    `due_at` is also the claim of who works on it: he moves it ahead, and what he leaves undone is taken up then.
    """

    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="digest_issues")
    volume = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    closed_at = models.DateTimeField(default=timezone.now)
    planned_at = models.DateTimeField(null=True, blank=True, help_text="When it was settled who gets what.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When all of it was handed to the outbox.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Tries in a row that came to nothing.")
    due_at = models.DateTimeField(default=timezone.now, help_text="Not to be worked on before.")
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mlist", "volume", "number"], name="digest_issue_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(sent_at__isnull=True), name="digest_issue_open")]

    def __str__(self) -> str:
        return f"Vol {self.volume}, Issue {self.number}"
