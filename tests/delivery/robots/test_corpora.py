"""Letters nobody here wrote, sent to every address of a robot. POSTHOUSE_CORPORA has them."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from archives.enums import State
from archives.models import Arrival
from delivery.models import Notice
from delivery.robots.replies import NO_MORE, RESULTS
from lists.models import Membership
from tests.support.factories import make_list, make_member
from tests.support.posting import arrive, judge_all
from tests.support.requires import needs_corpora

pytestmark = [pytest.mark.django_db(transaction=True), needs_corpora]

ADDRESSES = [f"dev-{suffix}@example.org" for suffix in ("request", "join", "leave", "confirm")]
MAX_SIZE = 2_000_000


def letters() -> Iterator[bytes]:
    for path in sorted(Path(os.environ["POSTHOUSE_CORPORA"]).rglob("*")):
        if path.is_file() and path.stat().st_size < MAX_SIZE:
            yield path.read_bytes()


def test_strangers_mail_to_the_robot_harms_nobody() -> None:
    """Each letter ends, none is shunted, nobody joins or leaves, and nobody is told more than a day's share."""
    make_member(make_list("dev"), "bart@example.com")
    for raw in letters():
        arrive(raw, *ADDRESSES, sender="sender@example.net")
    judge_all()
    while Arrival.objects.filter(state=State.RECEIVED).exists():
        judge_all()
    shunted = Arrival.objects.filter(state=State.SHUNTED).values_list("reason", flat=True)
    assert list(shunted) == []
    assert set(Arrival.objects.values_list("state", flat=True)) == {State.DISTRIBUTED, State.DISCARDED}
    assert [member.address.email for member in Membership.objects.select_related("address") if member.address] == [
        "bart@example.com"
    ]
    told = Counter(Notice.objects.filter(kind__in=(RESULTS, NO_MORE)).values_list("recipient", flat=True))
    assert max(told.values()) <= settings.AUTORESPONSES_PER_DAY + 1
    assert sum(told.values()) > 100
