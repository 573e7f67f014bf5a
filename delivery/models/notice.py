from django.db import models
from django.utils import timezone

from delivery.models.rendering import Rendering
from lists.models import MailingList


class Notice(models.Model):
    """A mail of our own to one person. Its key makes it once, however often the work that wants it is repeated."""

    kind = models.CharField(max_length=60, help_text="Which of our mails, as in `held` or `rejected`.")
    subject = models.CharField(max_length=120, help_text="What it is about, as in `arrival:4711`.")
    recipient = models.CharField(max_length=320)
    generation = models.PositiveIntegerField(default=0, help_text="Which of several about the same thing.")
    mlist = models.ForeignKey(MailingList, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    rendering = models.ForeignKey(Rendering, null=True, blank=True, on_delete=models.SET_NULL, related_name="notices")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "recipient", "generation"], name="notice_once")
        ]
        indexes = [models.Index(fields=["recipient", "kind", "created_at"], name="notice_to")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"
