"""Articles from letters, letters from articles."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.mail import news
from suite.mail.headers import HeaderBlock, split_letter

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DATE = "Fri, 20 Nov 2026 12:00:00 +0000"


def article(letter: bytes, **words: str) -> bytes:
    fixed = {"newsgroup": "misc.test", "author": "dev@example.org"}
    return news.article_header(HeaderBlock.parse(letter), now=NOW, **fixed, **words).to_bytes()


LETTER = (
    b"Received: from a by b; Fri, 20 Nov 2026 11:59:00 +0000\r\n"
    b"From: Bart <bart@example.com>\r\nTo: dev@example.org\r\nSubject: [Dev] Tea\r\n"
    b"Date: Fri, 20 Nov 2026 11:59:00 +0000\r\nMessage-ID: <one@example.com>\r\n"
)


def test_what_servers_take_goes_byte_by_byte() -> None:
    header = (
        b"From: =?utf-8?q?B=C3=A4rt?= <bart@example.com>\r\nSubject: Tea\r\n and\r\n\tcake\r\n"
        b"Date: Fri, 20 Nov 2026 11:59:00 +0000\r\nX-Odd: <>;,=?\r\nMessage-ID: <one@example.com>\r\n"
    )

    assert article(header) == header + b"Newsgroups: misc.test\r\n"


def test_the_road_of_a_letter_and_orders_to_servers_are_left_out() -> None:
    orders = "".join(f"{name}: x\r\n" for name in (*news.STEERING, *news.SERVERS_OWN, *news.OF_MAIL)).encode()

    assert article(LETTER + orders) == LETTER.split(b"\r\n", 1)[1] + b"Newsgroups: misc.test\r\n"


def test_approved_is_ours_alone() -> None:
    assert b"Approved" not in article(LETTER + b"Approved: bart@example.com\r\n")
    assert article(LETTER + b"Approved: bart@example.com\r\n", approved="dev@example.org").endswith(
        b"Newsgroups: misc.test\r\nApproved: dev@example.org\r\n"
    )


def test_fields_are_written_as_servers_want_them() -> None:
    odd = (
        b"From:bart@example.com\r\nSubject:\r\n Tea\r\nX-Empty: \r\nX-Folded: a\r\n \r\n b\r\nno field\r\n"
        b"Date: Fri, 20 Nov 2026 11:59:00 +0000\r\n"
    )

    assert article(odd) == (
        b"From: bart@example.com\r\nSubject: Tea\r\nX-Folded: a\r\n b\r\n"
        b"Date: Fri, 20 Nov 2026 11:59:00 +0000\r\nNewsgroups: misc.test\r\n"
    )


def test_what_is_not_ascii_becomes_words() -> None:
    header = HeaderBlock.parse(
        article(
            b"From: B\xe4rt <bart@example.com>\r\nTo: J\xc3\xb6rg <joerg@example.com>\r\nSubject: Gr\xfc\xdfe\0\r\n"
            b'Content-Type: text/plain;\r\n\tname="\xe4"\r\n'
        )
    )

    assert header.to_bytes().isascii()
    assert [header.text(name) for name in ("From", "To", "Subject")] == [
        "Bärt <bart@example.com>",
        "Jörg <joerg@example.com>",
        "Grüße",
    ]
    assert b"\0" not in header.to_bytes()


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\r\n"], ids=["cr", "lf", "cr-cr-lf"])
def test_no_odd_line_end_smuggles_an_order_in(end: bytes) -> None:
    header = article(LETTER + b"X-Odd: a" + end + b"Control: cancel <a@b>" + end + b" b\x01c\r\n")

    assert b"Control" not in header
    assert header.count(b"\r") == header.count(b"\n") == header.count(b"\r\n")
    assert b"\x01" not in header


def test_no_line_is_too_long() -> None:
    words = " ".join(f"word{number}" for number in range(500))
    raw = f"From: bart@example.com\r\nSubject: {words}\r\nX-Long: {'x' * 2000}\r\nReferences: <{'y' * 2000}@example.com>\r\n"

    header = article(raw.encode())

    assert max(map(len, header.split(b"\r\n"))) <= 998
    fields = HeaderBlock.parse(header)
    assert (fields.text("Subject"), fields.text("X-Long"), "References" in fields) == (words, "x" * 2000, False)


def test_of_repeated_fields_the_first_counts() -> None:
    twice = (
        b"From: a@example.com\r\nFrom: b@example.com\r\nTo: c@example.com\r\nTo: d@example.com\r\nSubject: Tea\r\n"
        b"Comments: 1\r\nComments: 2\r\nDate: Fri, 20 Nov 2026 11:59:00 +0000\r\n"
    )

    assert article(twice) == (
        b"From: a@example.com\r\nTo: c@example.com\r\nX-Original-To: d@example.com\r\nSubject: Tea\r\n"
        b"Comments: 1\r\nComments: 2\r\nDate: Fri, 20 Nov 2026 11:59:00 +0000\r\nNewsgroups: misc.test\r\n"
    )


@pytest.mark.parametrize("date", [b"", b"Date: yesterday\r\n", b"Date: Fri, 99 Nov 2026 11:59:00 +0000\r\n"])
def test_what_every_article_needs_is_written(date: bytes) -> None:
    header = HeaderBlock.parse(article(date))

    assert [header.text(name) for name in ("From", "Subject", "Date")] == ["dev@example.org", "(no subject)", DATE]


@pytest.mark.parametrize(
    ("date", "stays"),
    [
        ("Wed, 18 Nov 2026 12:00:01 +0000", True),
        ("Wed, 18 Nov 2026 12:00:00 +0000", False),
        ("Sun, 22 Nov 2026 11:59:59 -0000", True),
        ("Sun, 22 Nov 2026 11:59:59 -0100", False),
        ("Thu, 1 Jan 1970 00:00:00 +0000", False),
    ],
)
def test_servers_want_a_fresh_date(date: str, stays: bool) -> None:
    header = HeaderBlock.parse(article(f"From: a@example.com\r\nSubject: Tea\r\nDate: {date}\r\n".encode()))

    assert (header.text("Date"), header.text("X-Original-Date")) == ((date, "") if stays else (DATE, date))


@pytest.mark.parametrize("author", ["me", "<>", "undisclosed:;"])
def test_an_author_without_address_is_the_list(author: str) -> None:
    header = HeaderBlock.parse(article(f"From: {author}\r\n".encode()))

    assert (header.text("From"), header.text("X-Original-From")) == ("dev@example.org", author)


@given(st.binary(max_size=300))
def test_any_header_becomes_one_whose_fields_all_have_a_text(octets: bytes) -> None:
    header = HeaderBlock.parse(article(octets))

    assert header.get_all("Newsgroups") == [b"misc.test"]
    assert all(value for _, value in header.fields())
    assert header.to_bytes().isascii()
    assert len(header.names()) == len(header)


@pytest.mark.parametrize(
    ("identifier", "usable"),
    [
        ("one@example.com", True),
        ("a" * 236 + "@example.com", True),
        ("a" * 237 + "@example.com", False),
        ("one", False),
        ("one two@example.com", False),
        ("ein@exämple.com", False),
        ("one>@example.com", False),
    ],
    ids=["usual", "longest", "too-long", "no-at", "space", "not-ascii", "bracket"],
)
def test_ids_that_servers_take(identifier: str, usable: bool) -> None:
    assert news.is_usable_id(identifier) is usable


def test_another_id_is_always_the_same() -> None:
    first = news.other_id("one@example.com", "dev.example.org", "example.org")

    assert news.is_usable_id(first)
    assert first == news.other_id("one@example.com", "dev.example.org", "example.org")
    assert first != news.other_id("one@example.com", "ops.example.org", "example.org")


def test_an_article_becomes_a_letter_to_the_list() -> None:
    came = (
        b"Path: a!b\r\nXref: a misc.test:7\r\nFrom: nora@news.example\r\nTo: all\r\n of you\r\nCc: bart@example.com\r\n"
        b"Newsgroups: misc.test\r\nApproved: secret\r\nSubject: Tea\r\n\r\n.Hello\r\n"
    )

    assert news.letter(came, "dev@example.org") == (
        b"Path: a!b\r\nFrom: nora@news.example\r\nX-Originally-To: all\r\n of you\r\nX-Originally-Cc: bart@example.com\r\n"
        b"Newsgroups: misc.test\r\nSubject: Tea\r\nTo: dev@example.org\r\n\r\n.Hello\r\n"
    )


@pytest.mark.parametrize("came", [b"", b"\r\n", b"Subject: Tea", b"Hello.\r\n", b"\r\n\r\n", b" x\r\n", b"\0"])
def test_malformed_articles_become_letters(came: bytes) -> None:
    headers, body = split_letter(news.letter(came, "dev@example.org"))

    assert HeaderBlock.parse(headers).get_all("To") == [b"dev@example.org"]
    assert body[:1] in (b"\r", b"\n")


@pytest.mark.parametrize(
    ("header", "control"),
    [(b"Control: cancel <a@b>\r\n", True), (b"Subject: cmsg newgroup a.b\r\n", True), (b"Subject: cmsgs\r\n", False)],
    ids=["field", "subject", "like-it"],
)
def test_control_messages(header: bytes, control: bool) -> None:
    assert news.is_control(HeaderBlock.parse(header)) is control


def test_lists_and_newsgroups_of_an_article() -> None:
    header = HeaderBlock.parse(b"List-Id: Dev <Dev.example.org>\r\nNewsgroups: misc.test, alt.tea,,\r\n")

    assert news.list_ids(header) == {"dev.example.org"}
    assert news.newsgroups(header) == {"misc.test", "alt.tea"}
