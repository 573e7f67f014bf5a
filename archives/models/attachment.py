from django.db import models

from archives.models.post import Post


class Attachment(models.Model):
    """What a post carries besides its text. The bytes are cut from the post's letter when somebody asks."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="attachments")
    part = models.CharField(max_length=60, help_text="Where it stands in the MIME tree, as in 2.1.")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=127)
    size = models.PositiveIntegerField(help_text="Decoded bytes.")
    inline = models.BooleanField(default=False)
    content_id = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "part"], name="attachment_part_unique")]

    def __str__(self) -> str:
        return self.name
