from django.db import models

from lists.enums import RosterVisibility, SubscriptionPolicy
from lists.models.settings.fields import choice, switch


class MembershipSettings(models.Model):
    """How people join and leave, and who sees whom."""

    subscription_policy = choice(SubscriptionPolicy, SubscriptionPolicy.CONFIRM, "What it takes to join.")
    unsubscription_policy = choice(SubscriptionPolicy, SubscriptionPolicy.CONFIRM, "What it takes to leave.")
    send_welcome_message = switch(True, "Greet new members by mail.")
    send_goodbye_message = switch(True, "Say goodbye by mail.")
    admin_notify_mchanges = switch(False, "Tell the owners who joined and left.")
    member_roster_visibility = choice(RosterVisibility, RosterVisibility.MODERATORS, "Who may see the members.")

    class Meta:
        abstract = True
