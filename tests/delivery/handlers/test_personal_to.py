import pytest

from delivery.handlers.personal_to import PersonalTo
from lists.enums import Personalization, ReplyToMunging
from tests.delivery.handlers.shaping import POST, apply, make_list

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("personalize", [Personalization.NONE, Personalization.INDIVIDUAL])
def test_to_stays_as_posted(personalize: Personalization) -> None:
    draft = apply(PersonalTo(), make_list(personalize=personalize))

    assert draft.headers.to_bytes() + draft.body == POST


@pytest.mark.parametrize(
    ("munging", "given", "cc"),
    [
        (ReplyToMunging.NO_MUNGING, b"", [b"dev@example.org"]),
        (ReplyToMunging.EXPLICIT_HEADER, b"", [b"dev@example.org"]),
        (ReplyToMunging.NO_MUNGING, b"Cc: Anne <anne@example.com>\r\n", [b"Anne <anne@example.com>, dev@example.org"]),
        (ReplyToMunging.NO_MUNGING, b"Cc: Dev <DEV@example.org>\r\n", [b"Dev <DEV@example.org>"]),
        (ReplyToMunging.POINT_TO_LIST, b"Cc: anne@example.com\r\n", [b"anne@example.com"]),
        (ReplyToMunging.EXPLICIT_HEADER_ONLY, b"", []),
    ],
)
def test_full_puts_the_recipient_into_to_and_the_list_into_cc(
    munging: ReplyToMunging, given: bytes, cc: list[bytes]
) -> None:
    mlist = make_list(personalize=Personalization.FULL, reply_goes_to_list=munging)
    draft = apply(PersonalTo(), mlist, given + b"To: dora@example.com\r\n" + POST)

    assert draft.headers.texts("To") == [draft.placeholder("to")]
    assert draft.headers.get_all("Cc") == cc
