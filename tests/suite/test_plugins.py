"""The example of docs/developer.md, installed: what it brings works, for the lists that chose it and for no others."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import Address, User
from accounts.services.addresses import add_address
from archives.enums import Origin, State
from archives.models import Arrival
from archives.services.intake import Incoming
from delivery.lmtp.intake import accept
from lists.addressing import resolve
from lists.enums import MemberRole
from lists.errors import JoiningDenied
from lists.models import MailingList, Membership
from lists.services.joining import join
from lists.services.mailing_lists import change_settings, create_list
from lists.services.memberships import add_member, add_members, change_address
from lists.services.plugin_settings import change_plugin_settings
from moderation.models import HeldMessage
from suite.common import plugins
from suite.common.plugins import loading
from suite.mail.addresses import Mailbox
from suite.mail.parse import parse
from tests.support import commands
from tests.support.archiving import archivers, work
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import relay, send_all
from tests.support.plugins import install_example, plugged, pythonpath
from tests.support.posting import arrive, judge_all, letter
from tests.support.robots import ask
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    return install_example(tmp_path / "site")


@pytest.fixture
def tea(paths: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[plugins.Plugin]:
    monkeypatch.setenv("TEA_CODES", '{"dora@example.com": "oolong"}')
    with plugged(*paths):
        plugin = plugins.active("tea")
        assert plugin
        yield plugin


@pytest.fixture
def dev() -> MailingList:
    """dev@example.org with Anne as owner and Bart as member."""
    mlist = make_list("dev")
    make_member(mlist, "anne@example.com", MemberRole.OWNER)
    make_member(mlist, "bart@example.com")
    return mlist


@pytest.fixture
def cooks(dev: MailingList) -> MailingList:
    """Another list with the same people."""
    mlist = make_list("cooks")
    make_member(mlist, "bart@example.com")
    return mlist


def posted(subject: str = "Hello", *, to: str = "dev@example.org") -> tuple[Arrival, bytes]:
    """What becomes of a post: its arrival, and Bart's copy where he gets one."""
    [arrival] = arrive(letter(subject=subject, to=to), to)
    with relay() as server:
        judge_all()
        send_all()
        copies = [mail.content for mail in server.deliveries if b"List-Post" in mail.content]
    arrival.refresh_from_db()
    return arrival, copies[0] if copies else b""


@pytest.mark.feature("ext.plugin.rule")
def test_a_rule_put_into_a_chain_by_setting_holds_a_post(
    dev: MailingList, paths: tuple[Path, Path], settings: Settings
) -> None:
    settings.CHAIN_RULES = ["default-posting-chain:no-coffee"]
    with plugged(*paths):
        bad, _ = posted("No coffee today")
        good, copy = posted("Tea today")

    assert (bad.state, bad.verdict["hits"]) == (State.HELD, ["no-coffee"])
    held = HeldMessage.objects.get()
    assert (held.reasons, held.rule) == (["The subject speaks of coffee."], "no-coffee")
    assert (good.state, "no-coffee" in good.verdict["misses"], bool(copy)) == (State.DISTRIBUTED, True, True)


@pytest.mark.feature("ext.plugin.rule")
@pytest.mark.parametrize(
    ("line", "state", "misses"),
    [
        ("default-posting-chain:no-coffee:discard", State.DISCARDED, "suspicious-header"),
        ("default-posting-chain:no-coffee:reject:emergency", State.REJECTED, "rspamd"),
        ("header-match:no-coffee:hold", State.HELD, "header-match"),
    ],
)
def test_where_it_stands_and_what_follows_is_the_sites_choice(
    dev: MailingList, paths: tuple[Path, Path], settings: Settings, line: str, state: State, misses: str
) -> None:
    settings.CHAIN_RULES = [line]
    with plugged(*paths):
        arrival, copy = posted("No coffee today")

    assert (arrival.state, copy) == (state, b"")
    assert arrival.verdict["misses"][-1] == misses


@pytest.mark.feature("ext.plugin.rule", "ext.plugin.other")
def test_what_is_installed_is_listed_with_its_origin(paths: tuple[Path, Path]) -> None:
    """By a process of its own, as an operator runs it."""
    path, line = pythonpath(*paths), "default-owner-chain:no-coffee"
    with commands.start("plugins", "--json", PYTHONPATH=path, POSTHOUSE_CHAIN_RULES=line) as process:
        said, complaint = process.communicate(timeout=PATIENCE)

    assert (process.returncode, complaint) == (0, b"")
    answer = json.loads(said)
    assert answer["plugins"] == [
        {"plugin": "tea", "package": "posthouse-tea 1.0", "state": "in use", "trouble": ""},
    ]
    assert [(row["kind"], row["name"], row["origin"]) for row in answer["brought"]] == [
        ("rule", "no-coffee", "tea"),
        ("chain", "tea-chain", "tea"),
        ("handler", "tea-label", "tea"),
        ("pipeline", "tea-pipeline", "tea"),
        ("style", "tea-room", "tea"),
        ("archiver", "tea-shelf", "tea"),
        ("mail command", "brew", "tea"),
        ("manage command", "tealists", "tea"),
    ]
    assert answer["trouble"] == []


