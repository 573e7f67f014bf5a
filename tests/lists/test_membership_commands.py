"""addmembers, delmembers and requests: who comes, who goes, who waits; in short answers."""

import json
from pathlib import Path

import pytest

from accounts.models import User
from lists.enums import MemberRole, SubscriptionPolicy
from lists.models import MailingList, Membership, Pending
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.mailing_lists import change_settings
from tests.lists.test_commands import fails, run
from tests.support.factories import make_list, make_member
from tests.support.notices import told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]


@pytest.fixture
def people(tmp_path: Path) -> str:
    file = tmp_path / "people"
    file.write_text("# us\n\nDora <Dora@example.com>\nbart@example.com\nDORA@example.com\nno address\n")
    return str(file)


def members(mlist: MailingList) -> list[str]:
    return run("members", mlist.list_id).splitlines()


@pytest.mark.parametrize(
    ("word", "mode", "status"),
    [
        ("regular", "regular", "enabled"),
        ("mime", "mime_digests", "enabled"),
        ("plain", "plaintext_digests", "enabled"),
        ("summary", "summary_digests", "enabled"),
        ("disabled", "regular", "by_moderator"),
    ],
)
def test_members_are_added_with_a_delivery(dev: MailingList, people: str, word: str, mode: str, status: str) -> None:
    assert fails("addmembers", "dev@example.org", people, "--delivery", word) == "1 could not be added."

    rows = json.loads(run("members", "dev@example.org", "--json"))
    assert [(row["address"], row["delivery_mode"], row["delivery_status"]) for row in rows] == [
        ("Dora@example.com", mode, status),
        ("bart@example.com", mode, status),
    ]
    assert told() == []


@pytest.mark.parametrize("setting", [False, True])
def test_members_are_welcomed_where_wanted(dev: MailingList, people: str, setting: bool) -> None:
    change_settings(dev, send_welcome_message=setting)

    fails("addmembers", "dev@example.org", people, "--welcome")

    assert [(mail.kind, mail.recipient) for mail in told()] == [
        ("welcome", "Dora@example.com"),
        ("welcome", "bart@example.com"),
    ]


def test_people_are_invited(dev: MailingList, people: str) -> None:
    make_member(dev, "bart@example.com")
    change_settings(dev, subscription_policy=SubscriptionPolicy.MODERATE)

    assert fails("addmembers", "dev@example.org", people, "--invite", "-d", "mime") == "1 could not be added."

    [mail] = told()
    assert (mail.recipient, mail.subject) == (
        "Dora@example.com",
        "You are invited to the mailing list dev@example.org",
    )
    assert members(dev) == ["bart@example.com"]


def test_who_was_asked_today_is_named(dev: MailingList, tmp_path: Path) -> None:
    join(make_list("cooks"), "dora@example.com")
    file = tmp_path / "one"
    file.write_text("dora@example.com\n")

    assert fails("addmembers", "dev@example.org", str(file), "--invite") == "1 could not be added."
    assert len(told()) == 1


def test_only_members_are_invited(dev: MailingList, people: str) -> None:
    assert fails("addmembers", "dev@example.org", people, "-i", "--role", "owner").startswith("Only members")


@pytest.fixture
def community(dev: MailingList, anne: User) -> MailingList:
    """dev with three members and an owner; Bart is on cooks, too."""
    for address in ("bart@example.com", "cris@example.com"):
        make_member(dev, address)
    make_member(dev, anne)
    make_member(make_list("cooks"), "bart@example.com")
    return dev


def test_members_are_taken_off(community: MailingList) -> None:
    answer = run("delmembers", "-l", "dev@example.org", "-m", "BART@example.com", "--member", "anne@example.com")

    assert answer == "Removed 2, not there 0.\n"
    assert members(community) == ["cris@example.com"]
    assert Membership.objects.filter(role=MemberRole.OWNER).count() == 1
    assert Membership.objects.filter(mlist__list_name="cooks").count() == 1
    assert told() == []


def test_members_are_taken_off_by_a_file(community: MailingList, tmp_path: Path) -> None:
    file = tmp_path / "gone"
    file.write_text("# gone\nBart <bart@example.com>\ndora@example.com\n")

    assert fails("delmembers", "-l", "dev@example.org", "-f", str(file)) == "1 could not be removed."
    assert members(community) == ["cris@example.com", "anne@example.com"]


