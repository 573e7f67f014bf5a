import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from archives.models import Arrival
from lists.enums import Action, MemberRole
from lists.models import MailingList
from lists.services.bans import ban
from moderation import candidates, facts
from suite.mail.parse import parse
from tests.support.factories import make_list, make_member, make_user
from tests.support.letters import make_arrival, make_candidate, make_letter

EVERYWHERE = b"""\
Sender: Four <FOUR@example.com>\r
Reply-To: three@example.com, bart@example.com\r
From: "Bart, the member" <Bart@Example.com>\r
Subject: Tea\r
\r
"""


@pytest.fixture
def dev(db: None) -> MailingList:
    return make_list("dev")


def test_senders_are_in_mailmans_order_and_each_once() -> None:
    found = candidates.claimed_senders("two@example.com", parse(EVERYWHERE))

    assert list(found) == ["bart@example.com", "two@example.com", "three@example.com", "four@example.com"]
    assert found["bart@example.com"].name == "Bart, the member"
    assert found["bart@example.com"].address == "Bart@Example.com"


@pytest.mark.feature("core.sender.order")
@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ((), "bart@example.com"),
        (("From",), "two@example.com"),
        (("From", "envelope"), "three@example.com"),
        (("From", "envelope", "Reply-To"), "four@example.com"),
    ],
)
@pytest.mark.parametrize("instead", ["", "From: undisclosed", "From: a@b@c"])
def test_what_is_missing_or_no_address_gives_way_to_the_next(fields: tuple[str, ...], first: str, instead: str) -> None:
    kept = [line for line in EVERYWHERE.decode().splitlines() if line.partition(":")[0] not in fields]
    raw = "\r\n".join([instead, *kept] if instead and "From" in fields else kept).encode()
    envelope = "" if "envelope" in fields else "two@example.com"

    assert next(iter(candidates.claimed_senders(envelope, parse(raw)))) == first


@pytest.mark.feature("core.sender.order")
def test_the_site_says_where_senders_are_looked_for(settings: Settings) -> None:
    settings.SENDER_HEADERS = ["sender", "from_"]

    found = candidates.claimed_senders("two@example.com", parse(EVERYWHERE))

    assert list(found) == ["four@example.com", "two@example.com"]


def test_no_more_senders_are_looked_up_than_anybody_names_in_good_faith() -> None:
    many = ", ".join(f"a{number}@example.com" for number in range(5000))

    found = candidates.claimed_senders("bart@example.com", parse(make_letter(many)))

    assert list(found) == [f"a{number}@example.com" for number in range(candidates.SENDERS)]


def test_candidate_knows_members_nonmembers_and_bans(dev: MailingList) -> None:
    member = make_member(dev, "bart@example.com", moderation_action=Action.HOLD)
    nonmember = make_member(dev, "three@example.com", MemberRole.NONMEMBER)
    make_member(make_list("other"), "four@example.com")
    ban("^four@", dev)

    letter = make_candidate(dev, EVERYWHERE, sender="two@example.com")

    assert [(sender.membership, sender.nonmember, sender.banned) for sender in letter.senders] == [
        (member, None, False),
        (None, None, False),
        (None, nonmember, False),
        (None, None, True),
    ]
    assert letter.sender == "bart@example.com"
    assert letter.member_action is Action.HOLD
    assert letter.banned


def test_member_is_found_by_another_address_of_the_same_user(dev: MailingList) -> None:
    bart = make_user("Bart", "bart@example.com", "bart@home.example.com")
    member = make_member(dev, bart)

    letter = make_candidate(dev, make_letter("bart@home.example.com"), sender="")

    assert [sender.membership for sender in letter.senders] == [member]


def test_owner_and_moderator_are_no_members(dev: MailingList) -> None:
    make_member(dev, "anne@example.com", MemberRole.OWNER)
    make_member(dev, "anne@example.com", MemberRole.MODERATOR)

    assert make_candidate(dev, make_letter("anne@example.com"), sender="").member is None


def test_letter_without_any_sender(dev: MailingList) -> None:
    letter = make_candidate(dev, b"Subject: Tea\r\n\r\n", sender="")

    assert (letter.senders, letter.sender, letter.member, letter.member_action) == ((), "", None, None)


def as_claimed(mlist: MailingList) -> MailingList:
    """The list as a worker loads it for a run."""
    return facts.judged(MailingList.objects.select_related("domain")).get(pk=mlist.pk)


@pytest.mark.parametrize("count", [1, 25])
def test_run_of_any_length_costs_three_queries(
    count: int, dev: MailingList, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make_member(dev, f"member{number}@example.com")
    arrivals, raws = arrive(dev, count)
    claimed = as_claimed(dev)

    with django_assert_num_queries(3):
        letters = candidates.build(arrivals, claimed, raws)

    assert all(letter.member for letter in letters)


@pytest.mark.parametrize("count", [1, 25])
def test_run_of_users_costs_one_more_for_their_other_addresses(
    count: int, dev: MailingList, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make_member(dev, make_user(f"Member{number}"))
    arrivals, raws = arrive(dev, count)
    claimed = as_claimed(dev)

    with django_assert_num_queries(4):
        letters = candidates.build(arrivals, claimed, raws)

    assert all(letter.member for letter in letters)


@pytest.mark.parametrize("count", [1, 25])
def test_list_that_the_settings_name_costs_two_queries_and_one_for_all_of_them(
    count: int, dev: MailingList, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_member(make_list("friends"), "member0@example.com")
    make_list("others")
    dev.accept_these_nonmembers = ["@friends@example.org", "dora@example.com", "@nobody@example.org"]
    dev.discard_these_nonmembers = ["@Others@example.org"]
    arrivals, raws = arrive(dev, count)

    with django_assert_num_queries(3 + 1 + 2 * 2 + 1):  # the last one: header checks
        letters = candidates.build(arrivals, dev, raws)

    assert [letter.senders[0].lists for letter in letters[:2]] == [
        frozenset({"friends@example.org"}),
        frozenset(),
    ][:count]


def arrive(mlist: MailingList, count: int) -> tuple[list[Arrival], dict[int, bytes]]:
    letters = [make_letter(f"member{number}@example.com") for number in range(count)]
    arrivals = [make_arrival(mlist, raw, sender=f"bounces-{number}@example.com") for number, raw in enumerate(letters)]
    return arrivals, {arrival.letter_id: raw for arrival, raw in zip(arrivals, letters, strict=True)}
