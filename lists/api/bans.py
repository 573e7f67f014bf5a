"""/bans and /lists/X/bans: addresses and patterns that may neither join nor post, everywhere or on one list."""

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from lists.api.finding import list_of
from lists.errors import InvalidPattern
from lists.models import Ban, MailingList
from lists.services.bans import ban, holds, unban
from suite.common.collation import Bytewise
from suite.common.rest.authentication import ACTOR
from suite.common.rest.errors import BadRequest, NotFound, invalid
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import text
from suite.common.rest.views import Answer, Resource


class BanResource(Resource):
    """What the resources about bans share. Without a list in the path they are about the site's."""

    def mlist(self) -> MailingList | None:
        return list_of(self.kwargs["list_id"]) if "list_id" in self.kwargs else None

    def describe(self, email: str, mlist: MailingList | None) -> Answer:
        if mlist is None:
            return {"email": email, "self_link": self.link("ban", email)}
        link = self.link("list-ban", mlist.list_id, email)
        return {"email": email, "list_id": mlist.list_id, "self_link": link}


class Bans(BanResource):
    def get(self, request: Request, version: str, list_id: str = "") -> Response:
        mlist = self.mlist()
        read(request, {}, paged=True)
        rows = Ban.objects.filter(mlist=mlist).order_by(Bytewise("email"))
        return self.collection(rows, lambda row: self.describe(row.email, mlist))

    @transaction.atomic
    def post(self, request: Request, version: str, list_id: str = "") -> Response:
        """Who is banned already, be it by a pattern or everywhere, is not banned again."""
        mlist, email = self.mlist(), read(request, {"email": Parameter(text, required=True)})["email"]
        if holds(email, mlist):
            raise BadRequest("Address is already banned")
        try:
            row = ban(email, mlist, actor=ACTOR)
        except InvalidPattern as error:
            raise BadRequest(invalid({"email": str(error)})) from error
        return self.created(self.describe(row.email, mlist)["self_link"])


class OneBan(BanResource):
    """An address that is banned, by whichever ban, or a pattern that is one."""

    def get(self, request: Request, version: str, email: str, list_id: str = "") -> Response:
        mlist = self.mlist()
        if not holds(email, mlist):
            raise NotFound(f"Email is not banned: {email}")
        return self.found(self.describe(email, mlist))

    @transaction.atomic
    def delete(self, request: Request, version: str, email: str, list_id: str = "") -> Response:
        """A ban that is this very one. What a pattern, or the site's ban, holds stays banned."""
        mlist = self.mlist()
        if not unban(email, mlist, actor=ACTOR):
            raise NotFound(f"Email is not banned: {email}")
        return self.done()
