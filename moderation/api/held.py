"""/lists/X/held: the posts that wait for a moderator of the list, and his word about one of them."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from lists.api.finding import list_of
from lists.enums import Action
from lists.models import MailingList
from moderation.access import waiting
from moderation.models import HeldMessage
from moderation.services.deciding import decide
from suite.common.rest.authentication import ACTOR
from suite.common.rest.errors import NotFound
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import choice, name, text
from suite.common.rest.views import Answer, Resource
from suite.mail.headers import HeaderBlock, split_letter

VERSION = 3
"""Of the entry's keys, as Mailman counts them."""
MODERATED = {"member-moderation", "nonmember-moderation"}
"""Rules whose hit says what a list does with posts of this sender."""
DECISION = {
    "action": Parameter(choice(Action), required=True),
    "comment": Parameter(name),
    "forward": Parameter(text, many=True),
}


class HeldResource(Resource):
    """What the resources about held posts share."""

    def posts(self, mlist: MailingList) -> QuerySet[HeldMessage]:
        """What waits, the oldest first. Letters come by a query of their own, so that no sort carries their bytes."""
        return waiting(mlist).select_related("arrival").prefetch_related("arrival__letter")

    def describe(self, held: HeldMessage, mlist: MailingList) -> Answer:
        """`msg` is the letter as it came, a character for each byte, so that any reader of mail has its bytes back."""
        arrival, letter = held.arrival, held.arrival.letter
        verdict, raw = arrival.verdict, bytes(letter.raw)
        answer: Answer = {
            "request_id": held.pk,
            "listid": mlist.list_id,
            "hold_date": held.held_at,
            "message_id": f"<{arrival.message_id}>" if arrival.message_id else "",
            "sender": held.sender,
            "subject": held.subject,
            "original_subject": _original_subject(raw),
            "reason": "; ".join(held.reasons),
            "rule_hits": verdict.get("hits", []),
            "rule_misses": verdict.get("misses", []),
            "moderation_sender": held.sender,
            "moderation_reasons": held.reasons,
            "envsender": arrival.sender,
            "original_size": letter.size,
            "lang": mlist.preferred_language,
            "version": VERSION,
            "msg": raw.decode("latin-1"),
            "self_link": self.link("held-message", mlist.list_id, held.pk),
        }
        if MODERATED.intersection(answer["rule_hits"]):
            answer["member_moderation_action"] = verdict["disposition"]
        return answer


class HeldMessages(HeldResource):
    def get(self, request: Request, version: str, list_id: str) -> Response:
        mlist = list_of(list_id)
        read(request, {}, paged=True)
        return self.collection(self.posts(mlist), lambda held: self.describe(held, mlist))


class HeldCount(Resource):
    def get(self, request: Request, version: str, list_id: str) -> Response:
        mlist = list_of(list_id)
        read(request, {})
        return self.found({"count": waiting(mlist).count()})


class OneHeldMessage(HeldResource):
    """A post that was decided about is here no longer."""

    def get(self, request: Request, version: str, list_id: str, number: int) -> Response:
        mlist = list_of(list_id)
        read(request, {})
        return self.found(self.describe(self._post(mlist), mlist))

    @transaction.atomic
    def post(self, request: Request, version: str, list_id: str, number: int) -> Response:
        held = self._post(list_of(list_id))
        values: dict[str, Any] = read(request, DECISION)
        decide(
            held,
            values["action"],
            comment=values.get("comment", ""),
            forward_to=values.get("forward", ()),
            actor=ACTOR,
        )
        return self.done()

    def _post(self, mlist: MailingList) -> HeldMessage:
        number = self.kwargs["number"]
        held = self.posts(mlist).filter(pk=number).first() if number < 2**63 else None
        if held is None:
            raise NotFound("")
        held.mlist = mlist
        return held


def _original_subject(raw: bytes) -> str:
    """As the letter writes it."""
    written = HeaderBlock.parse(split_letter(raw)[0]).get("subject") or b""
    return written.decode("latin-1")
