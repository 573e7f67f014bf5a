"""The two forms of a digest, taken apart again by readers that are not ours."""

import email
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from email import policy
from email.message import EmailMessage
from itertools import pairwise

import pytest

from suite.mail import digests
from suite.mail.digests import Body, Frame, Item
from suite.mail.digests.frame import contents
from suite.mail.digests.labels import LANGUAGES, labels
from suite.mail.headers import HeaderBlock, split_letter

KEEP = ["message", "date", "from", "subject", "to", "cc", "message-id", "keywords", "content-type"]
MIME_KEEP = ["date", "from", "to", "subject", "message-id"]
ONE = (
    b"Received: from mail.example.com\r\nDKIM-Signature: v=1; d=example.com\r\nFrom: Bart <bart@example.com>\r\n"
    b"To: dev@example.org\r\nSubject: [Dev] One\r\nDate: Fri, 20 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n"
    b"X-Secret: yes\r\n\r\nGood morning.\r\n"
)
UMLAUTS = (
    b"From: =?utf-8?q?=C3=84nne?= <anne@example.com>\r\nSubject: =?utf-8?b?R3LDvMOfZQ==?=\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n"
)
SIGNED = (
    b"From: Cris <cris@example.com>\r\nSubject: Signed\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/signed; boundary="b1"; protocol="application/pgp-signature"\r\n\r\n'
    b'--b1\r\nContent-Type: multipart/mixed; boundary="b2"\r\n\r\n'
    b"--b2\r\nContent-Type: text/plain\r\n\r\nSee the picture.\r\n--b2\r\n"
    b'Content-Type: image/png; name="p.png"\r\nContent-Description: A picture\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    b"iVBORw0KGgo=\r\n--b2--\r\n\r\n--b1\r\nContent-Type: application/pgp-signature\r\n\r\n-----BEGIN-----\r\n--b1--\r\n"
)


def item(raw: bytes, link: str = "") -> Item:
    block, body = split_letter(raw)
    return Item(HeaderBlock.parse(block), body, link)


def frame(*raws: bytes, header: str = "", footer: str = "Bye.\n") -> Frame:
    topics = [digests.topic(item(raw).headers, "[Dev] ") for raw in raws]
    return Frame("Dev Digest, Vol 1, Issue 1", "Welcome to dev.\n", header, topics, footer)


def read(body: Body) -> EmailMessage:
    """As Python's parser reads it."""
    head = "".join(f"{name}: {value}\r\n" for name, value in body.fields)
    return email.message_from_bytes(head.encode() + body.octets, policy=policy.default)


def mime(*raws: bytes, **texts: str) -> EmailMessage:
    return read(digests.mime_body(frame(*raws, **texts), map(item, raws), MIME_KEEP))


def plain(*raws: bytes, link: str = "", **texts: str) -> str:
    message = read(digests.plain_body(frame(*raws, **texts), (item(raw, link) for raw in raws), KEEP))
    return str(message.get_content()).replace("\r\n", "\n")


def burst(text: str) -> Iterator[EmailMessage]:
    """RFC 1153 §2.2 read backwards: preamble, 70 hyphens, messages with 30 hyphens between blank lines, trailer."""
    _, rest = text.split("\n\n" + "-" * 70 + "\n\n")
    *messages, trailer = rest.split("\n\n" + "-" * 30 + "\n\n")
    assert re.fullmatch(r"End of (.*)\n\*+\n", trailer)
    for message in messages:
        yield email.message_from_string(message, policy=policy.default)


# --- MIME -------------------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.digest.mime")
def test_mime_form_has_its_parts_in_order() -> None:
    parts = list(mime(ONE, SIGNED, header="Hello.\n").iter_parts())

    assert [part.get_content_type() for part in parts] == [*["text/plain"] * 3, "multipart/digest", "text/plain"]
    assert [part["Content-Description"] for part in parts] == [
        "Dev Digest, Vol 1, Issue 1",
        "Digest Header",
        "Today's Topics (2 messages)",
        None,
        "Digest Footer",
    ]
    assert [part.get_content().replace("\r\n", "\n") for part in parts if not part.is_multipart()] == [
        "Welcome to dev.\n",
        "Hello.\n",
        "Today's Topics:\n\n   1. One (Bart)\n   2. Signed (Cris)\n",
        "Bye.\n",
    ]


