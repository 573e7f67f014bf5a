"""The posting pipeline as a whole: order, what it records, and the bytes it leaves alone."""

import hashlib
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from archives.models import Arrival
from delivery import personal, pipelines
from delivery.draft import Archive, Digest, Draft, Send
from delivery.handlers import decorate
from delivery.handlers.base import Handler
from lists import notices
from lists.enums import MemberRole, Personalization, ReplyToMunging, Role
from lists.models import MailingList
from moderation.candidates import Candidate
from suite.mail import wire
from suite.mail.headers import HeaderBlock, split_letter
from suite.mail.parse import parse
from tests.delivery.handlers.shaping import (
    ACCEPTED,
    NOW,
    POST,
    archived,
    below_trace,
    make_draft,
    make_list,
    make_user,
    sends,
    shape,
    subscribe,
)
from tests.mail import test_corpora
from tests.support.requires import needs_corpora

pytestmark = pytest.mark.django_db

TESTS = Path(__file__).resolve().parent.parent
LETTERS = TESTS / "delivery" / "letters"
OURS = re.compile(
    r"(?:List-|X-Mailman-|(?:X-)?Message-ID-Hash|Archived-At|Precedence|Subject|Message-ID|Date|Cc|Reply-To|MIME-Version"
    r"|Content-|Approved?$|X-Approved?$|Urgent|Return-|X-MailFrom|X-Envelope-From|Disposition-|X-Confirm|X-Pmrqc|$)",
    re.IGNORECASE,
)
"""Names of fields that some handler may write or remove; "" are lines that are no fields."""


