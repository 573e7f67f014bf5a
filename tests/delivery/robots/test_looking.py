"""The commands that look something up: help, info, lists, who."""

import pytest

from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.services.addresses import add_address
from delivery.robots import wording
from delivery.robots.base import Answer, Command, all_commands, register
from lists.enums import MemberRole, RosterVisibility
from lists.models import MailingList
from tests.support.factories import make_list, make_member, make_user
from tests.support.robots import ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev() -> MailingList:
    """Anne owns it, Cris moderates; Bart, Eve (digests), Finn (delivery off) and Gil (hidden) are members."""
    mlist = make_list("dev", description="What we do", info="We meet on Mondays.\nBring tea.")
    make_member(mlist, make_user("Anne").preferred_address, MemberRole.OWNER)
    make_member(mlist, make_user("Cris").preferred_address, MemberRole.MODERATOR)
    make_member(mlist, "Bart@Example.com", display_name="Bart B.")
    make_member(mlist, "eve@example.com", delivery_mode=DeliveryMode.MIME_DIGESTS)
    make_member(mlist, "finn@example.com", delivery_status=DeliveryStatus.BY_USER)
    make_member(mlist, "gil@example.com", hide_address=True)
    return mlist


def roster(subject: str = "who", sender: str = "bart@example.com") -> list[str]:
    """The addresses an answer names, after a look at whom it went to."""
    [answer] = ask(subject, sender=sender)
    assert answer.to.lower() == sender
    return [line.split()[0] for line in answer.text.splitlines() if line.startswith("      ") and "@" in line]


@pytest.mark.feature("core.robot.who")
class TestWho:
    @pytest.mark.feature("core.preferences.hide-address")
    def test_moderators_alone(self, dev: MailingList) -> None:
        everybody = ["Bart@Example.com", "eve@example.com", "finn@example.com", "gil@example.com"]
        for administrator in ("anne@example.com", "cris@example.com"):
            assert roster(sender=administrator) == everybody
        for other in ("bart@example.com", "dora@example.com"):
            [answer] = ask("who", sender=other)
            assert "The members of dev@example.org are not shown to you." in answer.words
            assert [line for line in answer.text.splitlines() if "eve" in line or "finn" in line] == []

    @pytest.mark.feature("core.preferences.hide-address")
    def test_members(self, dev: MailingList) -> None:
        MailingList.objects.update(member_roster_visibility=RosterVisibility.MEMBERS)
        assert roster() == ["Bart@Example.com", "eve@example.com", "finn@example.com"]
        assert roster(sender="gil@example.com") == ["Bart@Example.com", "eve@example.com", "finn@example.com"]
        assert roster(sender="dora@example.com") == []

    def test_everybody(self, dev: MailingList) -> None:
        MailingList.objects.update(member_roster_visibility=RosterVisibility.PUBLIC)
        assert roster(sender="dora@example.com") == ["Bart@Example.com", "eve@example.com", "finn@example.com"]

    @pytest.mark.parametrize(
        ("arguments", "names"),
        [
            ("delivery=enabled", ["Bart", "eve", "gil"]),
            ("DELIVERY=Disabled", ["finn"]),
            ("mode=digest", ["eve"]),
            ("mode=regular", ["Bart", "finn", "gil"]),
            ("mode=regular delivery=enabled", ["Bart", "gil"]),
        ],
    )
    def test_some_of_them(self, dev: MailingList, arguments: str, names: list[str]) -> None:
        found = roster(f"who {arguments}", sender="anne@example.com")
        assert [address.partition("@")[0] for address in found] == names

    @pytest.mark.parametrize("argument", ["delivery=maybe", "x", "mode", "mode=", "mode=digest mode=regular"])
    def test_a_bad_argument_is_named(self, dev: MailingList, argument: str) -> None:
        [answer] = ask(f"who {argument}", sender="anne@example.com")
        assert f"This argument is not understood: {argument.split()[-1]}" in answer.words
        assert "eve@" not in answer.words

    def test_what_is_for_members_goes_to_no_address_that_was_not_proved(self, dev: MailingList) -> None:
        MailingList.objects.update(member_roster_visibility=RosterVisibility.MEMBERS)
        hal = make_user("Hal")
        make_member(dev, hal.preferred_address)
        add_address(hal, "hal@home.example", verified=True)
        add_address(hal, "dora@example.com")
        assert "eve@example.com" in roster(sender="hal@home.example")
        assert roster(sender="dora@example.com") == []

    def test_the_answer_does_not_go_where_reply_to_says(self, dev: MailingList) -> None:
        MailingList.objects.update(member_roster_visibility=RosterVisibility.MEMBERS)
        answers = ask("who", envelope="dora@example.com", reply_to="dora@example.com", cc="dora@example.com")
        assert [answer.to for answer in answers] == ["Bart@Example.com"]