@pytest.mark.feature("ext.plugin.handler")
def test_one_list_chooses_its_chain_and_pipeline(dev: MailingList, cooks: MailingList, tea: plugins.Plugin) -> None:
    change_settings(dev, posting_chain="tea-chain", posting_pipeline="tea-pipeline")

    refused, _ = posted("coffee")
    taken, _ = posted("coffee", to="cooks@example.org")
    assert (refused.state, taken.state) == (State.REJECTED, State.DISTRIBUTED)
    assert refused.verdict["rule"] == "no-coffee"
    arrival, copy = posted("Hello")
    assert parse(copy).headers.text("X-Tea") == "green"
    assert "tea-label" in arrival.changes
    arrival, copy = posted("Hello", to="cooks@example.org")
    assert copy
    assert "X-Tea" not in parse(copy).headers
    assert "tea-label" not in arrival.changes


@pytest.mark.feature("ext.plugin.handler")
def test_a_handler_is_put_into_a_pipeline_by_setting(
    dev: MailingList, paths: tuple[Path, Path], settings: Settings
) -> None:
    settings.PIPELINE_HANDLERS = ["default-posting-pipeline:tea-label:rfc-2369"]
    with plugged(*paths):
        _, copy = posted()

    assert parse(copy).headers.text("X-Tea") == "green"


@pytest.mark.feature("ext.plugin.other")
def test_a_style_a_mail_command_and_a_manage_command(
    dev: MailingList, tea: plugins.Plugin, capsys: pytest.CaptureFixture[str]
) -> None:
    room = create_list("room@example.org", style="tea-room")
    assert (room.posting_chain, room.posting_pipeline) == ("tea-chain", "tea-pipeline")

    [answer] = ask("brew black", "help brew\n")
    assert {"Your black tea is ready.", "how tea is made", "Takes five minutes."} <= {
        line.strip() for line in answer.text.splitlines()
    }

    call_command("tealists")
    assert capsys.readouterr().out == "room@example.org\n"


@pytest.mark.feature("ext.plugin.other")
def test_an_archiver(dev: MailingList, cooks: MailingList, tea: plugins.Plugin, tmp_path: Path) -> None:
    with archivers(tmp_path, "tea-shelf"):
        change_settings(dev, archivers=["tea-shelf"])
        posted("For the shelf")
        posted("Soup", to="cooks@example.org")
        work()

    [file] = (tmp_path / "tea-shelf").glob("*/*")
    assert file.parent.name == "dev.example.org"
    assert parse(file.read_bytes()).headers.text("Subject") == "For the shelf"


@pytest.mark.feature("ext.plugin.other")
def test_the_manage_command_is_one_of_the_site(paths: tuple[Path, Path], dev: MailingList) -> None:
    MailingList.objects.update(posting_chain="tea-chain")
    with commands.start("tealists", PYTHONPATH=pythonpath(*paths)) as process:
        said, complaint = process.communicate(timeout=PATIENCE)

    assert (process.returncode, said.decode(), complaint) == (0, "dev@example.org\n", b"")


