from typing import TYPE_CHECKING

from django.db import models

from archives.models.archive import Archive

if TYPE_CHECKING:
    from archives.models.post import Post


class Thread(models.Model):
    """A conversation: posts that answer each other. Its counts leave ghosts out."""

    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="threads")
    root: "models.ForeignKey[Post | None, Post | None]" = models.ForeignKey(
        "archives.Post", null=True, on_delete=models.SET_NULL, related_name="+", help_text="The oldest; may be a ghost."
    )
    subject = models.CharField(max_length=998, blank=True, help_text="Of the first post, without prefix and Re:.")
    base_subject = models.CharField(max_length=255, blank=True, help_text="Key for joining by subject.")
    started_at = models.DateTimeField(null=True)
    last_post_at = models.DateTimeField(null=True)
    post_count = models.PositiveIntegerField(default=0)
    author_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["archive", "-last_post_at", "-id"], name="thread_latest"),
            models.Index(fields=["archive", "base_subject"], name="thread_subject"),
        ]

    def __str__(self) -> str:
        return self.subject or f"thread {self.pk}"