@pytest.mark.feature("core.robot.help")
class TestHelp:
    def test_every_command_has_a_line(self, dev: MailingList) -> None:
        [answer] = ask("help")
        lines = [line.strip() for line in answer.text.splitlines()]
        for command in all_commands():
            assert wording.say("en", f"summary.{command.name}") in lines

    def test_one_command_in_detail(self, dev: MailingList) -> None:
        [answer] = ask("help who")
        text = answer.words
        assert "who [delivery=enabled|disabled] [mode=digest|regular]" in text
        assert " ".join(wording.say("en", "details.who").split()) in text

    def test_an_unknown_command(self, dev: MailingList) -> None:
        [answer] = ask("help tea")
        assert 'There is no command "tea".' in answer.words

    @pytest.mark.parametrize("language", ["de", "fr", "es"])
    def test_in_the_senders_language(self, dev: MailingList, language: str) -> None:
        make_member(dev, "ida@example.com", preferred_language=language)
        [answer] = ask("help", "make tea\n", sender="ida@example.com")
        assert answer.subject == wording.say(language, "results.subject", listname="dev@example.org")
        for command in all_commands():
            assert wording.say(language, f"summary.{command.name}") in answer.words
        MailingList.objects.update(preferred_language=language)
        [answer] = ask("help", sender="stranger@example.com")
        assert answer.subject == wording.say(language, "results.subject", listname="dev@example.org")


@pytest.mark.feature("core.robot.info-lists")
def test_info_and_lists(dev: MailingList) -> None:
    make_list("cooks", description="Soup")
    make_list("secret", advertised=False)
    make_list("away@example.net")
    [answer] = ask("info", "lists\n", sender="dora@example.com")
    lines = [line.strip() for line in answer.text.splitlines()]
    for said in ("Dev <dev@example.org>", "What we do", "We meet on Mondays.", "Bring tea."):
        assert said in lines
    start = lines.index("The public lists of example.org:")
    assert lines[start + 1 : lines.index("", start)] == ["cooks@example.org - Soup", "dev@example.org - What we do"]


def test_an_answer_names_so_many(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delivery.robots.looking.MOST", 1)
    make_list("cooks")
    [answer] = ask("lists", "who\n", sender="anne@example.com")
    shown = [line.strip() for line in answer.text.splitlines() if line.startswith("      ")]
    assert shown == ["cooks@example.org", "and 1 more", "Bart@Example.com (Bart B.)", "and 3 more"]


def test_lists_of_a_domain_that_shows_none(dev: MailingList) -> None:
    MailingList.objects.update(advertised=False)
    [answer] = ask("lists")
    assert "There are no public lists at example.org." in answer.words


def test_a_command_of_somebody_elses(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delivery.robots.base.COMMANDS", {command.name: command for command in all_commands()})
    register(Command("weather", lambda request, words: Answer("Rain."), summary="the weather", details="Of today."))
    [answer] = ask("weather", "help weather\n")
    assert {"Rain.", "the weather", "Of today."} <= {line.strip() for line in answer.text.splitlines()}
    with pytest.raises(ValueError, match="There is a command echo already"):
        register(Command("tea", lambda request, words: Answer("Tea."), aliases=("echo",)))
