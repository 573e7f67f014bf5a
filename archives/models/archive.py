from django.db import models

from lists.enums import ArchivePolicy
from lists.models import MailingList


class Archive(models.Model):
    """A list's posts, which can outlive the list: then `mlist` is empty and name and policy are as they last were.

    While the list lives, the list's own archive_policy decides who may read; `policy` and `display_name` follow it.
    """

    list_id = models.CharField(max_length=255, unique=True, editable=False)
    mlist = models.OneToOneField(MailingList, null=True, blank=True, on_delete=models.SET_NULL, related_name="archive")
    display_name = models.CharField(max_length=255, blank=True)
    policy = models.PositiveSmallIntegerField(choices=ArchivePolicy, default=ArchivePolicy.PRIVATE)

    def __str__(self) -> str:
        return self.list_id
