"""/addresses: mailboxes, with or without a user."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.finding import address_at
from accounts.models import Address
from suite.common.rest.parameters import read
from suite.common.rest.views import Answer, Resource


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
        return self.collection(Address.objects.order_by("email"), lambda address: describe_address(self, address))


class OneAddress(Resource):
    def get(self, request: Request, version: str, email: str) -> Response:
        return self.found(describe_address(self, address_at(email)))
