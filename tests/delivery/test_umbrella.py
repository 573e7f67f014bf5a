"""Umbrella lists and siblings: one copy for each person, and what it says to him."""

import email
import json
from collections import Counter
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.enums import DeliveryStatus
from accounts.models import Address
from archives.enums import State
from archives.models import Arrival, Post
from delivery import umbrella
from delivery.models import Batch, BounceEvent, DigestEntry, Rendering
from delivery.services import issues, underway
from lists.enums import Action, MemberRole, Personalization, Relation
from lists.links import read_unsubscribe_token
from lists.models import MailingList, Membership
from lists.services import relations
from lists.services.mailing_lists import change_settings, delete_list
from lists.services.texts import set_text
from moderation.services import desk
from suite.common.failpoints import armed
from tests.delivery.test_operator_commands import run
from tests.lists.test_membership_races import at_once
from tests.support.bouncing import bounce, dsn, signed
from tests.support.digests import MIME, deliver
from tests.support.factories import make_list, make_member, make_members, make_user
from tests.support.outgoing import relay, send_all, unsigned
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

DISABLED: dict[str, Any] = {"delivery_status": DeliveryStatus.BY_USER}

ONE_COPY = pytest.mark.feature("beyond.umbrella")
BART = "bart@example.com"


@pytest.fixture
def everybody() -> MailingList:
    """An umbrella list over dev and ops; bart may write to all three and is a member of none but the umbrella."""
    mlist = make_list("all")
    make_member(mlist, BART, receive_own_postings=False)
    for name in ("dev", "ops"):
        part = make_list(name)
        relations.relate(mlist, part, Relation.INCLUDE)
        make_member(part, BART, MemberRole.NONMEMBER, moderation_action=Action.DEFER)
    return MailingList.objects.get(pk=mlist.pk)


def named(name: str) -> MailingList:
    return MailingList.objects.select_related("domain").get(list_name=name)


def send(*names: str, **fields: Any) -> list[tuple[str, str, EmailMessage]]:
    """Post one letter to these lists: return path, recipient and copy of whatever is sent then."""
    recipients = [f"{name}@example.org" for name in names]
    arrive(letter(to=", ".join(recipients), **fields), *recipients)
    judge_all()
    return collect()


def collect() -> list[tuple[str, str, EmailMessage]]:
    with relay() as server:
        send_all()
    return sorted(
        (
            (unsigned(one.sender), one.recipient, email.message_from_bytes(one.content, policy=policy.default))
            for one in server.deliveries
        ),
        key=lambda found: found[1],
    )


def text(copy: EmailMessage) -> str:
    content: str = copy.get_content()
    return content.replace("\r\n", "\n")


def paths(found: list[tuple[str, str, EmailMessage]]) -> list[tuple[str, str]]:
    """Who got it, and as member of which list."""
    return [(recipient, path.partition("-bounces")[0]) for path, recipient, _ in found]


# --- one copy for each person -----------------------------------------------------------------------------------------


@ONE_COPY
def test_members_of_all_included_lists_get_one_copy_each(everybody: MailingList) -> None:
    for name, who in (("all", "anne"), ("dev", "anne"), ("dev", "cris"), ("ops", "cris"), ("ops", "dora")):
        make_member(named(name), f"{who}@example.com")

    assert paths(send("all")) == [("anne@example.com", "all"), ("cris@example.com", "dev"), ("dora@example.com", "ops")]
    assert [post.archive.list_id for post in Post.objects.select_related("archive")] == ["all.example.org"]


@ONE_COPY
def test_included_lists_may_include_others(everybody: MailingList) -> None:
    below = make_list("below")
    relations.relate(named("dev"), below, Relation.INCLUDE)
    relations.relate(named("ops"), below, Relation.INCLUDE)
    make_member(below, "anne@example.com")

    assert paths(send("all")) == [("anne@example.com", "below")]


@ONE_COPY
def test_a_person_is_a_user_whatever_his_addresses(everybody: MailingList) -> None:
    anne = make_user("Anne", "anne@example.com", "work@example.com")
    make_member(named("dev"), Address.objects.get(email="work@example.com"))
    make_member(named("ops"), anne)

    assert paths(send("all")) == [("work@example.com", "dev")]


@ONE_COPY
def test_ones_own_membership_of_the_umbrella_decides(everybody: MailingList) -> None:
    anne = make_user("Anne", "anne@example.com", "work@example.com")
    make_member(everybody, anne, **DISABLED)
    make_member(named("dev"), Address.objects.get(email="work@example.com"))
    make_member(everybody, "cris@example.com", **DISABLED)
    make_member(named("ops"), "cris@example.com")

    assert send("all") == []


