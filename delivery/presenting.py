"""A message's story as its page tells it: what happened in plain words, beside the names that commands and logs use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from archives.enums import State
from delivery.pipelines import HANDLERS
from delivery.services.tracing import Step
from moderation.registry import BY_NAME

STEPS: dict[str, str | Promise] = {
    "arrived": _("It came in"),
    State.RECEIVED: _("It waits to be looked at"),
    State.HELD: _("It was held for a moderator"),
    "decided": _("A moderator decided"),
    State.ACCEPTED: _("It was accepted and waits to be passed on"),
    State.DISTRIBUTED: _("The list took it"),
    State.REJECTED: _("It was rejected"),
    State.DISCARDED: _("It was discarded"),
    State.EXPIRED: _("It waited too long for a moderator and was discarded"),
    State.PARKED: _("It was put aside and kept"),
    State.SHUNTED: _("It failed here; the site's operator has been told"),
    "archived": _("It was filed in the archive"),
    "for archiver": _("It waits for another archive"),
    "planned": _("Copies were made ready"),
    "sending": _("How far the copies have got"),
    "recipient": _("One mailbox had another answer"),
    "bounce": _("It came back from one mailbox"),
    "collected": _("It was collected for a digest"),
    "digest": _("A digest was made of it"),
    "newsgroup": _("It goes to a newsgroup"),
    "notice": _("Somebody was told of it"),
    "sending.paused": _("Its sending was paused"),
    "sending.resumed": _("Its sending went on"),
    "sending.cancelled": _("Its sending was cancelled"),
    "arrival.retried": _("It was tried again"),
    "arrival.discarded": _("It was given up"),
}
"""Steps of `tracing.story()`, events that are recorded of an arrival among them."""
FACTS: dict[str, str | Promise] = {
    "arrival": _("Number on this site"),
    "archiver": _("Archive"),
    "attempts": _("Attempts"),
    "batch": _("Batch"),
    "by": _("By"),
    "bytes": _("Bytes"),
    "changed_by": _("What was changed"),
    "code": _("Code"),
    "copy": _("Copy"),
    "decision": _("Decision"),
    "done": _("Recipients tried"),
    "endpoint": _("HTTP endpoint"),
    "entry": _("Entry"),
    "error": _("Error"),
    "from": _("From"),
    "hash": _("Hash of the Message-ID"),
    "hits": _("Rules that found something"),
    "issue": _("Issue"),
    "kind": _("Kind"),
    "list": _("List"),
    "members_of": _("Members of"),
    "message_id": _("Message-ID"),
    "misses": _("Rules that found nothing"),
    "newsgroup": _("Newsgroup"),
    "next": _("Next attempt"),
    "notes": _("Notes"),
    "number": _("Number on the list"),
    "of": _("Mailbox"),
    "post": _("Post"),
    "reason": _("Reason"),
    "reasons": _("Reasons"),
    "recipients": _("Recipients"),
    "remarks": _("Remarks"),
    "replies": _("Answers"),
    "reply": _("Answer"),
    "return_path": _("Return path"),
    "role": _("Address of the list"),
    "rule": _("Rule"),
    "said": _("It said"),
    "sent": _("Sent"),
    "source": _("Told by"),
    "state": _("State"),
    "thread": _("Conversation"),
    "to": _("To"),
}
"""Names of details."""
FOLDED = ("misses",)
"""What is of interest to few, and long."""


@dataclass(frozen=True, slots=True)
class Said:
    """A value in words, and its raw name where it has one."""

    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A detail: one value, several, or a moment."""

    label: str
    values: list[Said]
    moment: datetime | None = None
    folded: bool = False


@dataclass(frozen=True, slots=True)
class ShownStep:
    """`name` is the step's as commands have it."""

    at: datetime | None
    title: str
    name: str
    facts: list[Fact]


def shown_step(step: Step) -> ShownStep:
    known = ((name, value) for name, value in step.details.items() if value not in (None, "", [], {}))
    facts = [_fact(name, value) for name, value in known]
    return ShownStep(step.at, str(STEPS.get(step.what, step.what)), step.what, facts)


def _fact(name: str, value: Any) -> Fact:
    label = str(FACTS.get(name, name))
    if isinstance(value, datetime):
        return Fact(label, [], moment=value)
    return Fact(label, _values(name, value), folded=name in FOLDED)


def _values(name: str, value: Any) -> list[Said]:
    if name == "rule":
        return [_titled(BY_NAME, str(value))]
    if name in ("hits", "misses"):
        return [_titled(BY_NAME, rule) for rule in value]
    if name == "changed_by":
        return [_titled(HANDLERS, handler) for handler in value]
    if name == "replies":
        return [Said(f"{count} × {reply}") for count, reply in value]
    if isinstance(value, dict):
        return [Said(f"{key}: {text}") for key, text in value.items()]
    return [Said(str(one)) for one in (value if isinstance(value, list) else [value])]


def _titled(table: Mapping[str, Any], name: str) -> Said:
    """What a rule or a handler says of itself; its name alone where a plugin that had it is gone."""
    return Said(str(table[name].title), name) if name in table else Said(name)
