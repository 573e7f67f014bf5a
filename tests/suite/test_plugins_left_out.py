"""Plugins that do not fit, and those that fail: a sentence at start, and everybody else's mail flows."""

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from archives.enums import State
from archives.models import Arrival
from archives.services.parking import retry
from delivery.models import Notice
from lists.addressing import resolve
from lists.enums import MemberRole
from lists.errors import JoiningDenied
from lists.models import MailingList
from lists.services.mailing_lists import change_settings
from lists.services.memberships import add_member
from suite import plugging
from suite.common import events, plugins
from suite.processes import preflight
from tests.support.factories import make_list, make_member, make_user
from tests.support.plugins import EXAMPLE, Plug, install, plugged
from tests.support.posting import arrive, judge_all, letter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev")
    make_member(mlist, "anne@example.com", MemberRole.OWNER)
    make_member(mlist, "bart@example.com")
    return mlist


def posted(*subjects: str) -> list[Arrival]:
    arrivals = [arrive(letter(subject=subject))[0] for subject in subjects]
    judge_all()
    for arrival in arrivals:
        arrival.refresh_from_db()
    return arrivals


def brought() -> set[str]:
    """Whose things stand in the tables."""
    return {table.origin(name) for table in plugging.TABLES for name in table.entries()} & {"odd", "tea"}


UNFIT = {
    "import": ("import no_such_module", "cannot be imported (ModuleNotFoundError: No module named 'no_such_module')"),
    "exit": ("raise SystemExit('bye')", "cannot be imported (SystemExit: bye)"),
    "name": ("name = 'even'", "it calls itself even, unlike its entry point."),
    "no-version": ("works_with = ''", "it does not say which versions of Posthouse it works with (works_with)."),
    "version": ("works_with = '>=2,<3'", "it works with Posthouse >=2,<3, and this is 0.1.0."),
    "odd-version": ("works_with = 'new'", "works_with is 'new'; something like >=0.1,<0.2 is wanted."),
    "object": ("def __init__(self): 1 / 0", "its object cannot be made (ZeroDivisionError: division by zero)."),
    "start": ("def start(self): raise OSError('no\\nway')", "it failed as it started (OSError: no way)."),
    "settings": ("list_settings = {'a': 1}", "its list_settings are no ListSetting: a."),
    "listens": ("listens = '*'", "listens is a single text; ('*',) is wanted."),
    "no-rule": ("Rule.check = None", "odd-rule is no rule: one has name, title and check(letter, mlist)."),
    "nameless": (
        "rules = (3,)",
        "what it brings cannot be read (AttributeError: 'int' object has no attribute 'name').",
    ),
    "condition": ("Rule.name = 'any'", "no rule can be called any: that is a condition."),
    "rule": ("Rule.name = 'no-subject'", "there is a rule no-subject already (posthouse)."),
    "twice": ("rules = (Rule(), Rule())", "it brings the rule odd-rule twice."),
    "letters": (
        "Rule.name = 'Odd Rule'",
        "no rule can be called 'Odd Rule': small letters, digits, and - or _ between",
    ),
    "chain": ("chains = {'hold': ()}", "there is a chain hold already (posthouse)."),
    "links": ("chains = {'odd-chain': []}", "odd-chain is no chain: a tuple of Link is wanted."),
    "nowhere": (
        "chains = {'odd-chain': (Link('any', LinkAction.JUMP, 'mars'),)}",
        "Link 1 of chain odd-chain leads to mars, which is no chain.",
    ),
    "handler": ("handlers = (Rule(),)", "odd-rule is no handler: one has name, title and apply(draft, mlist)."),
    "pipeline": (
        "pipelines = {'odd-pipeline': PIPELINES['default-owner-pipeline'] * 2}",
        "Pipeline odd-pipeline has cleanse-dkim, owner-recipients, to-outgoing more than once.",
    ),
    "archiver": ("archivers = (Rule(),)", "odd-rule is no archiver: one has name, title, takes(), list_url(),"),
    "style": ("styles = {'private-default': ('', {})}", "there is a style private-default already (posthouse)."),
    "style-setting": (
        "styles = {'odd-style': ('', {'volume': 3})}",
        "the style odd-style sets volume, which is no setting that a style could set.",
    ),
    "style-value": (
        "styles = {'odd-style': ('', {'advertised': 'perhaps'})}",
        "the style odd-style cannot set advertised: ",
    ),
    "mail-command": (
        "from delivery.robots.base import Command\nmail_commands = (Command('odd', print, aliases=('stop',)),)",
        "there is a mail command stop already (posthouse).",
    ),
    "no-mail-command": (
        "from types import SimpleNamespace\nmail_commands = (SimpleNamespace(name='odd', aliases=()),)",
        "odd is no mail command: a delivery.robots.base.Command is wanted.",
    ),
    "manage-command": ("manage_commands = ('migrate',)", "there is a manage command migrate already (django.core)."),
    "no-manage-command": (
        "manage_commands = ('odd',)",
        "there is no module management.commands.odd for its manage command.",
    ),
}


