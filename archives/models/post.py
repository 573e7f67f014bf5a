from django.db import models
from django.db.models import Q
from django.utils import timezone

from archives.models.archive import Archive
from archives.models.arrival import Arrival
from archives.models.letter import Letter
from archives.models.thread import Thread


class Post(models.Model):
    """A published message, with all that pages need; or a ghost: a parent that others refer to and nobody has seen yet.

    `letter` is what was published: after filtering and cleansing, before list headers, prefix, munging and footers.
    """

    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="posts")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="posts")
    parent: "models.ForeignKey[Post | None, Post | None]" = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replies"
    )
    letter = models.ForeignKey(Letter, null=True, blank=True, on_delete=models.PROTECT, related_name="posts")
    arrival = models.ForeignKey(Arrival, null=True, blank=True, on_delete=models.SET_NULL, related_name="posts")
    ghost = models.BooleanField(default=False)
    redacted_at = models.DateTimeField(null=True, blank=True)

    message_id = models.CharField(max_length=998, help_text="Without angle brackets.")
    message_id_hash = models.CharField(max_length=32, help_text="Base32 of its SHA-1: the permalink's key.")
    number = models.PositiveBigIntegerField(null=True, blank=True)
    subject = models.CharField(max_length=998, blank=True)
    author_name = models.CharField(max_length=255, blank=True)
    author_email = models.CharField(max_length=320, blank=True)
    date = models.DateTimeField(null=True, help_text="The author's clock, where it is believable; else filed_at.")
    filed_at = models.DateTimeField(default=timezone.now)
    references = models.JSONField(default=list, blank=True, help_text="Message-IDs this one answers, nearest last.")
    text = models.TextField(blank=True)
    size = models.PositiveIntegerField(default=0, help_text="Bytes of the published letter.")
    attachment_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["archive", "arrival"], condition=Q(arrival__isnull=False), name="post_once_per_arrival"
            ),
        ]
        indexes = [
            models.Index(fields=["archive", "message_id_hash"], name="post_permalink"),
            models.Index(fields=["thread", "date", "id"], name="post_in_thread"),
            models.Index(fields=["archive", "-date"], name="post_by_date"),
        ]

    def __str__(self) -> str:
        return self.subject or self.message_id
