"""Letters that no parser likes: taken, kept as they came, and held or delivered like any other."""

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from archives.enums import State
from archives.models import Arrival
from tests.support.broken import BROKEN
from tests.support.factories import make_list, make_member
from tests.support.lmtp import Client, codes, open_door
from tests.support.posting import judge_all
from tests.support.requires import needs_corpora

pytestmark = pytest.mark.django_db(transaction=True)

ENDINGS = {State.HELD, State.DISTRIBUTED, State.DISCARDED}


def collected() -> Iterable[bytes]:
    """What the public collections hold of odd and broken mail."""
    folder = Path(os.environ["POSTHOUSE_CORPORA"]) / "mime"
    for pattern in ("mime4j/**/*.msg", "stalwart-mail-parser/**/*.eml", "notmuch/broken/**/*"):
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                yield re.sub(rb"\r\n|\r|\n", b"\r\n", path.read_bytes())


def send_and_judge(letters: Iterable[bytes]) -> Counter[str]:
    """Bart's letters to his list; how many ended how. Each must hear 250 and have its own bytes kept."""
    mlist = make_list("dev", require_explicit_destination=False)
    make_member(mlist, "bart@example.com")
    sent = set()
    with open_door() as door, Client(door.address) as client:
        for raw in letters:
            if raw and not raw.endswith(b"\r\n"):
                raw += b"\r\n"
            assert codes(client.deliver(raw, "dev@example.org")) == ["250"], raw[:200]
            sent.add(raw)

    judge_all()

    assert {bytes(arrival.letter.raw) for arrival in Arrival.objects.select_related("letter")} == sent
    return Counter(Arrival.objects.values_list("state", flat=True))


def test_letters_broken_on_purpose() -> None:
    assert set(send_and_judge(BROKEN.values())) <= ENDINGS


@needs_corpora
@pytest.mark.feature("core.lmtp.broken-mime")
def test_letters_broken_in_the_wild() -> None:
    ended = send_and_judge([*BROKEN.values(), *collected()])

    assert set(ended) <= ENDINGS
    assert ended.total() > 150
