"""A post's whole road, from the archive's door to each member: what the copies look like."""

from typing import Any

import pytest
from django.test import override_settings

from accounts.models import Address, User
from archives.enums import State
from archives.models import Post
from delivery.handlers import decorate
from delivery.models import Rendering
from lists import notices
from lists.enums import Personalization, ReplyToMunging
from lists.links import read_unsubscribe_token, unsubscribe_url
from lists.models import MailingList, Membership
from suite.common.version import VERSION
from suite.mail.headers import HeaderBlock, split_letter
from tests.support import dkim
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import relay, send_all, unsigned
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev() -> MailingList:
    """Bart, Eve and Zoë are members of dev@example.org; Zoë by her address, without a user."""
    mlist = make_list("dev", subject_prefix="", description="Talk")
    make_member(mlist, make_user("Bart"))
    make_member(mlist, make_user("Eve", "Eve@Example.com"))
    make_member(mlist, "zoe@example.com")
    Address.objects.filter(email="zoe@example.com").update(display_name="Zoë")
    return mlist


def deliver(raw: bytes) -> dict[str, tuple[str, HeaderBlock, bytes]]:
    """Recipient to return path, header and body; personal copies have come in a transaction each."""
    [arrival] = arrive(raw)
    judge_all()
    arrival.refresh_from_db()
    assert arrival.state == State.DISTRIBUTED, arrival.reason
    with relay() as server:
        send_all()
    personal = MailingList.objects.get().personalize != Personalization.NONE
    assert len(server.mails) == (len(server.deliveries) if personal else 1)
    copies = {}
    for delivery in server.deliveries:
        header, body = split_letter(delivery.content)
        assert delivery.recipient not in copies
        copies[delivery.recipient] = (delivery.sender, HeaderBlock.parse(header), body)
    return copies


def change(mlist: MailingList, **settings: Any) -> None:
    MailingList.objects.filter(pk=mlist.pk).update(**settings)


@pytest.mark.feature("core.outgoing.full-personalisation")
@pytest.mark.parametrize(
    ("personalize", "munging", "to", "listed_in"),
    [
        (Personalization.NONE, ReplyToMunging.NO_MUNGING, ["dev@example.org, Dora <dora@example.com>"] * 3, "To"),
        (
            Personalization.FULL,
            ReplyToMunging.NO_MUNGING,
            ["Bart <bart@example.com>", "Eve <Eve@Example.com>", "Zoë <zoe@example.com>"],
            "Cc",
        ),
        (
            Personalization.FULL,
            ReplyToMunging.POINT_TO_LIST,
            ["Bart <bart@example.com>", "Eve <Eve@Example.com>", "Zoë <zoe@example.com>"],
            "Reply-To",
        ),
    ],
)
def test_to_shows_the_recipient_on_fully_personal_lists(
    dev: MailingList, personalize: Personalization, munging: ReplyToMunging, to: list[str], listed_in: str
) -> None:
    change(dev, personalize=personalize, reply_goes_to_list=munging)

    copies = deliver(letter(to="dev@example.org, Dora <dora@example.com>"))

    assert {recipient: header.texts("To") for recipient, (_, header, _) in copies.items()} == {
        recipient: [text]
        for recipient, text in zip(["bart@example.com", "Eve@Example.com", "zoe@example.com"], to, strict=True)
    }
    for _, header, _ in copies.values():
        assert "dev@example.org" in header.text(listed_in)