@pytest.mark.feature("core.digest.mime")
def test_messages_in_the_mime_form_have_the_kept_fields_and_a_number() -> None:
    [_, _, digest, _] = mime(ONE, UMLAUTS).iter_parts()
    first, second = (part.get_content() for part in digest.iter_parts())

    assert digest.get_default_type() == "text/plain"
    assert [part.get_content_type() for part in digest.iter_parts()] == ["message/rfc822"] * 2
    assert first.items() == [
        ("From", "Bart <bart@example.com>"),
        ("To", "dev@example.org"),
        ("Subject", "[Dev] One"),
        ("Date", "Fri, 20 Nov 2026 12:00:00 +0000"),
        ("Message-ID", "<1@example.com>"),
        ("Message", "1"),
    ]
    assert second["Message"] == "2"
    assert second["Content-Transfer-Encoding"] == "quoted-printable"
    assert second.get_content() == "Grüße\r\n"


@pytest.mark.feature("core.digest.mime")
@pytest.mark.parametrize("raw", [ONE, UMLAUTS, SIGNED, SIGNED.replace(b"See", b"Voil\xc3\xa0: see")])
def test_bodies_in_the_mime_form_keep_every_byte(raw: bytes) -> None:
    octets = digests.mime_body(frame(raw), [item(raw)], MIME_KEEP).octets

    assert octets.count(split_letter(raw)[1]) == 1
    [_, _, digest, _] = mime(raw).iter_parts()
    [part] = digest.iter_parts()
    assert part.get_content().as_bytes().endswith(split_letter(raw)[1].replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n")


def test_empty_texts_are_left_out() -> None:
    parts = list(mime(ONE, footer="").iter_parts())

    assert [part["Content-Description"] for part in parts] == [
        "Dev Digest, Vol 1, Issue 1",
        "Today's Topics (1 message)",
        None,
    ]


def test_a_summary_has_no_messages() -> None:
    message = read(digests.mime_body(frame(ONE, SIGNED), (), ()))

    assert [part["Content-Description"] for part in message.iter_parts()] == [
        "Dev Digest, Vol 1, Issue 1",
        "Today's Topics (2 messages)",
        "Digest Footer",
    ]


def test_eight_bits_are_labelled() -> None:
    raw = UMLAUTS.replace(b"quoted-printable", b"8bit").replace(b"=FC=DF", b"\xfc\xdf")

    assert ("Content-Transfer-Encoding", "8bit") in digests.mime_body(frame(raw), [item(raw)], MIME_KEEP).fields
    assert "Content-Transfer-Encoding" not in dict(digests.mime_body(frame(SIGNED), [item(SIGNED)], MIME_KEEP).fields)


def test_a_letter_of_nothing_but_a_header() -> None:
    [_, _, digest, _] = mime(b"From: bart@example.com\r\nSubject: Empty\r\n").iter_parts()
    [part] = digest.iter_parts()

    assert part.get_content()["Subject"] == "Empty"


def test_a_header_with_raw_utf8_is_global() -> None:
    raw = "From: anne@exämple.com\r\nSubject: Hi\r\n\r\nHello.\r\n".encode()

    assert b"Content-Type: message/global\r\n" in digests.mime_body(frame(raw), [item(raw)], MIME_KEEP).octets


# --- plain ------------------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.digest.rfc1153")
def test_plain_form_as_a_whole() -> None:
    assert (
        plain(ONE, UMLAUTS, header="Hello.\n")
        == f"""\
Welcome to dev.

Hello.

Today's Topics:

   1. One (Bart)
   2. Grüße (Änne)

{"-" * 70}

Message: 1
Date: Fri, 20 Nov 2026 12:00:00 +0000
From: Bart <bart@example.com>
Subject: [Dev] One
To: dev@example.org
Message-ID: <1@example.com>
Content-Type: text/plain; charset="utf-8"

Good morning.

{"-" * 30}

Message: 2
From: Änne <anne@example.com>
Subject: Grüße
Content-Type: text/plain; charset="utf-8"

Grüße

{"-" * 30}

Subject: Digest Footer

Bye.

{"-" * 30}

End of Dev Digest, Vol 1, Issue 1
*********************************
"""
    )


@pytest.mark.feature("core.digest.rfc1153")
def test_plain_form_can_be_taken_apart() -> None:
    ruled = ONE.replace(
        b"Good morning.", b"Good\r\n\r\n" + b"-" * 30 + b"\r\n\r\nmorning\r\n\r\n" + b"-" * 70 + b"\r\n\r\n."
    )

    first, second, third, footer = burst(plain(ruled, UMLAUTS, SIGNED))

    assert [first["Subject"], second["Subject"], third["Subject"], footer["Subject"]] == [
        "[Dev] One",
        "Grüße",
        "Signed",
        "Digest Footer",
    ]
    assert first.get_payload() == f"Good\n\n {'-' * 30}\n\nmorning\n\n {'-' * 70}\n\n."
    assert second.get_payload() == "Grüße"


@pytest.mark.feature("core.digest.rfc1153")
def test_what_is_no_text_is_described() -> None:
    [message, _] = burst(plain(SIGNED, link="https://lists.example.org/m/1/"))

    assert (
        message.get_payload()
        == """\
See the picture.

[ A part of this message that is no text was left out here.
  Name: p.png
  Type: image/png
  Size: 8 bytes
  Desc: A picture
  URL: https://lists.example.org/m/1/ ]

[ A part of this message that is no text was left out here.
  Name: attachment.asc
  Type: application/pgp-signature
  Size: 15 bytes
  Desc: none
  URL: https://lists.example.org/m/1/ ]"""
    )


def test_attached_texts_are_shown() -> None:
    raw = (
        b"From: bart@example.com\r\nSubject: Patch\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nHere it is.\r\n--b\r\n'
        b'Content-Type: text/x-patch; charset=utf-8; name="fix.patch"\r\nContent-Disposition: attachment\r\n\r\n'
        b"-old\r\n+new \xe2\x82\xac\r\n--b--\r\n"
    )
    [message, _] = burst(plain(raw))

    assert message.get_payload() == "Here it is.\n\n[ An attached text:\n  Name: fix.patch ]\n\n-old\n+new €"


def test_html_alone_becomes_text() -> None:
    raw = b"From: bart@example.com\r\nSubject: X\r\nContent-Type: text/html\r\n\r\n<p>Good <b>morning</b>.</p>\r\n"
    [message, _] = burst(plain(raw))

    assert message.get_payload() == "Good morning."


def test_lines_that_are_too_long_are_quoted_printable() -> None:
    raw = ONE.replace(b"Good morning.", b"word " * 500)
    body = digests.plain_body(frame(raw), [item(raw)], KEEP)

    assert dict(body.fields)["Content-Transfer-Encoding"] == "quoted-printable"
    assert max(map(len, body.octets.split(b"\r\n"))) <= 76
    assert "word " * 500 in read(body).get_content()


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"no header at all", b"From: \xff\r\nSubject: =?x?b?\r\n\r\n\x00\xff", SIGNED[:300]]
)
def test_odd_letters_break_nothing(raw: bytes) -> None:
    assert list(mime(raw).iter_parts())
    assert len(list(burst(plain(raw)))) == 2


