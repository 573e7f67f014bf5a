"""The one answer to a letter: what became of its commands. The letter itself is not in it."""

import textwrap
from collections.abc import Iterable, Sequence

from django.conf import settings

from delivery.robots.base import Request
from delivery.robots.reading import without_tokens
from delivery.robots.running import Transcript
from delivery.services.notices import sent_today
from lists import notices
from lists.addressing import is_ours
from suite.common.outbox import KeyedMessage
from suite.mail.autoreply import may_autorespond

RESULTS, NO_MORE = "command-results", "no-more-results"
KNOWN = 5
"""How many times a stranger's share of answers a day (settings.AUTORESPONSES_PER_DAY) somebody gets who is on the list."""
QUOTED_LINES = 20
QUOTED = 66
"""How much of a letter's own words goes back at most: lines of each kind, characters of each. Its From may be forged."""


def may_reply(request: Request) -> bool:
    """Whether the sender may be answered by a machine (RFC 3834 §2), and is no address of ours."""
    candidate = request.candidate
    return may_autorespond(candidate.parsed.headers, candidate.arrival.sender) and not is_ours(request.sender)


def send_reply(request: Request, transcript: Transcript) -> None:
    """Tell the sender, inside the caller's transaction: once for each letter, and only so often a day."""
    told = sent_today(request.recipient, (RESULTS, NO_MORE))
    known = any(sender.membership for sender in request.candidate.senders[:1])
    most = settings.AUTORESPONSES_PER_DAY * (KNOWN if known else 1)
    if told < most or not most:
        subject = request.say("results.subject", listname=request.mlist.posting_address)
        _mail(request, RESULTS, subject, write(request, transcript)).send()
    elif told == most:
        subject, text = notices.render(
            "list:user:notice:no-more-today",
            request.mlist,
            language=request.language,
            count=told,
            sender_email=request.recipient,
        )
        _mail(request, NO_MORE, subject, text).send()


def _mail(request: Request, kind: str, subject: str, text: str) -> KeyedMessage:
    """An answer says so, and what it answers (RFC 3834 §3.1.5, §5)."""
    arrival = request.candidate.arrival
    fields = {"Auto-Submitted": "auto-replied"}
    if arrival.message_id:
        fields |= dict.fromkeys(("In-Reply-To", "References"), f"<{arrival.message_id}>")
    return notices.mail(request.mlist, kind, f"arrival:{arrival.pk}", request.recipient, subject, text, headers=fields)


def write(request: Request, transcript: Transcript) -> str:
    """What the letter was, then what came of each command, what was no command, and what was not looked at."""
    sections = [
        request.say("results.head", request_email=request.mlist.request_address),
        _original(request),
        *_results(request, transcript),
        *_lines(request, "results.unprocessed", transcript.unprocessed),
        *_lines(request, "results.ignored", transcript.ignored),
        request.say(
            "results.foot", request_email=request.mlist.request_address, owner_email=request.mlist.owner_address
        ),
    ]
    return notices.wrap("\n\n".join(sections) + "\n")


def _original(request: Request) -> str:
    headers = request.candidate.parsed.headers
    fields = ((name, headers.text(name)) for name in ("From", "To", "Subject", "Date", "Message-ID"))
    return "\n".join(f"    {name}: {_quotable(value)}" for name, value in fields if value)


def _results(request: Request, transcript: Transcript) -> list[str]:
    if not transcript.steps:
        return [request.say("results.none")]
    steps = ((_quotable(line), textwrap.indent(notices.wrap(answer.text), "  ")) for line, answer in transcript.steps)
    return [request.say("results.done"), *(f"> {line}\n{text}".rstrip() for line, text in steps)]


def _lines(request: Request, key: str, lines: Sequence[str]) -> Iterable[str]:
    if lines:
        shown = [f"    {_quotable(line)}" for line in lines[:QUOTED_LINES]]
        rest = len(lines) - QUOTED_LINES
        yield "\n".join([request.say(key), *shown, *([request.say("results.more", count=rest)] if rest > 0 else [])])


def _quotable(line: str) -> str:
    return textwrap.shorten(without_tokens(line), QUOTED, placeholder="...")
