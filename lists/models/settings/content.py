from django.db import models

from lists import validators
from lists.enums import FilterAction
from lists.models.settings.fields import ListField, StringListField, choice, number, switch


class ContentSettings(models.Model):
    """What parts of a message the list lets through, and topics."""

    filter_content = switch(False, "Remove unwanted parts from posts.")
    filter_types = StringListField(item="mime-type", help_text="Remove parts of these types.")
    pass_types = StringListField(item="mime-type", help_text="If any: let only these types through.")
    filter_extensions = StringListField(item="extension", help_text="Remove attachments with these extensions.")
    pass_extensions = StringListField(item="extension", help_text="If any: let only these extensions through.")
    filter_action = choice(FilterAction, FilterAction.DISCARD, "What happens to a post of which nothing is left.")
    collapse_alternatives = switch(True, "Keep only the first of several forms of the same text.")
    convert_html_to_plaintext = switch(False, "Turn HTML into plain text.")
    topics = ListField(
        default=list, blank=True, validators=[validators.topics], help_text="Topics: name, pattern, description each."
    )
    topics_enabled = switch(False, "Sort posts into topics that members choose from.")
    topics_bodylines_limit = number(5, "How many lines of the text are searched for topics.")

    class Meta:
        abstract = True