@pytest.fixture
def undecorated(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (decorate.HEADER, decorate.FOOTER):
        monkeypatch.setitem(notices.TEXTS, name, ("", ""))


MAILMANS = (
    *(
        "validate-authenticity",
        "mime-delete",
        "tagger",
        "member-recipients",
        "avoid-duplicates",
        "cleanse",
        "cleanse-dkim",
    ),
    *("cook-headers", "subject-prefix", "rfc-2369", "to-archive", "to-digest", "to-usenet", "after-delivery"),
    *("acknowledge", "dmarc", "to-outgoing"),
)
OWN = {
    *(
        "message-id",
        "topic-recipients",
        "endpoint-recipients",
        "cleanse-anonymous",
        "publish",
        "message-id-hash",
        "rule-hits",
    ),
    *("trim-cc", "reply-to", "personalize", "personal-to", "dmarc-wrap", "decorate"),
}


class Passing:
    """A handler that leaves its name where a post passes it."""

    def __init__(self, handler: Handler, names: list[str]) -> None:
        self.name, self.title = handler.name, handler.title
        self._handler, self._names = handler, names

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        self._names.append(self.name)
        self._handler.apply(draft, mlist)


@pytest.mark.feature("core.pipeline.default-posting")
def test_a_post_passes_the_handlers_in_mailmans_order(monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[str] = []
    handlers = pipelines.PIPELINES["default-posting-pipeline"]
    watched = tuple(Passing(handler, passed) for handler in handlers)
    monkeypatch.setitem(pipelines.PIPELINES, "default-posting-pipeline", watched)
    mlist = make_list(subject_prefix="[Dev] ")
    subscribe(mlist, "cris@example.com")

    draft = make_draft(mlist)
    pipelines.run("default-posting-pipeline", draft, mlist)

    assert tuple(name for name in passed if name not in OWN) == MAILMANS
    assert {*passed} == {*MAILMANS, *OWN}
    assert [type(intent).__name__ for intent in draft.intents] == ["Archive", "Digest", "Send"]
    assert draft.counts


def test_what_is_published_is_cut_when_all_is_cleansed_and_nothing_added() -> None:
    names = [handler.name for handler in pipelines.PIPELINES["default-posting-pipeline"]]

    assert names[names.index("publish") - 2 : names.index("publish") + 2] == [
        *("cleanse", "cleanse-anonymous", "publish", "cleanse-dkim")
    ]


def test_what_one_recipient_sees_of_a_personal_post_is_not_in_the_digest(settings: Any) -> None:
    settings.MIME_DIGEST_KEEP_HEADERS = ["to", "subject", "list-id", "list-unsubscribe"]
    settings.PLAIN_DIGEST_KEEP_HEADERS = []

    draft = shape(make_list(subject_prefix="[Dev] ", personalize=Personalization.FULL))

    [digest] = [intent for intent in draft.intents if isinstance(intent, Digest)]
    assert digest.header == b"To: dev@example.org\r\nSubject: [Dev] Hi\r\nList-Id: <dev.example.org>\r\n"


@pytest.mark.parametrize("role", [Role.POST, Role.OWNER])
def test_pipeline_that_does_not_exist_gives_way_to_the_roles_default(
    role: Role, caplog: pytest.LogCaptureFixture
) -> None:
    mlist = make_list()
    subscribe(mlist, "cris@example.com")
    subscribe(mlist, "anne@example.com", role=MemberRole.OWNER)
    draft = make_draft(mlist, role=role)

    with caplog.at_level(logging.ERROR):
        pipelines.run("pipeline-of-a-plugin-that-is-gone", draft, mlist)

    [address] = [address for _, address, _ in draft.recipients]
    assert address == ("anne@example.com" if role is Role.OWNER else "cris@example.com")
    assert "list=dev.example.org pipeline='pipeline-of-a-plugin-that-is-gone' does not exist" in caplog.text


@pytest.mark.parametrize(
    ("raw", "preferences", "changes"),
    [
        (POST, {}, {"member-recipients", "message-id-hash", "rule-hits", "cook-headers", "rfc-2369", "decorate"}),
        (
            b"Urgent: x\r\nReply-To: a@example.com\r\nReply-To: b@example.com\r\nCc: anne@example.com\r\n"
            + POST.replace(b"Date:", b"X-Date:"),
            {"receive_list_copy": False},
            {"message-id", "cleanse", "member-recipients", "avoid-duplicates", "message-id-hash", "rule-hits"}
            | {"trim-cc", "cook-headers", "reply-to", "rfc-2369", "decorate"},
        ),
    ],
)
def test_changes_name_the_handlers_that_changed_something(raw: bytes, preferences: Any, changes: set[str]) -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com", **preferences)

    draft = shape(mlist, raw)

    assert set(draft.changes) == changes
    assert len(draft.changes) == len(changes)


def test_one_statement_for_a_post(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    mlist = make_list(subject_prefix="[Dev] ", personalize=Personalization.FULL)
    subscribe(mlist, make_user("bart@example.com"))
    draft = make_draft(mlist)

    with django_assert_num_queries(1):
        pipelines.run(mlist.posting_pipeline, draft, mlist)


@pytest.mark.feature("core.lmtp.no-sender-leak")
@pytest.mark.parametrize("personalize", list(Personalization))
def test_envelope_sender_is_used_and_not_told(personalize: Personalization) -> None:
    sender = "SRS0=tag=ann@example.com"
    mlist = make_list(personalize=personalize)
    ann = subscribe(mlist, sender)
    subscribe(mlist, "anne@example.com")
    raw = f"Return-Path: <{sender}>\r\nX-MailFrom: {sender}\r\n".encode() + POST

    draft = shape(mlist, raw, sender=sender)

    assert ann in [known.membership for known in draft.candidate.senders]
    published = [*archived(draft), *(send.header + send.body for send in sends(draft))]
    assert len(published) == 2
    for text in published:
        assert sender.encode() not in text
        assert b"x-mailfrom" not in text.lower()


# --- bytes that nobody asked to change --------------------------------------------------------------------------------

BODIES = [
    b"",
    b"\r\n",
    b"\r\nHello.  \r\n\r\n\r\n",
    b"\r\nno line end",
    b"\r\n\xff\xfe\x80 raw \xe9\r\n",
    b"\r\n.\r\n..\r\nFrom here\r\n",
    b"\r\nlone\nlf and\rcr\r\n",
    b"\r\n--x\r\n\r\nunclosed multipart",
]


@pytest.mark.parametrize("body", BODIES)
def test_body_that_no_handler_changes_keeps_its_bytes(body: bytes, undecorated: None) -> None:
    """What a DKIM signature hashes (RFC 6376 §3.7, without the body's canonical form) is the same before and after."""
    mlist = make_list(subject_prefix="[Dev] ", description="Talk", reply_goes_to_list=ReplyToMunging.POINT_TO_LIST)
    subscribe(mlist, "anne@example.com")
    raw = split_letter(POST)[0] + b"Content-Type: multipart/mixed; boundary=x\r\n" + body

    [send] = sends(shape(mlist, raw))

    assert not send.body_changed
    assert hashlib.sha256(send.body).digest() == hashlib.sha256(body).digest()


SIGNED_FIELDS = (
    b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=x;\r\n\th=from:to:date:message-id; bh=abc=;\r\n\tb=def=\r\n"
    b"from:  Bart  <bart@example.com>\r\nTO: dev@example.org,\r\n   Anne <anne@example.com>\r\n"
    b"Date: Fri,  20 Nov 2026 11:59:00 +0000 (UTC)\r\nMessage-Id:   <one@example.com>\r\nIn-Reply-To: <x@y>\r\n"
)


def test_fields_that_no_handler_changes_keep_bytes_and_order(undecorated: None) -> None:
    mlist = make_list(subject_prefix="[Dev] ")
    subscribe(mlist, "bart@example.com")

    [send] = sends(shape(mlist, SIGNED_FIELDS + b"\r\nHello\r\n"))

    assert below_trace(send.header).startswith(SIGNED_FIELDS)


@pytest.mark.parametrize("raw", [POST, SIGNED_FIELDS + b"\r\nHello\r\n", POST.replace(b"\r\n", b"\n")])
def test_archive_gets_the_very_object_that_came(raw: bytes) -> None:
    mlist = make_list(subject_prefix="[Dev] ", personalize=Personalization.FULL)
    draft = shape(mlist, raw)

    assert archived(draft)[0] is draft.received


def test_letter_of_lf_lines_stays_one() -> None:
    mlist = make_list(subject_prefix="[Dev] ", personalize=Personalization.FULL)
    subscribe(mlist, "anne@example.com")
    raw = b"Cc: a@example.com\nUrgent: x\n" + POST.replace(b"\r\n", b"\n")

    draft = shape(mlist, raw)

    assert b"\r" not in sends(draft)[0].header
    assert b"\r" not in archived(draft)[0]


# --- whatever comes in ------------------------------------------------------------------------------------------------

FIELD_NAMES = st.sampled_from(
    ["From", "To", "Cc", "Reply-To", "Subject", "Message-ID", "Date", "Content-Type", "Precedence", "Approved", "X-Odd"]
)
FIELD_VALUES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"<[x@y]>",
            b"a@example.com, anne@example.com, B <b@example.com>",
            b'"unclosed <anne@example.com>',
            b"g: anne@example.com;, (comment",
            b"=?utf-8?b?////?= =?x?q?=00=0D=0A?=",
            b"text/plain; charset=nonsense",
            b"multipart/mixed; boundary=x",
            b"base64",
            b"folded\r\n and\r\n\tfolded",
            b"x" * 3000,
        ]
    ),
)
BODY_BYTES = st.one_of(st.binary(max_size=60), st.sampled_from(BODIES))


