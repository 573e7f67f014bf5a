from typing import Any

import pytest

from delivery.handlers.mime_delete import OPAQUE, TRACE, MimeDelete
from suite.common.version import VERSION
from suite.mail.parse import parse
from tests.delivery.handlers.shaping import POST, apply, archived, make_list, sends, shape, subscribe
from tests.mail.trees import HEAD, leaf, letter, multipart, outline

pytestmark = pytest.mark.django_db

TEXT = leaf("text/plain", "Hello.")
IMAGE = leaf(
    "image/png", "iVBORw0KGgo=", "Content-Transfer-Encoding: base64", "Content-Disposition: inline; filename=a.png"
)
PROGRAM = leaf("application/octet-stream; name=Setup.EXE", "MZ")
MIXED = letter(multipart("mixed", TEXT, IMAGE, PROGRAM))
WHOLE = POST.partition(b"\r\n\r\n")[0] + b"\r\n" + MIXED.removeprefix(HEAD)


@pytest.mark.feature("core.handler.mime-delete")
@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({"filter_types": ["image"]}, "mixed(plain octet-stream)"),
        ({"filter_types": ["image/png", "application"]}, "plain"),
        ({"pass_types": ["multipart", "text/plain"]}, "plain"),
        ({"filter_extensions": ["exe", "bat"]}, "mixed(plain png)"),
        ({"filter_extensions": ["PNG"]}, "mixed(plain octet-stream)"),
        ({"pass_extensions": ["png"]}, "mixed(plain png)"),
        ({}, "mixed(plain png octet-stream)"),
    ],
)
def test_settings_say_what_stays(settings: dict[str, Any], left: str) -> None:
    draft = apply(MimeDelete(), make_list(filter_content=True, **settings), MIXED)

    assert draft.drop is None
    assert outline(draft.headers.to_bytes() + draft.body) == left


@pytest.mark.feature("core.handler.mime-delete")
def test_without_filter_the_bytes_are_the_very_same() -> None:
    mlist = make_list(filter_types=["image", "text"], pass_types=["audio"], convert_html_to_plaintext=True)
    draft = apply(MimeDelete(), mlist, MIXED)

    assert draft.headers.to_bytes() + draft.body == MIXED
    assert draft.body is draft.candidate.parsed.body


@pytest.mark.feature("core.handler.mime-delete-trace")
def test_a_filtered_post_says_so_and_another_does_not() -> None:
    mlist = make_list(filter_content=True, filter_types=["image"])

    assert apply(MimeDelete(), mlist, MIXED).headers.texts(TRACE) == [f"Posthouse/mime-delete {VERSION}"]
    untouched = apply(MimeDelete(), mlist, POST)
    assert untouched.headers.to_bytes() + untouched.body == POST


@pytest.mark.feature("core.handler.mime-delete-trace")
@pytest.mark.parametrize(
    ("types", "left"),
    [(["image"], "mixed(plain octet-stream plain)"), (["image", "application"], "mixed(plain plain)")],
)
def test_the_site_may_want_a_report(settings: Any, types: list[str], left: str) -> None:
    settings.FILTER_REPORT = True
    draft = apply(MimeDelete(), make_list(filter_content=True, filter_types=types), MIXED)
    whole = parse(draft.headers.to_bytes() + draft.body)

    assert outline(whole.raw) == left
    assert b"dev@example.org removed these parts:\r\n\r\nimage/png, a.png, 8 bytes\r\n" in whole.body


def test_no_report_of_nothing(settings: Any) -> None:
    settings.FILTER_REPORT = True
    mlist = make_list(filter_content=True, filter_types=["image"], collapse_alternatives=True)

    assert apply(MimeDelete(), mlist, POST).body == b"\r\nHello.\r\n"


def test_archive_and_members_get_the_filtered_post() -> None:
    mlist = make_list(filter_content=True, filter_types=["image", "application"])
    subscribe(mlist, "anne@example.com")
    draft = shape(mlist, b"Approved: s3cret\r\n" + WHOLE)

    [published], [send] = archived(draft), sends(draft)
    for raw in (published, send.header + send.body):
        assert b"Hello." in raw
        assert b"iVBOR" not in raw
        assert b"s3cret" not in raw
        assert b"\r\nX-Content-Filtered-By: " in raw
    assert outline(published) == "plain"
    assert "mime-delete" in draft.changes


def test_a_password_in_a_filtered_text_still_goes() -> None:
    mlist = make_list(filter_content=True, filter_types=["image", "application"])

    [published] = archived(shape(mlist, WHOLE.replace(b"Hello.", b"Approved: s3cret\r\nHello.")))

    assert published.endswith(b"\r\n\r\nHello.\r\n")


def test_what_cannot_be_looked_through_is_not_let_through() -> None:
    raw = letter(multipart("mixed", *[TEXT] * 1001))
    mlist = make_list(filter_content=True, filter_types=["image"])

    draft = apply(MimeDelete(), mlist, raw)

    assert draft.drop is not None
    assert draft.drop.reason == OPAQUE
