from django.db import models

from lists.models.settings.fields import amount, switch


class ScanningSettings(models.Model):
    """What follows what the site's scanners find."""

    spam_hold_score = amount(5.0, "Hold posts with this spam score or more; 0 = never.")
    spam_discard_score = amount(0.0, "Discard posts with this spam score or more; 0 = never.")
    hold_unscanned = switch(False, "Hold posts while one of the site's scanners does not answer.")

    class Meta:
        abstract = True
