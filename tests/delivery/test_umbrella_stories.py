"""What owners of an umbrella list and of those it includes hear of each other's members: who gets mail, and whose mailboxes."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from archives.models import Arrival
from delivery.services import digests, tracing
from lists.enums import MemberRole, Relation
from lists.models import MailingList
from lists.services import relations
from tests.support.bouncing import bounce, dsn
from tests.support.digests import MIME
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import recipients_of, relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = "550 5.1.1 <{}@example.com> no such user"
OURS, THEIRS = {"zoe"}, {"cris", "dora", "eve"}
"""Members of the umbrella list, and of the list that it includes; all of their mailboxes are gone, or come to be."""


@pytest.fixture
def everybody() -> MailingList:
    """Anne owns the list and Fred the one that it includes; eve takes digests of that."""
    mlist, part = make_list("all"), make_list("dev", digest_size_threshold=0.001)
    relations.relate(mlist, part, Relation.INCLUDE)
    make_member(mlist, make_user("Anne"), MemberRole.OWNER)
    make_member(part, make_user("Fred"), MemberRole.OWNER)
    make_member(mlist, "zoe@example.com")
    for name, form in {"cris": {}, "dora": {}, "eve": MIME}.items():
        make_member(part, f"{name}@example.com", **form)
    return MailingList.objects.get(pk=mlist.pk)


@pytest.fixture
def arrival(everybody: MailingList) -> Arrival:
    """A post whose copies all come back: most are refused with the address in the answer, Dora's is returned later."""
    post = letter(sender="zoe@example.com", to="all@example.org", message_id="told@example.com")
    [arrival] = arrive(post, "all@example.org", sender="zoe@example.com")
    with relay(refuse={f"^{name}@": REFUSED.format(name) for name in ("zoe", "cris", "eve")}) as server:
        judge_all()
        digests.work()
        send_all()
    assert recipients_of(server) == {"dora@example.com": 1}
    bounce(dsn("dora@example.com", message_id="told@example.com"))
    return arrival


def named(text: str) -> set[str]:
    return {name for name in OURS | THEIRS if f"{name}@" in text}


def visit(client: Client, name: str, arrival: Arrival, mlist: str = "all") -> Any:
    client.force_login(User.objects.get(email=f"{name}@example.com"))
    return client.get(f"/lists/{mlist}.example.org/underway/{arrival.pk}/trace/")


def test_owners_see_the_mailboxes_of_their_own_members_alone(arrival: Arrival, client: Client) -> None:
    page = visit(client, "anne", arrival).text
    assert named(page) == OURS
    assert "no such user" in page

    steps = tracing.story_for_owners(arrival)
    mailboxes = [step.details.get("to") or step.details.get("of") for step in steps if step.what in tracing.MAILBOXES]
    assert set(mailboxes) == {"zoe@example.com"}
    copies = [(step.details.get("members_of"), step.details["recipients"]) for step in steps if step.what == "planned"]
    assert sorted(copies, key=str) == [("dev.example.org", 1), ("dev.example.org", 2), (None, 1)]
    answers = [step.details for step in steps if step.what == "sending"]
    assert [details.get("members_of") for details in answers if "replies" in details] == [None]


def test_the_operator_sees_all_of_them(arrival: Arrival) -> None:
    story = str(tracing.story(arrival))
    assert named(story) == {"zoe", "cris", "eve"}, "Dora's copy came back to the list that she is on"


@pytest.mark.parametrize("mlist", ["all", "dev"])
def test_owners_of_an_included_list_do_not_see_the_post_of_the_other(
    arrival: Arrival, client: Client, mlist: str
) -> None:
    assert visit(client, "fred", arrival, mlist).status_code == 404


@pytest.mark.feature("beyond.umbrella")
@pytest.mark.parametrize("role", [MemberRole.OWNER, MemberRole.MODERATOR, MemberRole.NONMEMBER])
def test_who_is_no_member_of_an_included_list_gets_no_post_by_it(everybody: MailingList, role: MemberRole) -> None:
    make_member(MailingList.objects.get(list_name="dev"), "gwen@example.com", role)
    arrive(letter(sender="zoe@example.com", to="all@example.org"), "all@example.org", sender="zoe@example.com")
    judge_all()
    with relay() as server:
        send_all()
    assert set(recipients_of(server)) == {f"{name}@example.com" for name in ("zoe", "cris", "dora")}


def test_mail_to_the_owners_stays_with_those_of_the_list(everybody: MailingList) -> None:
    arrive(letter(to="all-owner@example.org"), "all-owner@example.org")
    judge_all()
    with relay() as server:
        send_all()
    assert set(recipients_of(server)) == {"anne@example.com"}
