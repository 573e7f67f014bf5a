"""/users and /owners: people who have, or may have, an account."""

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.finding import user_of
from accounts.models import User
from accounts.queries import find_users
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import text
from suite.common.rest.views import Answer, Resource


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


def _opaque(user: User) -> str | None:
    """A value that is another one with each new password. Nobody can try guesses on it who does not know SECRET_KEY."""
    if not user.has_usable_password():
        return None
    return f"$opaque${salted_hmac('accounts.api.password', user.password, algorithm='sha256').hexdigest()}"


class UserCollection(Resource):
    def users(self, rows: QuerySet[User]) -> Response:
        return self.collection(rows, lambda user: describe_user(self, user))


class Users(UserCollection):
    def get(self, request: Request, version: str) -> Response:
        read(request, {}, paged=True)
        return self.users(User.objects.order_by("created_at", "pk"))


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
