from django.db import models

from lists import validators
from lists.enums import NewsgroupModeration
from lists.models.settings.fields import choice, line, switch


class GatewaySettings(models.Model):
    """The list and a newsgroup, joined."""

    gateway_to_mail = switch(False, "Send the newsgroup's articles to the list.")
    gateway_to_news = switch(False, "Send posts to the newsgroup.")
    linked_newsgroup = line("", "The newsgroup's name.", validators=[validators.newsgroup])
    newsgroup_moderation = choice(NewsgroupModeration, NewsgroupModeration.NONE, "How the newsgroup is moderated.")
    nntp_prefix_subject_too = switch(True, "Keep the subject prefix in articles.")
    usenet_watermark = models.PositiveBigIntegerField(
        null=True, editable=False, help_text="Number of the last article that was fetched."
    )

    class Meta:
        abstract = True
