from django.db import models

from lists import validators
from lists.enums import Personalization, ReplyToMunging
from lists.models.settings.fields import choice, line, name, number, switch


class PostingSettings(models.Model):
    """What happens to a post on its way to the members."""

    subject_prefix = line(
        "", "Put before each subject; %d is the post's number.", validators=[validators.subject_prefix], max_length=128
    )
    reply_goes_to_list = choice(ReplyToMunging, ReplyToMunging.NO_MUNGING, "Where replies are sent by default.")
    reply_to_address = line(
        "",
        "The address for explicit Reply-To.",
        validators=[validators.optional_address],
        max_length=320,
    )
    first_strip_reply_to = switch(False, "Drop the poster's own Reply-To before the list adds its.")
    anonymous_list = switch(False, "Remove everything that tells who posted.")
    include_rfc2369_headers = switch(True, "Add the List-* header fields that mail programs show as buttons.")
    allow_list_posts = switch(True, "Say in List-Post that members may post. Off: `List-Post: NO`.")
    personalize = choice(
        Personalization, Personalization.NONE, "Whether each member gets an own copy, with own unsubscribe link."
    )
    max_num_recipients = number(10, "Hold posts that name this many people in To and Cc; 0 = any number.")
    require_explicit_destination = switch(True, "Hold posts that do not name the list in To or Cc.")
    posting_chain = name("default-posting-chain", "The chain of rules that judges posts.", validators.chain)
    posting_pipeline = name("default-posting-pipeline", "The handlers that shape posts.", validators.pipeline)
    owner_chain = name("default-owner-chain", "The chain of rules that judges mail to the owners.", validators.chain)
    owner_pipeline = name("default-owner-pipeline", "The handlers that shape mail to the owners.", validators.pipeline)
    post_id = models.PositiveBigIntegerField(default=1, editable=False, help_text="The next post's number.")
    last_post_at = models.DateTimeField(null=True, editable=False, help_text="When the last post was sent.")

    class Meta:
        abstract = True
