from django.db import models

from lists import validators


class Style(models.Model):
    """A site's own starting point for new lists: settings by name. The three built-in styles are in `lists.styles`."""

    name = models.SlugField(max_length=100, unique=True)
    description = models.CharField(max_length=255, blank=True, validators=[validators.one_line])
    settings = models.JSONField(default=dict, blank=True, help_text="Setting name -> value, as the API spells it.")

    def __str__(self) -> str:
        return self.name
