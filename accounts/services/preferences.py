"""What somebody wants of list mail wherever he has said nothing else: kept with his address, or with his user."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import PREFERENCES, Address, User
from suite.common import languages
from suite.common.events import record


def check_preferences(preferences: Mapping[str, Any]) -> None:
    """Raises TypeError for a name that is none of PREFERENCES, ValidationError for a language that nobody may choose."""
    if unknown := preferences.keys() - set(PREFERENCES):
        raise TypeError(f"No such preference: {', '.join(sorted(unknown))}")
    if language := preferences.get("preferred_language"):
        languages.validate(language)


@transaction.atomic
def set_preferences(holder: Address | User, *, actor: str = "", **preferences: Any) -> None:
    """Set these of an address or a user; None means that the user, or the site, decides. Raises what check_preferences does."""
    check_preferences(preferences)
    changed = {name: value for name, value in preferences.items() if getattr(holder, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(holder, name, value)
    holder.save(update_fields=list(changed))
    kind = "user" if isinstance(holder, User) else "address"
    words: dict[str, Any] = {name: None if value is None else str(value) for name, value in changed.items()}
    record(f"{kind}.preferences", actor=actor, subject=str(holder), **words)
