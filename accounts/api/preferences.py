"""Preferences of addresses and users, and of all that has such: read, set and unset."""

from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.finding import address_at, user_of
from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.models import PREFERENCES, Address, User
from accounts.services.preferences import set_preferences
from suite.common import languages
from suite.common.enums import WireChoices
from suite.common.rest.authentication import ACTOR
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import Reader, boolean, choice, optional, text
from suite.common.rest.views import Answer, Resource

CHOICES: dict[str, type[WireChoices]] = {"delivery_mode": DeliveryMode, "delivery_status": DeliveryStatus}


def _language(value: Any) -> str:
    code = text(value)
    if code not in languages.codes():
        raise ValueError(f"No such language: {code}")
    return code


READERS: dict[str, Reader] = {
    **dict.fromkeys(PREFERENCES, boolean),
    **{name: choice(kind) for name, kind in CHOICES.items()},
    "preferred_language": _language,
}
PATCH = {name: Parameter(optional(reader)) for name, reader in READERS.items()}
PUT = {name: Parameter(optional(reader), required=True) for name, reader in READERS.items()}
"""An empty value is unset."""


def spelled(values: dict[str, Any]) -> Answer:
    """Preferences for JSON; what is None is not there."""
    known = {name: value for name, value in values.items() if value is not None}
    return {name: CHOICES[name](value) if name in CHOICES else value for name, value in known.items()}


class PreferencesResource(Resource):
    """The preferences of whatever the path names: `holder()` finds it, `change()` sets them, `place` is the route's name."""

    place: str

    def holder(self) -> Any:
        raise NotImplementedError

    def change(self, holder: Any, **preferences: Any) -> None:
        set_preferences(holder, actor=ACTOR, **preferences)

    def get(self, request: Request, version: str, **path: Any) -> Response:
        holder = self.holder()
        known = spelled({name: getattr(holder, name) for name in PREFERENCES})
        return self.found(known, self_link=self.link(self.place, *path.values()))

    @transaction.atomic
    def patch(self, request: Request, version: str, **path: Any) -> Response:
        self.change(self.holder(), **read(request, PATCH))
        return self.done()

    @transaction.atomic
    def put(self, request: Request, version: str, **path: Any) -> Response:
        self.change(self.holder(), **read(request, PUT))
        return self.done()

    @transaction.atomic
    def delete(self, request: Request, version: str, **path: Any) -> Response:
        self.change(self.holder(), **dict.fromkeys(PREFERENCES))
        return self.done()


class AddressPreferences(PreferencesResource):
    place = "address-preferences"

    def holder(self) -> Address:
        return address_at(self.kwargs["email"])


class UserPreferences(PreferencesResource):
    place = "user-preferences"

    def holder(self) -> User:
        return user_of(self.kwargs["user"])
