import pytest
from django.contrib.auth.hashers import make_password

from accounts.models import Address
from lists.enums import MemberRole
from tests.delivery.handlers.shaping import (
    DIGEST,
    DISABLED,
    POST,
    addresses_of,
    make_address,
    make_list,
    make_user,
    sends,
    shape,
    subscribe,
)

pytestmark = pytest.mark.django_db


@pytest.mark.feature("core.handler.member-recipients")
def test_recipients_are_regular_enabled_members_once_each() -> None:
    mlist = make_list()
    cris = make_user("Cris@Example.com")
    subscribe(mlist, "Anne@Example.com")
    subscribe(mlist, "bart@example.com", receive_own_postings=False)
    subscribe(mlist, cris)
    assert cris.preferred_address is not None
    subscribe(mlist, cris.preferred_address)
    subscribe(mlist, "digest@example.com", **DIGEST)
    subscribe(mlist, "away@example.com", **DISABLED)
    subscribe(mlist, "dora@example.com", role=MemberRole.NONMEMBER)
    subscribe(mlist, "owner@example.com", role=MemberRole.OWNER)

    assert sorted(addresses_of(shape(mlist))) == ["Anne@Example.com", "Cris@Example.com"]


def test_poster_gets_his_own_post_by_default() -> None:
    mlist = make_list()
    subscribe(mlist, "bart@example.com")

    assert addresses_of(shape(mlist)) == ["bart@example.com"]


def test_poster_known_by_another_address_of_his() -> None:
    mlist = make_list()
    bart = make_user("bart.home@example.com", receive_own_postings=False)
    make_address("bart@example.com", bart)
    subscribe(mlist, bart)

    assert addresses_of(shape(mlist)) == []


def test_who_is_only_in_reply_to_is_no_poster() -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com", receive_own_postings=False)

    assert addresses_of(shape(mlist, b"Reply-To: anne@example.com\r\n" + POST)) == ["anne@example.com"]


def test_stranger_as_poster() -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com", receive_own_postings=False)
    Address.objects.create(original_email="bart@example.com")

    assert addresses_of(shape(mlist)) == ["anne@example.com"]


@pytest.mark.feature("core.handler.member-recipients-urgent")
@pytest.mark.parametrize(
    ("shown", "urgent"), [("s3cret", True), ("wrong", False), ("", False), ("yes", False), ("=?utf-8?q?s3cret?=", True)]
)
@pytest.mark.parametrize("digests", [True, False])
def test_an_urgent_post_goes_to_digest_members_at_once(shown: str, urgent: bool, digests: bool) -> None:
    mlist = make_list(moderator_password=make_password("s3cret"), digests_enabled=digests)
    subscribe(mlist, "anne@example.com")
    subscribe(mlist, "dora@example.com", **DIGEST)
    subscribe(mlist, "cris@example.com", **DISABLED)

    draft = shape(mlist, f"Urgent: {shown}\r\n".encode() + POST)

    assert addresses_of(draft) == ["anne@example.com", *(["dora@example.com"] if urgent else [])]
    assert len(draft.readers) == (digests and not urgent)
    assert [b"urgent" in (send.header + send.body).lower() for send in sends(draft)] == [False]


def test_a_list_without_password_knows_nothing_urgent() -> None:
    mlist = make_list(moderator_password="")
    subscribe(mlist, "dora@example.com", **DIGEST)

    assert addresses_of(shape(mlist, b"Urgent: \r\n" + POST)) == []
