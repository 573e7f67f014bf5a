"""The process is killed at each point between the first byte of a letter and the bell (crash points C01 to C07).

The client sends again what was not answered; so it may send what was kept, too. Every member gets one copy of every letter.
"""

from collections import Counter

import pytest

from delivery.tasks import due
from lists.enums import Action
from suite.common.enums import BellKind
from suite.common.models import Bell
from tests.delivery.lmtp.conftest import kept, letter_of
from tests.support.factories import make_list, make_member
from tests.support.lmtp import Client, codes, door_process
from tests.support.outgoing import relay, send_all
from tests.support.posting import judge_all
from tests.support.waiting import PATIENCE

LISTS = {"dev@example.org": "anne@example.com", "ops@example.org": "cris@example.com"}
"""Each with its one member."""

CRASHES = [
    ("C01 while the letter comes", "lmtp.data=kill", ["gone", "gone"], 0),
    ("C02 before anything is written", "intake.before-insert=kill", ["gone", "gone"], 0),
    ("C03 before the commit", "intake.before-commit=kill", ["gone", "gone"], 0),
    ("C04 after the commit", "lmtp.after-commit=kill", ["gone", "gone"], 2),
    ("C05 between two replies", "lmtp.between-replies=kill", ["250", "gone"], 2),
    ("C06 before the bell", "lmtp.before-bell=sleep:60 lmtp.after-replies=kill", ["250", "250"], 2),
]
"""What, where, what the client hears, how many arrivals there are then."""


def crash(letter: bytes, failpoints: str) -> list[str]:
    """What a client hears from a process that dies there."""
    with door_process(POSTHOUSE_FAILPOINTS=failpoints) as (door, process), Client(door.address) as client:
        heard = codes(client.deliver(letter, *LISTS))
        assert process.wait(PATIENCE) == -9
    return heard


def delivered() -> Counter[tuple[str, str]]:
    """Copies by recipient and Message-ID, once all that waits has been worked on."""
    with relay() as server:
        judge_all()
        send_all()
    return Counter(
        (delivery.recipient, delivery.content.partition(b"Message-ID: <")[2].partition(b">")[0].decode())
        for delivery in server.deliveries
    )


@pytest.mark.feature("core.lmtp.durable")
def test_killed_at_any_moment(transactional_db: None) -> None:
    for address, member in LISTS.items():
        make_member(make_list(address, default_nonmember_action=Action.ACCEPT), member)
    letters = {name[:3]: letter_of(f"{name[:3]}@example.com") for name, *_ in CRASHES}

    for name, failpoints, heard, arrivals in CRASHES:
        assert crash(letters[name[:3]], failpoints) == heard, name
        assert len(kept(f"{name[:3]}@example.com")) == arrivals, name

    # Nobody has been called, and the sweep sees it nevertheless.
    assert not Bell.objects.filter(kind=BellKind.JUDGE, rung=True).exists()
    assert due(BellKind.JUDGE)

    with door_process() as (door, process), Client(door.address) as client:
        for letter in letters.values():
            assert codes(client.deliver(letter, *LISTS)) == ["250", "250"]
        process.kill()
    # C07: the last one has been called, and dies.
    letters["C07"] = letter_of("C07@example.com")
    crash(letters["C07"], "lmtp.after-bell=kill")
    assert Bell.objects.get(kind=BellKind.JUDGE).rung

    for name, letter in letters.items():
        assert kept(f"{name}@example.com") == [letter, letter], name
    assert delivered() == {(member, f"{name}@example.com"): 1 for member in LISTS.values() for name in letters}
