from django.db import models
from django.db.models import Q
from django.utils import timezone

from lists.enums import PendingKind, TokenOwner
from lists.models.mailing_list import MailingList


class Pending(models.Model):
    """Something that waits for somebody's word, and the token that is that word.

    The token itself is nowhere in the database: `fingerprint` is what a look-up makes of it (`lists.services.pending`), is no
    secret, and names a request to moderators and programs.
    """

    fingerprint = models.CharField(max_length=40, unique=True, editable=False)
    kind = models.PositiveSmallIntegerField(choices=PendingKind)
    token_owner = models.PositiveSmallIntegerField(choices=TokenOwner, default=TokenOwner.NO_ONE)
    mlist = models.ForeignKey(MailingList, null=True, blank=True, on_delete=models.CASCADE, related_name="pending")
    email = models.CharField(max_length=320, blank=True, db_index=True, help_text="Whom it concerns: an address's key.")
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "pending"
        indexes = [models.Index(fields=["mlist", "kind", "token_owner"], name="pending_of_list")]
        constraints = [
            models.UniqueConstraint(
                fields=["mlist", "kind", "email"],
                condition=Q(kind__in=(PendingKind.SUBSCRIPTION, PendingKind.UNSUBSCRIPTION)),
                name="pending_request_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{PendingKind(self.kind).wire} {self.email}".rstrip()
