"""/uris, /domains/HOST/uris and /lists/X/uris: texts of our mails that are taken from somewhere else."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from lists.api.finding import domain_of, list_of
from lists.models import Domain, MailingList, NoticeTemplate
from lists.services.text_uris import refresh, set_uris, uris_of
from lists.services.texts import Scope
from lists.texts.names import NAMES, Name
from suite.common.rest.authentication import ACTOR
from suite.common.rest.errors import BadRequest, NotFound
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import name as word
from suite.common.rest.views import Answer, Resource

CREDENTIALS = {"username": Parameter(word), "password": Parameter(word)}
SECONDS = 5.0
"""How long an answer waits for what was just set. What has not come by then comes within the hour."""


class UriResource(Resource):
    """What the resources share: whose texts, which there may be, how they are shown and changed.

    The script is the operator's, so that hosts of his own network may be asked.
    """

    def scope(self) -> Scope:
        if "list_id" in self.kwargs:
            return list_of(self.kwargs["list_id"])
        return domain_of(self.kwargs["mail_host"]) if "mail_host" in self.kwargs else None

    def known(self, scope: Scope) -> dict[str, Name]:
        """A list has no text that is a domain's."""
        texts = NAMES.items()
        return {name: each for name, each in texts if name.startswith("list:") or not isinstance(scope, MailingList)}

    def place(self, scope: Scope, *name: str) -> str:
        """The address of the collection, or of a text."""
        noun = "uri" if name else "uris"
        if isinstance(scope, MailingList):
            return self.link(f"list-{noun}", scope.list_id, *name)
        return (
            self.link(f"domain-{noun}", scope.mail_host, *name) if isinstance(scope, Domain) else self.link(noun, *name)
        )

    def describe(self, row: NoticeTemplate, scope: Scope) -> Answer:
        shown = {"name": row.name, "uri": row.uri, "self_link": self.place(scope, row.name)}
        return {**shown, "username": row.username, "password": row.password} if row.username else shown

    def change(self, scope: Scope, values: Mapping[str, Any], uris: Mapping[str, str]) -> Response:
        """Set these, with the credentials among the values; fetch them when they are written."""
        username, password = values.get("username", ""), values.get("password", "")
        if bool(username) is not bool(password):
            raise BadRequest("Specify both username and password, or neither")
        rows = set_uris(scope, uris, username=username, password=password, trusted=True, actor=ACTOR)
        if rows:
            transaction.on_commit(lambda: refresh(rows, seconds=SECONDS))
        return self.done()


class Uris(UriResource):
    def get(self, request: Request, **kwargs: str) -> Response:
        scope = self.scope()
        read(request, {}, paged=True)
        return self.collection(uris_of(scope), lambda row: self.describe(row, scope), self_link=self.place(scope))

    def put(self, request: Request, **kwargs: str) -> Response:
        """All that Mailman knows must be there."""
        return self._change(whole=True)

    def patch(self, request: Request, **kwargs: str) -> Response:
        return self._change(whole=False)

    def delete(self, request: Request, **kwargs: str) -> Response:
        scope = self.scope()
        set_uris(scope, {row.name: "" for row in uris_of(scope)}, actor=ACTOR)
        return self.done()

    def _change(self, *, whole: bool) -> Response:
        scope = self.scope()
        known = {name: Parameter(word, required=whole and not each.ours) for name, each in self.known(scope).items()}
        values = read(self.request, {**known, **CREDENTIALS})
        return self.change(scope, values, {name: uri for name, uri in values.items() if name in known})


class OneUri(UriResource):
    """A text, by its name. What is set may be called by that name or, as the object shows it, `uri`."""

    def get(self, request: Request, **kwargs: str) -> Response:
        scope, name = self._which()
        row = uris_of(scope).filter(name=name).first()
        if row is None:
            raise NotFound("")
        return self.found(self.describe(row, scope))

    def put(self, request: Request, **kwargs: str) -> Response:
        scope, name = self._which()
        return self._change(scope, name, whole=True)

    def patch(self, request: Request, **kwargs: str) -> Response:
        """User and password alone are for the URI that is there."""
        scope, name = self._which()
        return self._change(scope, name, whole=False)

    def delete(self, request: Request, **kwargs: str) -> Response:
        scope, name = self._which()
        set_uris(scope, {name: ""}, actor=ACTOR)
        return self.done()

    def _which(self) -> tuple[Scope, str]:
        scope, name = self.scope(), self.kwargs["name"]
        if name not in self.known(scope):
            raise NotFound("")
        return scope, name

    def _change(self, scope: Scope, name: str, *, whole: bool) -> Response:
        values = read(self.request, {name: Parameter(word), "uri": Parameter(word), **CREDENTIALS})
        uri = values.get(name, values.get("uri"))
        if uri is None and whole:
            raise BadRequest(f"Missing Parameter: {name}")
        if uri is None and values:
            uri = uris_of(scope).filter(name=name).values_list("uri", flat=True).first()
        return self.change(scope, values, {} if uri is None else {name: uri})
