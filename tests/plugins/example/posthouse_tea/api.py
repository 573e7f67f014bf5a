"""A resource of the REST API, below /api/3.1/plugins/tea/."""

from typing import Any

from lists.api.finding import list_of
from suite.common.plugins import active
from suite.common.rest.parameters import read
from suite.common.rest.views import Resource


class Kinds(Resource):
    def get(self, request: Any, version: str, list_id: str) -> Any:
        mlist, tea = list_of(list_id), active("tea")
        assert tea
        read(request, {})
        return self.found({"kind": tea.setting(mlist, "kind")})
