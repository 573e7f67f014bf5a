"""From munged, or the post wrapped, where its author's domain forbids others to send in its name."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from delivery.draft import Archive, Draft, Send
from delivery.handlers.dmarc import Dmarc
from delivery.handlers.dmarc_wrap import DmarcWrap
from delivery.handlers.publish import Publish
from delivery.pipelines import PIPELINES
from delivery.pipelines import run as run_pipeline
from lists.enums import ArchivePolicy, DMARCMitigateAction, ReplyToMunging
from lists.models import MailingList
from moderation.verdicts import Disposition, Verdict
from suite.mail.addresses import parse_mailboxes
from tests.delivery.handlers.shaping import POST, make_draft, make_list, subscribe

pytestmark = pytest.mark.django_db

MUNGE, WRAP = DMARCMitigateAction.MUNGE_FROM, DMARCMitigateAction.WRAP_MESSAGE
MARKED = Verdict(Disposition.ACCEPT, "", notes={"dmarc": "example.com asks for p=reject"})
UNMARKED = Verdict(Disposition.ACCEPT, "")


def shaped(raw: bytes = POST, verdict: Verdict | None = MARKED, **settings: Any) -> Draft:
    """What publishing and the handler make of the post."""
    mlist = make_list(display_name="Dev", **{"dmarc_mitigate_action": MUNGE} | settings)
    draft = make_draft(mlist, raw, verdict=verdict)
    for handler in (Publish(), DmarcWrap(), Dmarc()):
        handler.apply(draft, mlist)
    return draft


def read(draft: Draft) -> EmailMessage:
    return message_from_bytes(draft.headers.to_bytes() + draft.body, policy=policy.SMTP)


def field(draft: Draft, name: str) -> str:
    return draft.headers.text(name)


@pytest.mark.feature("core.dmarc.munge-from", "core.handler.dmarc")
@pytest.mark.parametrize(
    ("replies", "reply_to", "cc"),
    [
        (ReplyToMunging.NO_MUNGING, "Bart <bart@example.com>", ""),
        (ReplyToMunging.POINT_TO_LIST, "", "Bart <bart@example.com>"),
        (ReplyToMunging.EXPLICIT_HEADER, "", "Bart <bart@example.com>"),
        (ReplyToMunging.EXPLICIT_HEADER_ONLY, "", "Bart <bart@example.com>"),
    ],
)
def test_from_is_the_lists_and_the_author_stays_in_reach(replies: ReplyToMunging, reply_to: str, cc: str) -> None:
    draft = shaped(reply_goes_to_list=replies)

    assert draft.headers.get_all("From") == [b"Bart via Dev <dev@example.org>"]
    assert (field(draft, "Reply-To"), field(draft, "Cc")) == (reply_to, cc)
    assert draft.headers.get_all("Author") == [b"Bart <bart@example.com>"]


@pytest.mark.feature("core.handler.dmarc")
@pytest.mark.parametrize("action", DMARCMitigateAction)
def test_an_unmarked_post_keeps_every_byte(action: DMARCMitigateAction) -> None:
    draft = shaped(verdict=UNMARKED, dmarc_mitigate_action=action)

    assert draft.headers.to_bytes() + draft.body == POST


@pytest.mark.parametrize("action", [DMARCMitigateAction.NO_MITIGATION, DMARCMitigateAction.REJECT])
def test_a_mark_does_nothing_where_the_list_does_nothing_any_more(action: DMARCMitigateAction) -> None:
    draft = shaped(dmarc_mitigate_action=action)

    assert draft.headers.to_bytes() + draft.body == POST


@pytest.mark.feature("core.dmarc.unconditional")
@pytest.mark.parametrize("action", [MUNGE, WRAP])
def test_unconditionally_every_post_is_the_lists(action: DMARCMitigateAction) -> None:
    draft = shaped(verdict=UNMARKED, dmarc_mitigate_action=action, dmarc_mitigate_unconditionally=True)

    assert field(draft, "From") == "Bart via Dev <dev@example.org>"


@pytest.mark.feature("core.dmarc.unconditional")
def test_an_anonymous_list_is_left_alone() -> None:
    draft = shaped(dmarc_mitigate_unconditionally=True, anonymous_list=True)

    assert draft.headers.to_bytes() + draft.body == POST


def test_what_a_moderator_accepted_is_done_as_it_was_noted_when_it_came() -> None:
    mlist = make_list(display_name="Dev", dmarc_mitigate_action=MUNGE)
    draft = make_draft(mlist, verdict=None)
    draft.arrival.verdict = MARKED.as_json()

    Dmarc().apply(draft, mlist)

    assert field(draft, "From") == "Bart via Dev <dev@example.org>"


@pytest.mark.feature("core.dmarc.munge-from")
@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("bart@example.com", "bart via Dev"),
        ('"bart@example.com" <bart@example.com>', "bart@--- via Dev"),
        ('"PayPal service@paypal.com" <bart@example.com>', "PayPal service@--- via Dev"),
        ("=?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <bart@example.com>", "Jürgen Müller via Dev"),
        ("=?utf-8?b?5p2x5Lqs?= <bart@example.com>", "東京 via Dev"),
        ('"Bart, the \\"member\\"" <bart@example.com>', 'Bart, the "member" via Dev'),
        ("Anne <anne@example.com>, Bart <bart@example.com>, Cris <cris@example.com>", "Anne, Bart, Cris via Dev"),
        ("Team: Anne <anne@example.com>, bart@example.com;", "Anne, bart via Dev"),
        ("=?utf-8?q?Bart=0D=0ABcc:_eve=40example.com?= <bart@example.com>", "Bart Bcc: eve@--- via Dev"),
    ],
)
def test_there_is_one_from_and_people_can_read_it(author: str, expected: str) -> None:
    draft = shaped(POST.replace(b"Bart <bart@example.com>", author.encode()))

    [value] = draft.headers.get_all("From")
    assert value.isascii()
    [mailbox] = parse_mailboxes(value)
    assert (mailbox.name, mailbox.address) == (expected, "dev@example.org")
    assert "Bcc" not in draft.headers


def test_two_from_fields_become_one_and_all_authors_stay_in_reach() -> None:
    draft = shaped(b"From: Anne <anne@example.com>\r\n" + POST)

    assert draft.headers.get_all("From") == [b'"Anne, Bart via Dev" <dev@example.org>']
    assert field(draft, "Reply-To") == "Anne <anne@example.com>, Bart <bart@example.com>"
    assert field(draft, "Author") == "Anne <anne@example.com>, Bart <bart@example.com>"


def test_the_posters_own_reply_to_and_author_stay() -> None:
    draft = shaped(b"Author: Anne <anne@example.com>\r\nReply-To: team@example.com, Bart@example.com\r\n" + POST)

    assert field(draft, "Reply-To") == "team@example.com, Bart@example.com"
    assert field(draft, "Author") == "Anne <anne@example.com>"


def test_a_post_from_nobody_keeps_every_byte() -> None:
    raw = POST.replace(b"From: Bart <bart@example.com>\r\n", b"")

    draft = shaped(raw)

    assert draft.headers.to_bytes() + draft.body == raw


LONG_POST = (
    b"Received: from mx.example.com by mx.example.org\r\nX-Mailman-Version: 1\r\nList-Id: <dev.example.org>\r\n"
    b"References: <zero@example.com>\r\nIn-Reply-To: <zero@example.com>\r\nX-Mailer: Pen\r\nPrecedence: list\r\n"
    b"DKIM-Signature: v=1; d=example.com\r\nCc: cris@example.com\r\n" + POST
)


@pytest.mark.feature("core.dmarc.wrap-message", "core.handler.dmarc")
def test_wrapped_the_original_is_inside_as_it_was_published() -> None:
    draft = shaped(LONG_POST, dmarc_mitigate_action=WRAP)

    assert draft.headers.get_all("Content-Type") == [b"message/rfc822"]
    assert draft.body == b"\r\n" + LONG_POST
    assert field(draft, "From") == "Bart via Dev <dev@example.org>"
    assert {name.lower() for name in draft.headers.names()} == {
        *("date", "in-reply-to", "list-id", "precedence", "references", "subject", "to", "x-mailman-version"),
        *("from", "author", "reply-to", "message-id", "mime-version", "content-type", "content-transfer-encoding"),
    }
    assert field(draft, "Message-ID").endswith("@example.org>")


@pytest.mark.feature("core.dmarc.wrap-message")
def test_a_text_of_the_lists_stands_before_the_original() -> None:
    text = "Bart's domain forbids us to pass this on.\nSo it is inside. ✉"
    draft = shaped(LONG_POST, dmarc_mitigate_action=WRAP, dmarc_wrapped_message_text=text)

    note, original = read(draft).iter_parts()
    assert read(draft).get_content_type() == "multipart/mixed"
    assert note.get_content().strip().splitlines() == text.splitlines()
    assert original.get_content_type() == "message/rfc822"
    assert b"\r\n\r\n" + LONG_POST + b"\r\n--" in draft.body


def test_a_letter_with_eight_bits_is_wrapped_in_eight_bits() -> None:
    draft = shaped(POST + "Käse\r\n".encode(), dmarc_mitigate_action=WRAP)

    assert field(draft, "Content-Transfer-Encoding") == "8bit"


@pytest.mark.parametrize("archive_policy", ArchivePolicy)
@pytest.mark.parametrize("action", [MUNGE, WRAP])
def test_the_archive_shows_the_true_author(action: DMARCMitigateAction, archive_policy: ArchivePolicy) -> None:
    mlist = make_list(
        dmarc_mitigate_action=action, archive_policy=archive_policy, subject_prefix="[dev] ", display_name="Dev"
    )
    subscribe(mlist, "cris@example.com")
    draft = make_draft(mlist, verdict=MARKED)

    run_pipeline("default-posting-pipeline", draft, mlist)

    filed = [intent.raw for intent in draft.intents if isinstance(intent, Archive)]
    [sent] = [intent for intent in draft.intents if isinstance(intent, Send)]
    assert filed == ([] if archive_policy == ArchivePolicy.NEVER else [POST])
    assert b"\r\nSubject: [dev] Hi\r\n" in b"\r\n" + sent.header
    assert b"\r\nFrom: Bart via Dev <dev@example.org>\r\n" in b"\r\n" + sent.header
    assert (POST in sent.body) is (action is WRAP)
    assert {"dmarc", "dmarc-wrap"} & {*draft.changes} == {"dmarc" if action is MUNGE else "dmarc-wrap"}


def test_a_post_is_wrapped_before_its_footer_and_munged_behind_it() -> None:
    names = [handler.name for handler in PIPELINES["default-posting-pipeline"]]

    wrapping = [names.index(name) for name in ("publish", "reply-to", "dmarc-wrap", "decorate", "dmarc", "to-outgoing")]
    assert wrapping == sorted(wrapping)


def test_a_list_called_like_an_address_does_not_break_from(db: None) -> None:
    mlist: MailingList = make_list(display_name='Dev "the list" <x@y>', dmarc_mitigate_action=MUNGE)
    draft = make_draft(mlist, verdict=MARKED)

    Dmarc().apply(draft, mlist)

    assert [box.address for box in parse_mailboxes(draft.headers.get_all("From")[0])] == ["dev@example.org"]
