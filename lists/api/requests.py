"""/lists/X/requests: wishes to join and to leave that wait for somebody, and a moderator's word about one of them."""

from django.db import transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from lists.api.finding import list_of
from lists.enums import Action, PendingKind, TokenOwner
from lists.errors import AlreadySubscribed
from lists.models import MailingList, Pending
from lists.services import pending, requests
from suite.common.rest.authentication import ACTOR
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import choice, name, text
from suite.common.rest.views import Answer, Resource


def request_type(value: object) -> PendingKind:
    kinds = {kind.wire: kind for kind in requests.WAYS}
    try:
        return kinds[text(value).lower()]
    except KeyError:
        raise ValueError(f"Accepted Values are: {', '.join(kinds)}") from None


FILTERS = {"token_owner": Parameter(choice(TokenOwner)), "request_type": Parameter(request_type)}
DECISION = {"action": Parameter(choice(Action), required=True), "reason": Parameter(name)}


class RequestResource(Resource):
    """What the resources about requests share. A request is named by its fingerprint: tokens are not kept."""

    def waiting(self, request: Request, mlist: MailingList, *, paged: bool = False) -> "QuerySet[Pending]":
        """Subscriptions, where no other type is asked for; the oldest first."""
        wanted = read(request, FILTERS, paged=paged)
        kind = wanted.get("request_type", PendingKind.SUBSCRIPTION)
        return pending.waiting(mlist, kind=kind, owner=wanted.get("token_owner"))

    def describe(self, waiting: Pending, mlist: MailingList) -> Answer:
        return {
            "token": waiting.fingerprint,
            "token_owner": TokenOwner(waiting.token_owner),
            "type": PendingKind(waiting.kind),
            "list_id": mlist.list_id,
            "email": waiting.email,
            "display_name": waiting.data["name"],
            "when": waiting.created_at,
            "self_link": self.link("request", mlist.list_id, waiting.fingerprint),
        }


class Requests(RequestResource):
    def get(self, request: Request, version: str, list_id: str) -> Response:
        mlist = list_of(list_id)
        return self.collection(self.waiting(request, mlist, paged=True), lambda row: self.describe(row, mlist))


class RequestCount(RequestResource):
    def get(self, request: Request, version: str, list_id: str) -> Response:
        return self.found({"count": self.waiting(request, list_of(list_id)).count()})


class OneRequest(RequestResource):
    """By its fingerprint, or by the token that whoever subscribed somebody got."""

    def get(self, request: Request, version: str, list_id: str, token: str) -> Response:
        mlist = list_of(list_id)
        read(request, {})
        return self.found(self.describe(pending.named(token, *requests.WAYS, mlist=mlist), mlist))

    @transaction.atomic
    def post(self, request: Request, version: str, list_id: str, token: str) -> Response:
        waiting = pending.named(token, *requests.WAYS, mlist=list_of(list_id))
        values = read(request, DECISION)
        step = requests.decide(waiting, values["action"], reason=values.get("reason", ""), actor=ACTOR)
        if values["action"] is Action.ACCEPT and waiting.kind == PendingKind.SUBSCRIPTION and step.membership is None:
            raise AlreadySubscribed("Already subscribed")
        return self.done()
