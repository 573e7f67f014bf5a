"""/addresses: mailboxes, with or without a user."""

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.finding import address_at
from accounts.models import Address
from accounts.services.addresses import delete_address, rename_address, unverify, verify
from suite.common.collation import Bytewise
from suite.common.rest.authentication import ACTOR
from suite.common.rest.parameters import Parameter, read, read_changes
from suite.common.rest.values import name
from suite.common.rest.views import Answer, Resource

READ_ONLY = ("email", "original_email", "registered_on", "self_link", "user", "verified_on")


def describe_address(here: Resource, address: Address) -> Answer:
    """What is known of an address; what is not, is not there."""
    known: Answer = {
        "email": address.email,
        "original_email": address.original_email,
        "registered_on": address.registered_at,
        "self_link": here.link("address", address.email),
        "display_name": address.display_name or None,
        "verified_on": address.verified_at,
        "user": here.link("user", here.uuid(address.user_id)) if address.user_id else None,
    }
    return {name: value for name, value in known.items() if value is not None}


class Addresses(Resource):
    def get(self, request: Request, version: str) -> Response:
        read(request, {}, paged=True)
        return self.collection(
            Address.objects.order_by(Bytewise("email")), lambda address: describe_address(self, address)
        )


class OneAddress(Resource):
    def get(self, request: Request, version: str, email: str) -> Response:
        return self.found(describe_address(self, address_at(email)))

    @transaction.atomic
    def patch(self, request: Request, version: str, email: str) -> Response:
        address = address_at(email)
        for display_name in read_changes(request, {"display_name": Parameter(name)}, READ_ONLY).values():
            rename_address(address, display_name, actor=ACTOR)
        return self.done()

    @transaction.atomic
    def delete(self, request: Request, version: str, email: str) -> Response:
        """With the memberships under it; its user stays."""
        delete_address(address_at(email))
        return self.done()


class Verified(Resource):
    """Its owner has proved that he reads mail to it, so somebody whom we believe says."""

    @transaction.atomic
    def post(self, request: Request, version: str, email: str) -> Response:
        read(request, {})
        verify(address_at(email))
        return self.done()


class Unverified(Resource):
    @transaction.atomic
    def post(self, request: Request, version: str, email: str) -> Response:
        read(request, {})
        unverify(address_at(email))
        return self.done()