@ONE_COPY
def test_a_membership_that_gets_nothing_gives_way_to_one_that_does(everybody: MailingList) -> None:
    make_member(named("dev"), "anne@example.com", **DISABLED)
    make_member(named("ops"), "anne@example.com")
    make_member(named("dev"), "cris@example.com", **MIME)
    make_member(named("ops"), "cris@example.com")
    make_member(named("dev"), "dora@example.com", role=MemberRole.OWNER)

    assert paths(send("all")) == [("anne@example.com", "ops"), ("cris@example.com", "ops")]


@ONE_COPY
@pytest.mark.parametrize(("own", "expected"), [(True, 1), (False, 0)])
def test_the_poster_of_an_included_list_gets_his_own_post_if_he_wants(
    everybody: MailingList, own: bool, expected: int
) -> None:
    anne = make_user("Anne", "anne@example.com", "work@example.com")
    make_member(everybody, "anne@example.com", MemberRole.NONMEMBER, moderation_action=Action.DEFER)
    make_member(named("dev"), Address.objects.get(email="work@example.com"), receive_own_postings=own)

    assert anne.addresses.count() == 2
    found = [who for who, _ in paths(send("all", sender="anne@example.com"))]
    assert found == [BART, "work@example.com"][: 1 + expected]


@ONE_COPY
def test_who_is_named_in_to_and_wants_no_second_copy_gets_none(everybody: MailingList) -> None:
    make_member(named("dev"), "anne@example.com", receive_list_copy=False)
    make_member(named("ops"), "cris@example.com")
    found = send("all", cc="anne@example.com, cris@example.com")

    assert paths(found) == [("cris@example.com", "ops")]
    assert found[0][2]["X-Mailman-Copy"] == "yes"


@ONE_COPY
def test_who_takes_digests_of_an_included_list_has_it_there(everybody: MailingList) -> None:
    dev = named("dev")
    change_settings(dev, digest_size_threshold=0)
    change_settings(named("ops"), digests_enabled=False)
    make_member(dev, "anne@example.com", **MIME)
    make_member(named("ops"), "anne@example.com", **MIME)
    make_member(named("ops"), "cris@example.com", **MIME)

    assert send("all", subject="To all") == []
    entry = DigestEntry.objects.get(mlist=dev)
    assert (entry.post, entry.roster and len(entry.roster.members)) == (None, 1)
    issues.close(dev)
    [(recipient, mail)] = deliver()
    assert (recipient, mail["List-Id"]) == ("anne@example.com", "<dev.example.org>")
    assert b"[All] To all" in mail.as_bytes()


@ONE_COPY
def test_an_urgent_post_reaches_digest_members_of_included_lists(everybody: MailingList) -> None:
    change_settings(everybody, moderator_password="secret")
    make_member(named("dev"), "anne@example.com", **MIME)

    assert paths(send("all", urgent="secret")) == [("anne@example.com", "dev")]
    assert not DigestEntry.objects.filter(mlist=named("dev")).exists()


# --- letters to several lists -----------------------------------------------------------------------------------------


def cross_posted() -> None:
    for name, who in (("dev", "anne"), ("ops", "anne"), ("dev", "cris"), ("ops", "dora")):
        make_member(named(name), f"{who}@example.com")


@ONE_COPY
@pytest.mark.parametrize("way", ["umbrella", "excludes", "excluded by"])
def test_a_letter_to_two_lists_brings_one_copy(way: str, everybody: MailingList) -> None:
    cross_posted()
    if way != "umbrella":
        for name in ("dev", "ops"):
            relations.forget(everybody, named(name))
        pair = (named("dev"), named("ops")) if way == "excludes" else (named("ops"), named("dev"))
        relations.relate(*pair, Relation.EXCLUDE)

    found = paths(send("dev", "ops"))

    assert Counter(recipient for recipient, _ in found) == {f"{who}@example.com": 1 for who in ("anne", "cris", "dora")}
    assert Post.objects.count() == 2
    remarks = [arrival.verdict.get("remarks") for arrival in Arrival.objects.order_by("pk")]
    assert remarks == [None, ["1 get it by another list that it was sent to."]]


@ONE_COPY
def test_a_letter_to_the_umbrella_and_an_included_list_brings_one_copy(everybody: MailingList) -> None:
    cross_posted()

    found = paths(send("all", "dev"))

    assert [recipient for recipient, _ in found] == [f"{who}@example.com" for who in ("anne", "cris", "dora")]


@ONE_COPY
def test_it_makes_no_difference_how_the_lists_get_it(everybody: MailingList) -> None:
    """As of an MTA that hands over one recipient at a time, each with trace fields of its own."""
    cross_posted()
    raw = letter(to="dev@example.org, ops@example.org")
    for name in ("dev", "ops"):
        arrive(f"Received: by mx.example.org for {name}\r\n".encode() + raw, f"{name}@example.org")
    judge_all()

    assert len(collect()) == 3


