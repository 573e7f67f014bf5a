"""Commands join and leave, and mail to -join and -leave: whoever is concerned is asked, and nobody else hears of it."""

from typing import Any

import pytest

from accounts.enums import DeliveryMode
from accounts.models import Address
from accounts.services.addresses import add_address, get_or_create_address, verify
from lists.enums import MemberRole, PendingKind, SubscriptionPolicy, TokenOwner
from lists.models import MailingList, Membership, Pending
from lists.services.bans import ban
from tests.support.factories import make_list, make_member, make_user
from tests.support.posting import arrive, letter
from tests.support.robots import Heard, ask, heard, token_of

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST, JOIN, LEAVE = "dev-request@example.org", "dev-join@example.org", "dev-leave@example.org"


@pytest.fixture(autouse=True)
def dev() -> MailingList:
    """Anne owns it, Bart is a member with a verified address; whoever joins or leaves is asked to confirm."""
    mlist = make_list("dev", digests_enabled=True)
    make_member(mlist, make_user("Anne").preferred_address, MemberRole.OWNER)
    make_member(mlist, make_user("Bart").preferred_address)
    return mlist


def members() -> set[str]:
    return set(Membership.objects.filter(role=MemberRole.MEMBER).values_list("address__email", flat=True))


def answer(question: Heard) -> list[Heard]:
    """A plain answer, from the mailbox it was sent to."""
    return ask(f"Re: {question.subject}", "Yes.\n", to=question.sender, sender=question.to)


@pytest.mark.feature("core.robot.join")
class TestJoin:
    @pytest.mark.parametrize(
        ("to", "subject", "body"),
        [
            (REQUEST, "join", ""),
            (REQUEST, "Re: SUBSCRIBE", ""),
            (REQUEST, "", "subscribe\n"),
            (JOIN, "whatever it says", "Hello there\n"),
            (JOIN, "", ""),
            ("dev-subscribe@example.org", "", ""),
        ],
    )
    def test_the_sender_is_asked_and_joins_by_answering(self, to: str, subject: str, body: str) -> None:
        [question] = ask(subject, body, to=to, sender="Dora D. <Dora@example.com>", envelope="dora@example.com")
        assert question.to == "Dora@example.com"
        assert "dora@example.com" not in members()
        mails = answer(question)
        assert "dora@example.com" in members()
        assert [(mail.to, mail.subject.split()[0]) for mail in mails] == [("Dora@example.com", "Welcome")]
        address = Address.objects.get(email="dora@example.com")
        assert (address.verified, address.display_name) == (True, "Dora D.")
        again = answer(question)
        assert ["This token is unknown" in mail.words for mail in again] == [True]

    @pytest.mark.parametrize(
        ("to", "subject", "body"),
        [
            (REQUEST, "join digest={}", ""),
            (REQUEST, "subscribe DIGEST={}", ""),
            (JOIN, "digest={}", ""),
            (JOIN, "please", "digest={}\n"),
            (JOIN, "", "Hello\njoin digest={}\nThank you\n"),
        ],
    )
    @pytest.mark.parametrize(
        ("word", "mode"), [("no", None), ("mime", DeliveryMode.MIME_DIGESTS), ("Plain", DeliveryMode.PLAINTEXT_DIGESTS)]
    )
    def test_a_mode(self, to: str, subject: str, body: str, word: str, mode: DeliveryMode | None) -> None:
        [question] = ask(subject.format(word), body.format(word), to=to, sender="dora@example.com")
        answer(question)
        assert Membership.objects.get(address__email="dora@example.com").delivery_mode == mode

    @pytest.mark.parametrize(
        ("to", "subject"), [(REQUEST, "join address={} digest=mime"), (JOIN, "digest=mime address={}")]
    )
    def test_another_address_is_asked_and_its_sender_hears_nothing(self, to: str, subject: str) -> None:
        [question] = ask(subject.format("Finn@example.com"), to=to, sender="dora@example.com")
        assert question.to == "Finn@example.com"
        answer(question)
        joined = Membership.objects.get(address__email="finn@example.com")
        assert (joined.delivery_mode, members()) == (
            DeliveryMode.MIME_DIGESTS,
            {"bart@example.com", "finn@example.com"},
        )

    @pytest.mark.parametrize("to", [REQUEST, JOIN])
    @pytest.mark.parametrize("argument", ["digest=weekly", "address=tea", "digest=", "digest=no digest=mime"])
    def test_a_bad_argument_is_named(self, to: str, argument: str) -> None:
        subject = argument if to == JOIN else f"join {argument}"
        [reply] = ask(subject, to=to, sender="dora@example.com")
        assert f"This argument is not understood: {argument.split()[-1]}" in reply.words
        assert not Pending.objects.exists()

    def test_an_unknown_word_behind_join_is_named(self) -> None:
        [reply] = ask("join tea=1", sender="dora@example.com")
        assert "This argument is not understood: tea=1" in reply.words

    def test_join_answers_only_errors(self) -> None:
        [reply] = ask("", to=JOIN, sender="bart@example.com")
        assert "This address is on dev@example.org already." in reply.words
        ban("dora@example.com")
        [reply] = ask("", to=JOIN, sender="dora@example.com")
        assert "This address cannot join dev@example.org." in reply.words
        [question] = ask("", to=JOIN, sender="finn@example.com")
        assert question.subject != reply.subject

    def test_a_list_without_digests_says_so(self) -> None:
        MailingList.objects.update(digests_enabled=False)
        [reply] = ask("digest=mime", to=JOIN, sender="dora@example.com")
        assert "dev@example.org has no digests." in reply.words

    def test_who_gets_no_welcome_hears_of_it_all_the_same(self) -> None:
        MailingList.objects.update(send_welcome_message=False, send_goodbye_message=False)
        [joined] = answer(ask("join", sender="dora@example.com")[0])
        assert "Welcome: dora@example.com is on dev@example.org now." in joined.words
        [left] = answer(ask("leave", sender="dora@example.com")[0])
        assert "dora@example.com is no longer on dev@example.org." in left.words

    def test_a_moderated_list_asks_both(self) -> None:
        MailingList.objects.update(subscription_policy=SubscriptionPolicy.MODERATE)
        [question] = ask("join", sender="dora@example.com")
        mails = answer(question)
        [reply] = [mail for mail in mails if mail.to == "dora@example.com"]
        assert "Now the people who run dev@example.org must agree" in reply.words
        assert "dora@example.com" not in members()
        assert Pending.objects.get().token_owner == TokenOwner.MODERATOR

    def test_nobody_learns_who_else_is_on_the_list(self) -> None:
        assert ask("join address=bart@example.com", sender="dora@example.com") == []
        assert ask("address=bart@example.com", to=JOIN, sender="dora@example.com") == []