@pytest.mark.feature("ext.plugin.class")
def test_it_starts_hears_and_stops(dev: MailingList, tea: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert tea.codes == {"dora@example.com": "oolong"}

    posted()
    posted()
    assert tea.posts == 2

    loading.stop_all(os.getpid() + 1)  # a process that was forked from ours ends
    assert caplog.messages.count("heard of 2 posts") == 0
    with caplog.at_level("INFO", "posthouse_tea"):
        loading.stop_all(os.getpid())
    assert caplog.messages.count("heard of 2 posts") == 1


@pytest.mark.feature("ext.plugin.class")
def test_each_list_has_settings_for_it(dev: MailingList, cooks: MailingList, tea: plugins.Plugin) -> None:
    for mlist in (dev, cooks):
        change_settings(mlist, posting_chain="tea-chain", posting_pipeline="tea-pipeline")
    call_command("plugins", "set", "dev@example.org", "tea", "forbidden", "Cocoa")
    call_command("plugins", "set", "dev@example.org", "tea", "kind", "black")

    assert posted("Coffee or cocoa")[0].state == State.REJECTED
    assert parse(posted("Coffee")[1]).headers.text("X-Tea") == "black"
    assert posted("Coffee", to="cooks@example.org")[0].state == State.REJECTED
    assert parse(posted("Cocoa", to="cooks@example.org")[1]).headers.text("X-Tea") == "green"


class TestDenyingToJoin:
    pytestmark = pytest.mark.feature("ext.plugin.hooks")
    WHY = "This list is for people of example.net."

    @pytest.fixture(autouse=True)
    def closed(self, dev: MailingList, tea: plugins.Plugin) -> None:
        change_plugin_settings(dev, "tea", members_from="example.net")

    def test_by_every_service(self, dev: MailingList, cooks: MailingList) -> None:
        for attempt in (
            lambda: join(dev, "dora@example.com"),
            lambda: add_member(dev, "dora@example.com"),
            lambda: add_member(dev, make_user("Dora")),
        ):
            with pytest.raises(JoiningDenied, match=self.WHY):
                attempt()
        added = add_members(dev, [Mailbox("", "dora@example.com"), Mailbox("", "dora@example.net")])
        assert (added.count, added.refused) == (1, [("dora@example.com", self.WHY)])
        add_member(dev, "dora@example.com", MemberRole.OWNER)
        add_member(cooks, "dora@example.com")

    def test_who_is_in_cannot_move_to_such_an_address(self, dev: MailingList) -> None:
        dora = make_user("Dora")
        membership = add_member(dev, add_address(dora, "dora@example.net", verified=True))
        assert dora.preferred_address
        with pytest.raises(JoiningDenied, match=self.WHY):
            change_address(membership, dora.preferred_address)

    def test_the_robot_says_so(self) -> None:
        [answer] = ask("join", sender="dora@example.com")
        assert self.WHY in answer.words

    def test_the_page_says_so(self, client: Client) -> None:
        client.force_login(make_user("Dora"), "django.contrib.auth.backends.ModelBackend")
        answer = client.post("/lists/dev.example.org/join/", {"wish": "join"}, follow=True)
        assert self.WHY in answer.content.decode()
        assert not Membership.objects.filter(user__isnull=False).exists()


class TestSigningIn:
    pytestmark = pytest.mark.feature("ext.plugin.hooks")

    def sign_in(self, email: str, password: str) -> User | None:
        client = Client()
        client.post("/accounts/login/", {"login": email, "password": password})
        key = client.session.get("_auth_user_id")
        if key is None:
            return None
        assert client.get("/accounts/email/").status_code == 200
        return User.objects.get(pk=key)

    def test_the_account_of_the_address(self, dora: User, tea: plugins.Plugin) -> None:
        assert self.sign_in("dora@example.com", "oolong") == dora
        assert self.sign_in("dora@example.com", "sencha") is None
        assert self.sign_in("anne@example.com", "oolong") is None

    def test_who_has_none_gets_one(self, tea: plugins.Plugin) -> None:
        user = self.sign_in("Dora@example.com", "oolong")
        assert user
        assert not user.has_usable_password()
        assert user.preferred_address and user.preferred_address.verified
        assert self.sign_in("dora@example.com", "oolong") == user

    def test_not_the_account_of_somebody_who_never_proved_it(self, tea: plugins.Plugin) -> None:
        thief = make_user("Thief")
        Address.objects.create(email="dora@example.com", original_email="dora@example.com", user=thief)
        assert self.sign_in("dora@example.com", "oolong") not in (None, thief)
        assert Address.objects.get(email="dora@example.com").user != thief

    def test_nobody_who_was_shut_out(self, dora: User, tea: plugins.Plugin) -> None:
        User.objects.update(is_active=False)
        assert self.sign_in("dora@example.com", "oolong") is None

    def test_passwords_of_ours_still_work(self, dora: User, tea: plugins.Plugin) -> None:
        dora.set_password("a good long pass phrase")
        dora.save()
        assert self.sign_in("dora@example.com", "a good long pass phrase") == dora


class TestRefusingLetters:
    pytestmark = pytest.mark.feature("ext.plugin.hooks")
    BAD = letter(x_coffee="yes")

    def incoming(self, raw: bytes) -> Incoming:
        recipients = ("dev@example.org", "dev-request@example.org")
        return Incoming(raw, "bart@example.com", tuple(map(resolve, recipients)), recipients, Origin.LMTP)

    def test_at_the_door(self, dev: MailingList, tea: plugins.Plugin) -> None:
        bad, good = accept([self.incoming(self.BAD), self.incoming(letter())])
        assert bad == ["550 5.7.1 This is no coffee house"] * 2
        assert [reply[:3] for reply in good] == ["250", "250"]
        assert Arrival.objects.count() == 2

    def test_of_an_mta_that_pipes(self, dev: MailingList, paths: tuple[Path, Path]) -> None:
        with commands.start("inject", "dev@example.org", stdin=-1, PYTHONPATH=pythonpath(*paths)) as process:
            _, complaint = process.communicate(self.BAD, timeout=PATIENCE)
        assert (process.returncode, complaint) == (77, b"This is no coffee house\n")
        assert not Arrival.objects.exists()
