from django.db import models
from django.utils import timezone


class AskedAddress(models.Model):
    """A mailbox that was asked whether it wants to join some list: what the join shield counts (`lists.services.join_shield`).

    `mailbox` is the address without what plus signs (and Gmail's dots) make many of. A row is kept for a day, or for as long
    as its owner wants to be left alone.
    """

    mailbox = models.CharField(max_length=320, unique=True)
    domain = models.CharField(max_length=255)
    network = models.CharField(max_length=64, blank=True, help_text="Where the wish came from, where that is known.")
    asked_at = models.DateTimeField(default=timezone.now)
    answered = models.BooleanField(default=False, help_text="Somebody confirmed: then there may be another mail.")
    refused_until = models.DateTimeField(null=True, blank=True, help_text="Until then this mailbox is asked no more.")

    class Meta:
        verbose_name_plural = "asked addresses"
        indexes = [
            models.Index(fields=["domain", "asked_at"], name="asked_domain"),
            models.Index(fields=["network", "asked_at"], name="asked_network"),
        ]

    def __str__(self) -> str:
        return self.mailbox
