import pytest

from delivery.handlers.reply_to import ReplyTo
from lists.enums import ReplyToMunging
from tests.delivery.handlers.shaping import POST, apply, make_list

pytestmark = pytest.mark.django_db

NONE, LIST, EXPLICIT, ONLY = ReplyToMunging
POSTERS = b"Bart <bart@example.net>"


@pytest.mark.feature("core.handler.cook-headers-reply-to")
@pytest.mark.parametrize(
    ("munging", "strip", "given", "expected"),
    [
        (NONE, False, None, None),
        (NONE, True, None, None),
        (NONE, False, POSTERS, POSTERS),
        (NONE, True, POSTERS, None),
        (LIST, False, None, b"dev@example.org"),
        (LIST, True, None, b"dev@example.org"),
        (LIST, False, POSTERS, b"Bart <bart@example.net>, dev@example.org"),
        (LIST, True, POSTERS, b"dev@example.org"),
        (LIST, False, b"dev@example.org, Bart <bart@example.net>", b"Bart <bart@example.net>, dev@example.org"),
        (EXPLICIT, False, None, b"talk@example.com"),
        (EXPLICIT, True, None, b"talk@example.com"),
        (EXPLICIT, False, POSTERS, b"talk@example.com, Bart <bart@example.net>"),
        (EXPLICIT, True, POSTERS, b"talk@example.com"),
        (
            EXPLICIT,
            False,
            b"Talk <TALK@example.com>, Bart <bart@example.net>",
            b"talk@example.com, Bart <bart@example.net>",
        ),
        (ONLY, False, None, b"talk@example.com"),
        (ONLY, True, None, b"talk@example.com"),
        (ONLY, False, POSTERS, b"talk@example.com"),
        (ONLY, True, POSTERS, b"talk@example.com"),
    ],
)
def test_table(munging: ReplyToMunging, strip: bool, given: bytes | None, expected: bytes | None) -> None:
    mlist = make_list(reply_goes_to_list=munging, first_strip_reply_to=strip, reply_to_address="talk@example.com")
    draft = apply(ReplyTo(), mlist, (b"Reply-To: " + given + b"\r\n" if given else b"") + POST)

    assert draft.headers.get_all("Reply-To") == ([expected] if expected else [])


def test_untouched_field_keeps_its_bytes() -> None:
    field = b"reply-to:   =?iso-8859-1?q?Zo=EB?=\r\n\t<zoe@example.com>\r\n"

    assert apply(ReplyTo(), make_list(), field + POST).headers.to_bytes().startswith(field)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([b"a@example.com", b"b@example.com"], [b"a@example.com, b@example.com"]),
        ([b"a@example.com", b"A@example.com"], [b"a@example.com"]),
        ([b"nonsense", b"<>"], []),
    ],
)
def test_several_fields_become_one(fields: list[bytes], expected: list[bytes]) -> None:
    raw = b"".join(b"Reply-To: " + field + b"\r\n" for field in fields) + POST

    assert apply(ReplyTo(), make_list(), raw).headers.get_all("Reply-To") == expected


def test_list_is_named_by_its_description() -> None:
    mlist = make_list(reply_goes_to_list=LIST, description="Größe, Maße")

    assert apply(ReplyTo(), mlist).headers.text("Reply-To") == "Größe, Maße <dev@example.org>"


def test_explicit_without_address_leaves_the_posters() -> None:
    draft = apply(ReplyTo(), make_list(reply_goes_to_list=EXPLICIT), b"Reply-To: " + POSTERS + b"\r\n" + POST)

    assert draft.headers.get_all("Reply-To") == [POSTERS]


def test_endless_address_is_no_trouble() -> None:
    raw = b"Reply-To: " + b"x" * 5000 + b"@example.com\r\n" + POST

    assert apply(ReplyTo(), make_list(reply_goes_to_list=LIST), raw).headers.get("Reply-To") == b"dev@example.org"
