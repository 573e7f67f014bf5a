"""The command set: a member's preferences change when he has answered from his own mailbox, and not before."""

import pytest

from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.services.addresses import add_address
from delivery.robots.setting import QUESTIONS_A_DAY
from lists.models import MailingList, Membership, Pending
from suite.common.models import Event
from tests.support.factories import make_list, make_member, make_user
from tests.support.robots import Heard, ask, token_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def dev() -> MailingList:
    """Bart is a member; the list has digests."""
    mlist = make_list("dev", digests_enabled=True)
    make_member(mlist, "Bart@example.com")
    return mlist


def bart() -> Membership:
    return Membership.objects.get(address__email="bart@example.com")


def confirm(question: Heard, sender: str = "bart@example.com") -> list[Heard]:
    """A plain answer to the question."""
    return ask(f"Re: {question.subject}", "Yes.\n", to=question.sender, sender=sender)


@pytest.mark.feature("core.robot.set")
class TestSet:
    @pytest.mark.parametrize(
        ("words", "name", "value"),
        [
            ("digest mime", "delivery_mode", DeliveryMode.MIME_DIGESTS),
            ("digest PLAIN", "delivery_mode", DeliveryMode.PLAINTEXT_DIGESTS),
            ("digest summary", "delivery_mode", DeliveryMode.SUMMARY_DIGESTS),
            ("digest off", "delivery_mode", DeliveryMode.REGULAR),
            ("delivery off", "delivery_status", DeliveryStatus.BY_USER),
            ("delivery on", "delivery_status", DeliveryStatus.ENABLED),
            ("vacation on", "delivery_status", DeliveryStatus.BY_USER),
            ("vacation off", "delivery_status", DeliveryStatus.ENABLED),
            ("hide on", "hide_address", True),
            ("hide off", "hide_address", False),
            ("ack on", "acknowledge_posts", True),
            ("ack off", "acknowledge_posts", False),
            ("myposts on", "receive_own_postings", True),
            ("myposts off", "receive_own_postings", False),
            ("duplicates on", "receive_list_copy", True),
            ("duplicates off", "receive_list_copy", False),
            ("language de", "preferred_language", "de"),
        ],
    )
    def test_nothing_changes_before_the_answer_and_just_that_after_it(
        self, words: str, name: str, value: object
    ) -> None:
        before = Membership.objects.values().get()
        [question] = ask(f"SET {words}")
        assert (question.to, question.envelope_sender) == ("Bart@example.com", "dev-bounces@example.org")
        assert (question.field("Auto-Submitted"), question.field("Precedence")) == ("auto-generated", "")
        assert Membership.objects.values().get() == before

        [done] = confirm(question)
        assert done.to == "Bart@example.com"
        assert Membership.objects.values().get() == before | {name: value}
        event = Event.objects.get(kind="member.preferences")
        assert (event.actor, event.list_id, event.data) == ("bart@example.com", "dev.example.org", {name: str(value)})

    def test_several_lines_are_asked_about_once(self) -> None:
        [question] = ask("set hide on", "set ack on\nset digest mime\n")
        assert [line.strip() for line in question.text.splitlines() if line.startswith("    set")] == [
            "set hide on",
            "set ack on",
            "set digest mime",
        ]
        confirm(question)
        assert (bart().hide_address, bart().acknowledge_posts) == (True, True)
        assert bart().delivery_mode == DeliveryMode.MIME_DIGESTS

    def test_a_forged_from_changes_nothing(self) -> None:
        [question] = ask("set delivery off", envelope="dora@example.com", reply_to="dora@example.com")
        assert question.to == "Bart@example.com"
        ask("confirm 0123456789012345678901234567890123456789", sender="dora@example.com")
        assert bart().delivery_status is None

    def test_a_token_is_good_once_and_on_its_own_list_only(self) -> None:
        make_list("other")
        [question] = ask("set hide on")
        token = token_of(question)
        [elsewhere] = ask(f"confirm {token}", to="other-request@example.org")
        assert "unknown" in elsewhere.words
        confirm(question)
        bart_again = bart()
        bart_again.hide_address = False
        bart_again.save()
        [again] = ask("confirm", f"confirm {token}\n")
        assert bart().hide_address is False
        assert not Pending.objects.exists()
        assert again.to == "Bart@example.com"

    def test_show_goes_to_the_member(self) -> None:
        bart_now = bart()
        bart_now.acknowledge_posts = True
        bart_now.delivery_mode = DeliveryMode.PLAINTEXT_DIGESTS
        bart_now.save()
        [answer] = ask("set show", envelope="dora@example.com", reply_to="dora@example.com")
        assert answer.to == "Bart@example.com"
        assert [line.strip() for line in answer.text.splitlines() if line.startswith("      set ")] == [
            "set delivery on",
            "set digest plain",
            "set ack on",
            "set myposts on",
            "set duplicates on",
            "set hide off",
            "set language en",
        ]
        [refusal] = ask("set show", sender="dora@example.com")
        assert "Your address is not on dev@example.org." in refusal.words


