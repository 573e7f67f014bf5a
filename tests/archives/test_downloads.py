"""Raw letters and attachments: saved, never shown as part of the site (SEC-018)."""

import pytest
from django.test import Client

from accounts.models import User
from archives.models import Post
from archives.serving import HARMLESS
from lists.models import MailingList
from tests.support.factories import make_list
from tests.support.pages import publish
from tests.support.posting import letter

pytestmark = pytest.mark.django_db

DEV = "/lists/dev.example.org/"


def with_part(content_type: str, body: str = "payload\n", name: str = "file.bin", **fields: str) -> bytes:
    """A letter with a text and one attachment."""
    parts = (
        "--b\nContent-Type: text/plain\n\nSee there.\n"
        f'--b\nContent-Type: {content_type}\nContent-Disposition: attachment; filename="{name}"\n\n{body}\n--b--\n'
    )
    return letter(body=parts, mime_version="1.0", content_type="multipart/mixed; boundary=b", **fields)


def attachment(post: Post, part: str = "2") -> str:
    return f"{DEV}message/{post.message_id_hash}/attachment/{part}/"


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("image/png", "image/png"),
        ("text/plain; charset=utf-7", "text/plain"),
        ("text/html", "application/octet-stream"),
        ("text/html; charset=utf-7", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("application/pdf", "application/octet-stream"),
        ("application/javascript", "application/octet-stream"),
        ("nonsense", "text/plain"),
    ],
)
def test_attachments_run_nowhere(dev: MailingList, client: Client, written: str, served: str) -> None:
    post = publish(dev, with_part(written, "GIF89a<script>alert(1)</script>"))

    answer = client.get(attachment(post))

    assert answer.status_code == 200
    assert answer["Content-Type"] == served
    assert answer["Content-Disposition"] == 'attachment; filename="file.bin"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer.content.rstrip() == b"GIF89a<script>alert(1)</script>"


def test_no_harmless_type_is_markup_or_script() -> None:
    assert [kind for kind in HARMLESS if any(word in kind for word in ("html", "xml", "script", "svg", "pdf"))] == []


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("a\\b.exe", 'attachment; filename="b.exe"'),
        ("bart@example.com.txt", "attachment; filename*=utf-8''bart%40%E2%80%A6"),
        ("Gr\u00fc\u00dfe.txt", "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt"),
    ],
)
def test_names_of_files(dev: MailingList, client: Client, name: str, header: str) -> None:
    post = publish(dev, with_part("image/png", name=name))

    assert client.get(attachment(post))["Content-Disposition"] == header


@pytest.mark.parametrize("part", ["1", "3", "2.1", "0", "9999"])
def test_other_parts_are_not_found(dev: MailingList, client: Client, part: str) -> None:
    post = publish(dev, with_part("image/png"))

    assert client.get(attachment(post, part)).status_code == 404


@pytest.mark.parametrize("part", ["..", "../2", "....//2", "2%00", "%2e%2e", "/etc/passwd", "2" * 300, "\u0662"])
def test_paths_lead_nowhere(dev: MailingList, client: Client, part: str) -> None:
    post = publish(dev, with_part("image/png"))

    assert client.get(attachment(post, part)).status_code == 404


def test_texts_are_masked_for_outsiders(dev: MailingList, dora: User, client: Client) -> None:
    post = publish(dev, with_part("text/x-patch", "From: Bart <bart@example.com>\n+tea"))

    outside = client.get(attachment(post)).content
    client.force_login(dora)
    inside = client.get(attachment(post)).content

    assert (outside.rstrip(), inside.rstrip()) == (
        b"From: Bart <bart@...>\r\n+tea",
        b"From: Bart <bart@example.com>\r\n+tea",
    )


def test_enclosed_letters_are_for_people_who_are_signed_in(dev: MailingList, dora: User, client: Client) -> None:
    post = publish(dev, with_part("message/rfc822", "From: bart@example.com\n\nHello.\n"))

    outside = client.get(attachment(post)).status_code
    client.force_login(dora)

    assert (outside, client.get(attachment(post)).status_code) == (403, 200)


def test_raw_is_the_published_letter_for_people_who_are_signed_in(dev: MailingList, dora: User, client: Client) -> None:
    raw = letter(body="caf\u00e9\n")
    post = publish(dev, raw)
    url = f"{DEV}message/{post.message_id_hash}/raw"

    outside = client.get(url)
    client.force_login(dora)
    inside = client.get(url)

    assert outside.status_code == 403
    assert inside.content == raw
    assert inside["Content-Disposition"] == f'attachment; filename="{post.message_id_hash}.eml"'
    assert inside["Content-Type"] == "message/rfc822"
    assert inside["Cache-Control"] == "private, no-store"


def test_raw_of_posts_that_share_a_message_id(dev: MailingList, dora: User, client: Client) -> None:
    raws = [letter(message_id="same@example.com", body=body) for body in ("Once.\n", "Twice.\n")]
    posts = [publish(dev, raw) for raw in raws]
    other = publish(make_list("cooks"), message_id="same@example.com")
    client.force_login(dora)
    url = f"{DEV}message/{posts[0].message_id_hash}/raw"

    found = [client.get(url, {"post": post.pk}).content for post in posts]

    assert found == raws
    assert client.get(url, {"post": other.pk}).status_code == 404
    assert [client.get(url, {"post": value}).status_code for value in ("x", "-1", "9" * 40, "\u0662")] == [404] * 4
