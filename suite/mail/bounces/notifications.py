"""Bounces told in JSON: Amazon SES writes them through its notification service, by mail where nothing else is set."""

import json
from typing import Any

from suite.mail.bounces import causes
from suite.mail.bounces.dsn import RECIPIENTS, usable
from suite.mail.bounces.report import Failure

_STARTS = ("{",)


def read(words: str) -> tuple[list[Failure], list[str]]:
    """(failures, mailboxes that got it); both empty where the text is no such notification."""
    told = _told(words)
    kind = str(told.get("notificationType") or told.get("eventType") or "").lower()
    if kind == "bounce":
        return _failures(_mapping(told.get("bounce"))), []
    if kind == "delivery":
        names = _mapping(told.get("delivery")).get("recipients")
        return [], [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return [], []


def _told(words: str) -> dict[str, Any]:
    """The notification, out of its envelope; lines of it may have been folded on their way."""
    text = words.strip()
    if not text.startswith(_STARTS) or "otificationType" not in text:
        return {}
    try:
        outer, _ = json.JSONDecoder(strict=False).raw_decode(text.replace("\n", ""))
        inner = _mapping(outer).get("Message")
        return _mapping(json.loads(inner, strict=False)) if isinstance(inner, str) else _mapping(outer)
    except (ValueError, RecursionError):
        return {}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _failures(bounce: dict[str, Any]) -> list[Failure]:
    recipients = bounce.get("bouncedRecipients")
    permanent = str(bounce.get("bounceType", "")).lower() != "transient"
    found: list[Failure] = []
    for recipient in recipients[:RECIPIENTS] if isinstance(recipients, list) else []:
        address = str(_mapping(recipient).get("emailAddress", "")).strip("<> ")
        if usable(address):
            words = str(recipient.get("diagnosticCode", ""))
            status = str(recipient.get("status", "")) or causes.status_in(words)
            found.append(
                Failure(
                    address, permanent, causes.cause(status, words), status[:12], causes.code_in(words), words[:500]
                )
            )
    return found
