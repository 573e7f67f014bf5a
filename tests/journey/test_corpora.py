"""Letters nobody here wrote, and a thousand made at random, through all of `manage.py up`. POSTHOUSE_CORPORA has the former."""

import hashlib
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from archives.enums import FINAL, State
from archives.models import Arrival, Letter, Post
from delivery import journey
from delivery.models import Batch
from delivery.services import invariants
from lists.enums import Action
from suite.mail import wire
from tests.support.factories import make_list, make_member
from tests.support.lmtp import Client, codes
from tests.support.posting import arrive
from tests.support.requires import needs_corpora
from tests.support.site import Site, site
from tests.support.smtpd import CapturingServer

pytestmark = needs_corpora

GENERATED = 1000
MAX_SIZE = 20_000_000
MAX_CPU_SECONDS = 5
ASIDE = " WARNING suite.processes."  # about files that others could read, as a test's are, and about a busy machine
PATIENCE = 600.0  # seconds; only a failure waits so long
LISTS = ("open@example.org", "strict@example.org")
WORDS = [*["the", "a", "of", "to", "and", "in", "is"], "straße", "café", "мир", "手紙", "--", "From", ">From", "."]


@pytest.fixture(scope="module")
def lists(transactional_db: None) -> None:
    """One that distributes whatever comes, and one as new lists are, which holds most of it. Each has one member."""
    unlike = make_list(
        LISTS[0],
        default_nonmember_action=Action.ACCEPT,
        require_explicit_destination=False,
        max_message_size=0,
        max_num_recipients=0,
    )
    for mlist in (unlike, make_list(LISTS[1])):
        make_member(mlist, "anne@example.com")


def found() -> Iterator[bytes]:
    """Every file of the collection `mime`, letters or not."""
    folder = Path(os.environ["POSTHOUSE_CORPORA"])
    for path in sorted((folder / "mime" if (folder / "mime").is_dir() else folder).rglob("*")):
        if path.is_file() and path.stat().st_size < MAX_SIZE:
            yield path.read_bytes()


def made(count: int) -> Iterator[bytes]:
    """Letters with threads, charsets, transfer encodings, HTML and attachments; the same in every run."""
    dice = random.Random(1)
    for number in range(count):
        letter = EmailMessage()
        letter["From"] = f"{dice.choice(['Anne', 'Bärbel', '王'])} <writer{dice.randrange(50)}@example.com>"
        letter["To"] = ", ".join(dice.sample(LISTS, dice.randint(1, 2)))
        letter["Subject"] = words(dice, 8)
        letter["Message-ID"] = f"<made{number}@example.com>"
        if number and dice.random() < 0.7:
            letter["References"] = f"<made{dice.randrange(number)}@example.com>"
        letter.set_content(
            "\n".join(words(dice, 12) for _ in range(dice.randint(1, 60))),
            cte=dice.choice(["8bit", "quoted-printable", "base64"]),
        )
        if dice.random() < 0.3:
            letter.add_alternative(f"<p>{words(dice, 40)}</p>", subtype="html")
        for _ in range(dice.choice([0, 0, 0, 1, 3])):
            data = dice.randbytes(dice.randint(1, 30_000))
            letter.add_attachment(
                data, maintype="application", subtype="octet-stream", filename=f"{words(dice, 2)}.bin"
            )
        yield letter.as_bytes()


def words(dice: random.Random, count: int) -> str:
    return " ".join(dice.choices(WORDS, k=count))


def on_the_wire(raw: bytes) -> bytes:
    """With CRLF, also at the end: what an MTA hands over."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    return lines if not lines or lines.endswith(b"\r\n") else lines + b"\r\n"


def feed(site: Site, letters: Iterable[bytes]) -> Counter[tuple[str, ...]]:
    """Bring each letter to both lists; how often each pair of codes was heard."""
    heard: Counter[tuple[str, ...]] = Counter()
    with Client(site.lmtp) as client:
        for letter in letters:
            heard[tuple(codes(client.deliver(letter, *LISTS)))] += 1
    return heard


def wait_until_settled() -> None:
    deadline = time.monotonic() + PATIENCE
    waiting = Arrival.objects.filter(state__in=[State.RECEIVED, State.ACCEPTED])
    unsent = Batch.objects.filter(finished_at=None)
    while waiting.exists() or unsent.exists():
        assert time.monotonic() < deadline, Counter(Arrival.objects.values_list("state", flat=True))
        time.sleep(0.5)


def digests(letters: Iterable[bytes]) -> set[str]:
    return {hashlib.sha256(letter).hexdigest() for letter in letters}


@pytest.mark.usefixtures("lists")
def test_all_are_taken_kept_to_the_byte_and_brought_to_an_end(tmp_path: Path) -> None:
    letters = [on_the_wire(raw) for raw in [*found(), *made(GENERATED)]]
    assert len(letters) > GENERATED + 100, "POSTHOUSE_CORPORA names an empty folder"

    with CapturingServer() as relay, site(tmp_path / "site", relay=relay.port) as running:
        processes = running.children()
        assert feed(running, letters) == {("250", "250"): len(letters)}
        wait_until_settled()
        assert running.children() == processes
        assert [line for line in running.log().splitlines() if ASIDE not in line] == []
        sent = Counter(delivery.recipient for delivery in relay.deliveries)

    fed, kept = digests(letters), dict(Letter.objects.values_list("sha256", "raw"))
    assert digests(map(bytes, kept.values())) == set(kept)
    assert fed <= set(kept)
    assert set(Arrival.objects.values_list("letter__sha256", flat=True)) <= fed
    assert {wire.trace_free_digest(bytes(raw)) for raw in Arrival.objects.values_list("letter__raw", flat=True)} == {
        wire.trace_free_digest(letter) for letter in letters
    }
    assert set(Arrival.objects.values_list("state", flat=True)) <= {*FINAL, State.HELD}
    ours = Arrival.objects.filter(mlist__list_name="open")
    distributed = Arrival.objects.filter(state=State.DISTRIBUTED).count()
    assert Post.objects.filter(arrival__isnull=False).count() == distributed
    assert distributed > 0.9 * ours.count()
    assert sent["anne@example.com"] == distributed
    assert invariants.complaints() == []


@pytest.mark.usefixtures("lists")
def test_none_takes_long_to_judge_and_shape() -> None:
    slow: list[str] = []
    for number, raw in enumerate(found()):
        letter = f"X-Copy: {number}\r\n".encode() + on_the_wire(raw)
        began = time.process_time()
        arrivals = arrive(letter, *LISTS, sender="dora@example.com")
        journey.judge(seconds=MAX_CPU_SECONDS * 4)
        took = time.process_time() - began
        if took > MAX_CPU_SECONDS:
            slow.append(f"arrivals {arrivals}, {len(letter)} bytes: {took:.1f} s")
    assert slow == []
