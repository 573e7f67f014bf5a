from django.db import models

from lists.enums import DMARCMitigateAction
from lists.models.settings.fields import StringListField, choice, switch, text


class DmarcSettings(models.Model):
    """What is done for posters whose domain forbids others to send in its name."""

    dmarc_mitigate_action = choice(
        DMARCMitigateAction, DMARCMitigateAction.NO_MITIGATION, "What is done to posts from such domains."
    )
    dmarc_mitigate_unconditionally = switch(False, "Do it to every post.")
    dmarc_addresses = StringListField(item="address-or-pattern", help_text="Posters for whom it is always done.")
    dmarc_moderation_notice = text("The text sent with a rejection; empty = the built-in text.")
    dmarc_wrapped_message_text = text("A text put before a wrapped post.")

    class Meta:
        abstract = True
