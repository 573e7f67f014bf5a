"""The notices about held and refused posts, as they leave for their readers."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.utils import timezone

from delivery.models import Notice
from lists.enums import Action, MemberRole, PendingKind, TokenOwner
from lists.models import MailingList, Pending
from lists.services import pending
from moderation.models import HeldMessage
from moderation.services import desk
from suite.mail.headers import split_letter
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.smtpd import Delivery

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev(settings: Any) -> MailingList:
    """Anne owns it, Cris moderates, Bart is a member, Dora is a stranger."""
    settings.EMAIL_BACKEND = "delivery.mail_backend.OutboxBackend"
    mlist = make_list("dev")
    make_member(mlist, "anne@example.com", MemberRole.OWNER)
    make_member(mlist, "cris@example.com", MemberRole.MODERATOR)
    make_member(mlist, "bart@example.com")
    return mlist


def post(raw: bytes, sender: str = "dora@example.com") -> list[Delivery]:
    """What leaves because of this post."""
    arrive(raw, sender=sender)
    judge_all()
    with relay() as server:
        send_all()
    return sorted(server.deliveries, key=lambda delivery: delivery.recipient)


def read(delivery: Delivery) -> EmailMessage:
    message = message_from_bytes(delivery.content, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return words(part)


def words(part: Any) -> str:
    """The text of a part, with plain line ends."""
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.feature("core.chain.hold")
def test_held_post_is_told_to_its_sender_and_in_three_parts_to_who_decides(dev: MailingList, settings: Any) -> None:
    settings.MODERATION_LINKS = False
    raw = letter(
        sender="Dora <dora@example.com>", subject="Café", body="Gr\u00fc\u00dfe \n", message_id="one@example.com"
    )

    to_anne, to_cris, to_dora = post(raw)

    assert [each.recipient for each in (to_anne, to_cris, to_dora)] == [
        "anne@example.com",
        "cris@example.com",
        "dora@example.com",
    ]
    assert to_anne.content == to_cris.content
    text, original, stub = read(to_anne).iter_parts()
    assert [part.get_content_type() for part in (text, original, stub)] == [
        "text/plain",
        "message/rfc822",
        "message/rfc822",
    ]
    assert "    Subject: Café\n" in words(text)
    assert "    - The sender dora@example.com is not a member" in words(text)
    assert raw in to_anne.content
    robot = stub.get_content()
    assert robot["From"] == "Dev <dev-request@example.org>"
    token = re.fullmatch(r"confirm ([0-9a-f]{40})", robot["Subject"])
    assert token is not None
    held = HeldMessage.objects.get()
    assert pending.read(token[1], PendingKind.HELD_MESSAGE, mlist=dev).data == {"held": held.pk}
    assert read(to_dora)["Subject"] == "Your post to dev@example.org waits for a moderator"
    assert raw not in to_dora.content


def test_senders_own_token_is_another_one(dev: MailingList) -> None:
    *_, to_dora = post(letter(sender="dora@example.com"))

    token = re.search(r"^    confirm ([0-9a-f]{40})$", text_of(read(to_dora)), re.MULTILINE)
    assert token is not None
    assert pending.read(token[1]).token_owner == TokenOwner.SUBSCRIBER
    assert Pending.objects.count() == 2


@pytest.mark.parametrize(("respond", "notify", "told"), [(True, False, 1), (False, True, 2), (False, False, 0)])
def test_no_token_is_made_for_a_notice_that_is_not_sent(
    respond: bool, notify: bool, told: int, dev: MailingList
) -> None:
    MailingList.objects.update(respond_to_post_requests=respond, admin_immed_notify=notify)

    assert len(post(letter(sender="dora@example.com"))) == told
    assert Pending.objects.count() == respond + notify


@pytest.mark.feature("core.chain.reject")
def test_rejected_post_goes_back_to_its_author_with_the_reasons(dev: MailingList) -> None:
    MailingList.objects.update(default_nonmember_action=Action.REJECT)
    raw = letter(sender="dora@example.com", body="B\u00f6se.\n\n--\nDora")

    [back] = post(raw)

    assert back.recipient == "dora@example.com"
    text, original = read(back).iter_parts()
    assert "    - You are not a member of this list.\n" in words(text)
    assert original.get_content_type() == "message/rfc822"
    assert raw in back.content


def test_post_that_a_moderator_rejects_goes_back_with_his_words(dev: MailingList) -> None:
    raw = letter(sender="dora@example.com")
    post(raw)

    desk.reject(HeldMessage.objects.get(), None, "Tea only.")
    with relay() as server:
        send_all()

    [back] = server.deliveries
    assert "    - Tea only.\n" in text_of(read(back))
    assert raw in back.content


@pytest.mark.parametrize("action", [Action.HOLD, Action.REJECT])
def test_large_original_is_represented_by_its_header(action: Action, dev: MailingList, settings: Any) -> None:
    settings.NOTICE_ORIGINAL_LIMIT = 2048
    MailingList.objects.update(default_nonmember_action=action, respond_to_post_requests=False)
    raw = letter(sender="dora@example.com", body="tea\n" * 1000)

    first = read(post(raw)[0])

    text, headers, *_ = first.iter_parts()
    assert "too large to be sent along (6 KB)" in " ".join(words(text).split())
    assert headers.get_content_type() == "text/rfc822-headers"
    assert headers.get_payload() == split_letter(raw)[0].decode()
    assert b"tea\r\ntea\r\n" not in first.as_bytes()


def test_password_of_a_held_post_is_told_to_nobody(dev: MailingList) -> None:
    raw = letter(sender="dora@example.com", body="Approved: geheim\nTea?\n", approved="geheim")

    assert all(b"geheim" not in delivery.content for delivery in post(raw))
    assert all(b"Tea?" in delivery.content for delivery in post(raw) if delivery.recipient != "dora@example.com")


@pytest.mark.feature("core.autoreply.headers")
def test_fields_and_envelopes_of_notices(dev: MailingList) -> None:
    to_anne, _, to_dora = post(letter(sender="dora@example.com", message_id="one@example.com"))
    user, owner = read(to_dora), read(to_anne)

    assert to_dora.sender == "dev-bounces@example.org"
    assert user["From"] == "Dev <dev-owner@example.org>"
    assert user["To"] == "dora@example.com"
    assert (user["Precedence"], user["Auto-Submitted"], user["List-Id"]) == (
        "bulk",
        "auto-replied",
        "<dev.example.org>",
    )
    assert (user["In-Reply-To"], user["References"]) == ("<one@example.com>", "<one@example.com>")
    assert [name for name in user if name.startswith("List-")] == [
        "List-Id",
        "List-Help",
        "List-Owner",
        "List-Subscribe",
        "List-Unsubscribe",
    ]
    assert owner["To"] == "dev-owner@example.org"
    assert (to_anne.sender, owner["Auto-Submitted"]) == ("", "auto-generated")


def test_list_fields_are_left_out_where_the_list_wants_none(dev: MailingList) -> None:
    MailingList.objects.update(include_rfc2369_headers=False)

    *_, to_dora = post(letter(sender="dora@example.com"))

    assert [name for name in read(to_dora) if name.startswith("List-")] == ["List-Id"]


@pytest.mark.feature("core.i18n.charset")
def test_notice_in_greek_and_japanese_is_valid_and_an_ascii_one_is_us_ascii(dev: MailingList) -> None:
    MailingList.objects.update(admin_immed_notify=False)
    [plain] = post(letter(sender="dora@example.com"))
    MailingList.objects.update(display_name="Λίστα")

    post(letter(sender="dora@example.com", subject="=?utf-8?b?44GK6Iy2?="))
    desk.reject(HeldMessage.objects.latest("pk"), None, "紅茶だけです。")
    with relay() as server:
        send_all()

    [foreign] = server.deliveries
    assert read(plain).get_content_charset() == "us-ascii"
    assert plain.content.isascii()
    assert read(foreign)["From"] == "Λίστα <dev-owner@example.org>"
    assert split_letter(foreign.content)[0].isascii()
    text = next(read(foreign).iter_parts())
    assert text.get_content_charset() == "utf-8"
    assert "    お茶\n" in words(text)
    assert "    - 紅茶だけです。\n" in words(text)


AUTOMATIC = [
    {"x_no_ack": "yes"},
    {"precedence": "first-class"},
    {"precedence": "bulk"},
    {"x_ack": "no"},
    {"auto_submitted": "auto-generated"},
    {"auto_submitted": "auto-replied"},
    {"return_path": "<>"},
    {"list_id": "<tea.example.com>"},
    {"list_post": "NO"},
]


@pytest.mark.feature("core.autoreply.can-acknowledge")
@pytest.mark.parametrize("action", [Action.HOLD, Action.REJECT])
@pytest.mark.parametrize("fields", AUTOMATIC, ids=str)
def test_automatic_mail_is_not_answered(fields: dict[str, str], action: Action, dev: MailingList) -> None:
    MailingList.objects.update(default_nonmember_action=action, admin_immed_notify=False)

    assert post(letter(sender="dora@example.com", **fields)) == []


@pytest.mark.feature("core.autoreply.can-acknowledge")
@pytest.mark.parametrize("fields", [{}, {"auto_submitted": "no"}, {"x_ack": "yes"}, {"x_mailer": "Tea"}], ids=str)
def test_other_mail_is_answered_once(fields: dict[str, str], dev: MailingList) -> None:
    MailingList.objects.update(admin_immed_notify=False)

    assert [delivery.recipient for delivery in post(letter(sender="dora@example.com", **fields))] == [
        "dora@example.com"
    ]


@pytest.mark.feature("core.autoreply.daily-cap")
def test_eleventh_notice_says_that_it_is_the_last_of_the_day(dev: MailingList) -> None:
    MailingList.objects.update(admin_immed_notify=False)

    for _ in range(13):
        arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()

    assert list(Notice.objects.order_by("pk").values_list("kind", flat=True)) == ["held"] * 10 + ["no-more-today"]
    Notice.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    post(letter(sender="dora@example.com"))
    assert Notice.objects.latest("pk").kind == "held"


@pytest.mark.parametrize(("most", "kinds"), [(0, ["held"] * 4), (2, ["held", "held", "no-more-today"])])
def test_share_of_a_day_is_the_sites_setting(most: int, kinds: list[str], dev: MailingList, settings: Any) -> None:
    settings.AUTORESPONSES_PER_DAY = most
    MailingList.objects.update(admin_immed_notify=False)

    for _ in range(4):
        post(letter(sender="dora@example.com"))

    assert list(Notice.objects.order_by("pk").values_list("kind", flat=True)) == kinds


@pytest.mark.feature("core.runner.language-context", "core.i18n.whole-mails")
def test_notice_is_in_one_language_with_its_reasons(dev: MailingList) -> None:
    MailingList.objects.update(admin_immed_notify=False, preferred_language="fr")
    [to_dora] = post(letter(sender="dora@example.com", subject="Café"))

    message = read(to_dora)
    assert all(len(word) <= 75 for word in to_dora.content.partition(b"\r\n\r\n")[0].split())
    assert b"\r\nSubject: Votre message =?utf-8?" in to_dora.content
    assert message["Subject"] == "Votre message à dev@example.org attend la modération"
    assert "est bien arrivé" in text_of(message)
    assert "    - Vous n'êtes pas membre de cette liste.\n" in text_of(message)
