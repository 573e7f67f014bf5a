"""Whatever comes to whatever route: it is refused, or means something, and nothing breaks."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from lists.models import MailingList
from lists.services.bans import ban
from moderation.services import filters
from tests.support.api import Api
from tests.support.api_routes import filled, names, routes, verbs
from tests.support.letters import make_arrival
from tests.support.pages import hold

NASTY: tuple[Any, ...] = ("a\0b\ud800@example.com", 2**63)
SEGMENTS = ("a%00@example.com", "%ED%A0%80", "9" * 30)
QUERIES = ("count=100000000000000000&page=100000000000000000", "%00=%ff", "x=1&" * 1_001)
BODIES = (
    (b"[" * 10_000, "application/json"),
    (b"\xff%00=%ff", "application/x-www-form-urlencoded"),
    (b"--x\r\n", "multipart/form-data; boundary=x"),
)
REAL = {
    "str:mail_host": "example.org",
    "str:list_id": "dev.example.org",
    "role:role": "member",
    "mailbox:email": "bart@example.com",
    "mailbox:user": "bart@example.com",
    "anything:email": "bad@example.com",
    "int:number": "0",
}
NAMED = {"setting": "description", "system-section": "mailman", "queue": "in", "queued": "in"}


@pytest.fixture
def arguments(dev: MailingList, bart: User) -> dict[str, str]:
    """What stands in paths, of things that are there."""
    filters.add(dev, "x-spam", "yes")
    ban("bad@example.com", dev)
    ban("bad@example.com")
    member = dev.memberships.get()
    return {**REAL, "str:member_id": member.member_id.hex, "held": str(hold(dev).pk), "in": str(make_arrival(dev).pk)}


def requests(arguments: dict[str, str]) -> Iterator[tuple[str, str, bytes, str]]:
    """Verb, path, body and its type."""
    for path, pattern in routes():
        own = {"held-message": {"int:number": arguments["held"]}, "queued": {"int:number": arguments["in"]}}
        mine = arguments | own.get(pattern.name or "", {}) | {"str:name": NAMED.get(pattern.name or "", "x")}
        real = filled(path, mine, "list:user:notice:welcome")
        for verb in verbs(pattern):
            yield from ((verb, f"{real}?{query}", b"", "") for query in QUERIES)
            yield from ((verb, f"{real}?q=%41", *body) for body in BODIES if verb != "GET")
            for place in REAL if verb in ("GET", "DELETE") else ():
                yield from ((verb, filled(path, mine | {place: each}), b"", "") for each in SEGMENTS if place in path)
            for name in names(pattern) if verb != "GET" else ():
                yield from ((verb, real, json.dumps({name: each}).encode(), "application/json") for each in NASTY)


@pytest.mark.feature("api.conventions.errors")
def test_nothing_breaks_wherever_it_comes(api: Api, arguments: dict[str, str]) -> None:
    seen: dict[int, int] = {}
    broken = []
    api.client.raise_request_exception = False
    for verb, path, body, kind in requests(arguments):
        with transaction.atomic():
            answer = api.raw(verb, path, body, kind)
            transaction.set_rollback(True)
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        if answer.status_code >= 500 or (answer.status_code >= 400 and answer["Content-Type"] != "application/json"):
            broken.append((verb, path[:100], body[:60], kind, answer.status_code))

    assert broken == []
    assert {200, 204, 400, 404, 415} <= seen.keys()
