from django.db import models
from django.utils import timezone

from archives.enums import Role
from lists.models import MailingList


class AutoResponse(models.Model):
    """When somebody was last answered by one of a list's addresses, so that he is not answered each time.

    Rows older than the list's grace period say nothing any more and go (`autoresponder.forget`).
    """

    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Role, help_text="Which of the list's addresses answered.")
    address = models.CharField(max_length=320, help_text="Whom, as a look-up key.")
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mlist", "role", "address"], name="auto_response_once")]
        indexes = [models.Index(fields=["answered_at"], name="auto_response_age")]

    def __str__(self) -> str:
        return f"{self.address} by {self.role}"
