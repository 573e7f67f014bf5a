"""The command confirm and mail to -confirm: where the token may stand, and what answers about held posts do."""

from datetime import timedelta

import pytest
from django.db.models import F

from archives.enums import State
from archives.models import Post
from lists.enums import MemberRole, TokenOwner
from lists.models import MailingList, Membership, Pending
from lists.services import pending
from lists.services.preferences import set_preferences
from moderation.models import HeldMessage
from moderation.services import by_mail, desk
from suite.common.models import Event
from tests.support.factories import make_list, make_member, make_user
from tests.support.posting import arrive, letter
from tests.support.robots import Heard, ask, ask_raw, heard, last_arrival, token_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def dev() -> MailingList:
    """Anne owns it, Bart is a member; the moderators' password is `geheim`. Nobody is told of held posts."""
    mlist = make_list("dev", moderator_password="geheim", admin_immed_notify=False, respond_to_post_requests=False)
    make_member(mlist, make_user("Anne").preferred_address, MemberRole.OWNER)
    make_member(mlist, "bart@example.com")
    return mlist


def wish() -> Heard:
    """The question that follows a wish of Bart's."""
    [question] = ask("set hide on")
    return question


def hides() -> bool | None:
    return Membership.objects.get(address__email="bart@example.com").hide_address


@pytest.mark.feature("core.robot.confirm")
class TestTheToken:
    """Where it may stand."""

    @pytest.mark.parametrize("subject", ["confirm {}", "Re: confirm {}", "AW: CONFIRM {}", "Re: {}"])
    def test_in_the_subject_to_request(self, subject: str) -> None:
        token = token_of(wish())
        ask(subject.format(token))
        assert hides() is (True if "onfirm" in subject.lower() else None)

    def test_in_the_text_to_request(self) -> None:
        ask("", f"\n  Confirm {token_of(wish()).upper()}\n")
        assert hides() is True

    def test_in_the_envelope_recipient(self) -> None:
        ask("Re: whatever", "> quoted\nYes, please.\n", to=wish().sender)
        assert hides() is True

    @pytest.mark.parametrize(
        "to",
        [
            "<dev-confirm+{}@example.org>",
            '"Dev, the list" <dev-confirm+{}@example.org>',
            "a\n <dev-confirm+{}@example.org>",
            "Dev\n\t<DEV-confirm+{}@EXAMPLE.org>,\n dora@example.com",
            '"dev-confirm+{}"@example.org',
        ],
    )
    def test_in_to_where_the_mta_has_cut_it_off(self, to: str) -> None:
        raw = letter(subject="Re: a question", to=to.format(token_of(wish())))
        ask_raw(raw, "dev-confirm@example.org")
        assert hides() is True

    def test_in_the_subject_or_the_text_to_confirm(self) -> None:
        ask(f"Re: confirm {token_of(wish())}", to="dev-confirm@example.org")
        assert hides() is True
        set_preferences(Membership.objects.get(address__email="bart@example.com"), hide_address=None)
        ask("Re: ", f"Hello\nconfirm {token_of(wish())}\n", to="dev-confirm@example.org")
        assert hides() is True

    def test_nowhere(self) -> None:
        [answer] = ask("Re: hello", to="dev-confirm@example.org")
        assert "There is no token behind it." in answer.words

    def test_nothing_behind_a_confirmation_is_run(self) -> None:
        [answer] = ask(f"confirm {token_of(wish())}", "echo nothing\n")
        assert "> echo" not in answer.words
        assert "echo nothing" in answer.words

    @pytest.mark.parametrize("token", ["0" * 40, "tea", "0" * 39, "%s%n"])
    def test_an_unknown_one_says_so(self, token: str) -> None:
        [answer] = ask(f"confirm {token}", "echo nothing\n")
        assert "This token is unknown, was used already, or is too old." in answer.words
        assert "> echo" not in answer.words

    def test_a_vacation_program_confirms_nothing(self) -> None:
        question = wish()
        for fields in ({"auto_submitted": "auto-replied"}, {"precedence": "bulk"}):
            assert ask(f"Re: {question.subject}", to=question.sender, **fields) == []
        assert hides() is None


@pytest.fixture
def held() -> HeldMessage:
    """A post of Dora's, who is a stranger."""
    arrive(letter(sender="dora@example.com", subject="Cheap tea"), sender="dora@example.com")
    assert heard() == []
    return HeldMessage.objects.get()


def moderators_token(held: HeldMessage) -> str:
    return by_mail.issue(held, TokenOwner.MODERATOR)


def state_of(held: HeldMessage) -> State:
    held.arrival.refresh_from_db()
    return State(held.arrival.state)


