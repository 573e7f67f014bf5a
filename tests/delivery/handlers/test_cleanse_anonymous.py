from email.utils import parsedate_to_datetime

import pytest

from archives.models import Letter, Post
from delivery.handlers.cleanse_anonymous import CleanseAnonymous
from lists.enums import Personalization, ReplyToMunging
from lists.models import MailingList
from suite.mail import ids
from suite.mail.headers import HeaderBlock, split_letter
from tests.delivery.handlers.shaping import POST, apply, archived, make_list, sends, shape, subscribe
from tests.mail.trees import leaf, multipart, outline
from tests.support import factories
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db

TELLING = (
    b"Return-Path: <bart@home.example>\r\n"
    b"Received: from laptop.home.example (bart.home.example [192.0.2.7])\r\n"
    b"\tby mx.example.org; Fri, 20 Nov 2026 11:59:00 +0000\r\n"
    b"Received-SPF: pass client-ip=192.0.2.7\r\nX-Received: by 192.0.2.7\r\nX-Originating-IP: [192.0.2.7]\r\n"
    b"Authentication-Results: mx.example.org; dkim=pass header.d=home.example\r\n"
    b"ARC-Seal: i=1; d=home.example\r\nARC-Message-Signature: i=1; d=home.example\r\n"
    b"ARC-Authentication-Results: i=1; home.example\r\n"
    b"DKIM-Signature: v=1; d=home.example; b=abc\r\nDomainKey-Signature: d=home.example\r\n"
    b"Resent-From: bart@home.example\r\nResent-Message-ID: <r@home.example>\r\nSender: bart@home.example\r\n"
    b"From: Bart Simple <bart@home.example>\r\nReply-To: bart@home.example\r\nOrganization: Home\r\nUser-Agent: Bart's mailer\r\n"
    b"To: dev@example.org\r\nCc: Bart Simple <bart@home.example>, wife@home.example\r\nX-Mailer: home\r\nX-Face: abc\r\n"
    b"X-MailFrom: bart@home.example\r\nX-Envelope-From: bart@home.example\r\nList-Id: <home.example>\r\n"
    b"Message-ID: <first@home.example>\r\nMessage-ID-Hash: HASH\r\nIn-Reply-To: <before@home.example>\r\n"
    b"References: <before@home.example>\r\nDate: Fri, 20 Nov 2026 20:59:00 +0900\r\n"
    b"Autocrypt: addr=bart@home.example; keydata=abc\r\n"
    b"Disposition-Notification-To: bart@home.example\r\nThread-Index: abc\r\nOpenPGP: id=BART\r\nComments: Bart\r\n"
    b"X-Topics: bug\r\nX-Spam-Score: 0.1\r\nSubject: Hi\r\nMIME-Version: 1.0\r\n"
)
TELLS = (
    b"bart",
    b"home",
    b"192.0.2.7",
    b"before@",
    b"first@",
    b"+0900",
    b"hash\r\n",
    ids.id_hash("first@home.example").lower().encode(),
)


def tell(raw: bytes) -> list[bytes]:
    return [word for word in TELLS if word in raw.lower()]


@pytest.mark.feature("core.handler.cleanse-anonymous")
@pytest.mark.parametrize("personalize", list(Personalization))
def test_neither_copies_nor_archive_tell_who_posted(personalize: Personalization) -> None:
    mlist = make_list(anonymous_list=True, description="Größe", personalize=personalize)
    subscribe(mlist, "anne@example.com")

    draft = shape(mlist, TELLING + b"\r\nHello.\r\n", sender="bart@home.example")

    published = [*archived(draft), *(send.header + send.body for send in sends(draft))]
    assert len(published) == 2
    for raw in published:
        assert tell(raw) == []
        header = HeaderBlock.parse(split_letter(raw)[0])
        assert header.texts("From") == ["Größe <dev@example.org>"]
        assert header.texts("Reply-To") == ["dev@example.org"]
        assert ids.is_made_here(ids.message_id(header), "example.org")
        assert parsedate_to_datetime(header.text("Date")) == parsedate_to_datetime("Fri, 20 Nov 2026 11:59:00 +0000")
        assert (header.text("X-Topics"), header.text("X-Spam-Score")) == ("bug", "0.1")
        foreign = [
            name for name in header.names() if name.startswith("X-") and not name.startswith(("X-M", "X-Spam", "X-T"))
        ]
        assert foreign == []
    assert archived(draft)[0].endswith(b"\r\n\r\nHello.\r\n")


