"""/members: who has a role on a list; made, found, changed and ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.finding import address_at, user_by_id, user_of
from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.models import User
from accounts.queries import address_of
from lists.api.finding import list_of
from lists.enums import Action, MemberRole
from lists.errors import (
    AlreadySubscribed,
    MembershipBanned,
    NoPreferredAddress,
    OwnAddress,
    RequestPending,
)
from lists.models import MailingList, Membership
from lists.searching import ROLES, find_memberships, memberships_under, overview
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.memberships import add_member, change_address, remove_member, set_moderation
from lists.services.pending import fingerprint
from lists.services.preferences import set_preferences
from lists.services.workflow import Step
from suite.common.rest.authentication import ACTOR
from suite.common.rest.errors import BadRequest, NotFound
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import boolean, choice, name, optional, person, text, uuid
from suite.common.rest.views import Answer, Resource

NEVER = "0001-01-01T00:00:00"
"""The last warning of who was never warned."""
FIELDS = (
    "address",
    "bounce_score",
    "delivery_mode",
    "display_name",
    "email",
    "last_bounce_received",
    "last_warning_sent",
    "list_id",
    "member_id",
    "moderation_action",
    "role",
    "self_link",
    "subscription_mode",
    "total_warnings_sent",
    "user",
)


def _field(value: Any) -> str:
    word = text(value)
    if word not in FIELDS:
        raise ValueError(f"Unknown field {word}; accepted are: {', '.join(FIELDS)}")
    return word


SHOWN = {"fields": Parameter(_field, many=True)}
JOINING = {
    "list_id": Parameter(text, required=True),
    "subscriber": Parameter(person, required=True),
    "display_name": Parameter(name),
    "delivery_mode": Parameter(choice(DeliveryMode)),
    "delivery_status": Parameter(choice(DeliveryStatus)),
    "role": Parameter(choice(MemberRole)),
    "pre_verified": Parameter(boolean),
    "pre_confirmed": Parameter(boolean),
    "pre_approved": Parameter(boolean),
    "invitation": Parameter(boolean),
    "send_welcome_message": Parameter(boolean),
}
CRITERIA = {
    "list_id": Parameter(text),
    "subscriber": Parameter(text),
    "role": Parameter(choice(MemberRole)),
    "moderation_action": Parameter(optional(choice(Action))),
    "delivery_mode": Parameter(choice(DeliveryMode)),
    "delivery_status": Parameter(choice(DeliveryStatus)),
}
WRITABLE = {
    "address": Parameter(text),
    "delivery_mode": Parameter(choice(DeliveryMode)),
    "moderation_action": Parameter(optional(choice(Action))),
}
LEAVING = {"pre_confirmed": Parameter(boolean), "pre_approved": Parameter(boolean)}
WORDS = {
    NoPreferredAddress: "User has no preferred address",
    OwnAddress: "List posting address cannot subscribe",
    MembershipBanned: "Membership is banned",
    RequestPending: "Subscription request already pending",
    AlreadySubscribed: "Member already subscribed",
}
"""What Mailman says of these, and scripts look for."""


def describe_member(here: Resource, member: Membership, fields: tuple[str, ...] = ()) -> Answer:
    """What is known of a membership, or these fields of it; what is not known is not there.

    A user who prefers no address has an empty one, for clients sort by it. No query where the row is of `overview()`.
    """
    address = member.subscriber_address
    user_id = member.user_id or (address.user_id if address else None)
    user = member.user or (address.user if address else None)
    known: Answer = {
        "address": here.link("address", address.email) if address else "",
        "bounce_score": member.bounce_score,
        "delivery_mode": DeliveryMode(member.effective("delivery_mode")),
        "display_name": (address.display_name if address else "") or (user.display_name if user else ""),
        "email": address.email if address else "",
        "last_bounce_received": member.last_bounce_received,
        "last_warning_sent": member.last_warning_sent or NEVER,
        "list_id": member.mlist.list_id,
        "member_id": here.uuid(member.member_id),
        "moderation_action": None if member.moderation_action is None else Action(member.moderation_action),
        "role": MemberRole(member.role),
        "self_link": here.link("member", here.uuid(member.member_id)),
        "subscription_mode": member.subscription_mode,
        "total_warnings_sent": member.total_warnings_sent,
        "user": here.link("user", here.uuid(user_id)) if user_id else None,
    }
    return {name: value for name, value in known.items() if value is not None and (not fields or name in fields)}


class MemberCollection(Resource):
    def members(self, rows: QuerySet[Membership], fields: list[str] | None = None) -> Response:
        """A page of these memberships, by list, role and address. Two queries."""
        chosen = tuple(fields or ())
        return self.collection(overview(rows), lambda member: describe_member(self, member, chosen))


class Members(MemberCollection):
    def get(self, request: Request, version: str) -> Response:
        """Everybody but nonmembers."""
        values = read(request, SHOWN, paged=True)
        return self.members(find_memberships(roles=ROLES[:-1]), values.get("fields"))

    @transaction.atomic
    def post(self, request: Request, version: str) -> Response:
        """A member joins as the list's policy says, 202 while somebody is asked; another role is given at once."""
        values = read(request, JOINING)
        mlist = _named(values.pop("list_id"))
        subscriber, role = values.pop("subscriber"), values.pop("role", MemberRole.MEMBER)
        if isinstance(subscriber, UUID):
            subscriber = user_by_id(subscriber)
        with mailmans_words(_already(subscriber, role, mlist)):
            if role != MemberRole.MEMBER:
                return self._appointed(mlist, subscriber, role, values)
            welcome = values.pop("send_welcome_message", None)
            step = join(mlist, subscriber, send_welcome=welcome, actor=ACTOR, **values)
        return self.accepted(**waiting(step)) if step.membership is None else self._joined(step.membership)

    def _appointed(
        self, mlist: MailingList, subscriber: User | str, role: MemberRole, values: dict[str, Any]
    ) -> Response:
        wanted = {key: values[key] for key in ("display_name", "delivery_mode", "delivery_status") if key in values}
        return self._joined(add_member(mlist, subscriber, role, actor=ACTOR, **wanted))

    def _joined(self, member: Membership) -> Response:
        return self.created(self.link("member", self.uuid(member.member_id)))


