"""What the mail sandbox has taken, mailbox by mailbox: to see what the suite sends without sending anything."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archives import rendering
from archives.serving import download
from delivery.sandbox import store
from delivery.sandbox.access import open_sandbox
from suite.mail import content
from suite.mail.headers import decode
from suite.mail.parse import parse

NEWEST = 30
IN_A_MAILBOX = 200
TEXT = 100_000
SHOWN_FIRST = ("From", "To", "Cc", "Reply-To", "Subject", "Date", "List-Id", "List-Unsubscribe", "Archived-At")


@dataclass(frozen=True, slots=True)
class Line:
    """A copy in a table."""

    copy: store.Copy
    at: datetime


def _lines(copies: list[store.Copy]) -> list[Line]:
    return [Line(copy, datetime.fromtimestamp(copy.at, UTC)) for copy in copies]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    open_sandbox(request.user)
    context = {"mailboxes": store.mailboxes(), "newest": _lines(store.copies(limit=NEWEST))}
    return render(request, "delivery/sandbox_index.html", context)


@require_safe
def mailbox(request: HttpRequest, recipient: str) -> HttpResponse:
    open_sandbox(request.user)
    found = store.copies(recipient, IN_A_MAILBOX) if recipient.isprintable() else []
    if not found:
        raise Http404("There is no such mailbox.")
    return render(request, "delivery/sandbox_mailbox.html", {"recipient": recipient, "copies": _lines(found)})


@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One copy: its header fields in full, its text, and what else it carries."""
    copy, octets = _read(request, pk)
    parsed = parse(octets)
    header = [(name, decode(value)) for name, value in parsed.headers.fields()]
    first = {name.lower() for name in SHOWN_FIRST}
    context = {
        "copy": copy,
        "at": datetime.fromtimestamp(copy.at, UTC),
        "header": [(name, value) for name, value in header if name.lower() in first],
        "more": [(name, value) for name, value in header if name.lower() not in first],
        "blocks": rendering.render(content.body_text(parsed, TEXT), show_addresses=True),
        "files": content.attachments(parsed),
        "size": len(octets),
    }
    return render(request, "delivery/sandbox_mail.html", context)


@require_safe
def raw(request: HttpRequest, pk: int) -> HttpResponse:
    copy, octets = _read(request, pk)
    return download(octets, f"sandbox-{copy.id}.eml", "message/rfc822")


def _read(request: HttpRequest, pk: int) -> tuple[store.Copy, bytes]:
    open_sandbox(request.user)
    found = store.read(pk) if pk < 2**63 else None
    if found is None:
        raise Http404("There is no such mail, or it was forgotten.")
    return found