# --- contents ---------------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.digest.headers")
def test_contents_are_wrapped_within_70_columns() -> None:
    subject = "A subject of so many words that it needs more than one line of the contents, and then some"
    text = contents(
        [("Short", "Bart"), (subject, "Anne"), ("x" * 55, "Cris the Moderator"), ("", ""), ("字" * 90, "Dora")]
    )

    assert max(map(len, text.splitlines())) <= 70
    assert text.startswith(
        "   1. Short (Bart)\n"
        "   2. A subject of so many words that it needs more than one line\n"
        "      of the contents, and then some (Anne)\n"
        f"   3. {'x' * 55}\n      (Cris the Moderator)\n   4.\n   5. 字"
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"From: Bart <b@example.com>\r\nSubject: [Dev] Re: Hi\r\n", ("Re: Hi", "Bart")),
        (b"From: b@example.com\r\nSubject: Re: [Dev] Hi\r\n", ("Re: Hi", "b@example.com")),
        (b"Subject: [Dev]\r\n", ("(no subject)", "")),
        (b"From: nonsense\r\n", ("(no subject)", "")),
    ],
)
def test_topic(header: bytes, expected: tuple[str, str]) -> None:
    assert digests.topic(HeaderBlock.parse(header), "[Dev] ") == expected


def test_kept_fields_keep_bytes_and_order() -> None:
    header = HeaderBlock.parse(
        b"X: 1\r\nsubject:  A\r\n B\r\nstray\r\nMime-version: 1.0\r\nContent-Foo: x\r\nFrom: a@b.c\r\n"
    )

    kept = digests.kept(header, {"subject", "from"}).to_bytes()

    assert kept == b"subject:  A\r\n B\r\nMime-version: 1.0\r\nContent-Foo: x\r\nFrom: a@b.c\r\n"


