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
from lists.api.uris import SECONDS
from lists.models import MailingList
from lists.models.settings.fields import ListField, StringListField
from lists.services.mailing_lists import KEPT_PASSWORD, change_settings
from lists.services.text_uris import check_uris, refresh, store_uris, uris_of
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
URIS = {
    "digest_footer_uri": "list:member:digest:footer",
    "digest_header_uri": "list:member:digest:header",
    "footer_uri": "list:member:regular:footer",
    "goodbye_message_uri": "list:user:notice:goodbye",
    "header_uri": "list:member:regular:header",
    "welcome_message_uri": "list:user:notice:welcome",
}
"""Setting of API 3.0 -> the text that it is about."""


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


class SettingResource(Resource):
    """What the resources about settings share. In API 3.0 some texts' URIs count as settings."""

    def uris(self, mlist: MailingList) -> dict[str, str]:
        """Setting -> URI, empty where there is none. No query but in 3.0."""
        if not self._of_uris:
            return {}
        known = dict(uris_of(mlist).values_list("name", "uri"))
        return {name: known.get(text_name, "") for name, text_name in URIS.items()}

    def reader(self, name: str, error: type[Exception]) -> Parameter:
        """How the setting is read. Raises this error where there is none, BadRequest where nobody may write it."""
        if name in self._of_uris:
            return Parameter(values.name)
        if _known(name, error).read_only:
            raise BadRequest(f"Read-only attribute: {name}")
        return WRITABLE[name]

    def change(self, mlist: MailingList, changed: dict[str, Any]) -> Response:
        """All or nothing. Hosts of URIs are looked up before the transaction, texts fetched behind it."""
        uris = {URIS[name]: changed.pop(name) for name in self._of_uris if name in changed}
        check_uris(uris, trusted=True)
        with transaction.atomic():
            change_settings(mlist, actor=ACTOR, **changed)
            if rows := store_uris(mlist, uris, trusted=True, actor=ACTOR):
                transaction.on_commit(lambda: refresh(rows, seconds=SECONDS))
        return self.done()

    @property
    def _of_uris(self) -> dict[str, str]:
        return URIS if self.kwargs["version"] == "3.0" else {}


class Configuration(SettingResource):
    def get(self, request: Request, version: str, list_id: str) -> Response:
        mlist = list_of(list_id)
        shown = {name: value_of(mlist, each) for name, each in SETTINGS.items() if not each.beyond}
        return self.found(shown | self.uris(mlist))

    def put(self, request: Request, version: str, list_id: str) -> Response:
        """All that Mailman's API has must be there, but for URIs."""
        mlist = list_of(list_id)
        wanted = {name: replace(each, required=not SETTINGS[name].beyond) for name, each in WRITABLE.items()}
        wanted |= {name: self.reader(name, BadRequest) for name in self._of_uris}
        return self.change(mlist, read(request, wanted))

    def patch(self, request: Request, version: str, list_id: str) -> Response:
        mlist, raw = list_of(list_id), given(request)
        return self.change(mlist, read_given(raw, {name: self.reader(name, BadRequest) for name in raw}))

    def delete(self, request: Request, version: str, list_id: str) -> Response:
        list_of(list_id)
        raise BadRequest("Cannot delete the list configuration itself")


class OneSetting(SettingResource):
    """A setting, whether Mailman's API has it or not."""

    def get(self, request: Request, version: str, list_id: str, name: str) -> Response:
        mlist = list_of(list_id)
        uris = self.uris(mlist)
        return self.found({name: uris[name] if name in uris else value_of(mlist, _known(name, NotFound))})

    def put(self, request: Request, version: str, list_id: str, name: str) -> Response:
        mlist, parameter = list_of(list_id), self.reader(name, NotFound)
        return self.change(mlist, read(request, {name: replace(parameter, required=True)}))

    def patch(self, request: Request, version: str, list_id: str, name: str) -> Response:
        mlist, raw = list_of(list_id), given(request)
        if len(raw) > 1:
            raise BadRequest(f"Expected 1 attribute, got {len(raw)}")
        parameter = self.reader(name, NotFound)
        if raw and name not in raw:
            raise BadRequest(f"Unknown attribute: {next(iter(raw))}")
        return self.change(mlist, read_given(raw, {name: parameter}))

    def delete(self, request: Request, version: str, list_id: str, name: str) -> Response:
        mlist = list_of(list_id)
        self.reader(name, NotFound)
        if name != DELETED:
            raise BadRequest(f"Attribute cannot be DELETEd: {name}")
        return self.change(mlist, {DELETED: []})


def _known(name: str, error: type[Exception]) -> Setting:
    if name not in SETTINGS:
        raise error(f"Unknown attribute: {name}")
    return SETTINGS[name]
