"""/lists: made, read, found and deleted."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from lists.api.finding import domain_of, list_of
from lists.enums import MemberRole
from lists.models import MailingList
from lists.queries import counted, lists_with
from lists.services.mailing_lists import create_list, delete_list
from lists.styles import style_names, styles
from suite.common.collation import Bytewise
from suite.common.rest.authentication import ACTOR
from suite.common.rest.errors import NotFound
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import boolean, choice, person, text
from suite.common.rest.views import Answer, Resource

NEW = {"fqdn_listname": Parameter(text, required=True), "style_name": Parameter(text)}
WANTED = {"subscriber": Parameter(person, required=True), "role": Parameter(choice(MemberRole))}


class ListResource(Resource):
    """What the resources that show lists share."""

    def describe(self, mlist: Any) -> Answer:
        """Of a list that is `counted()`."""
        return {
            "advertised": mlist.advertised,
            "description": mlist.description,
            "display_name": mlist.display_name,
            "fqdn_listname": mlist.fqdn_listname,
            "list_id": mlist.list_id,
            "list_name": mlist.list_name,
            "mail_host": mlist.mail_host,
            "member_count": mlist.member_count,
            "self_link": self.link("list", mlist.list_id),
            "volume": mlist.volume,
        }

    def shown(self, lists: QuerySet[MailingList]) -> Response:
        """A page of these lists; of the advertised ones where only they are wanted."""
        wanted = read(self.request, {"advertised": Parameter(boolean)}, paged=True)
        if wanted.get("advertised"):
            lists = lists.filter(advertised=True)
        return self.collection(counted(lists).order_by(Bytewise("list_id")), self.describe)


class Lists(ListResource):
    def get(self, request: Request, version: str) -> Response:
        return self.shown(MailingList.objects.all())

    @transaction.atomic
    def post(self, request: Request, version: str) -> Response:
        values = read(request, NEW)
        mlist = create_list(values["fqdn_listname"], style=values.get("style_name", ""), actor=ACTOR)
        return self.created(self.link("list", mlist.list_id))


class ListsOfDomain(ListResource):
    def get(self, request: Request, version: str, mail_host: str) -> Response:
        return self.shown(domain_of(mail_host).lists.all())


class FoundLists(ListResource):
    """Those on which somebody has a role; as a nonmember only where that is asked for."""

    def get(self, request: Request, version: str) -> Response:
        """Also POST. 404 where there is none."""
        found = lists_with(**read(request, WANTED, paged=True))
        if not found.exists():
            raise NotFound("")
        return self.collection(counted(found).order_by(Bytewise("list_id")), self.describe)

    post = get


class Styles(Resource):
    def get(self, request: Request, version: str) -> Response:
        described = [{"name": name, "description": description} for name, description in styles().items()]
        return self.found(
            {"style_names": sorted(style_names()), "styles": described, "default": settings.DEFAULT_STYLE}
        )


class OneList(ListResource):
    def get(self, request: Request, version: str, list_id: str) -> Response:
        return self.found(self.describe(list_of(list_id, counted(MailingList.objects.all()))))

    @transaction.atomic
    def delete(self, request: Request, version: str, list_id: str) -> Response:
        """With its archive, as manage.py removelist does; without, where `keep_archive` is true."""
        kept = read(request, {"keep_archive": Parameter(boolean)})
        delete_list(list_of(list_id), actor=ACTOR, **kept)
        return self.done()
