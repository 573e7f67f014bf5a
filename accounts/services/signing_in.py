"""Signing in by a script that asks for a person's password, which is tried as seldom as on the sign-in page."""

from allauth.core import ratelimit
from django.contrib.auth import authenticate
from django.http import HttpRequest

from accounts.errors import TooManyAttempts
from accounts.models import User

ACTION = "login_by_script"
"""Its limit stands in settings.ACCOUNT_RATE_LIMITS. It is each user's own, for all people of a script come from one address."""


def is_password_of(user: User, password: str, request: HttpRequest) -> bool:
    """Whether the user can sign in with this password. Raises TooManyAttempts after repeated failures, for the right one too.

    Never in a transaction that may be undone: what counts the failures would be, too.
    """
    key = str(user.pk)
    if not ratelimit.consume(request, action=ACTION, key=key):
        raise TooManyAttempts("Too many failed login attempts. Try again later.")
    if user.email:
        known = authenticate(request, email=user.email, password=password)
        right = known is not None and known.pk == user.pk
    else:
        right = user.is_active and user.check_password(password)
    if right:
        ratelimit.clear(request, action=ACTION, key=key)
    return right
