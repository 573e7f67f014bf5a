"""syncmembers: a list's members are those of a file, and who comes and goes is said."""

import io
import json
import sys
from pathlib import Path

import pytest

from accounts.models import User
from lists.models import MailingList, Membership
from lists.services.bans import ban
from lists.services.mailing_lists import change_settings
from tests.lists.test_commands import fails, run
from tests.support.factories import make_list, make_member
from tests.support.notices import told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox"), pytest.mark.feature("cli.syncmembers")]

FILE = "# who is here\n\nAnne <Anne@example.com>\nDora <dora@example.com>\nDORA@example.com\n"


@pytest.fixture
def community(dev: MailingList, anne: User) -> MailingList:
    """dev with Anne, by user, and Bart; Cris is on cooks."""
    make_member(dev, anne)
    make_member(dev, "bart@example.com", display_name="Bart")
    make_member(make_list("cooks"), "cris@example.com")
    return dev


@pytest.fixture
def people(tmp_path: Path) -> str:
    file = tmp_path / "people"
    file.write_text(FILE)
    return str(file)


def members(mlist: MailingList) -> list[str]:
    return run("members", mlist.list_id).splitlines()


@pytest.mark.parametrize("switch", ["-n", "--no-change", "--dry-run", ""])
def test_the_roster_equals_the_file_unless_nothing_is_to_change(
    community: MailingList, people: str, switch: str
) -> None:
    answer = run("syncmembers", "dev@example.org", people, *filter(None, [switch]))

    assert answer.splitlines() == ["[ADD] Dora <dora@example.com>", "[DEL] Bart <bart@example.com>"]
    kept = ["anne@example.com", "bart@example.com" if switch else "dora@example.com"]
    assert members(community) == kept
    assert Membership.objects.filter(mlist__list_name="cooks").count() == 1
    assert told() == []
    assert switch or run("syncmembers", "dev@example.org", people) == "Nothing to do.\n"


def test_the_file_may_come_by_standard_input(community: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("anne@example.com\n"))

    assert run("syncmembers", "dev.example.org") == "[DEL] Bart <bart@example.com>\n"
    assert members(community) == ["anne@example.com"]


@pytest.mark.parametrize("setting", [False, True])
@pytest.mark.parametrize(
    ("switches", "kinds"),
    [
        ("-w", ["welcome"]),
        ("-g", ["goodbye"]),
        ("-a", ["membership-changed", "membership-changed"]),
        ("--welcome --goodbye --admin-notify", ["goodbye", "membership-changed", "membership-changed", "welcome"]),
        ("--no-welcome --no-goodbye --no-admin-notify", []),
        ("-W -G -A", []),
    ],
)
def test_mails_are_sent_where_wanted(
    community: MailingList, people: str, switches: str, kinds: list[str], setting: bool
) -> None:
    change_settings(
        community, send_welcome_message=setting, send_goodbye_message=setting, admin_notify_mchanges=setting
    )

    run("syncmembers", "dev@example.org", people, *switches.split())

    assert sorted(mail.kind for mail in told()) == kinds
    assert members(community) == ["anne@example.com", "dora@example.com"]


def test_who_is_added_may_have_the_mail_held_back(community: MailingList, people: str) -> None:
    run("syncmembers", "dev@example.org", people, "-d", "disabled")

    rows = json.loads(run("members", "dev@example.org", "--json"))
    assert [(row["address"], row["delivery_status"]) for row in rows] == [
        ("anne@example.com", "enabled"),
        ("dora@example.com", "by_moderator"),
    ]


def test_a_line_that_names_nobody_changes_nothing(community: MailingList, tmp_path: Path) -> None:
    file = tmp_path / "people"
    file.write_text("anne@example.com\nbart at example.com\n")

    assert fails("syncmembers", "dev@example.org", str(file)).endswith("no address: bart at example.com")
    assert members(community) == ["anne@example.com", "bart@example.com"]


@pytest.mark.parametrize("switch", ["-W", "-w"])
def test_who_is_banned_is_named(community: MailingList, people: str, switch: str) -> None:
    ban("dora@example.com", mlist=community)

    assert fails("syncmembers", "dev@example.org", people, switch) == "1 could not be added."
    assert members(community) == ["anne@example.com"]