@override_settings(BASE_URL="https://lists.example.org")
@pytest.mark.feature("core.outgoing.individual")
def test_personal_copies_speak_to_their_recipient(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "For $user_name <$user_delivered_to>, subscribed as $user_email in $user_language.\n$unsubscribe_url\n"
    monkeypatch.setitem(notices.TEXTS, decorate.FOOTER, ("", text))
    change(dev, personalize=Personalization.INDIVIDUAL)
    User.objects.filter(display_name="Eve").update(preferred_language="fr")
    Membership.objects.filter(address__email="zoe@example.com").update(preferred_language="de")
    languages = {"bart@example.com": "en", "Eve@Example.com": "fr", "zoe@example.com": "de"}

    copies = deliver(letter(body="Guten Tag.\n"))

    names = {"bart@example.com": "Bart", "Eve@Example.com": "Eve", "zoe@example.com": "Zoë"}
    assert copies.keys() == names.keys()
    for membership in Membership.objects.select_related("address", "user__preferred_address"):
        address = membership.subscriber_address
        assert address is not None
        email = address.original_email
        sender, header, body = copies[email]
        link = unsubscribe_url(membership.pk, "dev.example.org")
        assert unsigned(sender) == f"dev-bounces+{email.replace('@', '=')}@example.org"
        assert body.decode() == (
            f"\r\nGuten Tag.\r\nFor {names[email]} <{email}>, subscribed as {email.lower()} in {languages[email]}.\r\n{link}\r\n"
        )
        assert header.get_all("List-Unsubscribe") == [f"<{link}>, <mailto:dev-leave@example.org>".encode()]
        assert header.get_all("List-Unsubscribe-Post") == [b"List-Unsubscribe=One-Click"]
        assert read_unsubscribe_token(link.rstrip("/").rpartition("/")[2], "dev.example.org") == membership.pk


def test_only_copies_with_eight_bits_say_so(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notices.TEXTS, decorate.FOOTER, ("", "For $user_name\n"))
    change(dev, personalize=Personalization.INDIVIDUAL)
    arrive(letter())
    judge_all()
    with relay() as server:
        send_all()

    assert {mail.recipients[0]: "BODY=8BITMIME" in mail.parameters for mail in server.mails} == {
        "bart@example.com": False,
        "Eve@Example.com": False,
        "zoe@example.com": True,
    }


@pytest.mark.feature("core.handler.cook-headers")
@pytest.mark.parametrize(("given", "precedence"), [({}, b"list"), ({"precedence": "bulk"}, b"bulk")])
def test_posts_and_notices_say_what_they_are(dev: MailingList, given: dict[str, str], precedence: bytes) -> None:
    raw = letter(reply_to="a@example.com", **given).replace(b"Reply-To", b"Reply-To: b@example.com\r\nReply-To")
    posts = [header for _, header, _ in deliver(raw).values()]
    [arrival] = arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()
    with relay() as server:
        send_all()
    notices_of_it = [HeaderBlock.parse(split_letter(mail.content)[0]) for mail in server.mails]

    assert len(posts) == 3
    for header in posts:
        assert header.get_all("Precedence") == [precedence]
        assert header.get_all("X-Mailman-Version") == [f"Posthouse {VERSION}".encode()]
        assert len(header.get_all("Reply-To")) == 1
        assert "X-Ack" not in header
    arrival.refresh_from_db()
    assert arrival.state == State.HELD
    assert [header.get_all("X-Ack") for header in notices_of_it] == [[b"no"]] * 2, (
        "one to the sender, one to the owners"
    )


def test_copy_of_a_bulk_post_claims_no_one_click(dev: MailingList) -> None:
    for sender, header, _ in deliver(letter()).values():
        assert sender == "dev-bounces@example.org"
        assert "List-Unsubscribe-Post" not in header


@pytest.mark.feature("core.handler.untouched-body")
@pytest.mark.parametrize("prefix", ["", "[Dev] "])
def test_signature_still_verifies_where_nothing_it_covers_is_changed(
    dev: MailingList, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(notices.TEXTS, decorate.FOOTER, ("", ""))
    change(dev, subject_prefix=prefix)
    raw = dkim.sign(
        letter(subject="Odd   spaces", body="Trailing space \n.\n\ttabs\n-- \nBart\n", content_type="text/plain")
    )
    assert dkim.verifies(raw)
    assert not dkim.verifies(raw.replace(b"tabs", b"Tabs"))

    copies = deliver(raw)

    assert len(copies) == 3
    for _, header, body in copies.values():
        assert body == split_letter(raw)[1]
        assert dkim.verifies(header.to_bytes() + body) is (not prefix)


def test_archive_keeps_the_post_as_it_came(dev: MailingList) -> None:
    change(dev, subject_prefix="[Dev] ", personalize=Personalization.FULL)
    raw = letter()

    deliver(raw)

    post = Post.objects.get()
    assert post.letter is not None
    assert bytes(post.letter.raw) == raw
    assert post.arrival is not None
    assert post.letter_id == post.arrival.letter_id


def test_password_reaches_neither_members_nor_archive(dev: MailingList) -> None:
    copies = deliver(letter(body="Approved: s3cret\nHello\n", x_approved="s3cret", urgent="s3cret"))

    post = Post.objects.get()
    assert post.letter is not None
    assert b"s3cret" not in bytes(post.letter.raw)
    for _, header, body in copies.values():
        assert b"s3cret" not in header.to_bytes() + body
        assert body.startswith(b"\r\nHello\r\n")


def test_letter_without_message_id_has_the_same_one_everywhere(dev: MailingList) -> None:
    raw = letter(message_id="gone@example.com").replace(b"Message-ID: <gone@example.com>\r\n", b"")

    copies = deliver(raw)

    post = Post.objects.get()
    assert {header.get("Message-ID") for _, header, _ in copies.values()} == {f"<{post.message_id}>".encode()}
    assert Rendering.objects.get().message_id == post.message_id
    for _, header, _ in copies.values():
        assert header.text("Archived-At").rstrip("/>").endswith(post.message_id_hash)
        assert header.text("Message-ID-Hash") == post.message_id_hash
