"""Languages that people may choose: those of `settings.LANGUAGES`."""

from django.conf import settings
from django.core.exceptions import ValidationError


def codes() -> tuple[str, ...]:
    return tuple(code for code, _ in settings.LANGUAGES)


def validate(value: str) -> None:
    """Raises ValidationError for a code that nobody may choose."""
    if value not in codes():
        raise ValidationError("One of these languages is wanted: %(known)s", params={"known": ", ".join(codes())})


def nearest(code: str) -> str | None:
    """What another suite calls a language, in our codes: `de_AT` and `de-at` are `de` where that is all we have. Else None."""
    wanted = code.strip().lower().replace("_", "-")
    known = {mine.lower(): mine for mine in codes()}
    while wanted and wanted not in known:
        wanted = wanted.rpartition("-")[0]
    return known.get(wanted)
