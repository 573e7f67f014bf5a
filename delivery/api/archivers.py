"""/lists/X/archivers: which of the site's archivers the list's posts go to."""

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from delivery.archivers import table
from delivery.services.switching import switch_archivers
from lists.api.finding import list_of
from suite.common.rest.authentication import ACTOR
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import boolean
from suite.common.rest.views import Resource


class ListArchivers(Resource):
    def get(self, request: Request, version: str, list_id: str) -> Response:
        mlist = list_of(list_id)
        return self.found({name: name in mlist.archivers for name in table.of_site()})

    @transaction.atomic
    def put(self, request: Request, version: str, list_id: str) -> Response:
        """Every archiver of the site must be there."""
        return self._switch(request, list_id, required=True)

    @transaction.atomic
    def patch(self, request: Request, version: str, list_id: str) -> Response:
        return self._switch(request, list_id, required=False)

    def _switch(self, request: Request, list_id: str, *, required: bool) -> Response:
        mlist = list_of(list_id)
        wanted = read(request, {name: Parameter(boolean, required=required) for name in table.of_site()})
        switch_archivers(mlist, wanted, actor=ACTOR)
        return self.done()
