"""/domains: made, read, changed and deleted."""

from dataclasses import replace
from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.users import describe_user
from accounts.models import User
from accounts.services.users import proved_user
from lists.api.finding import domain_of
from lists.models import Domain
from lists.services.domains import add_owners, change_domain, create_domain, delete_domain
from suite.common.collation import Bytewise
from suite.common.rest.authentication import ACTOR
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import boolean, name, text
from suite.common.rest.views import Answer, Resource

WRITABLE = {
    "description": Parameter(name),
    "alias_domain": Parameter(name),
    "base_url": Parameter(text),
    "owner": Parameter(text, many=True),
}


class DomainResource(Resource):
    """What the resources about a domain share."""

    def domain(self) -> Domain:
        """The one that the path names, in any letter case. Raises NotFound."""
        return domain_of(self.kwargs["mail_host"])

    def describe(self, domain: Domain) -> Answer:
        return {
            "alias_domain": domain.alias_domain or None,
            "base_url": domain.base_url,
            "description": domain.description,
            "mail_host": domain.mail_host,
            "self_link": self.link("domain", domain.mail_host),
        }


class Domains(DomainResource):
    def get(self, request: Request, version: str) -> Response:
        read(request, {}, paged=True)
        return self.collection(Domain.objects.order_by(Bytewise("mail_host")), self.describe)

    @transaction.atomic
    def post(self, request: Request, version: str) -> Response:
        values = _owned(read(request, {"mail_host": Parameter(text, required=True), **WRITABLE}))
        domain = create_domain(values.pop("mail_host"), actor=ACTOR, **values)
        return self.created(self.link("domain", domain.mail_host))


class OneDomain(DomainResource):
    def get(self, request: Request, version: str, mail_host: str) -> Response:
        return self.found(self.describe(self.domain()))

    @transaction.atomic
    def patch(self, request: Request, version: str, mail_host: str) -> Response:
        """Also PUT: what is not given stays."""
        domain = self.domain()
        change_domain(domain, actor=ACTOR, **_owned(read(request, WRITABLE)))
        return self.done()

    put = patch

    @transaction.atomic
    def delete(self, request: Request, version: str, mail_host: str) -> Response:
        """With its lists and their archives, as the admin does; archives stay where `keep_archives` is true."""
        kept = read(request, {"keep_archives": Parameter(boolean)})
        delete_domain(self.domain(), actor=ACTOR, **kept)
        return self.done()


class Owners(DomainResource):
    """The users who own the domain."""

    def get(self, request: Request, version: str, mail_host: str) -> Response:
        owners = self.domain().owners.order_by("created_at", "pk")
        read(request, {}, paged=True)
        return self.collection(owners, lambda user: describe_user(self, user))

    @transaction.atomic
    def post(self, request: Request, version: str, mail_host: str) -> Response:
        """Who is no user becomes one."""
        domain = self.domain()
        values = _owned(read(request, {"owner": replace(WRITABLE["owner"], required=True)}))
        add_owners(domain, values["owners"], actor=ACTOR)
        return self.done()

    @transaction.atomic
    def delete(self, request: Request, version: str, mail_host: str) -> Response:
        """All of them."""
        change_domain(self.domain(), owners=(), actor=ACTOR)
        return self.done()


def _owned(values: dict[str, Any]) -> dict[str, Any]:
    """The values with `owner`, addresses, as `owners`, users; who is none becomes one."""
    if "owner" not in values:
        return values
    owners: list[User] = [proved_user(email) for email in values.pop("owner")]
    return {**values, "owners": owners}