@ONE_COPY
def test_of_a_letter_that_one_list_refuses_nobody_goes_without(everybody: MailingList) -> None:
    cross_posted()
    change_settings(named("dev"), emergency=True)

    assert [who for who, list_name in paths(send("dev", "ops")) if list_name == "ops"] == [
        "anne@example.com",
        "dora@example.com",
    ]
    held = Arrival.objects.get(state=State.HELD).held
    desk.accept(held, by=make_user("Cris", "moderator@example.com"))
    judge_all()
    assert [who for who, _ in paths(collect())] == ["cris@example.com"]


@ONE_COPY
def test_of_two_workers_who_have_it_in_hand_at_once_the_second_sees_what_the_first_did(everybody: MailingList) -> None:
    cross_posted()
    arrive(letter(to="dev@example.org, ops@example.org"), "dev@example.org", "ops@example.org")
    with armed("journey.before-commit=sleep:1"):
        at_once(judge_all, judge_all)

    assert [who for who, _ in paths(collect())] == [f"{who}@example.com" for who in ("anne", "cris", "dora")]


@ONE_COPY
def test_another_letter_of_the_same_id_is_another_letter(everybody: MailingList) -> None:
    cross_posted()
    send("dev", message_id="always@example.com", body="Monday.\n")

    assert len(send("ops", message_id="always@example.com", body="Tuesday.\n")) == 2


@ONE_COPY
def test_lists_that_have_nothing_to_do_with_each_other_send_a_copy_each(everybody: MailingList) -> None:
    cross_posted()
    for name in ("dev", "ops"):
        relations.forget(everybody, named(name))

    assert len(send("dev", "ops")) == 4


@ONE_COPY
def test_who_has_it_has_it_in_no_digest_of_a_sibling(everybody: MailingList) -> None:
    make_member(named("dev"), "anne@example.com")
    make_member(named("ops"), "anne@example.com", **MIME)

    assert paths(send("dev", "ops")) == [("anne@example.com", "dev")]
    assert [entry.roster for entry in DigestEntry.objects.filter(mlist=named("ops"))] == [None]


# --- what a copy says -------------------------------------------------------------------------------------------------


@ONE_COPY
def test_a_copy_says_why_it_comes_and_how_to_stop_it(everybody: MailingList) -> None:
    make_member(everybody, "anne@example.com")
    make_member(named("dev"), "cris@example.com")
    (_, _, anne), (path, _, cris) = send("all")

    assert path == "dev-bounces@example.org"
    for field in ("Subject", "List-Id", "List-Post", "List-Archive", "Archived-At", "Message-ID", "From", "To"):
        assert anne[field] == cris[field]
    assert cris["List-Id"] == "<all.example.org>"
    assert [anne[name].count("all-") for name in ("List-Unsubscribe", "List-Subscribe")] == [1, 1]
    assert cris["List-Unsubscribe"].startswith("<mailto:dev-leave@example.org>, <")
    assert cris["List-Unsubscribe"].endswith("/lists/dev.example.org/>")
    assert (cris["List-Subscribe"], cris["List-Help"], cris["List-Owner"]) == (
        "<mailto:dev-join@example.org>",
        "<mailto:dev-request@example.org?subject=help>",
        "<mailto:dev-owner@example.org>",
    )
    below = text(cris).partition("_____\n")[2].splitlines()
    assert below[:5] == [
        "This was written to the list",
        "all@example.org",
        "You get it as a member of",
        "dev@example.org, which is part of it.",
        "Leave that with a mail to dev-leave@example.org or on",
    ]
    assert "all-leave@example.org" not in cris.as_string()


@ONE_COPY
@override_settings(BASE_URL="https://lists.example.org")
def test_a_personal_copy_leaves_the_list_that_brought_it(everybody: MailingList) -> None:
    change_settings(everybody, personalize=Personalization.INDIVIDUAL)
    cris = make_member(named("dev"), "cris@example.com")
    [(path, _, copy)] = send("all")

    assert path == "dev-bounces+cris=example.com@example.org"
    address = copy["List-Unsubscribe"].partition(">")[0].strip("<")
    token = address.rstrip("/").rpartition("/")[2]
    assert address.startswith("https://lists.example.org/lists/dev.example.org/unsubscribe/")
    assert read_unsubscribe_token(token, "dev.example.org") == cris.pk
    assert copy["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in copy.get_content()


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Mitglied von"), ("fr", "comme membre de"), ("es", "miembro de")]
)
def test_the_reason_is_in_the_language_of_the_list_that_brings_it(
    everybody: MailingList, language: str, words: str
) -> None:
    change_settings(named("dev"), preferred_language=language)
    make_member(named("dev"), "cris@example.com")

    assert words in text(send("all")[0][2])


