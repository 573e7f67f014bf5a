from django.db import models

from archives.models import Post
from lists.models import Membership


class MutedThread(models.Model):
    """A conversation that somebody wants no more of. Named by one of its posts, for conversations may turn out to be one."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="muted_threads")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "post"], name="muted_thread_once")]

    def __str__(self) -> str:
        return f"member {self.membership_id} without the conversation of post {self.post_id}"