@pytest.mark.parametrize("words", ["", "digest", "digest maybe", "tea on", "ack on off", "language tlh", "show all"])
def test_what_is_not_understood_is_named(words: str) -> None:
    [answer] = ask(f"set {words}")
    assert f"This argument is not understood: {words}".rstrip() in answer.words
    assert not Pending.objects.exists()


def test_strangers_are_told_that_nothing_was_changed() -> None:
    [answer] = ask("set delivery off", sender="dora@example.com")
    assert "Your address is not on dev@example.org. Nothing was changed." in answer.words
    assert not Pending.objects.exists()


def test_the_question_goes_to_the_subscribed_address(dev: MailingList) -> None:
    hal = make_user("Hal")
    make_member(dev, hal.preferred_address)
    add_address(hal, "hal@home.example", verified=True)
    add_address(hal, "hal@claimed.example")
    answers = {answer.to: answer for answer in ask("set hide on", sender="hal@home.example")}
    assert sorted(answers) == ["hal@example.com", "hal@home.example"]
    assert "A mail has gone to the address that is on the list" in answers["hal@home.example"].text
    [refusal] = ask("set hide on", sender="hal@claimed.example")
    assert "Nothing was changed." in refusal.words


def test_what_the_moderators_switched_off_they_switch_on() -> None:
    Membership.objects.update(delivery_status=DeliveryStatus.BY_MODERATOR)
    [answer] = ask("set delivery on")
    assert "have switched your mail off" in answer.words
    Membership.objects.update(delivery_status=DeliveryStatus.BY_USER)
    [question] = ask("set delivery on")
    Membership.objects.update(delivery_status=DeliveryStatus.BY_MODERATOR)
    [answer] = confirm(question)
    assert "have switched your mail off" in answer.words
    assert bart().delivery_status == DeliveryStatus.BY_MODERATOR


def test_who_is_switched_on_again_has_a_clean_record() -> None:
    Membership.objects.update(delivery_status=DeliveryStatus.BY_BOUNCES, bounce_score=4, total_warnings_sent=2)
    [question] = ask("set delivery on")
    confirm(question)
    member = bart()
    assert (member.delivery_status, member.bounce_score, member.total_warnings_sent) == (DeliveryStatus.ENABLED, 0, 0)


def test_a_list_without_digests(dev: MailingList) -> None:
    MailingList.objects.update(digests_enabled=False)
    [answer] = ask("set digest mime")
    assert "dev@example.org has no digests." in answer.words


def test_forged_wishes_do_not_flood_a_member() -> None:
    questions = [question for number in range(QUESTIONS_A_DAY + 3) for question in ask("set hide on", f"{number}\n")]
    asked = [question for question in questions if question.subject.startswith("Please confirm")]
    assert len(asked) == QUESTIONS_A_DAY


def test_a_member_who_has_left_meanwhile(dev: MailingList) -> None:
    [question] = ask("set hide on")
    Membership.objects.all().delete()
    [answer] = confirm(question)
    assert "Nothing was changed." in answer.words
