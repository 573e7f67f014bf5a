from django.db import models

from lists.models.membership import Membership


class TopicChoice(models.Model):
    """One topic of his list that a member wants. Who has no row wants all posts.

    The empty topic stands for posts that are about none. A name that the list has no longer counts for nothing.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="topic_choices")
    topic = models.CharField(max_length=255, blank=True, help_text="Its name; empty = posts about no topic.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "topic"], name="topic_choice_once")]

    def __str__(self) -> str:
        return self.topic or "(no topic)"
