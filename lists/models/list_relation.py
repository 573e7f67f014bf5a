from django.db import models
from django.db.models import F, Q

from lists.enums import Relation
from lists.models.mailing_list import MailingList


class ListRelation(models.Model):
    """What one list has to do with another. Written by `lists.services.relations` alone, which lets no circle be closed."""

    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="relations")
    other = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="related_by")
    kind = models.CharField(max_length=10, choices=Relation)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mlist", "other"], name="list_relation_once"),
            models.CheckConstraint(name="list_relation_of_two", condition=~Q(mlist=F("other"))),
        ]

    def __str__(self) -> str:
        return f"list {self.mlist_id} {self.kind}s list {self.other_id}"
