"""A site on which nobody looks for work by himself: sweep, guards and the queue's polls come round in an hour."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from delivery.models import BounceEvent
from lists.models import MailingList, Membership
from suite.mail import wire
from tests.support.bouncing import dsn
from tests.support.factories import make_list, make_member
from tests.support.lmtp import Client
from tests.support.posting import letter
from tests.support.site import Site, site
from tests.support.smtpd import CapturingServer, Mail
from tests.support.waiting import wait_until

HOUR = "3600"
ONLY_BELLS = {
    "POSTHOUSE_POLL_SECONDS": HOUR,
    "POSTHOUSE_FAILPOINTS": f"sweep.round=sleep:{HOUR} cluster.watched=sleep:{HOUR}",
}
DEV = "dev@example.org"


@contextmanager
def only_bells(state: Path, relay: CapturingServer) -> Iterator[Site]:
    """The site, once both of its clusters have looked for tasks in vain and wait to be called."""
    with site(state, relay=relay.port, POSTHOUSE_VERP_INTERVAL="1", **ONLY_BELLS) as running:
        try:
            for lane in ("work", "send"):
                wait_until(lambda: somebody_listens(state / f"{lane}.wake"), f"the cluster {lane}")  # noqa: B023
            yield running
        finally:
            os.kill(running.pid, signal.SIGKILL)  # its children follow it, out of the deepest sleep


def somebody_listens(pipe: Path) -> bool:
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def hand_in(running: Site, raw: bytes, to: str, sender: str = "bart@example.com") -> None:
    with Client(running.lmtp) as client:
        [reply] = client.deliver(wire.normalise_newlines(raw), to, sender=sender)
    assert str(reply).startswith("250")


def copy_of(relay: CapturingServer, recipient: str) -> Mail:
    """The first mail to somebody, once the relay has it."""

    def found() -> list[Mail]:
        return [mail for mail in list(relay.mails) if mail.recipients == [recipient]]

    wait_until(lambda: bool(found()), f"mail to {recipient}")
    return found()[0]


def score(mlist: MailingList, address: str) -> int:
    return Membership.objects.get(mlist=mlist, address__email=address).bounce_score


@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("ops.latency")
def test_bells_alone_bring_each_kind_of_work_on(tmp_path: Path) -> None:
    dev = make_list("dev")
    for name in ("bart", "zoe"):
        make_member(dev, f"{name}@example.com")
    with (
        CapturingServer(refuse={"^zoe@": "550 5.1.1 no such user"}) as relay,
        only_bells(tmp_path / "site", relay) as running,
    ):
        hand_in(running, letter(message_id="post-1@example.org"), DEV)
        post = copy_of(relay, "bart@example.com")
        wait_until(lambda: score(dev, "zoe@example.com") == 1, "the refusal's point")

        hand_in(running, dsn("bart@example.com"), post.sender, sender="")
        wait_until(lambda: score(dev, "bart@example.com") == 1, "the bounce's point")

        join = letter(sender="dora@example.com", to="dev-join@example.org", subject="")
        hand_in(running, join, "dev-join@example.org", sender="dora@example.com")
        question = copy_of(relay, "dora@example.com")

    assert b"dev-confirm+" in question.content
    told = BounceEvent.objects.order_by("address").values_list("address", "source", "points")
    assert list(told) == [("bart@example.com", "dsn", 1), ("zoe@example.com", "smtp", 1)]
