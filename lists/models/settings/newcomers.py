from django.db import models

from lists.models.settings.fields import number, switch


class NewcomerSettings(models.Model):
    """What keeps newcomers and floods in bounds. Off unless a number is set."""

    probation_posts = number(0, "Hold a new member's posts until this many were accepted; 0 = no probation.")
    probation_links = number(2, "Reject a post on probation that has more links than this.")
    probation_attachments = switch(False, "Let posts on probation have attachments; otherwise they are rejected.")
    probation_since = models.DateTimeField(
        null=True, editable=False, help_text="Who joined before this is on no probation."
    )
    flood_posts = number(0, "Hold everything while more than this many posts come within flood_seconds; 0 = never.")
    flood_seconds = number(60, "The seconds in which flood_posts are counted.")
    sender_posts_per_hour = number(0, "Hold what one sender posts beyond this many an hour; 0 = any number.")

    class Meta:
        abstract = True
