from django.db import models

from lists.models import MailingList


class Flood(models.Model):
    """The last flood of posts to a list: a later one begins another, of which owners hear again."""

    mlist = models.OneToOneField(MailingList, on_delete=models.CASCADE, related_name="flood")
    began_at = models.DateTimeField()
    held_at = models.DateTimeField(help_text="When a post was last held for it.")

    def __str__(self) -> str:
        return f"flood of list {self.mlist_id} at {self.began_at}"