class FoundMembers(MemberCollection):
    def get(self, request: Request, version: str) -> Response:
        """Also POST: memberships that fulfil all the conditions; none without any."""
        values = read(request, CRITERIA | SHOWN, paged=True)
        fields = values.pop("fields", None)
        return self.members(_found(values) if values else Membership.objects.none(), fields)

    post = get


class MembershipsOfAddress(MemberCollection):
    """Of any role, under the address itself or of the user who prefers it."""

    def get(self, request: Request, version: str, email: str) -> Response:
        values = read(request, SHOWN, paged=True)
        return self.members(memberships_under(address_at(email)), values.get("fields"))


class MemberResource(Resource):
    """One membership, whichever way the path names it."""

    def member(self) -> Membership:
        """The one of the path's member id. One query. Raises NotFound."""
        return member_of(self.kwargs["member_id"])

    def get(self, request: Request, version: str, **path: Any) -> Response:
        return self.found(describe_member(self, self.member()))

    @transaction.atomic
    def patch(self, request: Request, version: str, **path: Any) -> Response:
        member, values = self.member(), read(request, WRITABLE)
        if "address" in values:
            address = address_of(values["address"]) if values["address"].isprintable() else None
            if address is None:
                raise BadRequest("Address is not registered")
            change_address(member, address, actor=ACTOR)
        if "moderation_action" in values:
            set_moderation(member, values["moderation_action"], actor=ACTOR)
        if "delivery_mode" in values:
            set_preferences(member, actor=ACTOR, delivery_mode=values["delivery_mode"])
        return self.done()

    @transaction.atomic
    def delete(self, request: Request, version: str, **path: Any) -> Response:
        """A member leaves as the list's policy says, 202 while somebody is asked; another role ends at once."""
        member, values = self.member(), {"pre_confirmed": True, **read(request, LEAVING)}
        if member.role != MemberRole.MEMBER:
            remove_member(member, actor=ACTOR)
            return self.done()
        step = leave(member.mlist, member, actor=ACTOR, **values)
        return self.done() if step.done else self.accepted(**waiting(step))


def member_of(member_id: str) -> Membership:
    """The membership of this id, with all that it needs. One query. Raises NotFound."""
    rows = Membership.objects.select_related("mlist__domain", "address__user", "user__preferred_address")
    try:
        found = rows.filter(member_id=uuid(member_id)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("")
    return found


def waiting(step: Step) -> Answer:
    """What is said of a wish that waits. The token names the request and confirms nothing; the join shield makes none."""
    return {"token": fingerprint(step.token), "token_owner": step.owner}


@contextmanager
def mailmans_words(already: BadRequest | None) -> Iterator[None]:
    try:
        yield
    except tuple(WORDS) as error:
        if already and isinstance(error, AlreadySubscribed):
            raise already from error
        raise type(error)(WORDS[type(error)]) from error


def _already(subscriber: User | str, role: MemberRole, mlist: MailingList) -> BadRequest | None:
    if role == MemberRole.MEMBER:
        return None
    return BadRequest(f"{subscriber} is already an {role.wire} of {mlist.posting_address}")


def _named(list_id: str) -> MailingList:
    try:
        return list_of(list_id)
    except NotFound:
        raise BadRequest("No such list") from None


def _found(values: dict[str, Any]) -> QuerySet[Membership]:
    """As a search has it: what there is not is found nowhere."""
    try:
        if "list_id" in values:
            values["mlist"] = list_of(values.pop("list_id"))
        if "subscriber" in values:
            values["subscriber"] = _sought(values["subscriber"])
    except NotFound:
        return Membership.objects.none()
    if "role" in values:
        values["roles"] = (values.pop("role"),)
    return find_memberships(**values)


def _sought(word: str) -> User | str:
    """An address, a pattern, or the user of an id. Raises NotFound for what is none of these."""
    return word if "@" in word or "*" in word else user_of(word)