def test_pairs_of_boundaries_differ() -> None:
    bodies = [digests.mime_body(frame(ONE), [item(ONE)], MIME_KEEP).octets for _ in range(3)]

    assert all(one != other for one, other in pairwise(bodies))


# --- conversations ----------------------------------------------------------------------------------------------------


def test_conversations_say_the_same_in_text_and_html() -> None:
    messages = [
        digests.Message(
            "Bart <b>", "2026-11-20 21:04", "I like <pears>.\n", "https://example.org/1", "mailto:dev@example.org"
        ),
        digests.Message("Anne", "2026-11-20 22:10", "Grüße\n"),
    ]
    parts = read(
        digests.conversations_body("Dev", "Welcome.\n", "", "Bye.\n", [digests.Conversation("Pears & plums", messages)])
    )
    text, html = (str(part.get_content()).replace("\r\n", "\n") for part in parts.iter_parts())

    assert (
        text
        == f"""\
Welcome.

   1. Pears & plums (2)

{"=" * 70}
1. Pears & plums
{"=" * 70}

Bart <b>, 2026-11-20 21:04
https://example.org/1

I like <pears>.

Anne, 2026-11-20 22:10

Grüße

Bye.
"""
    )
    assert '<li><a href="#c1">Pears &amp; plums</a> (2)</li>' in html
    assert "<strong>Bart &lt;b&gt;</strong>" in html
    assert "I like &lt;pears&gt;." in html
    assert re.findall('href="([^"]*)"', html) == ["#c1", "https://example.org/1", "mailto:dev@example.org"]
    assert html.count("Grüße") == html.count("Welcome.") == html.count("Bye.") == 1


# --- languages --------------------------------------------------------------------------------------------------------


def test_every_language_has_words_of_its_own() -> None:
    assert labels("tlh") == labels("en")
    for language in LANGUAGES[1:]:
        own, english = asdict(labels(language)), asdict(labels("en"))
        same = {name for name, words in own.items() if words == english[name]}
        assert same <= {"name", "type", "octets", "message", "messages", "description"}
        assert labels(language).count(2).startswith("2 ")


@pytest.mark.parametrize(
    ("language", "topics", "description"),
    [("de", "Themen", "Themen (1 Nachricht)"), ("es", "Temas del día", "Temas del día (1 mensaje)")],
)
def test_both_forms_speak_the_language_and_keep_the_marks(language: str, topics: str, description: str) -> None:
    spoken = replace(frame(SIGNED, header="Hi.\n"), labels=labels(language))

    found = read(digests.mime_body(spoken, [item(SIGNED)], MIME_KEEP))
    descriptions = [part["Content-Description"] for part in found.walk() if part["Content-Description"]]
    assert descriptions[1:3] == [labels(language).header, description]
    assert labels(language).footer in descriptions
    assert not {"Digest Header", "Digest Footer"} & set(descriptions)

    text = read(digests.plain_body(spoken, [item(SIGNED)], KEEP)).get_content().replace("\r\n", "\n")
    assert f"\n{topics}:\n\n   1. Signed (Cris)\n" in text
    assert labels(language).no_text in text
    assert "\nMessage: 1\n" in text
    assert text.rstrip("*\n").endswith("End of Dev Digest, Vol 1, Issue 1")
    assert len(list(burst(text))) == 2
