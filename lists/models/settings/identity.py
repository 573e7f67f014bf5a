from django.db import models

from lists import validators
from lists.models.settings.fields import line, switch, text


class IdentitySettings(models.Model):
    """How the list presents itself."""

    display_name = line("", "The list's name as people see it; filled from the address when empty.")
    description = line("", "One line that says what the list is for. It stands in List-Id, too.")
    info = text("What newcomers should know: a longer description.")
    advertised = switch(True, "Show the list in public overviews.")
    preferred_language = models.CharField(
        max_length=16, default="en", validators=[validators.language], help_text="Language of the list's own mail."
    )
    created_at = models.DateTimeField(auto_now_add=True, help_text="When the list was made.")

    class Meta:
        abstract = True
