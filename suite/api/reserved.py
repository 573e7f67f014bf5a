"""/reserved: what test suites of Mailman's clients ask for. It is there on sites for tests alone (POSTHOUSE_API_TESTS)."""

from django.conf import settings
from django.db import close_old_connections
from rest_framework.request import Request
from rest_framework.response import Response

from suite.common.rest.errors import NotFound
from suite.common.rest.views import Resource


class Reserved(Resource):
    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        if not settings.API_TESTS:
            raise NotFound("")


class Orphans(Reserved):
    def delete(self, request: Request, version: str) -> Response:
        """Nothing to do: no number of ours belongs to nobody."""
        return self.done()


class Reset(Reserved):
    def get(self, request: Request, version: str) -> Response:
        """Let go of connections to the database that are worth nothing any more."""
        close_old_connections()
        return self.done()
