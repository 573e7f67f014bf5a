"""/lists/X/config: a list's settings, all of them or one by its name.

All of them are those that Mailman's API shows. The others, what Mailman hides and what is ours, are read and written by name,
and stay as they are where nobody names them.
"""

import json
from dataclasses import replace
from typing import Any

from django.db import models, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from lists.api.finding import list_of
from lists.models import MailingList
from lists.models.settings.fields import ListField, StringListField
from lists.services.mailing_lists import KEPT_PASSWORD, change_settings
from lists.settings_table import SETTINGS, Setting
from suite.common.rest import values
from suite.common.rest.authentication import ACTOR
from suite.common.rest.errors import BadRequest, NotFound
from suite.common.rest.parameters import Parameter, given, read, read_given
from suite.common.rest.values import boolean, choice, duration, integer, real, text
from suite.common.rest.views import Resource

PASSWORD = "moderator_password"  # noqa: S105 - a setting's name
DELETED = "acceptable_aliases"
"""The one setting that Mailman lets be deleted."""


def topic(value: Any) -> Any:
    """A topic as JSON has it; in a form, the JSON as text."""
    try:
        found = json.loads(text(value)) if isinstance(value, str) else value
    except RecursionError:
        raise ValueError("A topic is wanted") from None
    if not isinstance(found, dict):
        raise ValueError("A topic is wanted")
    return {text(key): text(words) for key, words in found.items()}


def number(value: Any) -> int:
    """No larger than every database takes."""
    if (found := integer(value)) >= 2**31:
        raise ValueError(f"Invalid number: {value}")
    return found


_BY_FIELD: tuple[tuple[type[Any], Parameter], ...] = (
    (StringListField, Parameter(text, many=True)),
    (ListField, Parameter(topic, many=True)),
    (models.BooleanField, Parameter(boolean)),
    (models.IntegerField, Parameter(number)),
    (models.FloatField, Parameter(real)),
    (models.DurationField, Parameter(duration)),
    (models.CharField, Parameter(text)),
    (models.TextField, Parameter(text)),
)


def _parameter(setting: Setting) -> Parameter:
    if setting.name == PASSWORD:
        return Parameter(values.name)
    if setting.enum is not None:
        return Parameter(choice(setting.enum))
    return next(parameter for kind, parameter in _BY_FIELD if isinstance(setting.field, kind))


WRITABLE: dict[str, Parameter] = {
    name: _parameter(setting) for name, setting in SETTINGS.items() if not setting.read_only
}


def value_of(mlist: MailingList, setting: Setting) -> Any:
    """As the API shows it: a password that is set by a word that leaves it as it is."""
    value = getattr(mlist, setting.name)
    if setting.name == PASSWORD:
        return KEPT_PASSWORD if value else None
    return value if setting.enum is None else setting.enum(value)


class Configuration(Resource):
    def get(self, request: Request, version: str, list_id: str) -> Response:
        mlist = list_of(list_id)
        return self.found({name: value_of(mlist, each) for name, each in SETTINGS.items() if not each.beyond})

    @transaction.atomic
    def put(self, request: Request, version: str, list_id: str) -> Response:
        """All that Mailman's API has must be there."""
        wanted = {name: replace(each, required=not SETTINGS[name].beyond) for name, each in WRITABLE.items()}
        change_settings(list_of(list_id), actor=ACTOR, **read(request, wanted))
        return self.done()

    @transaction.atomic
    def patch(self, request: Request, version: str, list_id: str) -> Response:
        mlist, raw = list_of(list_id), given(request)
        for name in raw:
            _writable(name, BadRequest)
        change_settings(mlist, actor=ACTOR, **read_given(raw, WRITABLE))
        return self.done()

    def delete(self, request: Request, version: str, list_id: str) -> Response:
        list_of(list_id)
        raise BadRequest("Cannot delete the list configuration itself")


class OneSetting(Resource):
    """A setting, whether Mailman's API has it or not."""

    def get(self, request: Request, version: str, list_id: str, name: str) -> Response:
        mlist = list_of(list_id)
        return self.found({name: value_of(mlist, _known(name, NotFound))})

    @transaction.atomic
    def put(self, request: Request, version: str, list_id: str, name: str) -> Response:
        mlist, parameter = list_of(list_id), _writable(name, NotFound)
        wanted = {name: replace(parameter, required=True)}
        change_settings(mlist, actor=ACTOR, **read(request, wanted))
        return self.done()

    @transaction.atomic
    def patch(self, request: Request, version: str, list_id: str, name: str) -> Response:
        mlist, raw = list_of(list_id), given(request)
        if len(raw) > 1:
            raise BadRequest(f"Expected 1 attribute, got {len(raw)}")
        parameter = _writable(name, NotFound)
        if raw and name not in raw:
            raise BadRequest(f"Unknown attribute: {next(iter(raw))}")
        change_settings(mlist, actor=ACTOR, **read_given(raw, {name: parameter}))
        return self.done()

    @transaction.atomic
    def delete(self, request: Request, version: str, list_id: str, name: str) -> Response:
        mlist = list_of(list_id)
        _writable(name, NotFound)
        if name != DELETED:
            raise BadRequest(f"Attribute cannot be DELETEd: {name}")
        change_settings(mlist, actor=ACTOR, **{DELETED: []})
        return self.done()


def _known(name: str, error: type[Exception]) -> Setting:
    if name not in SETTINGS:
        raise error(f"Unknown attribute: {name}")
    return SETTINGS[name]


def _writable(name: str, error: type[Exception]) -> Parameter:
    """How the setting is read. Raises this error where there is none of the name, BadRequest where nobody may write it."""
    if _known(name, error).read_only:
        raise BadRequest(f"Read-only attribute: {name}")
    return WRITABLE[name]
