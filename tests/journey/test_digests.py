"""Digests on a whole site: nobody but its own processes does anything."""

import email
import time
from collections import Counter
from datetime import timedelta
from email import policy
from pathlib import Path

import pytest
from django.utils import timezone

from delivery.models import DigestChoice, DigestIssue
from delivery.services import invariants, personal_digests
from lists.models import Membership
from tests.support.digests import MIME, PLAIN, shown
from tests.support.factories import make_list, make_member
from tests.support.lmtp import Client
from tests.support.posting import letter
from tests.support.site import site
from tests.support.smtpd import CapturingServer

POSTS = 6


@pytest.mark.django_db(transaction=True)
def test_issues_and_own_digests_go_out_by_themselves(tmp_path: Path) -> None:
    """Six posts of a kilobyte, an issue for each two of them; Dora's own digest when her hour comes."""
    dev = make_list("dev", digest_size_threshold=2.0)
    for name, form in {"anne": MIME, "bart": {}, "cris": PLAIN, "dora": MIME}.items():
        make_member(dev, f"{name}@example.com", **form)
    dora = Membership.objects.get(address__email="dora@example.com")
    personal_digests.choose(dora, time_zone="UTC", hour=0)
    with CapturingServer() as relay, site(tmp_path / "site", relay=relay.port) as running:
        with Client(running.lmtp) as client:
            for number in range(POSTS):
                raw = letter(subject=f"Post {number}", body=("x" * 70 + "\n") * 15)
                [reply] = client.deliver(raw, "dev@example.org")
                assert str(reply).startswith("250")
        wait_for(relay, {"bart@example.com": POSTS, "anne@example.com": 3, "cris@example.com": 3})
        DigestChoice.objects.update(next_at=timezone.now() - timedelta(seconds=1))
        wait_for(
            relay, {"bart@example.com": POSTS, "anne@example.com": 3, "cris@example.com": 3, "dora@example.com": 1}
        )

    issues = DigestIssue.objects.order_by("number").values_list("volume", "number")
    assert list(issues) == [(1, 1), (1, 2), (1, 3)]
    of_anne = [
        subject
        for one in relay.deliveries
        if one.recipient == "anne@example.com"
        for subject in shown(email.message_from_bytes(one.content, policy=policy.default))
    ]
    assert of_anne == [f"[Dev] Post {number}" for number in range(POSTS)]
    assert invariants.complaints() == []


def wait_for(relay: CapturingServer, wanted: dict[str, int], patience: float = 60) -> None:
    """Until everybody has so many mails, and then a moment longer, in which no more must come."""
    deadline = time.monotonic() + patience
    while received(relay) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(1)
    assert received(relay) == wanted


def received(relay: CapturingServer) -> dict[str, int]:
    return dict(Counter(one.recipient for one in relay.deliveries))
