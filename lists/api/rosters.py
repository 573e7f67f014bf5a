"""/lists/X/roster/ROLE and /lists/X/ROLE/EMAIL: a list's people, all of a role or one by his address."""

from typing import Any

from django.db import transaction
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from lists.api.finding import list_of
from lists.api.members import SHOWN, MemberCollection, MemberResource
from lists.enums import MemberRole
from lists.models import Membership
from lists.searching import find_memberships, membership_at
from lists.services.memberships import remove_member
from suite.common.rest.authentication import ACTOR
from suite.common.rest.errors import NotFound
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import text


class Roster(MemberCollection):
    def get(self, request: Request, version: str, list_id: str, role: MemberRole) -> Response:
        mlist, values = list_of(list_id), read(request, SHOWN, paged=True)
        return self.members(find_memberships(mlist=mlist, roles=(role,)), values.get("fields"))

    @transaction.atomic
    def delete(self, request: Request, version: str, list_id: str, role: MemberRole) -> Response:
        """These members are off the list at once, and told nothing: 200, and of each address whether it was a member's."""
        mlist, values = list_of(list_id), read(request, {"emails": Parameter(text, required=True, many=True)})
        if role != MemberRole.MEMBER:
            raise MethodNotAllowed("DELETE")
        removed: dict[str, Any] = dict.fromkeys(values["emails"], False)
        for email in removed:
            member = membership_at(mlist, role, email)
            if member is not None:
                remove_member(member, actor=ACTOR)
                removed[email] = True
        return self.found(removed)


class OneOfRoster(MemberResource):
    def member(self) -> Membership:
        found = membership_at(list_of(self.kwargs["list_id"]), self.kwargs["role"], self.kwargs["email"])
        if found is None:
            raise NotFound("")
        return found
