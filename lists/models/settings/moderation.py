from django.db import models

from lists import validators
from lists.enums import Action
from lists.models.settings.fields import StringListField, choice, number, switch, text


class ModerationSettings(models.Model):
    """Who may post, and what waits for a moderator."""

    default_member_action = choice(Action, Action.DEFER, "What happens to posts of members without an own setting.")
    default_nonmember_action = choice(Action, Action.HOLD, "What happens to posts of people who are not members.")
    accept_these_nonmembers = StringListField(
        item="address-pattern-or-list", help_text="Nonmembers whose posts are accepted, past all other rules."
    )
    hold_these_nonmembers = StringListField(
        item="address-pattern-or-list", help_text="Nonmembers whose posts are held."
    )
    reject_these_nonmembers = StringListField(
        item="address-pattern-or-list", help_text="Nonmembers whose posts are returned to them."
    )
    discard_these_nonmembers = StringListField(
        item="address-pattern-or-list", help_text="Nonmembers whose posts vanish without a word."
    )
    acceptable_aliases = StringListField(
        item="address-or-pattern", help_text="Other addresses that count as the list's in To and Cc."
    )
    max_message_size = number(40, "Hold posts larger than this many kilobytes; 0 = any size.")
    max_days_to_hold = number(0, "Discard held posts after this many days; 0 = never.")
    moderator_password = models.CharField(
        max_length=255, blank=True, help_text="Hash of the password that an Approved header must show."
    )
    emergency = switch(False, "Hold every post that no moderator approved.")
    administrivia = switch(True, "Hold posts that look like commands for the mail robot.")
    respond_to_post_requests = switch(True, "Tell posters that their post is held.")
    admin_immed_notify = switch(True, "Tell the moderators at once when something waits for them.")
    bounce_matching_headers = text("Old-style header checks, one `Header: pattern` a line.", validators.header_checks)

    class Meta:
        abstract = True