class TestHeldPosts:
    """Answers to the notice that a post waits."""

    @pytest.mark.parametrize("to", ["dev-request@example.org", "dev-confirm@example.org"])
    def test_a_plain_answer_drops_the_post(self, held: HeldMessage, to: str) -> None:
        [answer] = ask(f"Re: confirm {moderators_token(held)}", sender="anne@example.com", to=to)
        assert "The post has been dropped." in answer.words
        assert state_of(held) == State.DISCARDED
        event = Event.objects.get(kind="held.discarded")
        assert (event.actor, event.data["arrival"]) == ("anne@example.com", held.arrival_id)

    @pytest.mark.parametrize(
        ("field", "body"), [({"approved": "geheim"}, "Fine.\n"), ({}, "Approved: geheim\n\nFine.\n")]
    )
    def test_the_password_lets_it_out(self, held: HeldMessage, field: dict[str, str], body: str) -> None:
        mails = ask(f"Re: confirm {moderators_token(held)}", body, sender="anne@example.com", **field)
        assert {mail.to for mail in mails} == {"anne@example.com", "bart@example.com"}
        assert state_of(held) == State.DISTRIBUTED
        assert Post.objects.get().subject == "Cheap tea"
        assert [mail.to for mail in mails if b"geheim" in mail.raw] == []

    @pytest.mark.parametrize(("field", "body"), [({"approved": "wrong"}, ""), ({}, "Approved: wrong\n")])
    def test_a_wrong_password_changes_nothing_and_says_so(
        self, held: HeldMessage, field: dict[str, str], body: str
    ) -> None:
        token = moderators_token(held)
        [answer] = ask(f"Re: confirm {token}", body, sender="anne@example.com", **field)
        assert "This is not the moderators' password. Nothing was changed, and the post still waits." in answer.words
        assert state_of(held) == State.HELD
        ask(f"confirm {token}", sender="anne@example.com", approved="geheim")
        assert state_of(held) == State.DISTRIBUTED

    def test_a_list_without_password_takes_none(self, held: HeldMessage) -> None:
        MailingList.objects.update(moderator_password="")
        ask(f"confirm {moderators_token(held)}", sender="anne@example.com", approved="geheim")
        assert state_of(held) == State.HELD

    def test_the_token_lives_as_long_as_the_post_waits(self, held: HeldMessage) -> None:
        token, other = moderators_token(held), moderators_token(held)
        desk.accept(held, None)
        assert not Pending.objects.exists()
        for used in (token, other):
            answers = ask(f"confirm {used}", sender="anne@example.com")
            assert [answer.to for answer in answers if "This token is unknown" in answer.words] == ["anne@example.com"]
        assert state_of(held) == State.DISTRIBUTED

    def test_the_sender_takes_his_post_back(self, held: HeldMessage) -> None:
        token = by_mail.issue(held, TokenOwner.SUBSCRIBER)
        [answer] = ask("Re: your post", sender="dora@example.com", to=f"dev-confirm+{token}@example.org")
        assert (answer.to, state_of(held)) == ("dora@example.com", State.DISCARDED)
        held.refresh_from_db()
        assert held.comment == by_mail.TAKEN_BACK
        assert last_arrival().state == State.DISTRIBUTED

    def test_a_guess_from_an_owners_address_does_nothing(self, held: HeldMessage) -> None:
        moderators_token(held)
        [answer] = ask(f"confirm {held.pk}", sender="anne@example.com", approved="geheim")
        assert "This token is unknown" in answer.words
        assert state_of(held) == State.HELD


@pytest.mark.feature("core.held.reply-by-mail")
class TestTheNotice:
    """What moderators and the sender do with the mails they got."""

    @pytest.fixture
    def notices(self) -> dict[str, Heard]:
        """Anne and Dora are told of Dora's post."""
        MailingList.objects.update(admin_immed_notify=True, respond_to_post_requests=True)
        arrive(letter(sender="dora@example.com", subject="Cheap tea"), sender="dora@example.com")
        return {mail.to: mail for mail in heard()}

    @pytest.mark.parametrize(
        ("field", "body", "state"),
        [
            ({}, "Spam.\n", State.DISCARDED),
            ({"approved": "geheim"}, "", State.DISTRIBUTED),
            ({}, "Approved: geheim\n", State.DISTRIBUTED),
            ({}, "Approved: wrong\n", State.HELD),
        ],
    )
    def test_moderators_answer_the_letter_that_comes_with_it(
        self, notices: dict[str, Heard], field: dict[str, str], body: str, state: State
    ) -> None:
        ask(f"Re: {stub(notices['anne@example.com'])}", body, sender="anne@example.com", **field)
        assert state_of(HeldMessage.objects.get()) == state
        ask(stub(notices["anne@example.com"]), sender="anne@example.com")
        assert state_of(HeldMessage.objects.get()) == (State.DISCARDED if state == State.HELD else state)

    def test_it_works_as_long_as_the_post_is_held(self, notices: dict[str, Heard]) -> None:
        ago = timedelta(days=400)
        Pending.objects.update(created_at=F("created_at") - ago, expires_at=F("expires_at") - ago)
        HeldMessage.objects.update(held_at=F("held_at") - ago)
        assert pending.sweep() == 0
        ask(stub(notices["anne@example.com"]), sender="anne@example.com")
        assert state_of(HeldMessage.objects.get()) == State.DISCARDED

    def test_an_answer_to_the_notice_itself_decides_nothing(self, notices: dict[str, Heard]) -> None:
        notice = notices["anne@example.com"]
        ask(f"Re: {notice.subject}", "On holiday.\n", sender="anne@example.com", to=notice.sender)
        assert state_of(HeldMessage.objects.get()) == State.HELD

    def test_the_sender_takes_his_post_back_and_cannot_let_it_out(self, notices: dict[str, Heard]) -> None:
        command = line_with(notices["dora@example.com"].text, "confirm ")
        assert command != stub(notices["anne@example.com"])
        ask(command, "Approved: wrong\n", sender="dora@example.com")
        assert state_of(HeldMessage.objects.get()) == State.HELD
        ask(command, sender="dora@example.com")
        assert HeldMessage.objects.get().comment == by_mail.TAKEN_BACK


def stub(notice: Heard) -> str:
    """The subject of the letter within it that is there to be answered."""
    return line_with(notice.raw.decode(), "Subject: confirm ").removeprefix("Subject: ")


def line_with(text: str, beginning: str) -> str:
    [line] = [line.strip() for line in text.splitlines() if line.strip().startswith(beginning)]
    return line
