"""Every decision about a held post, by service and by command, and sending it on."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.errors import InvalidAddress
from archives.enums import State
from archives.models import Post
from lists.enums import Action, MemberRole
from lists.models import MailingList
from moderation.errors import AlreadyDecided
from moderation.models import HeldMessage
from moderation.services.deciding import decide, forward
from suite.common.models import Event
from suite.mail import content
from suite.mail.parse import parse
from tests.support.factories import make_list, make_member, make_user
from tests.support.posting import arrive, letter
from tests.support.robots import Heard, heard

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def outbox(settings: Any) -> None:
    settings.EMAIL_BACKEND = "delivery.mail_backend.OutboxBackend"


@pytest.fixture
def dev() -> MailingList:
    """Bart is its only member; nobody is told of held posts."""
    mlist = make_list("dev", admin_immed_notify=False, respond_to_post_requests=False)
    make_member(mlist, make_user("Anne").preferred_address, MemberRole.OWNER)
    make_member(mlist, "bart@example.com")
    return mlist


RAW = letter(sender="dora@example.com", subject="Cheap tea", body="Drink \xe4\n" * 3, x_odd="kept as it  came")


@pytest.fixture
def held(dev: MailingList) -> HeldMessage:
    """A post of Dora's, who is a stranger."""
    arrive(RAW, sender="dora@example.com")
    assert heard() == []
    return HeldMessage.objects.select_related("mlist__domain", "arrival__letter").get()


def state_of(held: HeldMessage) -> State:
    held.arrival.refresh_from_db()
    return State(held.arrival.state)


def waiting() -> int:
    return HeldMessage.objects.filter(decision="").count()


def attached(mail: Heard) -> bytes:
    """The one attached message."""
    parsed = parse(mail.raw)
    [part] = [part for part in content.attachments(parsed) if part.content_type == "message/rfc822"]
    return content.attachment_bytes(parsed, part.index)


@pytest.mark.feature("core.held.reject-discard-defer")
class TestDecisions:
    def test_reject_tells_the_sender_why_and_returns_the_post(self, held: HeldMessage) -> None:
        decide(held, Action.REJECT, comment="We do not sell tea here.")
        [mail] = heard()
        assert (mail.to, state_of(held), waiting()) == ("dora@example.com", State.REJECTED, 0)
        assert "We do not sell tea here." in mail.words
        assert attached(mail) == RAW

    def test_discard_is_silent(self, held: HeldMessage) -> None:
        decide(held, Action.DISCARD)
        assert (heard(), state_of(held), waiting()) == ([], State.DISCARDED, 0)

    @pytest.mark.parametrize("action", [Action.DEFER, Action.HOLD])
    def test_defer_and_hold_leave_it_waiting(self, held: HeldMessage, action: Action) -> None:
        decide(held, action)
        assert (heard(), state_of(held), waiting()) == ([], State.HELD, 1)

    def test_accept_lets_it_out(self, held: HeldMessage) -> None:
        decide(held, Action.ACCEPT)
        assert [mail.to for mail in heard()] == ["bart@example.com"]
        assert (Post.objects.count(), waiting()) == (1, 0)


@pytest.mark.feature("core.held.forward")
class TestForwarding:
    @pytest.mark.parametrize("action", [Action.DEFER, Action.DISCARD, Action.ACCEPT])
    def test_two_addresses_get_the_original_with_or_without_another_action(
        self, held: HeldMessage, action: Action
    ) -> None:
        decide(held, action, forward_to=["Eve@example.com", "finn@example.com"], actor="anne@example.com")
        mails = {mail.to: mail for mail in heard()}
        copy = {"bart@example.com"} if action == Action.ACCEPT else set()
        assert set(mails) == {"Eve@example.com", "finn@example.com"} | copy
        assert [attached(mails[to]) for to in ("Eve@example.com", "finn@example.com")] == [RAW, RAW]
        assert waiting() == (action == Action.DEFER)
        event = Event.objects.get(kind="held.forwarded")
        assert (event.actor, event.data["recipients"]) == ("anne@example.com", ["Eve@example.com", "finn@example.com"])

    def test_somebody_gets_it_once(self, held: HeldMessage) -> None:
        assert forward(held, ["eve@example.com"]) == ["eve@example.com"]
        assert forward(held, ["eve@example.com", "finn@example.com"]) == ["finn@example.com"]
        assert sorted(mail.to for mail in heard()) == ["eve@example.com", "finn@example.com"]

    def test_a_wrong_address_undoes_all_of_it(self, held: HeldMessage) -> None:
        with pytest.raises(InvalidAddress, match="Invalid email address: tea"):
            decide(held, Action.DISCARD, forward_to=["eve@example.com", "tea"])
        assert (heard(), state_of(held)) == ([], State.HELD)

    def test_what_was_decided_is_not_sent_on(self, held: HeldMessage) -> None:
        decide(held, Action.DISCARD)
        with pytest.raises(AlreadyDecided):
            decide(held, Action.ACCEPT, forward_to=["eve@example.com"])
        assert heard() == []

    def test_a_password_does_not_go_along(self, dev: MailingList) -> None:
        arrive(
            letter(sender="dora@example.com", subject="x", approved="geheim", body="Approved: geheim\nTea\n"),
            sender="dora@example.com",
        )
        assert heard() == []
        held = HeldMessage.objects.get()
        forward(held, ["eve@example.com"])
        [mail] = heard()
        assert b"geheim" not in mail.raw
        assert b"Tea" in attached(mail)


class TestTheCommand:
    def test_names_what_waits(self, held: HeldMessage, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("held", "list", "dev@example.org", "--json")
        [row] = json.loads(capsys.readouterr().out)
        assert (row["post"], row["list"], row["sender"], row["subject"], row["rule"]) == (
            held.pk,
            "dev@example.org",
            "dora@example.com",
            "Cheap tea",
            "nonmember-moderation",
        )
        call_command("held", "list")
        assert "Cheap tea" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("word", "state"), [("accept", State.DISTRIBUTED), ("reject", State.REJECTED), ("discard", State.DISCARDED)]
    )
    def test_decides(self, held: HeldMessage, word: str, state: State, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("held", word, str(held.pk), "--comment", "So be it.")
        heard()
        assert state_of(held) == state
        assert capsys.readouterr().out.endswith("ed: Cheap tea from dora@example.com.\n")
        call_command("held", "list")
        assert capsys.readouterr().out == "Nothing waits.\n"
        with pytest.raises(CommandError, match="already"):
            call_command("held", "discard", str(held.pk))

    def test_forwards(self, held: HeldMessage) -> None:
        call_command("held", "forward", str(held.pk), "--to", "eve@example.com", "--to", "finn@example.com")
        assert sorted(mail.to for mail in heard()) == ["eve@example.com", "finn@example.com"]
        assert waiting() == 1

    def test_what_is_not_there(self, dev: MailingList) -> None:
        with pytest.raises(CommandError, match="There is no held post 4711"):
            call_command("held", "accept", "4711")
