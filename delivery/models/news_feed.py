from django.db import models
from django.utils import timezone

from lists.models import MailingList


class NewsFeed(models.Model):
    """How the look into a list's newsgroup goes. What was fetched is the list's usenet_watermark, a number of this server's.

    `due_at` is also the claim of who looks: he moves it ahead, and what he leaves undone is taken up then.
    """

    mlist = models.OneToOneField(MailingList, primary_key=True, on_delete=models.CASCADE, related_name="news_feed")
    server = models.CharField(max_length=300, blank=True, help_text="Whose numbers the watermark is one of.")
    newsgroup = models.CharField(max_length=255, blank=True, help_text="And in which group.")
    due_at = models.DateTimeField(default=timezone.now, help_text="Not to be looked into before.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Tries in a row that came to nothing.")
    polled_at = models.DateTimeField(null=True, blank=True, help_text="When it was last looked into to the end.")
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="news_feed_due")]

    def __str__(self) -> str:
        return f"news feed of list {self.mlist_id}"
