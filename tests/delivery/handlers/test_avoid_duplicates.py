import pytest
from pytest_django import DjangoAssertNumQueries

from delivery import pipelines
from lists.enums import Personalization
from suite.mail.headers import HeaderBlock
from tests.delivery.handlers.shaping import (
    POST,
    addresses_of,
    make_draft,
    make_list,
    make_user,
    sends,
    shape,
    subscribe,
)

pytestmark = pytest.mark.django_db

CC = (
    b"Cc: =?iso-8859-1?q?Zo=EB?= <zoe@example.com>,\r\n"
    b'\tAnne <Anne@example.com>, "Doe, Cris" <cris@example.com> (on tour),\r\n dora@example.org\r\n'
)


@pytest.mark.feature("core.handler.avoid-duplicates")
@pytest.mark.parametrize("personalize", list(Personalization))
def test_named_members_are_spared_or_get_a_marked_copy(personalize: Personalization) -> None:
    mlist = make_list(personalize=personalize, reply_goes_to_list=1)
    subscribe(mlist, "anne@example.com", receive_list_copy=False)
    subscribe(mlist, make_user("cris@example.com"))
    subscribe(mlist, "eve@example.com")
    subscribe(mlist, "named@example.com", receive_list_copy=False)

    copies = sends(shape(mlist, (CC + POST).replace(b"To: dev@", b"To: named@example.com, dev@")))

    assert {
        recipient[1]: HeaderBlock.parse(copy.header).get("X-Mailman-Copy")
        for copy in copies
        for recipient in copy.recipients
    } == {"cris@example.com": b"yes", "eve@example.com": None}
    for copy in copies:
        [cc] = [chunk for name, chunk in HeaderBlock.parse(copy.header).raw_fields() if name == "cc"]
        assert cc == (
            b"Cc: =?iso-8859-1?q?Zo=EB?= <zoe@example.com>,\r\n"
            b' "Doe, Cris" <cris@example.com> (on tour),\r\n dora@example.org\r\n'
        )


def test_cc_of_spared_members_only_goes() -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com", receive_list_copy=False)
    subscribe(mlist, "bart@example.com")

    draft = shape(mlist, b"Cc: Anne <anne@example.com>\r\n" + POST)

    assert addresses_of(draft) == ["bart@example.com"]
    assert "Cc" not in draft.headers


def test_cc_without_spared_members_keeps_its_bytes() -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com")
    subscribe(mlist, "named@example.com", receive_list_copy=False)

    draft = shape(mlist, (CC + POST).replace(b"To: dev@", b"To: named@example.com, dev@"))

    assert CC in draft.headers.to_bytes()


def test_resent_fields_name_people_too() -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com", receive_list_copy=False)

    assert addresses_of(shape(mlist, b"Resent-To: anne@example.com\r\n" + POST)) == []


def test_several_cc_fields_become_one() -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com", receive_list_copy=False)
    subscribe(mlist, "bart@example.com")

    draft = shape(mlist, b"Cc: anne@example.com, b@example.com\r\nCc: c@example.com\r\n" + POST)

    assert draft.headers.get_all("Cc") == [b"b@example.com, c@example.com"]


def test_digest_member_in_cc_stays_there() -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com", receive_list_copy=False, delivery_mode=3)
    subscribe(mlist, "bart@example.com")

    assert shape(mlist, b"Cc: anne@example.com\r\n" + POST).headers.get("Cc") == b"anne@example.com"


@pytest.mark.parametrize(("raw", "statements"), [(POST, 1), (b"Cc: anne@example.com, dora@example.com\r\n" + POST, 2)])
def test_one_more_statement_where_somebody_is_named(
    raw: bytes, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com")
    draft = make_draft(mlist, raw)

    with django_assert_num_queries(statements):
        pipelines.run(mlist.posting_pipeline, draft, mlist)
