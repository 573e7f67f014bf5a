"""/users and /owners: people who have, or may have, an account."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.finding import user_of
from accounts.errors import AddressTaken
from accounts.models import User
from accounts.queries import find_users
from accounts.services.signing_in import is_password_of
from accounts.services.users import change_user, create_user, delete_user
from suite.common.rest.authentication import ACTOR
from suite.common.rest.errors import BadRequest, Forbidden
from suite.common.rest.parameters import Parameter, read, read_changes
from suite.common.rest.values import boolean, name, text
from suite.common.rest.views import Answer, Resource

CREATION = {
    "display_name": Parameter(name),
    "password": Parameter(name),
    "is_server_owner": Parameter(boolean),
}
PATCH = {
    "cleartext_password": Parameter(name),
    "display_name": Parameter(name),
    "is_server_owner": Parameter(boolean),
}
PUT = {key: Parameter(parameter.reader, required=True) for key, parameter in PATCH.items()}
READ_ONLY = ("created_on", "password", "self_link", "user_id")
_OURS = {"cleartext_password": "password", "is_server_owner": "superuser"}


def describe_user(here: Resource, user: User) -> Answer:
    """What is known of a user; name and password only where he has one."""
    known: Answer = {
        "created_on": user.created_at,
        "display_name": user.display_name or None,
        "is_server_owner": user.is_superuser,
        "password": _opaque(user),
        "self_link": here.link("user", here.uuid(user.pk)),
        "user_id": here.uuid(user.pk),
    }
    return {name: value for name, value in known.items() if value is not None}


def new_user(values: dict[str, Any]) -> User:
    """A user as these parameters of CREATION have him, with the address `email` or without. Raises BadRequest."""
    try:
        return create_user(**_ours({**values, "password": values.get("password") or None}), actor=ACTOR)
    except AddressTaken as error:
        raise BadRequest(f"User already exists: {values['email']}") from error


class UserCollection(Resource):
    def users(self, rows: QuerySet[User]) -> Response:
        return self.collection(rows, lambda user: describe_user(self, user))


class Users(UserCollection):
    def get(self, request: Request, version: str) -> Response:
        read(request, {}, paged=True)
        return self.users(User.objects.order_by("created_at", "pk"))

    @transaction.atomic
    def post(self, request: Request, version: str) -> Response:
        """The address stays unproved. Without password he cannot sign in until he has one."""
        user = new_user(read(request, {"email": Parameter(text, required=True), **CREATION}))
        return self.created(self.link("user", self.uuid(user.pk)))


class FoundUsers(UserCollection):
    def get(self, request: Request, version: str) -> Response:
        return self.users(find_users(read(request, {"q": Parameter(text, required=True)}, paged=True)["q"]))


class Owners(UserCollection):
    """Who owns the site."""

    def get(self, request: Request, version: str) -> Response:
        read(request, {}, paged=True)
        return self.users(User.objects.filter(is_superuser=True).order_by("created_at", "pk"))


class OneUser(Resource):
    def get(self, request: Request, version: str, user: str) -> Response:
        return self.found(describe_user(self, user_of(user)))

    @transaction.atomic
    def patch(self, request: Request, version: str, user: str) -> Response:
        change_user(user_of(user), actor=ACTOR, **_ours(read_changes(request, PATCH, READ_ONLY)))
        return self.done()

    @transaction.atomic
    def put(self, request: Request, version: str, user: str) -> Response:
        change_user(user_of(user), actor=ACTOR, **_ours(read(request, PUT)))
        return self.done()

    @transaction.atomic
    def delete(self, request: Request, version: str, user: str) -> Response:
        """With his addresses and memberships."""
        delete_user(user_of(user), actor=ACTOR)
        return self.done()


class Login(Resource):
    def post(self, request: Request, version: str, user: str) -> Response:
        """204 where the password is the user's, else 403; 429 after too many that were not. No transaction: failures count."""
        found = user_of(user)
        password = read(request, {"cleartext_password": Parameter(text, required=True)})["cleartext_password"]
        if not is_password_of(found, password, request._request):
            raise Forbidden("")
        return self.done()


def _ours(values: dict[str, Any]) -> dict[str, Any]:
    return {_OURS.get(name, name): value for name, value in values.items()}


def _opaque(user: User) -> str | None:
    """A value that is another one with each new password. Nobody can try guesses on it who does not know SECRET_KEY."""
    if not user.has_usable_password():
        return None
    return f"$opaque${salted_hmac('accounts.api.password', user.password, algorithm='sha256').hexdigest()}"
