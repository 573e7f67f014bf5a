"""Who may look into the sandbox: everybody on a demonstration site, elsewhere the site's owners."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from accounts.models import User


def is_open(user: User | AnonymousUser | None) -> bool:
    return settings.DEMO or bool(user and user.is_active and getattr(user, "is_superuser", False))


def open_sandbox(user: User | AnonymousUser) -> None:
    """Raise Http404 where there is none for this person."""
    if not is_open(user):
        raise Http404("There is no such page.")
