from collections.abc import Iterable

import pytest
from pytest_django.fixtures import Settings

from lists.enums import MemberRole
from lists.models import MailingList
from moderation import chains, notices
from moderation.notices import HELD, NO_MORE, REJECTED, WAITING, Notification
from tests.support.factories import make_list, make_member
from tests.support.letters import make_candidate, make_letter


@pytest.fixture
def dev(db: None) -> MailingList:
    mlist = make_list("dev")
    make_member(mlist, "Anne@example.com", MemberRole.OWNER)
    make_member(mlist, "cris@example.com", MemberRole.MODERATOR)
    return mlist


def told(
    mlist: MailingList, raw: bytes, *, chain: str = "hold", sender: str = "dora@example.com", sent: int = 0
) -> list[Notification]:
    letter = make_candidate(mlist, raw, sender=sender)
    verdict = chains.run(chain, letter, mlist)
    return notices.who_is_told(
        letter, mlist, verdict, sent_today=lambda who, kinds: sent, tokens=lambda owner: f"token-of-{owner.wire}"
    )


def kinds(notifications: Iterable[Notification]) -> list[tuple[str, str]]:
    return [(notification.kind, notification.recipient) for notification in notifications]


def test_held_post_is_told_to_its_sender_and_to_who_decides(dev: MailingList) -> None:
    notifications = told(dev, make_letter("Dora <Dora@example.com>", "Coffee"), chain="default-posting-chain")

    assert kinds(notifications) == [
        (HELD, "dora@example.com"),
        (WAITING, "Anne@example.com"),
        (WAITING, "cris@example.com"),
    ]
    to_sender, to_owner, _ = notifications
    assert to_sender.subject == "Your post to dev@example.org waits for a moderator"
    assert "    Coffee\n" in to_sender.text
    assert "    - You are not a member of this list.\n" in to_sender.text
    assert "action for nonmembers" not in to_sender.text
    assert to_owner.subject == "dev@example.org: a post from dora@example.com waits for you"
    assert "    - The sender dora@example.com is not a member, and" in to_owner.text
    assert "/lists/dev.example.org/held/\n" in to_owner.text


@pytest.mark.parametrize(
    ("respond", "notify", "expected"),
    [(True, False, {HELD}), (False, True, {WAITING}), (False, False, set())],
)
def test_settings_say_who_is_told(respond: bool, notify: bool, expected: set[str], dev: MailingList) -> None:
    dev.respond_to_post_requests, dev.admin_immed_notify = respond, notify

    assert {kind for kind, _ in kinds(told(dev, make_letter("dora@example.com")))} == expected


def test_list_without_owners_tells_the_sites(settings: Settings, dev: MailingList) -> None:
    settings.SITE_OWNER = "postmaster@example.com"
    dev.memberships.all().delete()

    assert kinds(told(dev, make_letter("dora@example.com")))[1:] == [(WAITING, "postmaster@example.com")]


def test_rejected_post_is_told_to_its_sender_whatever_the_settings_of_held_ones(dev: MailingList) -> None:
    dev.respond_to_post_requests = False
    make_member(dev, "dora@example.com", moderation_action=1)

    [notification] = told(dev, make_letter("dora@example.com", "Coffee"), chain="default-posting-chain")

    assert (notification.kind, notification.recipient) == (REJECTED, "dora@example.com")
    assert notification.subject == "Your post to dev@example.org was not accepted"
    assert "    - Your posts to this list are moderated.\n" in notification.text


@pytest.mark.parametrize("chain", ["accept", "discard"])
def test_nobody_is_told_of_accepted_and_discarded_posts(chain: str, dev: MailingList) -> None:
    assert told(dev, make_letter("dora@example.com"), chain=chain) == []


@pytest.mark.parametrize("chain", ["hold", "reject"])
@pytest.mark.parametrize(
    ("field", "sender"),
    [
        ("Precedence: bulk", "dora@example.com"),
        ("Auto-Submitted: auto-replied", "dora@example.com"),
        ("X-Ack: no", "dora@example.com"),
        ("List-Id: <other.example.com>", "dora@example.com"),
        ("X-Harmless: yes", ""),
    ],
)
def test_machine_is_not_answered(chain: str, field: str, sender: str, dev: MailingList) -> None:
    notifications = told(dev, make_letter("dora@example.com", "Away", field), chain=chain, sender=sender)

    assert {notification.kind for notification in notifications} <= {WAITING}


@pytest.mark.parametrize(
    "sender", ["dev@example.org", "DEV-bounces@example.org", "dev-confirm+4711@example.org", "not an address"]
)
def test_list_does_not_write_to_itself_nor_to_nobody(sender: str, dev: MailingList) -> None:
    assert told(dev, make_letter(sender), chain="reject", sender="x@") == []


@pytest.mark.parametrize("sender", ["dev-anne@example.org", "dev@example.com"])
def test_address_that_only_resembles_the_lists_is_written_to(sender: str, dev: MailingList) -> None:
    assert kinds(told(dev, make_letter(sender), chain="reject")) == [(REJECTED, sender)]


@pytest.mark.parametrize("chain", ["hold", "reject"])
@pytest.mark.parametrize(
    ("sent", "expected"), [(0, None), (9, None), (10, NO_MORE), (11, "nothing"), (1000, "nothing")]
)
def test_after_ten_notices_a_day_comes_one_that_says_so(
    chain: str, sent: int, expected: str | None, dev: MailingList
) -> None:
    dev.admin_immed_notify = False

    notifications = told(dev, make_letter("dora@example.com"), chain=chain, sent=sent)

    usual = {"hold": HELD, "reject": REJECTED}[chain]
    assert [notification.kind for notification in notifications] == (
        [] if expected == "nothing" else [expected or usual]
    )


def test_share_of_the_day_is_asked_for_by_the_address_whatever_its_spelling(dev: MailingList) -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []
    letter = make_candidate(dev, make_letter("Dora <DoRa@Example.com>"))

    def sent_today(recipient: str, kinds: tuple[str, ...]) -> int:
        asked.append((recipient, kinds))
        return 0

    notices.who_is_told(letter, dev, chains.run("reject", letter, dev), sent_today=sent_today, tokens=lambda owner: "")

    assert asked == [("dora@example.com", (HELD, REJECTED, NO_MORE))]


@pytest.mark.feature("core.runner.language-context")
def test_everybody_is_written_to_in_his_own_language(dev: MailingList) -> None:
    make_member(dev, "bart@example.com", moderation_action=0, preferred_language="fr")
    dev.memberships.filter(role=MemberRole.MODERATOR).update(preferred_language="de")

    notifications = told(dev, make_letter("bart@example.com", "Café"), chain="default-posting-chain")

    assert [(notification.recipient, notification.subject) for notification in notifications] == [
        ("bart@example.com", "Votre message à dev@example.org attend la modération"),
        ("Anne@example.com", "dev@example.org: a post from bart@example.com waits for you"),
        ("cris@example.com", "dev@example.org: Ein Beitrag von bart@example.com wartet auf Sie"),
    ]
    assert ["Café" in notification.text for notification in notifications] == [True, True, True]
    assert (
        "    - Der Absender bart@example.com ist Mitglied, und seine Aktion ist\n      hold.\n" in notifications[2].text
    )


def test_stranger_is_written_to_in_the_lists_language(dev: MailingList) -> None:
    dev.preferred_language = "es"

    [notification] = told(dev, make_letter("dora@example.com"), chain="reject")

    assert notification.subject == "Su mensaje para dev@example.org no fue aceptado"