@pytest.mark.feature("ext.plugin.class")
@pytest.mark.parametrize(("lines", "why"), UNFIT.values(), ids=UNFIT)
def test_a_plugin_that_does_not_fit_is_named_and_left_out(dev: MailingList, plug: Plug, lines: str, why: str) -> None:
    with plug(lines):
        [warning] = run_checks(tags=["plugins"])
        assert warning.msg.startswith("The plugin odd (odd-things 1.0) is left out: ")
        assert why in warning.msg
        assert "\n" not in warning.msg
        assert (warning.id, warning.is_serious()) == ("posthouse.W010", False)
        assert (plugins.active("odd"), brought()) == (None, {"tea"})
        assert events._listeners.get("*") is None
        assert plugins.active("tea") is not None
        [arrival] = posted("Odd")
        assert arrival.state == State.DISTRIBUTED


@pytest.mark.feature("ext.plugin.class")
@pytest.mark.usefixtures("durable")
def test_what_lists_had_chosen_of_it_is_done_by_the_default(dev: MailingList, plug: Plug) -> None:
    with plug():
        change_settings(dev, posting_chain="odd-chain")
        assert [arrival.state for arrival in posted("Odd", "Even")] == [State.HELD, State.DISTRIBUTED]
        assert run_checks(databases=["default"]) == []
    with plug("def start(self): raise OSError('gone')"):
        assert [arrival.state for arrival in posted("Odd")] == [State.DISTRIBUTED]
        assert {found.msg for found in run_checks(databases=["default"])} == {
            "The plugin odd (odd-things 1.0) is left out: it failed as it started (OSError: gone).",
            "dev@example.org has odd-chain as posting_chain, which is not there: the default is used.",
        }


@pytest.mark.feature("ext.plugin.class")
@pytest.mark.usefixtures("durable")
def test_it_is_told_as_the_site_starts(dev: MailingList, plug: Plug, caplog: pytest.LogCaptureFixture) -> None:
    """And the site starts."""
    with plug("works_with = '>=2'"):
        preflight.check_database()

    said = "The plugin odd (odd-things 1.0) is left out: it works with Posthouse >=2, and this is 0.1.0."
    assert f"posthouse.W010: {said}" in caplog.messages


@pytest.mark.usefixtures("durable")
def test_its_archiver_may_be_missing(dev: MailingList, plug: Plug, settings: Settings) -> None:
    """A name that never was one is an error, as ever."""
    settings.ARCHIVERS = ["odd-archiver"]
    with plug("works_with = '>=2'"):
        preflight.check_database()
    with plug(), pytest.raises(preflight.NotReady, match="POSTHOUSE_ARCHIVERS names 'odd-archiver'"):
        preflight.check_database()


def test_of_two_plugins_of_one_name_the_first_package_has_it(dev: MailingList, plug: Plug, tmp_path: Path) -> None:
    install(tmp_path / "site", "another", odd="posthouse_tea.plugin:Tea")
    with plug():
        assert [(one.package, one.state) for one in plugins.found()] == [
            ("another 1.0", "left out"),
            ("odd-things 1.0", "in use"),
            ("posthouse-tea 1.0", "in use"),
        ]
    install(tmp_path / "site", "third", tea="posthouse_tea.plugin:Tea")
    with plugged(tmp_path / "site", EXAMPLE):
        assert plugins.found()[-1].trouble == "there is a plugin tea already (posthouse-tea 1.0)."


def test_a_plugin_can_be_switched_off(dev: MailingList, plug: Plug, settings: Settings) -> None:
    settings.PLUGINS_OFF = ["odd"]
    with plug("works_with = ''"):
        assert [(one.name, one.state) for one in plugins.found()] == [("odd", "off"), ("tea", "in use")]
        assert run_checks(tags=["plugins"]) == []


def test_the_command_says_why(plug: Plug, capsys: pytest.CaptureFixture[str]) -> None:
    with plug("works_with = ''"):
        call_command("plugins")

    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["odd", "odd-things", "1.0", "left", "out"]
    assert lines[-1] == (
        "The plugin odd (odd-things 1.0) is left out: it does not say which versions of Posthouse it works with "
        "(works_with)."
    )


