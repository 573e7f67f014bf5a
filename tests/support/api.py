"""The REST API as a script uses it: requests with its password, answers as JSON."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.test import Client

USER, PASSWORD = "restadmin", "a good long pass phrase"
FORM = "application/x-www-form-urlencoded"


def basic(user: str = USER, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Api:
    """`api.get("lists/dev.example.org")` and so on; paths are below the version, or absolute as a self_link is."""

    def __init__(self, version: str = "3.1") -> None:
        self.client = Client()
        self.root = f"/api/{version}/"

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of an answer that must be 200."""
        response = self.call("GET", path + ("?" + urlencode(query, doseq=True) if query else ""))
        assert response.status_code == 200, response.content
        return response.json()

    def error(self, verb: str, path: str, form: Mapping[str, Any] | None = None, **options: Any) -> tuple[int, str]:
        """Status and description of an answer that must be none of success."""
        response = self.call(verb, path, form, **options)
        assert response.status_code >= 400, response.content
        return response.status_code, response.json().get("description", "")

    def call(
        self, verb: str, path: str, form: Mapping[str, Any] | None = None, *, json_body: Any = None, **headers: str
    ) -> Any:
        """Any request: with a form, with JSON, or with neither."""
        kind, body = FORM, urlencode(form or {}, doseq=True)
        if json_body is not None:
            kind, body = "application/json", json.dumps(json_body)
        return self.raw(verb, path, body, kind if body else "", **headers)

    def raw(self, verb: str, path: str, body: bytes | str, kind: str, **headers: str) -> Any:
        """The same of a body that may be anything."""
        path = path.removeprefix("http://127.0.0.1:8000") if path.startswith("http") else self.root + path
        wanted: Any = {"HTTP_AUTHORIZATION": basic(), **headers}
        return self.client.generic(verb, path, body, kind, **wanted)

    def post(self, path: str, **form: Any) -> Any:
        return self.call("POST", path, form)

    def patch(self, path: str, **form: Any) -> Any:
        return self.call("PATCH", path, form)

    def put(self, path: str, **form: Any) -> Any:
        return self.call("PUT", path, form)

    def delete(self, path: str, **form: Any) -> Any:
        return self.call("DELETE", path, form)
