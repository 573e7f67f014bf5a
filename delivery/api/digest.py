"""/lists/X/digest: where the list's digests are; send one, begin a new volume."""

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from delivery.services import issues
from lists.api.finding import list_of
from suite.common.rest.authentication import ACTOR
from suite.common.rest.errors import BadRequest
from suite.common.rest.parameters import Parameter, read
from suite.common.rest.values import boolean
from suite.common.rest.views import Resource

ACTS = {name: Parameter(boolean) for name in ("send", "bump", "periodic")}


class ListDigest(Resource):
    def get(self, request: Request, version: str, list_id: str) -> Response:
        mlist = list_of(list_id)
        return self.found({"next_digest_number": mlist.next_digest_number, "volume": mlist.volume})

    @transaction.atomic
    def post(self, request: Request, version: str, list_id: str) -> Response:
        """202: the digest is on its way, where there was anything for one. 200 where nothing was asked for."""
        mlist, wanted = list_of(list_id), [name for name, yes in read(request, ACTS).items() if yes]
        if "send" in wanted and "periodic" in wanted:
            raise BadRequest("send and periodic options are mutually exclusive")
        if not wanted:
            return self.found({})
        if "bump" in wanted:
            issues.bump(mlist, actor=ACTOR)
        if "send" in wanted or ("periodic" in wanted and mlist.digest_send_periodic):
            issues.close(mlist, actor=ACTOR)
        return self.accepted()
