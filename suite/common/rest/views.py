"""The resource every other one is made from: how it answers, links and pages."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.response import Response
from rest_framework.views import APIView

from suite.common.rest.parameters import page_of
from suite.common.rest.values import spell

Answer = dict[str, Any]


class Resource(APIView):
    """One place of the API. A method that changes rows is `@transaction.atomic`, so an error undoes all of it.

    Sign-in, parsers, JSON and errors come from settings.REST_FRAMEWORK; the route's `version` is "3.1" or "3.0".
    """

    def link(self, name: str, *args: Any) -> str:
        """The absolute address of a resource, whatever host the request named (settings.BASE_URL)."""
        return settings.BASE_URL + reverse(f"api:{name}", args=[self.kwargs["version"], *args])

    def uuid(self, value: UUID) -> str | int:
        """A UUID for JSON and for links: hexadecimal, in 3.0 a number."""
        return value.int if self.kwargs["version"] == "3.0" else value.hex

    def raise_uncaught_exception(self, exc: Exception) -> None:
        """A bug. The page that tells of it is the site's, to which whoever signed in here is nobody."""
        self.request._request.user = AnonymousUser()
        super().raise_uncaught_exception(exc)

    def found(self, answer: Answer, **more: Any) -> Response:
        """200 with one object."""
        return Response(_tagged(answer | more))

    def created(self, location: str) -> Response:
        """201, where it is, and no body."""
        return Response(status=201, headers={"Location": location})

    def done(self) -> Response:
        """204: changed or deleted."""
        return Response(status=204)

    def accepted(self, **answer: Any) -> Response:
        """202: it waits for somebody."""
        return Response(_tagged(answer), status=202)

    def collection(
        self, rows: "QuerySet[Any] | Sequence[Any]", describe: Callable[[Any], Answer], **more: Any
    ) -> Response:
        """200 with a page of the rows; two queries however many there are. `entries` is absent when it is empty."""
        page = page_of(self.request)
        total = rows.count() if isinstance(rows, QuerySet) else len(rows)
        chosen = rows[page.start :] if page.count is None else rows[page.start : page.start + page.count]
        entries = [_tagged(describe(row)) for row in chosen] if page.start < total else []
        answer: Answer = {"start": page.start, "total_size": total, **more}
        return Response(_tagged({**answer, "entries": entries} if entries else answer))


def _tagged(answer: Answer) -> Answer:
    """The object with its values spelled, and a tag that changes when it does."""
    spelled = {name: spell(value) for name, value in answer.items()}
    digest = hashlib.sha1(json.dumps(spelled, sort_keys=True, default=str).encode(), usedforsecurity=False)
    return {**spelled, "http_etag": f'"{digest.hexdigest()}"'}