@pytest.mark.feature("core.robot.leave")
class TestLeave:
    @pytest.mark.parametrize(
        ("to", "subject"),
        [(REQUEST, "leave"), (REQUEST, "Unsubscribe"), (LEAVE, "anything"), ("dev-unsubscribe@example.org", "")],
    )
    def test_a_member_is_asked_and_leaves_by_answering(self, to: str, subject: str) -> None:
        [question] = ask(subject, to=to)
        assert (question.to, members()) == ("bart@example.com", {"bart@example.com"})
        [goodbye] = answer(question)
        assert members() == set()
        assert (goodbye.to, goodbye.subject.split()[0]) == ("bart@example.com", "You")

    def test_a_button_of_apple_mail_is_a_wish_to_leave(self) -> None:
        """It writes to where List-Unsubscribe says, and calls its letter auto-replied."""
        button = {"auto_submitted": "auto-replied", "x_apple_unsubscribe": "true"}
        [question] = ask("unsubscribe", to=LEAVE, **button)
        assert (question.to, members()) == ("bart@example.com", {"bart@example.com"})
        assert ask("unsubscribe", to=LEAVE, **button) == []
        assert ask("unsubscribe", to=LEAVE, sender="dora@example.com", **button) == []
        assert ask("echo x", to=REQUEST, **button) == []
        answer(question)
        assert members() == set()

    @pytest.mark.parametrize(("to", "subject"), [(REQUEST, "leave"), (LEAVE, "")])
    def test_a_stranger_is_told_so(self, to: str, subject: str) -> None:
        [reply] = ask(subject, to=to, sender="dora@example.com")
        assert "Your address is not on dev@example.org. Nothing was changed." in reply.words
        assert not Pending.objects.exists()

    @pytest.mark.parametrize(("to", "subject"), [(REQUEST, "leave"), (LEAVE, "")])
    def test_an_unverified_address_is_told_so_and_shown_the_button(
        self, dev: MailingList, to: str, subject: str
    ) -> None:
        make_member(dev, "finn@example.com")
        [reply] = ask(subject, to=to, sender="finn@example.com")
        assert "Nobody has verified yet that finn@example.com is yours, so nothing was changed." in reply.words
        assert "/lists/dev.example.org/unsubscribe/" in reply.words
        assert "finn@example.com" in members()
        assert not Pending.objects.exists()

    def test_another_address_of_the_member_has_to_be_proved(self, dev: MailingList) -> None:
        hal = make_user("Hal")
        make_member(dev, hal.preferred_address)
        add_address(hal, "hal@claimed.example")
        [reply] = ask("leave", sender="hal@claimed.example")
        assert "Nothing was changed." in reply.words
        add_address(hal, "hal@home.example", verified=True)
        mails = ask("", to=LEAVE, sender="hal@home.example")
        assert [mail.to for mail in mails] == ["hal@example.com"]
        answer(mails[0])
        assert members() == {"bart@example.com"}


