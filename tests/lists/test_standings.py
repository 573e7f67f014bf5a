import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lists.enums import MemberRole
from lists.models import MailingList
from lists.queries import Standing, standings
from tests.support.factories import make_list, make_member, make_user
from tests.support.requires import on_sqlite


@pytest.fixture
def dev(db: None) -> MailingList:
    return make_list("dev")


def test_standing_of_members_nonmembers_and_strangers(dev: MailingList) -> None:
    bart = make_member(dev, "bart@example.com")
    dora = make_member(dev, "dora@example.com", MemberRole.NONMEMBER)
    make_member(dev, "anne@example.com", MemberRole.OWNER)
    make_member(make_list("other"), "eve@example.com")

    found = standings(
        dev, ["BART@example.com", "dora@example.com", "anne@example.com", "eve@example.com", "x@example.com"]
    )

    assert found == {
        "bart@example.com": Standing(member=bart),
        "dora@example.com": Standing(nonmember=dora),
        "anne@example.com": Standing(),
        "eve@example.com": Standing(),
        "x@example.com": Standing(),
    }


def test_nearest_membership_of_a_person_counts(dev: MailingList) -> None:
    bart = make_user("Bart", "bart@example.com", "bart@home.example.com", "bart@work.example.com")
    home = make_member(dev, bart.addresses.get(email="bart@home.example.com"))

    assert standings(dev, ["bart@work.example.com"])["bart@work.example.com"].member == home

    person = make_member(dev, bart)

    found = standings(dev, ["bart@work.example.com", "bart@home.example.com"])
    assert [standing.member for standing in found.values()] == [person, home]


@on_sqlite
@pytest.mark.parametrize("people", ["addresses", "users"])
def test_look_up_never_reads_through_a_lists_memberships(people: str, dev: MailingList) -> None:
    for name in ("Bart", "Cris"):
        make_member(dev, make_user(name) if people == "users" else f"{name}@example.com".lower())

    with CaptureQueriesContext(
        connection,
    ) as queries:
        standings(dev, ["bart@example.com", "cris@example.com"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries.captured_queries[-1]['sql']}")
        plan = [step for *_, step in cursor.fetchall() if "lists_membership" in step]

    assert plan
    assert not any("mlist_id" in step or "SCAN" in step for step in plan)
