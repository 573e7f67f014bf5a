"""Joining and leaving as people see it: the mails that go out, a plain answer to them, and who is told."""

import pytest
from pytest_django import Settings

from accounts.enums import DeliveryMode, DeliveryStatus
from archives.enums import State
from delivery.services import issues
from lists.enums import Action, MemberRole, SubscriptionPolicy
from lists.errors import MembershipBanned
from lists.models import MailingList, Membership
from lists.services import requests
from lists.services.bans import ban
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.mailing_lists import change_settings
from lists.services.preferences import set_preferences
from lists.services.texts import set_text
from tests.support.digests import deliver
from tests.support.factories import make_list, make_member, make_user
from tests.support.pages import everything
from tests.support.posting import arrive, judge_all, letter
from tests.support.robots import Heard, ask, heard, last_arrival

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]

DORA, BART = "Dora@example.com", "bart@example.com"


@pytest.fixture
def dev() -> MailingList:
    """Anne owns it, Bart is a member with a verified address."""
    mlist = make_list("dev", info="First of all:\n\nbe kind.")
    make_member(mlist, make_user("Anne").preferred_address, MemberRole.OWNER)
    make_member(mlist, make_user("Bart").preferred_address)
    return mlist


def question(mlist: MailingList, kind: str) -> Heard:
    """The only mail that asking for it brings."""
    if kind == "unsubscribe":
        leave(mlist, BART)
    else:
        join(mlist, DORA, invitation=kind == "invite")
    [mail] = heard()
    return mail


@pytest.mark.feature("core.subscription.confirmation-mail", "core.template.user-action")
@pytest.mark.parametrize("verp", [True, False])
@pytest.mark.parametrize("kind", ["subscribe", "unsubscribe", "invite"])
def test_a_plain_answer_confirms(dev: MailingList, settings: Settings, kind: str, verp: bool) -> None:
    settings.VERP_CONFIRMATIONS = verp
    mail = question(dev, kind)
    who = BART if kind == "unsubscribe" else DORA
    token = mail.text.partition("/confirm/")[2][:40]

    assert (mail.to, mail.envelope_sender, mail.field("Auto-Submitted")) == (
        who,
        "dev-bounces@example.org",
        "auto-generated",
    )
    assert mail.sender == (f"dev-confirm+{token}@example.org" if verp else "dev-request@example.org")
    assert (f"confirm {token}" == mail.subject) is not verp
    assert who in mail.text
    assert "$" not in mail.text + mail.subject

    ask(f"Re: {mail.subject}", "> Please confirm\n\nYes.\n", to=mail.sender, sender=who)

    members = Membership.objects.filter(role=MemberRole.MEMBER).values_list("address__original_email", flat=True)
    assert set(members) == (set() if kind == "unsubscribe" else {BART, DORA})


@pytest.mark.feature("core.template.user-action")
@pytest.mark.parametrize("kind", ["subscribe", "unsubscribe", "invite"])
def test_a_question_fills_all_its_values(dev: MailingList, kind: str) -> None:
    set_text(f"list:user:action:{kind}", dev, "  $token|$confirm_email|$user_email|$subject\n")
    mail = question(dev, kind)

    token, address, email, subject = mail.text.strip().split("|")
    assert (len(token), address, subject) == (40, f"dev-confirm+{token}@example.org", f"confirm {token}")
    assert email == (BART if kind == "unsubscribe" else DORA)


@pytest.mark.feature("core.template.user-welcome")
def test_welcome_and_goodbye_say_what_one_needs(dev: MailingList) -> None:
    join(dev, DORA, display_name="Dora D.", pre_verified=True, pre_confirmed=True)
    leave(dev, DORA, pre_confirmed=True)

    welcome, goodbye = heard()

    assert (welcome.to, goodbye.to) == (DORA, DORA)
    for words in (DORA, "dev@example.org", "dev-leave@example.org", "/lists/dev.example.org/"):
        assert words in welcome.text
    assert "password" not in welcome.text.lower()
    assert DORA in goodbye.text
    assert "$" not in welcome.text + goodbye.text


@pytest.mark.feature("core.template.user-welcome")
def test_welcome_and_goodbye_may_use_the_name(dev: MailingList) -> None:
    for kind in ("welcome", "goodbye"):
        set_text(f"list:user:notice:{kind}", dev, "$user_name, $user_email\n\n$info\n")
    join(dev, DORA, display_name="Dora D.", pre_verified=True, pre_confirmed=True)
    leave(dev, DORA, pre_confirmed=True)

    assert [mail.text.split("\n\n") for mail in heard()] == [
        [f"Dora D., {DORA}", "First of all:", "be kind."],
        [f"Dora D., {DORA}", "First of all:", "be kind."],
    ]


