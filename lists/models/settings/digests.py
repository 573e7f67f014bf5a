from django.db import models

from lists.enums import DigestFrequency
from lists.models.settings.fields import amount, choice, switch


class DigestSettings(models.Model):
    """Posts collected into one mail."""

    digests_enabled = switch(True, "Collect posts for members who want digests.")
    digest_send_periodic = switch(True, "Send what has gathered once a day, however little it is.")
    digest_size_threshold = amount(30.0, "Send a digest when this many kilobytes have gathered; 0 = not by size.")
    digest_volume_frequency = choice(DigestFrequency, DigestFrequency.MONTHLY, "When a new volume begins.")
    digest_last_sent_at = models.DateTimeField(null=True, editable=False, help_text="When the last digest was sent.")
    volume = models.PositiveIntegerField(default=1, editable=False, help_text="The digests' present volume.")
    next_digest_number = models.PositiveIntegerField(
        default=1, editable=False, help_text="The next digest's number in the volume."
    )

    class Meta:
        abstract = True
