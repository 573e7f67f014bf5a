from django.db import models

from lists.enums import ArchivePolicy, ArchiveRenderingMode
from lists.models.settings.fields import StringListField, choice


class ArchiveSettings(models.Model):
    """Whether posts are kept for reading, and by whom."""

    archive_policy = choice(ArchivePolicy, ArchivePolicy.PUBLIC, "Who may read the archive; never = there is none.")
    archive_rendering_mode = choice(
        ArchiveRenderingMode,
        ArchiveRenderingMode.TEXT,
        "What posts are written in: plain text or Markdown. Archivers outside are told.",
    )
    archivers = StringListField(
        item="archiver", help_text="Archivers outside that get each post, of those that the site has."
    )

    class Meta:
        abstract = True
