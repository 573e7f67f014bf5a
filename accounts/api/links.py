"""Which addresses are whose: /users/U/addresses, /users/U/preferred_address and /addresses/E/user."""

from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.addresses import describe_address
from accounts.api.finding import address_at, user_by_id, user_of
from accounts.api.users import CREATION, describe_user, new_user
from accounts.errors import AddressTaken
from accounts.models import Address, User
from accounts.queries import address_of
from accounts.services.addresses import add_address, link, set_preferred, unlink
from accounts.services.users import absorb
from suite.common.collation import Bytewise
from suite.common.rest.errors import BadRequest, Conflict, Forbidden, NotFound
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import boolean, name, text, uuid
from suite.common.rest.views import Resource

OF_OTHER = "Address belongs to other user"
ADDRESS = {
    "email": Parameter(text, required=True),
    "display_name": Parameter(name),
    "absorb_existing": Parameter(boolean),
}
USER = {"user_id": Parameter(uuid), "auto_create": Parameter(boolean), **CREATION}


class AddressesOfUser(Resource):
    def get(self, request: Request, version: str, user: str) -> Response:
        read(request, {}, paged=True)
        rows = user_of(user).addresses.order_by(Bytewise("email"))
        return self.collection(rows, lambda address: describe_address(self, address))

    @transaction.atomic
    def post(self, request: Request, version: str, user: str) -> Response:
        """A new address, or one that nobody has; with `absorb_existing` also another user's, who becomes one with this one."""
        found, values = user_of(user), read(request, ADDRESS)
        absorbing = values.pop("absorb_existing", False)
        known = address_of(values["email"])
        if absorbing and known and known.user and known.user_id != found.pk:
            absorb(found, known.user)
            return self.created(self.link("address", known.email))
        try:
            address = add_address(found, **values)
        except AddressTaken as error:
            raise BadRequest(OF_OTHER) from error
        return self.created(self.link("address", address.email))


class PreferredAddress(Resource):
    def get(self, request: Request, version: str, user: str) -> Response:
        address = user_of(user).preferred_address
        if address is None:
            raise NotFound("")
        return self.found(describe_address(self, address))

    @transaction.atomic
    def post(self, request: Request, version: str, user: str) -> Response:
        """One of his verified addresses, or a verified one that nobody has."""
        found, email = user_of(user), read(request, {"email": Parameter(text, required=True)})["email"]
        address = address_of(email)
        if address is None:
            raise BadRequest("Address is not registered")
        if address.user_id not in (None, found.pk):
            raise BadRequest(OF_OTHER)
        link(found, address)
        set_preferred(found, address)
        return self.created(self.link("user-preferred-address", self.uuid(found.pk)))

    @transaction.atomic
    def delete(self, request: Request, version: str, user: str) -> Response:
        set_preferred(user_of(user), None)
        return self.done()


class UserOfAddress(Resource):
    def get(self, request: Request, version: str, email: str) -> Response:
        user = address_at(email).user
        if user is None:
            raise NotFound("")
        return self.found(describe_user(self, user))

    @transaction.atomic
    def post(self, request: Request, version: str, email: str) -> Response:
        """200 where the user named has it now, 201 where one was made for it, 409 where it is somebody's already."""
        address = address_at(email)
        if address.user is not None:
            raise Conflict("")
        return self._give(address, read(request, USER))

    @transaction.atomic
    def put(self, request: Request, version: str, email: str) -> Response:
        """The same, and whoever has it loses it."""
        address, values = address_at(email), read(request, USER)
        return self._give(address, values)

    @transaction.atomic
    def delete(self, request: Request, version: str, email: str) -> Response:
        address = address_at(email)
        if address.user is None:
            raise NotFound("")
        unlink(address)
        return self.done()

    def _give(self, address: Address, values: dict[str, Any]) -> Response:
        create, user_id = values.pop("auto_create", True), values.pop("user_id", None)
        if user_id is None and not create:
            raise Forbidden("")
        user: User | None = user_by_id(user_id) if user_id else None
        if user is None or address.user_id != user.pk:
            unlink(address)
        if user is not None:
            link(user, address)
            return self.found(describe_user(self, user))
        user = new_user({"email": address.original_email, **values})
        return self.created(self.link("user", self.uuid(user.pk)))