@pytest.mark.feature("core.subscription.admin-notices")
@pytest.mark.parametrize("wanted", [True, False])
def test_owners_hear_of_what_they_want_to_hear(dev: MailingList, wanted: bool) -> None:
    change_settings(dev, admin_notify_mchanges=wanted, admin_immed_notify=wanted, respond_to_post_requests=False)
    change_settings(dev, send_welcome_message=False, send_goodbye_message=False)
    arrive(letter(sender="eve@example.net"), sender="eve@example.net")
    held = [mail.to for mail in heard()]
    change_settings(dev, subscription_policy=SubscriptionPolicy.MODERATE)
    join(dev, DORA, pre_verified=True)
    waiting = [mail.to for mail in heard()]
    requests.decide(requests.awaiting(dev)[0], Action.ACCEPT)
    leave(dev, DORA, pre_confirmed=True)
    changes = sorted((mail.to, mail.subject) for mail in heard())

    assert (held, waiting) == (["anne@example.com"] * wanted, ["anne@example.com"] * wanted)
    assert (
        changes
        == [
            ("anne@example.com", f"dev@example.org: {DORA} has joined"),
            ("anne@example.com", f"dev@example.org: {DORA} has left"),
        ]
        * wanted
    )


@pytest.mark.feature("core.ban.effects")
@pytest.mark.parametrize("entry", ["dora@example.com", "^dora@.*$"])
@pytest.mark.parametrize("everywhere", [True, False])
def test_who_is_banned_neither_joins_nor_posts(dev: MailingList, entry: str, everywhere: bool) -> None:
    ban(entry, None if everywhere else dev)
    before = Membership.objects.count()

    for role in MemberRole:
        with pytest.raises(MembershipBanned):
            make_member(dev, DORA, role)
    for flags in ({}, {"invitation": True}, {"pre_verified": True, "pre_confirmed": True, "pre_approved": True}):
        with pytest.raises(MembershipBanned):
            join(dev, DORA, **flags)  # type: ignore[arg-type]
    assert heard() == []

    [reply] = ask("join", sender=DORA)
    assert "cannot join dev@example.org" in reply.text
    arrive(letter(sender=DORA), sender=DORA)
    assert heard() == []
    assert last_arrival().state == State.DISCARDED
    assert Membership.objects.count() == before


@pytest.mark.feature("core.preferences.delivery-status")
@pytest.mark.parametrize("mode", [DeliveryMode.REGULAR, DeliveryMode.MIME_DIGESTS])
def test_only_who_is_switched_on_gets_mail(dev: MailingList, mode: DeliveryMode) -> None:
    change_settings(dev, digest_size_threshold=0)
    for status in DeliveryStatus:
        make_member(dev, f"{status.wire}@example.com", delivery_status=status, delivery_mode=mode)

    assert recipients(dev, mode) == ["enabled@example.com"]

    bounced = Membership.objects.get(address__email="by_bounces@example.com")
    Membership.objects.filter(pk=bounced.pk).update(bounce_score=5, total_warnings_sent=2)
    set_preferences(Membership.objects.get(pk=bounced.pk), delivery_status=DeliveryStatus.ENABLED)

    assert recipients(dev, mode) == ["by_bounces@example.com", "enabled@example.com"]
    bounced.refresh_from_db()
    assert (bounced.bounce_score, bounced.total_warnings_sent) == (0, 0)


def recipients(mlist: MailingList, mode: DeliveryMode) -> list[str]:
    """Who gets a post of Bart's, or the issue it stands in: the envelope's recipients but Bart."""
    arrive(letter())
    judge_all()
    if mode != DeliveryMode.REGULAR:
        deliver()
        issues.close(mlist)
    return sorted(to for to, _ in deliver() if to != BART)


def test_nobody_who_only_looks_at_mail_joins(dev: MailingList) -> None:
    """A vacation robot that answers the question with what it is: automatic."""
    mail = question(dev, "subscribe")
    before = everything()["lists.Membership"]

    ask(f"Re: {mail.subject}", "I am away.\n", to=mail.sender, sender=DORA, auto_submitted="auto-replied")

    assert everything()["lists.Membership"] == before
