"""/lists/X/header-matches: a list's header checks, by their places, 0 being the first."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from lists.api.finding import list_of
from lists.enums import Action
from lists.models import MailingList
from moderation.queries import header_matches
from moderation.services import filters
from suite.common.rest.authentication import ACTOR
from suite.common.rest.errors import NotFound
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import choice, integer, optional, text
from suite.common.rest.views import Answer, Resource

CHANGED = {
    "header": Parameter(text),
    "pattern": Parameter(text),
    "action": Parameter(optional(choice(Action))),
    "tag": Parameter(text),
    "position": Parameter(integer),
}
WHOLE = {**CHANGED, "header": Parameter(text, required=True), "pattern": Parameter(text, required=True)}
NEW = {name: parameter for name, parameter in WHOLE.items() if name != "position"}
WANTED = {"header": Parameter(text), "action": Parameter(choice(Action)), "tag": Parameter(text)}


class MatchResource(Resource):
    """What the resources about header matches share."""

    def describe(self, row: Any, mlist: MailingList) -> Answer:
        """Of a row that has its `place`. An action of the site's, and no tag, are left out."""
        known = {
            "header": row.header,
            "pattern": row.pattern,
            "position": row.place,
            "action": None if row.action is None else Action(row.action),
            "tag": row.tag or None,
            "self_link": self.link("header-match", mlist.list_id, row.place),
        }
        return {name: value for name, value in known.items() if value is not None}

    def page(self, rows: QuerySet[Any], mlist: MailingList) -> Response:
        return self.collection(rows, lambda row: self.describe(row, mlist))


class HeaderMatches(MatchResource):
    def get(self, request: Request, version: str, list_id: str) -> Response:
        mlist = list_of(list_id)
        read(request, {}, paged=True)
        return self.page(header_matches(mlist), mlist)

    @transaction.atomic
    def post(self, request: Request, version: str, list_id: str) -> Response:
        mlist = list_of(list_id)
        row = filters.add(mlist, **read(request, NEW), actor=ACTOR)
        return self.created(self.link("header-match", mlist.list_id, row.position - 1))

    @transaction.atomic
    def delete(self, request: Request, version: str, list_id: str) -> Response:
        filters.clear(list_of(list_id), actor=ACTOR)
        return self.done()


class FoundHeaderMatches(MatchResource):
    def get(self, request: Request, version: str, list_id: str) -> Response:
        """Also POST. 404 where there is none."""
        mlist, wanted = list_of(list_id), read(request, WANTED, paged=True)
        if "header" in wanted:
            wanted["header"] = wanted["header"].lower()
        found = header_matches(mlist).filter(**wanted)
        if not found.exists():
            raise NotFound("There is no such header match")
        return self.page(found, mlist)

    post = get


class OneHeaderMatch(MatchResource):
    def get(self, request: Request, version: str, list_id: str, number: int) -> Response:
        mlist = list_of(list_id)
        return self.found(self.describe(self._row(mlist), mlist))

    @transaction.atomic
    def put(self, request: Request, version: str, list_id: str, number: int) -> Response:
        """Header and pattern must be there; what else is not given stays."""
        return self._change(WHOLE)

    @transaction.atomic
    def patch(self, request: Request, version: str, list_id: str, number: int) -> Response:
        return self._change(CHANGED)

    @transaction.atomic
    def delete(self, request: Request, version: str, list_id: str, number: int) -> Response:
        mlist = list_of(list_id)
        self._row(mlist)
        filters.remove(mlist, number + 1, actor=ACTOR)
        return self.done()

    def _change(self, parameters: dict[str, Parameter]) -> Response:
        mlist, number = list_of(self.kwargs["list_id"]), self.kwargs["number"]
        self._row(mlist)
        values = read(self.request, parameters)
        place = values.pop("position", number)
        filters.change(mlist, number + 1, move_to=place + 1 if place != number else None, actor=ACTOR, **values)
        return self.done()

    def _row(self, mlist: MailingList) -> Any:
        """The header match at this place. Raises NotFound."""
        number = self.kwargs["number"]
        row = header_matches(mlist).filter(place=number).first() if number < 2**31 else None
        if row is None:
            raise NotFound(f"No header match at this position: {number}")
        return row
