"""A member's life and an owner's week, by mail through a real Postfix; only decisions of moderators are made on pages, too."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage

import pytest
from django.core.management import call_command
from django.test import Client, override_settings

from accounts.enums import DeliveryMode, DeliveryStatus
from archives.enums import State
from archives.models import Arrival, Post
from delivery.bounces import reminding, scoring
from delivery.services import digests, invariants
from lists.enums import Action, MemberRole, SubscriptionPolicy
from lists.models import MailingList, Membership
from lists.services.mailing_lists import change_settings
from suite.common.models import Event
from tests.support.digests import shown
from tests.support.emptying import empty
from tests.support.factories import make_domain, make_list, make_member, make_user
from tests.support.lmtp import door_process
from tests.support.outgoing import send_all
from tests.support.ports import free_port
from tests.support.postfix import Postfix, postfix
from tests.support.posting import judge_all, letter
from tests.support.requires import requires_postfix
from tests.support.smtpd import CapturingServer
from tests.support.waiting import wait_until

pytestmark = requires_postfix

HOST = "lists.example.org"
ANNE, BART, CRIS, DORA = (f"{name}@example.com" for name in ("anne", "bart", "cris", "dora"))
LEFT_OVER = {State.DISTRIBUTED, State.DISCARDED, State.REJECTED, State.HELD}


@dataclass
class Village:
    """Postfix, our door, and everybody's mailbox; `read` is how many mails of each mailbox were looked at."""

    mta: Postfix
    world: CapturingServer
    read: dict[str, int] = field(default_factory=dict)

    def write(self, sender: str, to: str, subject: str, body: str = "Good morning.\n", **fields: str) -> None:
        """A letter of somebody's, and all that becomes of it here."""
        count = Arrival.objects.count()
        self.mta.submit(letter(sender=sender, to=to, subject=subject, body=body, **fields), sender, to)
        wait_until(lambda: Arrival.objects.count() > count, f"{subject!r} at {to}")
        self.work()

    def answer(self, question: EmailMessage, body: str = "Yes.\n", **fields: str) -> None:
        self.write(
            address_in(question["To"]), address_in(question["From"]), f"Re: {question['Subject']}", body, **fields
        )

    def work(self) -> None:
        """What workers do."""
        judge_all()
        scoring.process_waiting()
        digests.work()
        send_all()

    def mail(self, recipient: str) -> EmailMessage:
        """The next mail in this mailbox."""
        seen = self.read.get(recipient, 0)

        def arrived() -> list[bytes]:
            return [one.content for one in list(self.world.deliveries) if one.recipient == recipient]

        wait_until(lambda: len(arrived()) > seen, f"mail number {seen + 1} of {recipient}")
        self.read[recipient] = seen + 1
        return email.message_from_bytes(arrived()[seen], policy=policy.default)

    def bounce(self, count: int) -> None:
        """Wait for so many letters in all that Postfix has returned, and work on them."""
        returned = Arrival.objects.filter(role="bounces")
        wait_until(lambda: returned.count() >= count, f"{count} returned letters")
        self.work()

    def nothing_more(self, *recipients: str) -> None:
        """Nobody of these has mail that he has not read."""
        self.mta.wait_for_empty_queue()
        unread = [one.recipient for one in self.world.deliveries if one.recipient in recipients]
        assert {name: unread.count(name) for name in recipients} == {
            name: self.read.get(name, 0) for name in recipients
        }


def address_in(value: str) -> str:
    return str(value).rpartition("<")[2].rstrip(">")


def text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def village(transactional_db: None) -> Iterator[Village]:
    port = free_port()
    make_domain(HOST)
    with (
        CapturingServer() as world,
        postfix(lmtp=port, relay=world.port) as mta,
        door_process(POSTHOUSE_LMTP_PORT=str(port)),
        override_settings(
            RELAY_URL=f"smtp://127.0.0.1:{mta.port}",
            EMAIL_BACKEND="delivery.mail_backend.OutboxBackend",
            BASE_URL="https://lists.example.org",
            VERP_PROBES=True,
        ),
    ):
        yield Village(mta, world)
    empty()


def dora() -> Membership:
    return Membership.objects.get(role=MemberRole.MEMBER, address__email=DORA)


