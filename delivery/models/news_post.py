from django.db import models
from django.db.models import Q
from django.utils import timezone

from archives.models import Arrival, Letter
from delivery.enums import NewsState
from lists.models import MailingList


class NewsPost(models.Model):
    """A post that goes, or went, to the list's newsgroup: the article's header, and the letter's body until it is there.

    `due_at` is also the claim of who works on it: he moves it ahead, and what he leaves undone is taken up then.
    """

    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="news_posts")
    arrival = models.ForeignKey(Arrival, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    newsgroup = models.CharField(max_length=255)
    message_id = models.CharField(max_length=998, help_text="As the article has it, without angle brackets.")
    header = models.BinaryField(help_text="The header block of the article; empty once it was posted.")
    letter = models.ForeignKey(
        Letter, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Whose body it has."
    )
    state = models.CharField(max_length=10, choices=NewsState, default=NewsState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often work on it began.")
    refusals = models.PositiveSmallIntegerField(default=0, help_text="How often the server did not take it.")
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now, help_text="Not to be worked on before.")
    ended_at = models.DateTimeField(null=True, blank=True)
    reply = models.CharField(max_length=500, blank=True, help_text="What the server said last, or what went wrong.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mlist", "arrival"], condition=Q(arrival__isnull=False), name="news_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="news_waiting"),
            models.Index(fields=["mlist", "message_id"], name="news_of_list"),
        ]

    def __str__(self) -> str:
        return f"news post {self.pk} ({self.state})"
