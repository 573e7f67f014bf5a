"""What a request says: names and values from its body, which JSON or a form may be, and from its query.

    values = read(request, {"email": Parameter(text, required=True), "owner": Parameter(text, many=True)})

Query parameters count beside a form's in every request that changes something (the form wins), a JSON body stands alone.
Blank values count: they are how a value is emptied.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request

from suite.common.rest.errors import BadRequest, invalid
from suite.common.rest.values import Reader, integer

PAGING = ("count", "page")


@dataclass(frozen=True, slots=True)
class Parameter:
    """How a parameter is read. `many`: it is a list; one that stands alone is a list of one."""

    reader: Reader
    required: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Which entries of a collection are wanted: `count` (None = all) from `start` on."""

    start: int = 0
    count: int | None = None


def read(request: Request, parameters: Mapping[str, Parameter], *, paged: bool = False) -> dict[str, Any]:
    """The values that were given, by name; `count` and `page` are the collection's own. Raises BadRequest in Mailman's words."""
    values = given(request)
    if paged:
        values = {name: value for name, value in values.items() if name not in PAGING}
    return read_given(values, parameters)


def read_changes(request: Request, writable: Mapping[str, Parameter], read_only: Collection[str]) -> dict[str, Any]:
    """What a PATCH sets of a thing with these attributes. Raises BadRequest in the words that Mailman has for it."""
    values = given(request)
    for name in sorted(values.keys() - writable.keys()):
        raise BadRequest(f"{'Read-only' if name in read_only else 'Unknown'} attribute: {name}")
    return read_given(values, writable)


def read_given(values: Mapping[str, list[Any]], parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """The same of what `given()` found."""
    missing = [name for name, parameter in parameters.items() if parameter.required and name not in values]
    unexpected = sorted(name for name in values if name not in parameters)
    if missing:
        raise BadRequest(f"Missing Parameter: {', '.join(sorted(missing))}")
    if unexpected:
        raise BadRequest(f"Unexpected parameters: {', '.join(unexpected)}")
    found, wrong = {}, {}
    for name, raw in values.items():
        parameter = parameters[name]
        try:
            if parameter.many:
                found[name] = [parameter.reader(value) for value in raw if value != ""]
            else:
                found[name] = parameter.reader(_only(raw))
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise BadRequest(invalid(wrong))
    return found


def given(request: Request) -> dict[str, list[Any]]:
    """Every parameter with its values as they came. Raises BadRequest for JSON that is no object."""
    if request.method in ("GET", "HEAD"):
        return _lists(request.query_params)
    try:
        data = request.data
    except RecursionError:
        raise BadRequest("The JSON is nested too deeply") from None
    if hasattr(data, "lists"):
        return _lists(request.query_params) | _lists(data)
    if not data and "json" not in (request.content_type or ""):
        return _lists(request.query_params)  # there is no body
    if not isinstance(data, dict):
        raise BadRequest("A JSON object is wanted")
    return {name: value if isinstance(value, list) else [value] for name, value in data.items()}


def page_of(request: Request) -> Page:
    """`count` and `page` (from 1). Raises BadRequest where there is a page without count, or either is none."""
    values = given(request)
    if not any(name in values for name in PAGING):
        return Page()
    try:
        count, page = (integer(_only(values[name])) if name in values else None for name in PAGING)
    except ValueError:
        raise BadRequest("Invalid parameter") from None
    if count is None or count < 0 or (page is not None and page < 1):
        raise BadRequest("Invalid parameter")
    return Page((page - 1) * count if page else 0, count)


def _only(values: list[Any]) -> Any:
    if len(values) != 1:
        raise ValueError("One value is wanted")
    return values[0]


def _lists(values: Any) -> dict[str, list[Any]]:
    return dict(values.lists())
