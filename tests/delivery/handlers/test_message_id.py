import pytest

from delivery.handlers.message_id import MessageId
from delivery.handlers.message_id_hash import MessageIdHash
from suite.mail import ids
from tests.delivery.handlers.shaping import POST, apply, archived, make_list, sends, shape, subscribe

pytestmark = pytest.mark.django_db

WITHOUT_ID = POST.replace(b"Message-ID: <one@example.com>\r\n", b"")


def test_complete_letter_keeps_its_bytes() -> None:
    draft = apply(MessageId(), make_list())

    assert draft.headers.to_bytes() + draft.body == POST


def test_missing_id_is_the_one_given_at_intake() -> None:
    draft = apply(MessageId(), make_list(), WITHOUT_ID, message_id="given@example.org")

    assert draft.headers.get("Message-ID") == b"<given@example.org>"


@pytest.mark.parametrize("field", [b"", b"Message-ID:\r\n", b"Message-ID: <>\r\n"])
def test_missing_id_is_made_in_the_lists_domain(field: bytes) -> None:
    draft = apply(MessageId(), make_list(), field + WITHOUT_ID)

    assert len(draft.headers.get_all("Message-ID")) == 1
    assert ids.message_id(draft.headers).endswith("@example.org")


@pytest.mark.parametrize("given", [b"<[x@example.com]>", b"<[ x@example.com ]>"])
def test_bracketed_id_is_repaired(given: bytes) -> None:
    draft = apply(MessageId(), make_list(), POST.replace(b"<one@example.com>", given))

    assert draft.headers.get("Message-ID") == b"<x@example.com>"


@pytest.mark.parametrize(
    "given", [b"<x@[192.0.2.1]>", b"x@example.com", b"<" + b"x" * 1200 + b"@example.com>", b"<[]>"]
)
def test_other_odd_ids_keep_their_bytes(given: bytes) -> None:
    raw = POST.replace(b"<one@example.com>", given)

    assert apply(MessageId(), make_list(), raw).headers.to_bytes() == raw.partition(b"\r\n\r\n")[0] + b"\r\n"


def test_missing_date_is_when_it_came() -> None:
    raw = POST.replace(b"Date: Fri, 20 Nov 2026 11:59:00 +0000\r\n", b"")

    assert apply(MessageId(), make_list(), raw).headers.get("Date") == b"Fri, 20 Nov 2026 12:00:00 +0000"


def test_hashes_replace_the_posters() -> None:
    draft = apply(MessageIdHash(), make_list(), b"X-Message-ID-Hash: AAAA\r\nMessage-ID-Hash: BBBB\r\n" + POST)

    for field in ("Message-ID-Hash", "X-Message-ID-Hash"):
        assert draft.headers.get_all(field) == [b"FHSQ5W3QBEX4AYCLLF4CU2JW4HZ5CCXJ"]


def test_hash_is_the_one_that_mailmans_archivers_know() -> None:
    raw = POST.replace(b"<one@example.com>", b"<87myycy5eh.fsf@uwakimon.sk.tsukuba.ac.jp>")

    assert (
        apply(MessageIdHash(), make_list(), raw).headers.get("Message-ID-Hash") == b"JJIGKPKB6CVDX6B2CUG4IHAJRIQIOUTP"
    )


@pytest.mark.feature("core.lmtp.message-id")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (b"", None),
        (b"Message-ID: <[x@example.com]>\r\n", "x@example.com"),
        (b"Message-ID: <y@example.com>\r\n", "y@example.com"),
    ],
)
def test_every_copy_has_an_id_and_its_hashes(given: bytes, expected: str | None) -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com")
    draft = shape(mlist, given + b"Message-ID-Hash: NOT\r\nX-Message-ID-Hash: THIS\r\n" + WITHOUT_ID)

    [copy] = sends(draft)
    identifier = ids.message_id(draft.headers)
    digest = ids.id_hash(identifier).encode()

    assert identifier == expected if expected else identifier.endswith("@example.org")
    assert copy.header.count(b"\r\nMessage-ID-Hash: " + digest) + copy.header.startswith(b"Message-ID-Hash") == 1
    assert copy.header.count(b"X-Message-ID-Hash: " + digest) == 1
    assert copy.header.count(b"-Hash:") == 2
    assert identifier.encode() in archived(draft)[0]
