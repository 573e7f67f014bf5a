"""Errors on the wire: `{"title": "400 Bad Request", "description": "..."}`, in whatever part of the house they arose."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated
from rest_framework.response import Response

from suite.common.errors import SuiteError

REALM = 'Basic realm="mailman3-rest",charset="utf-8"'


class BadRequest(SuiteError):
    """What was sent cannot be understood; the message is the description."""

    code, http_status = "bad-request", 400


class NotFound(SuiteError):
    code, http_status = "not-found", 404


class Forbidden(SuiteError):
    code, http_status = "forbidden", 403


class Conflict(SuiteError):
    """What there is already stands in the way."""

    code, http_status = "conflict", 409


def body(status: int, description: str = "") -> dict[str, str]:
    """What was sent may be named in the description, half characters, which JSON in UTF-8 cannot hold, as question marks."""
    title = {"title": f"{status} {HTTPStatus(status).phrase}"}
    return {**title, "description": description.encode("utf-8", "replace").decode()} if description else title


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. None lets a bug be a bug: Django logs it and answers 500."""
    if isinstance(error, NotAuthenticated | AuthenticationFailed):
        return _response(401, "REST API authorization failed", {"WWW-Authenticate": REALM})
    if isinstance(error, SuiteError):
        return _response(error.http_status, str(error))
    if isinstance(error, ValidationError):
        return _response(400, _sentences(error))
    if isinstance(error, Http404):
        return _response(404)
    if isinstance(error, PermissionDenied):
        return _response(403)
    if isinstance(error, SuspiciousOperation):  # as of a query with more parameters than Django reads
        return _response(400, "Malformed request.")
    if isinstance(error, APIException):
        headers = {"Retry-After": str(int(error.wait))} if getattr(error, "wait", None) else {}
        without = error.status_code in (404, 405)
        return _response(error.status_code, "" if without else str(error.detail), headers)
    return None


def no_such_place(request: HttpRequest, path: str) -> HttpResponse:
    """Whatever stands nowhere in the API. Nobody needs to sign in to hear that."""
    return JsonResponse(body(404), status=404)


def _response(status: int, description: str = "", headers: dict[str, str] | None = None) -> Response:
    return Response(body(status, description), status=status, headers=headers)


def _sentences(error: ValidationError) -> str:
    """`Invalid Parameter "k": why.` for each wrong value, as parameters say it that cannot even be read."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return invalid({name: " ".join(messages) for name, messages in error.message_dict.items()})


def invalid(reasons: dict[str, str]) -> str:
    return " ".join(f'Invalid Parameter "{name}": {why.rstrip(".")}.' for name, why in reasons.items())
