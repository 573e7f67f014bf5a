from django.db import models


class PluginSettings(models.Model):
    """What plugins may be told about a list. Written by `lists.services.plugin_settings`, which knows what each takes."""

    plugin_settings = models.JSONField(
        default=dict, blank=True, help_text="Plugin -> setting -> value, where the list has another than the default."
    )

    class Meta:
        abstract = True
