"""Signing in by plugins: they say whose address is proved, and we know who that is."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.errors import AccountsError
from accounts.models import User
from accounts.services.users import proved_user
from suite.common import plugins


class PluginBackend(BaseBackend):
    """Asked before our own passwords, so that a plugin may also end an attempt (PermissionDenied)."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        email: str | None = None,
        **credentials: Any,
    ) -> User | None:
        login = email or username
        if not login or password is None or not plugins.hooked("authenticate"):
            return None
        address = plugins.vouched_for(request, login, password)
        try:
            user = proved_user(address) if address else None
        except AccountsError:  # no address at all, or another who proved it in this very moment
            return None
        return user if user and user.is_active else None

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.filter(pk=user_id).first()
        return user if user and user.is_active else None