def test_a_members_life(village: Village) -> None:
    dev = make_list(f"dev@{HOST}", moderator_password="geheim", default_member_action=Action.HOLD)
    make_member(dev, make_user("Anne").preferred_address, MemberRole.OWNER)
    make_member(dev, BART, moderation_action=Action.DEFER)
    change_settings(dev, bounce_score_threshold=1, bounce_notify_owner_on_disable=True)

    # She joins, and answers the question whether it was her.
    village.write(DORA, f"dev-join@{HOST}", "Hello")
    question = village.mail(DORA)
    assert not Membership.objects.filter(address__email=DORA).exists()
    village.answer(question)
    assert str(village.mail(DORA)["Subject"]).startswith("Welcome")

    # Her first post waits; Anne lets it out with the password.
    village.write(DORA, f"dev@{HOST}", "My first post")
    assert "moderator" in text(village.mail(DORA))
    waiting = village.mail(ANNE)
    [token] = set(re.findall(r"confirm ([0-9a-f]{40})", waiting.as_string()))
    village.write(ANNE, f"dev-request@{HOST}", f"confirm {token}", "Approved: geheim\n")
    assert "geheim" not in village.mail(ANNE).as_string()
    for name in (BART, DORA):
        assert str(village.mail(name)["Subject"]) == "[Dev] My first post"

    # She wants digests, and then posts one by one again.
    village.write(DORA, f"dev-request@{HOST}", "set digest mime")
    village.answer(village.mail(DORA))
    assert dora().delivery_mode == DeliveryMode.MIME_DIGESTS
    village.mail(DORA)
    for subject in ("One", "Two"):
        village.write(BART, f"dev@{HOST}", subject)
    call_command("digests", "--list", f"dev@{HOST}", "--send", verbosity=0)
    village.work()
    assert shown(village.mail(DORA)) == ["[Dev] One", "[Dev] Two"]
    village.write(DORA, f"dev-request@{HOST}", "set digest off")
    village.answer(village.mail(DORA))
    village.mail(DORA)

    # Her mailbox goes: a post comes back, so does the question that follows, and her mail stops.
    village.world.refuse = {f"^{DORA}$": "550 5.1.1 no such user"}
    village.write(BART, f"dev@{HOST}", "Three")
    village.bounce(1)
    assert dora().delivery_status is None
    village.bounce(2)
    assert dora().delivery_status == DeliveryStatus.BY_BOUNCES
    assert "dora@example.com" in text(village.mail(ANNE))
    kinds = Event.objects.filter(subject=DORA, kind__in=["member.bounced", "member.probed", "member.disabled"])
    assert list(kinds.order_by("pk").values_list("kind", flat=True)) == [
        "member.bounced",
        "member.probed",
        "member.disabled",
    ]

    # It is there again: she answers the warning, and has mail again.
    village.world.refuse = {}
    reminding.remind()
    village.work()
    warning = village.mail(DORA)
    assert "switched off" in str(warning["Subject"])
    village.answer(warning)
    assert dora().delivery_status == DeliveryStatus.ENABLED
    village.mail(DORA)
    village.write(BART, f"dev@{HOST}", "Four")
    assert str(village.mail(DORA)["Subject"]) == "[Dev] Four"

    # She leaves.
    village.write(DORA, f"dev-leave@{HOST}", "Bye")
    village.answer(village.mail(DORA))
    assert not Membership.objects.filter(address__email=DORA).exists()
    assert DORA in text(village.mail(DORA))
    village.write(BART, f"dev@{HOST}", "Five")
    village.nothing_more(DORA)
    assert Post.objects.count() == 6
    assert set(Arrival.objects.values_list("state", flat=True)) <= LEFT_OVER
    assert invariants.complaints() == []


def test_an_owners_week(village: Village) -> None:
    # Monday: the list is made, and says what it understands.
    anne = make_user("Anne")
    call_command("createlist", f"tea@{HOST}", "--owner", ANNE, verbosity=0)
    tea = MailingList.objects.get(list_name="tea")
    change_settings(tea, subscription_policy=SubscriptionPolicy.CONFIRM_THEN_MODERATE, admin_notify_mchanges=True)
    village.write(ANNE, f"tea-request@{HOST}", "help")
    assert "join" in text(village.mail(ANNE))
    make_member(tea, ANNE)

    # Tuesday: Dora asks to join; Anne finds her on the page and lets her in.
    village.write(DORA, f"tea-join@{HOST}", "")
    village.answer(village.mail(DORA))
    assert "results of your commands" in str(village.mail(DORA)["Subject"])
    told = village.mail(ANNE)
    [page] = set(re.findall(r"https://lists\.example\.org(/lists/\S+/requests/)", text(told)))
    browser = Client()
    browser.force_login(anne)
    [button] = set(re.findall(rf'action="({page}\d+/decide/)"', browser.get(page).content.decode()))
    browser.post(button, {"decision": "accept"})
    village.work()
    assert str(village.mail(DORA)["Subject"]).startswith("Welcome")
    assert DORA in text(village.mail(ANNE))

    # Wednesday: a stranger's post waits; she rejects it, and he hears why. Another one is dropped by a plain answer.
    village.write(BART, f"tea@{HOST}", "Where is the tea?")
    village.mail(BART)
    [decide] = set(re.findall(r"https://lists\.example\.org(/lists/\S*/held/\S+)", text(village.mail(ANNE))))
    Client().post(decide, {"decision": "reject", "comment": "Please join first."})
    village.work()
    assert "Please join first." in text(village.mail(BART))
    village.write(CRIS, f"tea@{HOST}", "Cheap tea")
    village.mail(CRIS)
    [token] = set(re.findall(r"confirm ([0-9a-f]{40})", village.mail(ANNE).as_string()))
    village.write(ANNE, f"tea-request@{HOST}", f"Re: confirm {token}", "")
    assert "dropped" in text(village.mail(ANNE))
    village.nothing_more(CRIS)

    # Thursday: somebody writes to the people who run the list.
    village.write(BART, f"tea-owner@{HOST}", "A question")
    assert str(village.mail(ANNE)["Subject"]) == "A question"

    # Friday: she posts; everybody has it, and the archive.
    village.write(ANNE, f"tea@{HOST}", "Tea at four")
    assert {str(village.mail(name)["Subject"]) for name in (ANNE, DORA)} == {"[Tea] Tea at four"}
    assert Post.objects.get().subject == "Tea at four"

    # Saturday: she takes Dora off the list, who is told.
    call_command("delmembers", "--list", f"tea@{HOST}", "--member", DORA, "--goodbye", verbosity=0)
    village.work()
    assert DORA in text(village.mail(DORA))
    village.write(ANNE, f"tea@{HOST}", "Nobody is left")
    village.nothing_more(DORA)
    assert set(Arrival.objects.values_list("state", flat=True)) <= LEFT_OVER
    assert invariants.complaints() == []
