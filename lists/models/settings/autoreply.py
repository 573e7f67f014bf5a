from django.db import models

from lists.enums import ResponseAction
from lists.models.settings.fields import choice, span, text


class AutoreplySettings(models.Model):
    """Texts that the list answers by itself."""

    autorespond_owner = choice(ResponseAction, ResponseAction.NONE, "Answer mail to the owners.")
    autoresponse_owner_text = text("The answer to mail to the owners.")
    autorespond_postings = choice(ResponseAction, ResponseAction.NONE, "Answer posts.")
    autoresponse_postings_text = text("The answer to posts.")
    autorespond_requests = choice(ResponseAction, ResponseAction.NONE, "Answer mail to the robot.")
    autoresponse_request_text = text("The answer to mail to the robot.")
    autoresponse_grace_period = span(90, "Answer the same person again after this long; 0 = always.")

    class Meta:
        abstract = True
