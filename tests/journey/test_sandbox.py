"""A whole site in the sandbox's small world: a post, a digest, a refusal, a deferral and a bounce can be followed in it."""

import re
from pathlib import Path

import pytest
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from archives.enums import Role, State
from archives.models import Arrival
from delivery.enums import BounceSource, OutcomeState
from delivery.models import BounceEvent, Outcome
from delivery.sandbox import store
from lists.models import Membership
from tests.support.digests import MIME
from tests.support.factories import make_list, make_member
from tests.support.lmtp import Client
from tests.support.ports import free_ports
from tests.support.posting import letter
from tests.support.site import site
from tests.support.waiting import wait_until


def subjects(recipient: str) -> list[str]:
    return [copy.subject for copy in store.copies(recipient)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("beyond.sandbox")
def test_a_post_a_digest_and_a_bounce_are_followed(tmp_path: Path, settings: Settings) -> None:
    dev = make_list("dev", digest_size_threshold=0.001)
    for name in ("bart", "bounce.me", "reject.me", "defer.me"):
        make_member(dev, f"{name}@example.com")
    make_member(dev, "dora@example.com", **MIME)
    settings.STATE, settings.DEMO = tmp_path / "site", True
    [port] = free_ports(1)
    with site(settings.STATE, relay=1, POSTHOUSE_DEMO="1", POSTHOUSE_SANDBOX_PORT=str(port)) as running:
        with Client(running.lmtp) as client:
            [reply] = client.deliver(letter(subject="Tea", message_id="tea@example.com"), "dev@example.org")
        assert str(reply).startswith("250")
        wait_until(lambda: subjects("bart@example.com") == ["[Dev] Tea"], "the post")
        wait_until(lambda: subjects("dora@example.com"), "the digest")
        wait_until(lambda: BounceEvent.objects.filter(processed_at__isnull=False).count() == 2, "the bounces")
        wait_until(lambda: Outcome.objects.filter(state=OutcomeState.DEFERRED).exists(), "the deferral")

    assert re.fullmatch(r"Dev Digest, Vol 1, Issue 1", subjects("dora@example.com")[0])
    assert subjects("bounce.me@example.com") == ["[Dev] Tea"]
    assert subjects("reject.me@example.com") == subjects("defer.me@example.com") == []
    told = BounceEvent.objects.order_by("address").values_list("address", "source", "enhanced")
    assert list(told) == [
        ("bounce.me@example.com", BounceSource.DSN, "5.1.1"),
        ("reject.me@example.com", BounceSource.SMTP, "5.1.1"),
    ]
    scored = Membership.objects.filter(bounce_score=1).values_list("address__email", flat=True)
    assert set(scored) == {"bounce.me@example.com", "reject.me@example.com"}
    assert Outcome.objects.get(state=OutcomeState.DEFERRED).address == "defer.me@example.com"
    [report] = Arrival.objects.filter(role=Role.BOUNCES)
    assert report.state == State.DISTRIBUTED
    assert subjects(report.recipient) == ["Undelivered Mail Returned to Sender"]

    page = Browser().get("/sandbox/").content.decode()
    assert {name for name in ("bart", "bounce.me", "dora") if f"{name}@example.com" in page} == {
        "bart",
        "bounce.me",
        "dora",
    }