def test_without_plugins(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("plugins")
    assert capsys.readouterr().out == "No plugin is installed.\n"
    call_command("plugins", "--all")
    assert "no-subject" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("setting", "line", "why"),
    [
        ("CHAIN_RULES", "odd-rule", "too few or too many parts"),
        ("CHAIN_RULES", "a:b:c:d:e", "too few or too many parts"),
        ("CHAIN_RULES", "mars:odd-rule", "there is no chain mars with links"),
        ("CHAIN_RULES", "hold:odd-rule", "there is no chain hold with links"),
        ("CHAIN_RULES", "scanners:gone-rule", "Link 4 of chain scanners asks gone-rule, which is no rule"),
        ("CHAIN_RULES", "scanners:odd-rule:mars", "Link 4 of chain scanners leads to mars, which is no chain"),
        ("CHAIN_RULES", "scanners:odd-rule::loop", "no link asks loop"),
        ("PIPELINE_HANDLERS", "mars:tea-label:cleanse", "there is no pipeline mars"),
        ("PIPELINE_HANDLERS", "default-owner-pipeline:gone:cleanse", "there is no handler gone"),
        ("PIPELINE_HANDLERS", "default-owner-pipeline:tea-label:cleanse", "it has no cleanse"),
        (
            "PIPELINE_HANDLERS",
            "default-owner-pipeline:to-outgoing:to-outgoing",
            "Pipeline default-owner-pipeline has to-outgoing more than once",
        ),
    ],
)
def test_a_line_of_the_site_that_leads_nowhere(
    dev: MailingList, plug: Plug, settings: Settings, setting: str, line: str, why: str
) -> None:
    setattr(settings, setting, [line])
    with plug():
        [warning] = run_checks(tags=["plugins"])
        assert (warning.id, warning.msg) == ("posthouse.W011", f"POSTHOUSE_{setting}: {line} is left out: {why}.")
        [arrival] = posted("Hello")
        assert arrival.state == State.DISTRIBUTED


def test_a_rule_that_fails_is_the_trouble_of_that_post(dev: MailingList, plug: Plug) -> None:
    """As with rules of ours: it rests with its traceback, the operator is told, and it goes on when he says so."""
    with plug():
        change_settings(dev, posting_chain="odd-chain")
        bad, good = posted("Poison", "Even")
        assert (bad.state, good.state) == (State.SHUNTED, State.DISTRIBUTED)
        assert "RuntimeError: no luck" in bad.traceback
        assert Notice.objects.filter(kind="shunted").count() == 1
    change_settings(dev, posting_chain="default-posting-chain")
    retry(bad, by="operator")
    judge_all()
    bad.refresh_from_db()
    assert bad.state == State.DISTRIBUTED


def test_an_event_method_that_fails_harms_nothing(
    dev: MailingList, plug: Plug, caplog: pytest.LogCaptureFixture
) -> None:
    with plug("def event(self, event): raise RuntimeError(event.kind)"):
        [arrival] = posted("Hello")

    assert arrival.state == State.DISTRIBUTED
    assert "RuntimeError: post.accepted" in caplog.text


@pytest.mark.feature("ext.plugin.hooks")
class TestHooksThatFail:
    def test_nobody_joins_while_it_cannot_be_told_who_may(self, dev: MailingList, plug: Plug) -> None:
        fails = "def deny_join(self, mlist, email, role): raise OSError"
        with plug(fails), pytest.raises(JoiningDenied, match="cannot be found out at the moment"):
            add_member(dev, "dora@example.com")
        add_member(dev, "dora@example.com")

    def test_passwords_of_ours_still_work(self, plug: Plug) -> None:
        dora = make_user("Dora")
        dora.set_password("a good long pass phrase")
        dora.save()
        with plug("def authenticate(self, request, email, password): raise OSError"):
            client = Client()
            client.post("/accounts/login/", {"login": dora.email, "password": "a good long pass phrase"})
            assert client.session["_auth_user_id"] == str(dora.pk)

    def test_what_ends_the_attempt_ends_it(self, plug: Plug) -> None:
        dora = make_user("Dora")
        dora.set_password("a good long pass phrase")
        dora.save()
        with plug(
            "from django.core.exceptions import PermissionDenied\n"
            "def authenticate(self, request, email, password): raise self.PermissionDenied"
        ):
            client = Client()
            client.post("/accounts/login/", {"login": dora.email, "password": "a good long pass phrase"})
            assert "_auth_user_id" not in client.session

    def test_what_proves_no_address_signs_nobody_in(self, plug: Plug) -> None:
        with plug("def authenticate(self, request, email, password): return 'nobody'"):
            client = Client()
            client.post("/accounts/login/", {"login": "dora@example.com", "password": "oolong"})
            assert "_auth_user_id" not in client.session

    def test_letters_are_taken(self, dev: MailingList, plug: Plug) -> None:
        with plug("def refuse_letter(self, raw, sender, destination): raise OSError"):
            assert len(posted("Hello")) == 1

    @pytest.mark.parametrize(
        ("said", "reply"),
        [("no\r\n250 yes", "no 250 yes"), ("non, é", "non, ?"), ("n" * 600, "n" * 400), ("\r\n", "Not taken")],
        ids=["lines", "letters", "long", "blank"],
    )
    def test_a_refusal_is_one_line_of_ascii(self, dev: MailingList, plug: Plug, said: str, reply: str) -> None:
        with plug(f"def refuse_letter(self, raw, sender, destination): return {said!r}"):
            assert plugins.refusal(b"", "", resolve("dev@example.org")) == reply
