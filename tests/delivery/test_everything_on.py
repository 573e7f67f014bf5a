"""Letters of all kinds through the whole engine with every feature on: door, rules, handlers, digests, signatures, relay.

None is refused, lost or parked for trouble of ours; signatures hold for an independent verifier; and where a list changes
nothing its members get every byte that came. POSTHOUSE_CORPORA adds letters that nobody here wrote.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from django.test import override_settings

from archives.enums import FINAL, State
from archives.models import Arrival
from delivery import tasks
from delivery.services import digests, invariants
from lists.enums import MemberRole
from suite.common.enums import BellKind
from suite.mail import wire
from suite.mail.headers import HeaderBlock, split_letter
from tests.delivery.handlers.shaping import below_trace
from tests.support import corpora, verifier
from tests.support.dns import dns_server
from tests.support.everything import LISTS, make_everything
from tests.support.factories import make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all
from tests.support.requires import needs_corpora
from tests.support.smtpd import Delivery

TESTS = Path(__file__).resolve().parent.parent
ADDRESSES = [f"{name}@example.org" for name in LISTS]
BOTH = {("example.org", "rsa-sha256"), ("example.org", "ed25519-sha256")}
CHUNK = 100
VERIFIED = 13
"""One copy of so many is verified: the verifier takes its time."""
OURS = re.compile(
    rb"(?i)(?:dkim-signature|arc-[a-z-]+|authentication-results|list-[a-z-]+|archived-at|precedence|message-id|date"
    rb"|x-mailman-[a-z-]+|(?:x-)?message-id-hash|(?:x-)?approved?|urgent|return-[a-z-]+|x-mailfrom|x-envelope-from"
    rb"|disposition-notification-to|x-confirm-reading-to|x-pmrqc|cc|reply-to):"
)
"""Fields that are put on, replaced or taken away on any list."""


@pytest.fixture
def lists(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    with dns_server({}), override_settings(ARC=True, DKIM_KEYS=tmp_path / "dkim.json"):
        for mlist in make_everything().values():
            make_member(mlist, "cris@example.com", MemberRole.OWNER)
        yield


def go_through(letters: Iterable[bytes]) -> list[Delivery]:
    """Bring some letters to all lists, wait until nothing is left to do, and see what went out."""
    for raw in letters:
        arrive(raw, *ADDRESSES, sender="dora@example.com")
    while tasks.due(BellKind.JUDGE):
        judge_all()
    digests.work()
    with relay() as server:
        while tasks.due(BellKind.SEND):
            send_all()
        return list(server.deliveries)


def is_signed(copy: Delivery) -> bool:
    """Whether it can be: signatures need a From, and the verifier reads no header with lines that are no fields."""
    names = [name for name, _ in HeaderBlock.parse(split_letter(copy.content)[0]).raw_fields()]
    return "from" in names and "" not in names


def check_signatures(copy: Delivery) -> None:
    assert verifier.verified(copy.content) >= BOTH
    if split_letter(copy.content)[0].count(b"ARC-Seal:") == 1:  # a chain that others have begun may have failed before
        assert verifier.arc_state(copy.content)[0] == "pass"


def letter_behind(copy: Delivery) -> bytes | None:
    """What the copy of an untouched post was when it came."""
    found = re.search(rb"^Received: by example\.org .* id (\d+);", copy.content, re.MULTILINE)
    arrival = Arrival.objects.select_related("letter", "mlist").get(pk=int(found[1])) if found else None
    if arrival is None or arrival.mlist.list_name != "careful":
        return None
    return bytes(arrival.letter.raw)


def check_untouched(copy: Delivery, raw: bytes) -> None:
    """A list that adds nothing hands on every field but those of all lists, and the body to the last byte."""
    header, body = split_letter(raw)
    copied_header, copied_body = split_letter(copy.content)
    assert copied_body == (body + b"\r\n" if body and not body.endswith(b"\r\n") else body)
    assert theirs(below_trace(without_signatures(copied_header))) == theirs(header)


def without_signatures(header: bytes) -> bytes:
    """The header below what was put on top when it left."""
    return header[header.index(b"Received: by example.org ") :]


def theirs(header: bytes) -> list[bytes]:
    block = HeaderBlock.parse(header)
    block.remove_from_line()
    return [chunk.rstrip(b"\r\n") for _, chunk in block.raw_fields() if not OURS.match(chunk)]


def check(letters: Iterable[tuple[str, bytes]], caplog: pytest.LogCaptureFixture) -> Counter[str]:
    """All of it; how often what was seen."""
    seen: Counter[str] = Counter()
    waiting = iter(letters)
    failed = []
    while chunk := [wire.normalise_newlines(raw) for _, raw in islice(waiting, CHUNK)]:
        for copy in go_through(chunk):
            seen["copies"] += 1
            try:
                if seen["copies"] % VERIFIED == 0 and is_signed(copy):
                    seen["signed"] += 1
                    check_signatures(copy)
                raw = letter_behind(copy)
                if raw is not None:
                    seen["untouched"] += 1
                    check_untouched(copy, raw)
            except Exception as error:
                failed.append(f"{copy.content[:1500]!r}: {error!r}"[:3000])
        seen["letters"] += len(chunk)
    assert failed == []
    troubles = Arrival.objects.exclude(state__in=FINAL).values_list("state", "reason")
    assert list(troubles) == []
    assert invariants.complaints() == []
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR and record.name != "dkimpy"]
    assert [record.getMessage() for record in errors] == []
    seen.update(Arrival.objects.values_list("state", flat=True))
    return seen


@pytest.mark.usefixtures("lists")
def test_letters_of_our_own(caplog: pytest.LogCaptureFixture) -> None:
    own = [(str(path), path.read_bytes()) for path in sorted(TESTS.rglob("*.eml"))]
    seen = check(own, caplog)
    assert seen[State.DISTRIBUTED] > 2 * len(own)
    assert seen["untouched"] > len(own) / 2


@needs_corpora
@pytest.mark.usefixtures("lists")
def test_letters_of_public_collections(caplog: pytest.LogCaptureFixture) -> None:
    seen = check(corpora.letters(one_of=40), caplog)
    assert seen[State.DISTRIBUTED] > 2 * seen["letters"]
