from django.db import models

from lists.enums import UnrecognizedBounceDisposition
from lists.models.settings.fields import choice, number, span, switch


class BounceSettings(models.Model):
    """What follows when a member's mailbox refuses mail."""

    process_bounces = switch(True, "Watch members' mailboxes that refuse mail.")
    bounce_score_threshold = number(5, "Stop mail to a member at this score.")
    bounce_info_stale_after = span(7, "After this long without a bounce a member's score starts again.")
    bounce_notify_owner_on_bounce_increment = switch(False, "Tell the owners of every scored bounce.")
    bounce_notify_owner_on_disable = switch(True, "Tell the owners when a member's mail is stopped.")
    bounce_notify_owner_on_removal = switch(True, "Tell the owners when a bouncing member is removed.")
    bounce_you_are_disabled_warnings = number(3, "Warn a stopped member so often before removal; 0 = remove at once.")
    bounce_you_are_disabled_warnings_interval = span(7, "Time between two warnings.")
    forward_unrecognized_bounces_to = choice(
        UnrecognizedBounceDisposition,
        UnrecognizedBounceDisposition.ADMINISTRATORS,
        "Who gets bounces that name no member.",
    )

    class Meta:
        abstract = True