@pytest.mark.parametrize("personalize", list(Personalization))
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.lists(st.tuples(FIELD_NAMES, FIELD_VALUES), max_size=8), body=BODY_BYTES)
def test_no_letter_is_too_odd(
    personalize: Personalization, fields: list[tuple[str, bytes]], body: bytes, shaped_list: MailingList
) -> None:
    shaped_list.personalize = personalize
    header = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in fields)

    check_shaping(shaped_list, header + b"\r\n" + body)


@pytest.fixture
def shaped_list() -> MailingList:
    """A list on which every handler has something to do."""
    mlist = make_list(
        subject_prefix="[Größe %d] ",
        description='Größe, "Maße"',
        reply_goes_to_list=ReplyToMunging.POINT_TO_LIST,
        post_id=7,
    )
    subscribe(mlist, "anne@example.com", receive_list_copy=False)
    subscribe(mlist, "bart@example.com")
    return mlist


def test_malformed_letters(shaped_list: MailingList) -> None:
    """Every letter that lies among the tests."""
    letters = sorted(TESTS.rglob("*.eml"))
    assert letters
    for path in letters:
        for personalize in Personalization:
            shaped_list.personalize = personalize
            check_shaping(shaped_list, path.read_bytes())


@needs_corpora
def test_letters_of_public_collections(shaped_list: MailingList) -> None:
    failed = {}
    for path, raw in test_corpora.letters():
        for personalize in (Personalization.NONE, Personalization.FULL):
            shaped_list.personalize = personalize
            try:
                check_shaping(shaped_list, wire.normalise_newlines(raw))
            except Exception as error:  # the report names all of them at once
                failed[path] = repr(error)[:300]
    assert failed == {}


