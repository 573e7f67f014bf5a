import re
from typing import Any

import pytest
from django.test import override_settings

from delivery.handlers.rfc_2369 import Rfc2369
from lists.enums import ArchivePolicy, Personalization
from lists.models import Domain
from suite.mail.headers import HeaderBlock
from suite.mail.mailto import mailto
from tests.delivery.handlers.shaping import POST, apply, make_list, sends, shape, subscribe

pytestmark = pytest.mark.django_db

POSTERS = b"".join(
    f"List-{name}: <mailto:evil@example.net>\r\n".encode()
    for name in ("Id", "Help", "Owner", "Post", "Subscribe", "Unsubscribe", "Unsubscribe-Post", "Archive", "Software")
)
PAGE = b"<https://lists.example.org/lists/dev.example.org/>"


@pytest.fixture(autouse=True)
def base_url(settings: Any) -> None:
    settings.BASE_URL = "https://lists.example.org"


def delivered(raw: bytes = POST, **settings: Any) -> HeaderBlock:
    mlist = make_list(**settings)
    subscribe(mlist, "anne@example.com")
    [copy] = sends(shape(mlist, raw))
    return HeaderBlock.parse(copy.header)


def list_fields(headers: HeaderBlock) -> dict[str, bytes]:
    """List-* and Archived-At by name; fails where one stands twice."""
    found = [(name, value) for name, value in headers.fields() if name.startswith(("List-", "Archived-"))]
    assert len(dict(found)) == len(found)
    return dict(found)


@pytest.mark.feature("core.handler.rfc-2369")
def test_each_field_once_and_none_of_the_posters() -> None:
    headers = delivered(
        POSTERS + b"list-id: <evil>\r\nArchived-At: <https://example.net/>\r\n" + POST, description="Talk"
    )

    assert list_fields(headers) == {
        "List-Id": b"Talk <dev.example.org>",
        "List-Help": b"<mailto:dev-request@example.org?subject=help>",
        "List-Owner": b"<mailto:dev-owner@example.org>",
        "List-Post": b"<mailto:dev@example.org>",
        "List-Subscribe": b"<mailto:dev-join@example.org>",
        "List-Unsubscribe": b"<mailto:dev-leave@example.org>, " + PAGE,
        "List-Archive": PAGE,
        "Archived-At": PAGE[:-1] + b"message/FHSQ5W3QBEX4AYCLLF4CU2JW4HZ5CCXJ/>",
    }


@pytest.mark.feature("core.handler.rfc-2369-settings")
def test_settings() -> None:
    assert not [name for name in delivered(POSTERS + POST, include_rfc2369_headers=False).names() if "List-" in name]


@pytest.mark.feature("core.handler.rfc-2369-settings")
def test_list_that_takes_no_posts_says_so() -> None:
    assert delivered(allow_list_posts=False).get_all("List-Post") == [b"NO"]


@pytest.mark.parametrize(
    ("description", "field"),
    [
        ("", b"<dev.example.org>"),
        ("Talk about it", b"Talk about it <dev.example.org>"),
        ("Talk, and more", b'"Talk, and more" <dev.example.org>'),
        ('Say "hi"', b'"Say \\"hi\\"" <dev.example.org>'),
        ("Größe", b"=?utf-8?b?R3LDtsOfZQ==?= <dev.example.org>"),
        ("two\r\nlines: x", b'"two lines: x" <dev.example.org>'),
    ],
)
def test_list_id_is_description_and_id(description: str, field: bytes) -> None:
    assert apply(Rfc2369(), make_list(description=description)).headers.get_all("List-Id") == [field]


def test_list_id_outlives_a_move_to_another_host() -> None:
    mlist = make_list()
    mlist.domain = Domain.objects.create(mail_host="example.com")
    mlist.save()

    headers = apply(Rfc2369(), mlist).headers

    assert headers.get("List-Id") == b"<dev.example.org>"
    assert headers.get("List-Post") == b"<mailto:dev@example.com>"


def test_no_archive_fields_without_archive() -> None:
    assert not {"List-Archive", "Archived-At"} & {*delivered(archive_policy=ArchivePolicy.NEVER).names()}


def test_post_that_is_not_archived_has_no_permalink() -> None:
    headers = delivered(b"X-No-Archive: yes\r\n" + POST)

    assert "Archived-At" not in headers
    assert headers.get("List-Archive") == PAGE


@override_settings(BASE_URL="https://lists.example.org")
def test_one_click_stands_in_personal_copies_only() -> None:
    mlist = make_list(personalize=Personalization.INDIVIDUAL)
    draft = shape(mlist)
    link = re.escape(draft.placeholder("unsubscribe_url").encode())

    assert re.fullmatch(
        b"<" + link + b">, <mailto:dev-leave@example.org>", draft.headers.get("List-Unsubscribe") or b""
    )
    assert draft.headers.get_all("List-Unsubscribe-Post") == [b"List-Unsubscribe=One-Click"]


def test_domains_own_web_address_is_used() -> None:
    mlist = make_list()
    mlist.domain.base_url = "https://other.example.org/"

    assert apply(Rfc2369(), mlist).headers.get("List-Archive") == b"<https://other.example.org/lists/dev.example.org/>"


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("dev@example.org", "<mailto:dev@example.org>"),
        ("c++@example.org", "<mailto:c++@example.org>"),
        ("a%b?c@example.org", "<mailto:a%25b%3Fc@example.org>"),
        ("grüße@example.org", "<mailto:gr%C3%BC%C3%9Fe@example.org>"),
    ],
)
def test_mailto(address: str, uri: str) -> None:
    assert mailto(address) == uri
