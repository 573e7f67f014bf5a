"""/members/ID/preferences: what a member wants of one list, and what holds for him there."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.preferences import PreferencesResource, spelled
from accounts.models import PREFERENCES
from lists.api.members import member_of
from lists.models import Membership
from lists.services.preferences import set_preferences
from suite.common.rest.authentication import ACTOR
from suite.common.rest.views import Resource


class MemberPreferences(PreferencesResource):
    place = "member-preferences"

    def holder(self) -> Membership:
        return member_of(self.kwargs["member_id"])

    def change(self, holder: Membership, **preferences: Any) -> None:
        set_preferences(holder, actor=ACTOR, **preferences)


class EffectivePreferences(Resource):
    """The member's own, else his address's, his user's, the site's; read-only."""

    def get(self, request: Request, version: str, member_id: str) -> Response:
        member = member_of(member_id)
        effective = spelled({name: member.effective(name) for name in PREFERENCES})
        return self.found(effective, self_link=self.link("member-effective-preferences", member_id))