def check_shaping(mlist: MailingList, raw: bytes) -> None:
    """Shape a letter without storing it; whatever it is, fields nobody knows keep bytes and order, copies are sound."""
    draft = draft_of(mlist, raw)
    pipelines.run(mlist.posting_pipeline, draft, mlist)

    before = [field for field in draft.candidate.parsed.headers.raw_fields() if not OURS.match(field[0])]
    for intent in draft.intents:
        if isinstance(intent, Archive):
            published = HeaderBlock.parse(split_letter(intent.raw)[0])
            assert [field for field in published.raw_fields() if not OURS.match(field[0])] == before
        elif isinstance(intent, Send):
            check_copy(mlist, intent, before)


def check_copy(mlist: MailingList, send: Send, before: list[tuple[str, bytes]]) -> None:
    header = HeaderBlock.parse(below_trace(send.header))
    expected = [field for field in before if not (field[0] == "to" and mlist.personalize == Personalization.FULL)]
    after = [field for field in header.raw_fields() if not OURS.match(field[0])]
    if mlist.personalize == Personalization.FULL:
        after = [field for field in after if field[0] != "to"]
    assert after == [(name, ended(chunk)) for name, chunk in expected]
    for name in ("List-Id", "List-Unsubscribe", "Reply-To", "Message-ID-Hash", "X-Mailman-Version"):
        assert len(header.get_all(name)) == 1
    assert header.get("List-Id") == b"=?utf-8?b?R3LDtsOfZSwgIk1hw59lIg==?= <dev.example.org>"
    assert header.text("Subject").startswith("[Größe 7] ")
    for recipient in send.recipients:
        assert not set(b"".join(personal.values(personal.NAMES, recipient, mlist))) & set(b"\r\n\0")


def ended(chunk: bytes) -> bytes:
    return chunk if chunk.endswith((b"\n", b"\r")) else chunk + b"\r\n"


def draft_of(mlist: MailingList, raw: bytes) -> Draft:
    arrival = Arrival(mlist=mlist, recipient=mlist.posting_address, received_at=NOW)
    return Draft.of(Candidate(arrival, raw, parse(raw), ()), mlist.post_id, ACCEPTED, NOW)


# --- pictures of whole letters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain", "quoted-printable", "html", "multipart-signed", "multipart-mixed"])
@pytest.mark.parametrize("personalize", [Personalization.NONE, Personalization.FULL])
def test_golden(name: str, personalize: Personalization, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """letters/<name>.eml, as it leaves for the members."""
    settings.BASE_URL = "https://lists.example.org"
    monkeypatch.setattr("suite.mail.decorate.secrets.token_hex", lambda size: "0" * 2 * size)
    mlist = make_list(subject_prefix="[Dev %d] ", description="Talk about it", post_id=42, personalize=personalize)
    subscribe(mlist, "anne@example.com")
    draft = make_draft(mlist, (LETTERS / f"{name}.eml").read_bytes(), pk=4711)
    draft.mark = "mark"
    pipelines.run(mlist.posting_pipeline, draft, mlist)

    [send] = sends(draft)

    compare(LETTERS / "expected" / f"{name}.{personalize.wire}.eml", send.header + send.body)


def compare(expected: Path, actual: bytes) -> None:
    """A mismatch leaves *.actual beside the expected file."""
    if not expected.exists() or expected.read_bytes() != actual:
        expected.with_name(expected.name + ".actual").write_bytes(actual)
    assert expected.exists()
    assert actual.decode() == expected.read_bytes().decode()