def test_all_members_are_taken_off(community: MailingList) -> None:
    assert run("delmembers", "--list", "dev@example.org", "--all") == "Removed 3, not there 0.\n"

    assert members(community) == []
    assert Membership.objects.filter(role=MemberRole.OWNER).count() == 1


def test_somebody_is_taken_off_every_list(community: MailingList) -> None:
    assert run("delmembers", "--fromall", "-m", "bart@example.com") == "Removed 2, not there 0.\n"

    assert not Membership.objects.filter(address__email="bart@example.com").exists()


@pytest.mark.parametrize(
    ("switches", "kinds"),
    [
        (["--goodbye", "--notify"], ["goodbye", "membership-changed"]),
        (["-G", "-N"], []),
        (["-g"], ["goodbye"]),
        (["-n"], ["membership-changed"]),
    ],
)
def test_who_is_told_of_it(community: MailingList, switches: list[str], kinds: list[str]) -> None:
    change_settings(community, unsubscription_policy=SubscriptionPolicy.CONFIRM_THEN_MODERATE)

    run("delmembers", "-l", "dev@example.org", "-m", "cris@example.com", *switches)

    assert [mail.kind for mail in told()] == kinds


@pytest.mark.parametrize(
    "words",
    [
        ["-m", "bart@example.com"],
        ["-l", "dev@example.org"],
        ["-l", "dev@example.org", "--fromall", "-m", "bart@example.com"],
        ["-l", "dev@example.org", "--all", "-m", "bart@example.com"],
        ["--fromall", "--all"],
    ],
)
def test_what_is_not_clear_removes_nobody(community: MailingList, words: list[str]) -> None:
    before = Membership.objects.count()

    assert fails("delmembers", *words)
    assert Membership.objects.count() == before


@pytest.fixture
def requests(community: MailingList) -> list[int]:
    """Dora wants to join and Cris wants to leave, which a moderator decides; Eve has not confirmed yet."""
    moderate = SubscriptionPolicy.MODERATE
    change_settings(community, subscription_policy=moderate, unsubscription_policy=moderate, admin_immed_notify=False)
    join(community, "Dora@example.com", display_name="Dora", pre_verified=True)
    leave(community, "cris@example.com")
    join(community, "eve@example.com")
    return list(Pending.objects.order_by("pk").values_list("pk", flat=True))


def test_what_waits_is_named(requests: list[int]) -> None:
    rows = json.loads(run("requests", "list", "--json"))

    assert [(row["request"], row["kind"], row["address"], row["waits_for"]) for row in rows] == [
        (requests[0], "subscription", "Dora@example.com", "moderator"),
        (requests[1], "unsubscription", "cris@example.com", "moderator"),
        (requests[2], "subscription", "eve@example.com", "subscriber"),
    ]
    assert (rows[0]["list"], rows[0]["display_name"]) == ("dev@example.org", "Dora")
    assert "Dora@example.com" in run("requests", "list", "dev.example.org", "--kind", "subscription").splitlines()[1]
    assert len(json.loads(run("requests", "list", "--owner", "subscriber", "--json"))) == 1
    assert run("requests", "list", "cooks@example.org") == "Nothing waits.\n"


def test_what_waits_is_decided(requests: list[int], community: MailingList) -> None:
    joining, leaving, unconfirmed = requests

    assert run("requests", "approve", str(joining)) == "Approved: subscription of dora@example.com, dev@example.org.\n"
    assert run("requests", "reject", str(leaving), "--reason", "Stay.").startswith("Rejected: unsubscription")
    assert "has not confirmed yet" in fails("requests", "approve", str(unconfirmed))
    assert run("requests", "discard", str(unconfirmed)).startswith("Discarded")

    assert members(community) == ["bart@example.com", "cris@example.com", "anne@example.com", "Dora@example.com"]
    assert "Stay." in told("request-refused")[0].text
    assert not Pending.objects.exists()
    assert fails("requests", "approve", str(joining)) == f"There is no request {joining}."