class TestForgedMail:
    """Where From is all that is known of the sender."""

    @pytest.mark.parametrize("policy", SubscriptionPolicy)
    def test_no_policy_lets_a_letter_alone_change_anything(self, policy: SubscriptionPolicy) -> None:
        MailingList.objects.update(subscription_policy=policy, unsubscription_policy=policy)
        verify(get_or_create_address("dora@example.com"))
        mails = ask("join", sender="dora@example.com") + ask("leave")
        assert members() == {"bart@example.com"}
        assert sorted(mail.to for mail in mails) == ["bart@example.com", "dora@example.com"]
        assert {token_of(mail) for mail in mails}

    def test_a_site_that_trusts_from_does_what_an_open_list_says(self, settings: Any) -> None:
        settings.TRUST_FROM = True
        MailingList.objects.update(
            subscription_policy=SubscriptionPolicy.OPEN,
            unsubscription_policy=SubscriptionPolicy.OPEN,
            send_welcome_message=False,
            send_goodbye_message=False,
        )
        verify(get_or_create_address("dora@example.com"))
        [joined] = ask("join", sender="dora@example.com")
        assert "dora@example.com is on dev@example.org now." in joined.words
        [left] = ask("leave")
        assert "bart@example.com is no longer on dev@example.org." in left.words
        assert members() == {"dora@example.com"}

    @pytest.mark.feature("core.robot.backscatter")
    def test_a_hundred_forged_joins_are_one_question_to_the_victim_and_nothing_to_the_forged(self) -> None:
        make_list("other")
        for number in range(100):
            forged = f"forged{number}@example.net"
            to = ("dev-join@example.org", "dev-request@example.org", "other-subscribe@example.org")[number % 3]
            sender = "victim@example.com" if number % 2 else forged
            subject = "join address=victim@example.com" if "request" in to else "address=victim@example.com"
            arrive(letter(sender=sender, to=to, subject=subject), to, sender=forged)
        assert [mail.to for mail in heard()] == ["victim@example.com"]

    def test_a_hundred_forged_leaves_are_one_question(self) -> None:
        for _ in range(100):
            arrive(letter(sender="bart@example.com", to=LEAVE), LEAVE, sender="bart@example.com")
        assert [mail.to for mail in heard()] == ["bart@example.com"]

    def test_a_moderators_token_is_none_here(self) -> None:
        MailingList.objects.update(subscription_policy=SubscriptionPolicy.MODERATE)
        [question] = ask("join", sender="dora@example.com")
        answer(question)
        [reply] = ask(f"confirm {token_of(question)}", sender="dora@example.com")
        assert "This token is unknown" in reply.words
        assert Pending.objects.get(kind=PendingKind.SUBSCRIPTION).token_owner == TokenOwner.MODERATOR
