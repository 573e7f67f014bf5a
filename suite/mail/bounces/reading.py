"""Who is asked after whom: feedback reports, status fields, known formats, and at last the words.

The letter's first 256 KiB are read. What is no report of a machine is none: people who write about bounces, and
automatic answers, name nobody.
"""

from dataclasses import replace

from suite.mail import addresses
from suite.mail.addresses import parse_mailboxes
from suite.mail.bounces import causes, complaints, detectors, dsn, notifications, origin, portions, wording
from suite.mail.bounces.portions import Portions
from suite.mail.bounces.report import Failure, Kind, Report
from suite.mail.parse import Parsed, parse

READ = 256 * 1024
"""Octets of a letter that are looked at."""


def read(raw: bytes, *, null_sender: bool = False) -> Report:
    """What a letter to a bounce address says. Never raises. `null_sender` says that the envelope had none (RFC 5321 §4.5.5);
    without it the letter's own Return-Path is believed."""
    parsed = parse(raw[:READ])
    null_path = null_sender or origin.is_null_path(parsed.headers)
    portion = portions.cut(parsed)
    if complaint := complaints.read(parsed):
        return Report(Kind.COMPLAINT, complaint=complaint, returned=portion.returned)
    if portion.in_text and not null_path and _is_quoted(parsed):
        return Report(returned=portion.returned)
    failures, delivered = dsn.read(portion.status)
    if not failures and not delivered:
        failures, delivered = notifications.read(portion.words)
    if failures or delivered:
        return Report(Kind.BOUNCE, _named_in_text(failures, portion), tuple(delivered), portion.returned)
    if not portion.status and origin.is_auto_reply(parsed.headers) and not _is_mail_daemon(parsed, portion, null_path):
        return Report(Kind.AUTOREPLY, returned=portion.returned)
    if not origin.is_mail_system(parsed.headers, null_path=null_path):
        return Report(returned=portion.returned)
    found = _without_fields(parsed, portion)
    return Report(Kind.BOUNCE if found else Kind.NONE, tuple(found), returned=portion.returned)


def _is_quoted(parsed: Parsed) -> bool:
    """Whether somebody shows a report to others."""
    return origin.is_written(parsed.headers) and not origin.is_mail_system(parsed.headers, null_path=False)


def _is_mail_daemon(parsed: Parsed, portion: Portions, null_path: bool) -> bool:
    return null_path and origin.is_daemon(parsed.headers) and wording.is_failing(portion.words)


def _without_fields(parsed: Parsed, portion: Portions) -> list[Failure]:
    own = _own(parsed, portion)
    words = f"{origin.subject(parsed.headers)}\n{portion.words}"
    if not wording.is_failing(words):
        return []
    told = wording.read(portion.words, own=own)
    by_key = {addresses.key(failure.address): failure for failure in told}
    if known := detectors.read(parsed, own=own):
        return [
            replace(by_key.get(addresses.key(name)) or _spoken(name, final, portion), permanent=final)
            for name, final in known.items()
        ]
    if headed := _failed_recipients(parsed):
        return [by_key.get(addresses.key(name)) or _spoken(name, _is_final(words), portion) for name in headed]
    if told:
        return told
    return [_spoken(name, _is_final(words), portion) for name in _only_recipient(portion, own)]


def _own(parsed: Parsed, portion: Portions) -> frozenset[str]:
    """Those who are no failing recipients: who wrote the report, who gets it, who sent the message."""
    raw = [value for name in ("From", "To", "Return-Path", "Delivered-To") for value in parsed.headers.get_all(name)]
    named = [box.address for value in raw for box in parse_mailboxes(value, 20)]
    return frozenset(addresses.key(address) for address in [*named, *portion.returned.senders] if address)


def _failed_recipients(parsed: Parsed) -> list[str]:
    """Exim's own field."""
    boxes = [box for raw in parsed.headers.get_all("X-Failed-Recipients") for box in parse_mailboxes(raw, 200)]
    return list(dict.fromkeys(box.address for box in boxes if dsn.usable(box.address)))


def _only_recipient(portion: Portions, own: frozenset[str]) -> list[str]:
    """Where the report names nobody, the message that came back may have had one recipient only."""
    named = [name for name in portion.returned.recipients if addresses.key(name) not in own and dsn.usable(name)]
    return named if len({addresses.key(name) for name in named}) == 1 else []


def _is_final(words: str) -> bool:
    return not wording.is_delayed(words)


def _spoken(address: str, permanent: bool, portion: Portions) -> Failure:
    """A failure whose reason stands somewhere in the text."""
    words = portion.words
    status = causes.status_in(words)
    return Failure(
        address=address,
        permanent=permanent,
        cause=causes.cause(status, words),
        status=status,
        code=causes.code_in(words),
        diagnostic=" ".join(words.split())[:500],
    )


def _named_in_text(failures: list[Failure], portion: Portions) -> tuple[Failure, ...]:
    """Status fields as they are; a single one that gives no reason takes that of the text."""
    if len(failures) != 1 or failures[0].diagnostic:
        return tuple(failures)
    only = failures[0]
    spoken = _spoken(only.address, only.permanent, portion)
    status = only.status or spoken.status
    return (
        Failure(
            address=only.address,
            permanent=only.permanent,
            cause=causes.cause(status, portion.words),
            status=status,
            code=spoken.code,
            diagnostic=spoken.diagnostic,
            also=only.also,
        ),
    )
