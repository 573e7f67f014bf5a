from django.db import models

from lists.models import MailingList


class DigestRoster(models.Model):
    """Who took digests when a post went out: `[membership id, delivery mode]` each, once for all posts of which it is true.

    So a member who changes between digests and single posts gets each post in one of both ways, whenever he does it.
    """

    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="+")
    sha256 = models.CharField(max_length=64, editable=False)
    members = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mlist", "sha256"], name="digest_roster_once")]

    def __str__(self) -> str:
        return f"{len(self.members)} readers of digests"