def test_other_lists_keep_all_of_it() -> None:
    draft = apply(CleanseAnonymous(), make_list(), TELLING + b"\r\nHello.\r\n")

    assert draft.headers.to_bytes() + draft.body == TELLING + b"\r\nHello.\r\n"


def test_the_owner_still_says_where_replies_go() -> None:
    settings = {"reply_goes_to_list": ReplyToMunging.EXPLICIT_HEADER_ONLY, "reply_to_address": "office@example.org"}
    mlist = make_list(anonymous_list=True, **settings)
    subscribe(mlist, "anne@example.com")

    [send] = sends(shape(mlist, TELLING + b"\r\nHello.\r\n"))

    assert HeaderBlock.parse(send.header).texts("Reply-To") == ["office@example.org"]


def test_parts_lose_signatures_and_fields_that_tell() -> None:
    image = leaf(
        "image/png", "abc", "Content-ID: <part1@home.example>", "X-Made-By: Bart", "Content-Description: a picture"
    )
    other = leaf("image/png", "abc", "Content-ID: <part2@elsewhere.example>")
    related = multipart("related", leaf("text/html", "<img src='cid:part2@elsewhere.example'>"), image, other)
    signed = multipart("signed", related, leaf("application/pgp-signature", "BART"))
    raw = TELLING.removesuffix(b"MIME-Version: 1.0\r\n") + signed + b"\r\n"

    draft = apply(CleanseAnonymous(), make_list(anonymous_list=True), raw, sender="bart@home.example")

    whole = draft.headers.to_bytes() + draft.body
    assert tell(whole) == []
    assert outline(whole) == "related(html png png)"
    assert b"Content-Description: a picture" in whole
    assert b"<part2@elsewhere.example>" in whole


def test_a_body_that_tells_nothing_is_the_very_same() -> None:
    raw = POST + b"odd \xff bytes\rhere  \n"
    draft = apply(CleanseAnonymous(), make_list(anonymous_list=True), raw)

    assert draft.body is draft.candidate.parsed.body


def test_a_date_that_is_none_is_ours() -> None:
    raw = POST.replace(b"Fri, 20 Nov 2026 11:59:00 +0000", b"when I like")

    assert (
        apply(CleanseAnonymous(), make_list(anonymous_list=True), raw).headers.text("Date")
        == "Fri, 20 Nov 2026 12:00:00 +0000"
    )


def test_what_cannot_be_looked_through_is_rejected() -> None:
    raw = POST.partition(b"Message-ID")[0] + multipart("mixed", *[leaf("text/plain", "")] * 1001)

    assert apply(CleanseAnonymous(), make_list(anonymous_list=True), raw).drop is not None


def test_the_posters_wish_for_no_archive_is_still_heard() -> None:
    assert archived(shape(make_list(anonymous_list=True), b"X-No-Archive: yes\r\n" + POST)) == []


@pytest.mark.django_db(transaction=True)
def test_conversations_hold_together() -> None:
    """Bart answers what he got, and then his own first post, whose copy in his folder has his own id."""
    mlist = factories.make_list("dev", anonymous_list=True)
    factories.make_member(mlist, "bart@example.com")
    with relay() as server:
        arrive(letter(subject="Tea", message_id="own@example.com"))
        judge_all()
        send_all()
        got = ids.message_id(HeaderBlock.parse(split_letter(server.mails[0].content)[0]))
        arrive(letter(subject="Re: Tea", in_reply_to=f"<{got}>", references=f"<own@example.com> <{got}>"))
        judge_all()
    first, second = Post.objects.order_by("number")

    assert second.thread == first.thread
    assert second.references == [got] == [first.message_id]
    assert {post.author_email for post in (first, second)} == {"dev@example.org"}
    published = Letter.objects.filter(posts__in=(first, second))
    assert [b"bart" in bytes(one.raw).lower() for one in published] == [False, False]


def test_the_setting_acts() -> None:
    from lists.settings_table import SETTINGS

    assert SETTINGS["anonymous_list"].acts
    assert MailingList._meta.get_field("anonymous_list").default is False
