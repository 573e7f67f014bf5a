"""Patterns that owners write or bring along cannot stall the mail; who may change them hears of slow ones."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from archives.enums import State
from delivery.models import Notice
from lists import patterns
from lists.enums import Action, MemberRole
from lists.models import MailingList
from lists.services.bans import ban
from moderation.models import HeaderMatch
from tests.support.factories import make_member
from tests.support.posting import arrive, judge_all, letter

HOSTILE = "a" * 60
QUICK, SLOW = "^(a+)+$", "^(?#imported)(a|aa)+$"
"""Both take another engine ages on HOSTILE and one character more; RE2 runs the first in linear time."""


@pytest.fixture(autouse=True)
def rested() -> Iterator[None]:
    """No pattern rests because of another test."""
    patterns._resting.clear()
    yield
    patterns._resting.clear()


@pytest.fixture
def watched(dev: MailingList) -> MailingList:
    make_member(dev, "anne@example.com", MemberRole.OWNER)
    return dev


def as_ban(mlist: MailingList, pattern: str) -> None:
    ban(pattern, mlist)


def as_nonmember(mlist: MailingList, pattern: str) -> None:
    mlist.discard_these_nonmembers = [pattern]


def as_alias(mlist: MailingList, pattern: str) -> None:
    mlist.acceptable_aliases = [pattern]
    mlist.default_nonmember_action = Action.DEFER


def as_header_check(mlist: MailingList, pattern: str) -> None:
    row = HeaderMatch(mlist=mlist, header="x-hostile", pattern=pattern, action=Action.DISCARD)
    row.full_clean()
    row.save()


def post(mlist: MailingList) -> Any:
    mlist.full_clean()
    mlist.save()
    sender = f"{HOSTILE}@example.com"
    raw = letter(sender=sender, to=f"{HOSTILE}!@example.com", x_hostile=f"{HOSTILE}!")
    [arrival] = arrive(raw, sender=sender)
    judge_all()
    arrival.refresh_from_db()
    return arrival


@pytest.mark.feature("core.ban.regex-time-limit")
@pytest.mark.parametrize("place", [as_ban, as_nonmember, as_alias, as_header_check])
def test_a_post_is_decided_whatever_stands_in_its_way(place: Any, watched: MailingList) -> None:
    place(watched, QUICK)

    assert post(watched).state == State.HELD
    assert not Notice.objects.filter(kind="slow-pattern").exists()


@pytest.mark.feature("core.ban.regex-time-limit")
@pytest.mark.parametrize("place", [as_ban, as_nonmember, as_alias, as_header_check])
def test_owners_hear_of_an_imported_pattern_that_is_slow(place: Any, watched: MailingList) -> None:
    place(watched, SLOW)

    assert post(watched).state == State.HELD
    assert post(watched).state == State.HELD
    [told] = Notice.objects.filter(kind="slow-pattern")
    assert told.recipient == "anne@example.com"


def test_the_notice_shows_the_pattern(watched: MailingList) -> None:
    as_ban(watched, SLOW)
    post(watched)

    told = Notice.objects.select_related("rendering").get(kind="slow-pattern")

    assert told.rendering is not None
    assert re.search(rb"\n +" + re.escape(SLOW.encode()) + rb"\r?\n", bytes(told.rendering.body or b""))