def test_the_included_list_may_have_its_own_words_and_an_umbrella_without_footer_adds_none(
    everybody: MailingList,
) -> None:
    make_member(named("dev"), "cris@example.com")
    set_text("list:member:included:footer", named("dev"), "$umbrella_display_name by $listname\n")
    assert text(send("all")[0][2]) == "Good morning.\nAll by dev@example.org\n"

    set_text("list:member:regular:footer", everybody, "")
    assert text(send("all")[0][2]) == "Good morning.\n"


# --- bounces, progress, trace -----------------------------------------------------------------------------------------


@ONE_COPY
@override_settings(VERP_INTERVAL=1)
def test_a_bounce_scores_the_membership_that_brought_the_copy(everybody: MailingList) -> None:
    dev, ops = (make_member(named(name), "cris@example.com") for name in ("dev", "ops"))
    send("all")

    bounce(dsn("cris@example.com"), signed(named("dev"), "cris@example.com"))

    assert [Membership.objects.get(pk=row.pk).bounce_score for row in (dev, ops)] == [1, 0]


@ONE_COPY
def test_a_bounce_without_verp_and_a_refusal_of_the_relay_do_so_too(everybody: MailingList) -> None:
    cris, dora = (make_member(named("dev"), f"{who}@example.com") for who in ("cris", "dora"))
    arrive(letter(to="all@example.org", message_id="post-1@example.org"), "all@example.org")
    judge_all()
    with relay(refuse={"dora@": "550 5.1.1 no such user"}):
        send_all()
    bounce(dsn("cris@example.com"))

    assert {event.membership_id: event.mlist for event in BounceEvent.objects.all()} == {
        cris.pk: named("dev"),
        dora.pk: named("dev"),
    }


def test_the_owners_of_the_umbrella_see_it_under_way_and_those_of_included_lists_do_not(everybody: MailingList) -> None:
    make_member(everybody, "anne@example.com")
    make_member(named("dev"), "cris@example.com")
    arrive(letter(to="all@example.org"), "all@example.org")
    judge_all()

    assert [(post.number, post.recipients) for post in underway.posts(everybody)] == [(1, 2)]
    assert underway.posts(named("dev")) == []


@ONE_COPY
def test_trace_names_the_list_that_brings_each_copy(everybody: MailingList) -> None:
    change_settings(named("ops"), digest_size_threshold=0)
    make_member(everybody, "anne@example.com")
    make_member(named("dev"), "cris@example.com")
    make_member(named("ops"), "dora@example.com", **MIME)
    send("all", message_id="told@example.com")

    [steps] = json.loads(run("trace", "told@example.com", "--json"))
    planned = [step["details"] for step in steps if step["what"] == "planned"]
    assert [(one.get("members_of"), one["return_path"]) for one in planned] == [
        (None, "all-bounces@example.org"),
        ("dev.example.org", "dev-bounces@example.org"),
    ]
    collected = [step["details"] for step in steps if step["what"] == "collected"]
    assert sorted(one.get("list", "") for one in collected) == ["", "ops.example.org"]


@pytest.mark.parametrize("name", ["all", "dev"])
def test_a_list_that_is_deleted_takes_its_copies_along(everybody: MailingList, name: str) -> None:
    make_member(everybody, "anne@example.com")
    make_member(named("dev"), "cris@example.com")
    arrive(letter(to="all@example.org"), "all@example.org")
    judge_all()

    delete_list(named(name))

    assert [who for who, _ in paths(collect())] == ([] if name == "all" else ["anne@example.com"])
    assert Rendering.objects.exists() is (name == "dev")


# --- what it costs ----------------------------------------------------------------------------------------------------


@ONE_COPY
@pytest.mark.parametrize("members", [1, 30])
def test_recipients_are_two_statements_whatever_their_number(
    everybody: MailingList, members: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for name in ("dev", "ops"):
        make_members(named(name), members)

    with django_assert_num_queries(2):
        found = umbrella.gather(everybody)
    assert [len(group.recipients) for group in found] == [1, members]
    plain = make_list("plain")
    with django_assert_num_queries(1):
        assert len(umbrella.gather(plain)) == 1


@ONE_COPY
def test_a_list_without_relations_asks_nothing_of_them(everybody: MailingList) -> None:
    plain = make_list("plain")
    make_member(plain, BART)
    arrive(letter(to="plain@example.org"), "plain@example.org")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        judge_all()

    about = [query["sql"] for query in asked if "lists_listrelation" in query["sql"]]
    assert [sql.count("lists_listrelation") for sql in about] == [1]
    assert "lists_mailinglist" in about[0]
    assert Batch.objects.count() == 1
