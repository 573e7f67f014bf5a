"""The page that names a list's members: who sees it, whom it names, and what it costs."""

import re
from collections.abc import Callable
from itertools import chain, product
from typing import Any

import pytest
from django.db.models.signals import post_init
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.models import Address, User
from lists.enums import MemberRole, RosterVisibility
from lists.models import MailingList, Membership
from lists.queries import members, roster
from lists.services.mailing_lists import change_settings
from tests.support.factories import make_list, make_member, make_members, make_user

pytestmark = pytest.mark.django_db

PAGE = "/lists/dev.example.org/members/"
SIGN_IN = f"/accounts/login/?next={PAGE}"

READERS = {
    RosterVisibility.PUBLIC: {"anonymous", "stranger", "nonmember", "owner elsewhere", "member"},
    RosterVisibility.MEMBERS: {"member"},
    RosterVisibility.MODERATORS: set[str](),
}
"""Who may read it beside those who run the list."""
RUN_IT = {"moderator", "owner", "domain owner", "site owner"}


@pytest.fixture
def browsers(dev: MailingList, dora: User, bart: User, cris: User, anne: User) -> dict[str, Client]:
    """Everybody's. Bart is the one member yet."""
    nonmember, elsewhere, host = make_user("Nora"), make_user("Eve"), make_user("Hal")
    make_member(dev, nonmember.preferred_address, MemberRole.NONMEMBER)
    make_member(make_list("cooks"), elsewhere.preferred_address, MemberRole.OWNER)
    dev.domain.owners.add(host)
    people = {
        "stranger": dora,
        "nonmember": nonmember,
        "owner elsewhere": elsewhere,
        "member": bart,
        "moderator": cris,
        "owner": anne,
        "domain owner": host,
        "site owner": make_user("Root", superuser=True),
    }
    found = {"anonymous": Client()} | {who: Client() for who in people}
    for who, person in people.items():
        found[who].force_login(person)
    return found


def see(client: Client, **query: str | int) -> str:
    """What stands on the page below the list's name and menu."""
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return re.split(r"<h1>|</main>", answer.content.decode())[1]


def named(client: Client, **query: str | int) -> list[str]:
    """The addresses on the page, in order."""
    return re.findall(r"[\w.+%-]+@[\w.…-]+", strip_tags(see(client, **query)))


def marks(client: Client) -> dict[str, list[str]]:
    """What is said of each member beside the address, where anything is."""
    rows = [strip_tags(row.replace("</span>", "\n")).split() for row in see(client).split("<li>")[1:]]
    words = {"hidden", "from", "members", "digest", "paused"}
    return {row[1]: found for row in rows if (found := [word for word in row if word in words])}


# --- who sees it ------------------------------------------------------------------------------------------------------


@pytest.mark.feature("web.roster-visibility")
@pytest.mark.parametrize("visibility", RosterVisibility, ids=lambda visibility: visibility.wire)
def test_the_named_group_and_above_see_it(
    dev: MailingList, browsers: dict[str, Client], visibility: RosterVisibility
) -> None:
    change_settings(dev, member_roster_visibility=visibility)
    make_member(dev, "gil@example.com")

    answers = {who: client.get(PAGE) for who, client in browsers.items()}

    readers = READERS[visibility] | RUN_IT
    refused = {who: 302 if who == "anonymous" else 403 for who in browsers}
    expected = {who: 200 if who in readers else refused[who] for who in browsers}
    assert {who: answer.status_code for who, answer in answers.items()} == expected
    assert {who for who, answer in answers.items() if b"gil@" in answer.content} == readers
    assert {answer["Location"] for answer in answers.values() if answer.status_code == 302} <= {SIGN_IN}


@pytest.mark.feature("web.roster-visibility")
def test_readers_get_no_form(dev: MailingList, browsers: dict[str, Client]) -> None:
    change_settings(dev, member_roster_visibility=RosterVisibility.PUBLIC)

    pages = {who: see(client) for who, client in browsers.items()}

    assert {who for who, page in pages.items() if re.search("<(form|input|button|select|textarea)", page)} == RUN_IT
    assert "csrf" not in "".join(pages.values())


@pytest.mark.parametrize("visibility", RosterVisibility, ids=lambda visibility: visibility.wire)
def test_the_lists_pages_lead_there_whom_it_is_open_to(
    dev: MailingList, browsers: dict[str, Client], visibility: RosterVisibility
) -> None:
    change_settings(dev, member_roster_visibility=visibility)
    overviews = {who: client.get("/lists/dev.example.org/").content.decode() for who, client in browsers.items()}

    assert {who for who, page in overviews.items() if f'href="{PAGE}"' in page} == READERS[visibility] | RUN_IT
    assert f'<a href="{PAGE}" aria-current="true">Members</a>' in browsers["owner"].get(PAGE).content.decode()


def test_who_is_sent_to_sign_in_comes_back_to_the_page_he_wanted(dev: MailingList, client: Client) -> None:
    assert client.get(PAGE, {"page": 2})["Location"] == f"{SIGN_IN}%3Fpage%3D2"


def test_who_is_not_signed_in_reads_no_domain(dev: MailingList, client: Client, bart: User) -> None:
    """Nor one that stands in a name: who gathers addresses reads public pages."""
    change_settings(dev, member_roster_visibility=RosterVisibility.PUBLIC)
    make_member(dev, "gil@example.com")
    Address.objects.filter(email="gil@example.com").update(display_name="Gil <gil@example.net>")

    assert named(client) == ["bart@…", "gil@…", "gil@…"]
    client.force_login(bart)
    assert named(client) == ["bart@example.com", "gil@example.net", "gil@example.com"]


def test_machines_are_asked_to_leave_it_alone(dev: MailingList, client: Client) -> None:
    change_settings(dev, member_roster_visibility=RosterVisibility.PUBLIC)

    assert '<meta name="robots" content="noindex">' in client.get(PAGE).content.decode()


# --- whom it names ----------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.preferences.hide-address", "web.roster-visibility")
def test_who_hides_is_named_to_those_who_run_the_list_alone(dev: MailingList, browsers: dict[str, Client]) -> None:
    """By his membership, his address or himself; who has said nothing is no case of the system's "true"."""
    change_settings(dev, member_roster_visibility=RosterVisibility.PUBLIC)
    make_member(dev, "gil@example.com", hide_address=True)
    make_member(dev, "ida@example.com", hide_address=False)
    make_member(dev, "jan@example.com")
    Address.objects.filter(email="jan@example.com").update(hide_address=True)
    kim = make_user("Kim")
    User.objects.filter(pk=kim.pk).update(hide_address=True)
    make_member(dev, kim)
    assert all(row.effective("hide_address") for row in members(dev).filter(address__email="bart@example.com"))

    seen = {who: [mailbox.partition("@")[0] for mailbox in named(client)] for who, client in browsers.items()}

    everybody, others = ["bart", "gil", "ida", "jan", "kim"], ["bart", "ida"]
    assert seen == {who: everybody if who in RUN_IT else others for who in browsers}
    assert {who for who, client in browsers.items() if "Kim" in see(client)} == RUN_IT
    assert {"3 members keep their address to themselves" in see(client) for client in browsers.values()} == {True}
    mark = ["hidden", "from", "members"]
    told = {who: marks(client) for who, client in browsers.items()}
    assert told["moderator"] == told["owner"] == {"gil@example.com": mark, "jan@example.com": mark, "Kim": mark}


@pytest.mark.parametrize(("hiding", "said"), [(0, None), (1, "1 member keeps their address"), (2, "2 members keep")])
def test_how_many_hide_is_said(dev: MailingList, browsers: dict[str, Client], hiding: int, said: str | None) -> None:
    change_settings(dev, member_roster_visibility=RosterVisibility.MEMBERS)
    for number in range(hiding):
        make_member(dev, f"hidden{number}@example.com", hide_address=True)

    for who in ("member", "owner"):
        page = see(browsers[who])
        assert ("themselves" in page) == (said is not None)
        assert said is None or said in page


def test_a_list_that_has_nobody_to_show_says_so(dev: MailingList, client: Client) -> None:
    change_settings(dev, member_roster_visibility=RosterVisibility.PUBLIC)
    empty = see(client)
    make_member(dev, "gil@example.com", hide_address=True)

    assert "Nobody is on this list yet." in empty
    assert "All members keep their address to themselves." in see(client)


@pytest.mark.parametrize("by_user", [False, True])
def test_the_database_knows_who_hides_as_the_membership_does(dev: MailingList, by_user: bool) -> None:
    """Every combination of what member, address and user say, beside one who has no user."""
    for number, (own, of_address, of_user) in enumerate(product((None, True, False), repeat=3)):
        user = make_user(f"User{number}")
        assert user.preferred_address is not None
        Address.objects.filter(pk=user.preferred_address.pk).update(hide_address=of_address)
        User.objects.filter(pk=user.pk).update(hide_address=of_user)
        make_member(dev, user if by_user else user.preferred_address, hide_address=own)
    make_member(dev, "alone@example.com")

    shown = set(roster(dev, hidden_too=False).keys)

    assert shown == {row.pk for row in members(dev) if not row.hides_address}
    assert (len(shown), roster(dev, hidden_too=False).hidden) == (15, 13)


def test_members_stand_by_address_and_other_roles_do_not(dev: MailingList, browsers: dict[str, Client]) -> None:
    make_member(dev, "Zoe@example.com", display_name="Aaron")
    make_member(dev, "ALMA@example.com")
    make_member(dev, make_user("Eric", "eric@example.com"))
    lost = make_user("Lost")
    make_member(dev, lost)
    User.objects.filter(pk=lost.pk).update(preferred_address=None)

    page = strip_tags(see(browsers["owner"]))

    addresses = ["ALMA@example.com", "bart@example.com", "eric@example.com", "Zoe@example.com"]
    assert named(browsers["owner"]) == addresses
    assert page.index("Zoe@example.com") < page.index("Lost") < page.index("(no address)")


def test_a_name_is_the_addresss_own_or_the_users(dev: MailingList, browsers: dict[str, Client]) -> None:
    make_member(dev, "gil@example.com", display_name="Gil & <b>Co</b>")
    ella = make_user("Ella")
    Address.objects.filter(user=ella).update(display_name="Ella at work")
    make_member(dev, ella)

    page = see(browsers["owner"])

    assert re.findall("<bdi>(.*?)</bdi>", page) == ["Bart", "Ella at work", "Gil &amp; &lt;b&gt;Co&lt;/b&gt;"]


def test_how_somebody_gets_his_mail_is_for_those_who_run_the_list(
    dev: MailingList, browsers: dict[str, Client]
) -> None:
    change_settings(dev, member_roster_visibility=RosterVisibility.MEMBERS)
    make_member(dev, "a@example.com", delivery_mode=DeliveryMode.SUMMARY_DIGESTS)
    make_member(dev, "b@example.com", delivery_status=DeliveryStatus.BY_BOUNCES)
    make_member(dev, "c@example.com")
    Address.objects.filter(email="c@example.com").update(
        delivery_mode=DeliveryMode.MIME_DIGESTS, delivery_status=DeliveryStatus.BY_USER
    )

    expected = {"a@example.com": ["digest"], "b@example.com": ["paused"], "c@example.com": ["digest", "paused"]}
    assert marks(browsers["moderator"]) == marks(browsers["owner"]) == expected
    assert marks(browsers["member"]) == {}


# --- searching --------------------------------------------------------------------------------------------------------


@pytest.fixture
def searched(dev: MailingList, browsers: dict[str, Client]) -> Callable[[str], list[str]]:
    make_member(dev, "Anton@Example.net", display_name="Åsa Öberg")
    make_member(dev, "gil@example.com", display_name="100% Gil (Büro) [x]", hide_address=True)
    make_member(dev, make_user("Hugo", "h_u@example.com"))

    def find(words: str) -> list[str]:
        return [address.partition("@")[0] for address in named(browsers["moderator"], q=words)]

    return find


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ANTON@example", ["Anton"]),
        ("example.net", ["Anton"]),
        ("åSA ö", ["Anton"]),
        ("ö", ["Anton"]),
        ("bÜro", ["gil"]),
        ("hug", ["h_u"]),
        ("_", ["h_u"]),
        ("%", ["gil"]),
        ("(", ["gil"]),
        ("[x]", ["gil"]),
        ("a.t", []),
        ("\\", []),
        (".*", []),
        ("***:", []),
        ("nobody", []),
        ("  gil ", ["gil"]),
        ("", ["Anton", "bart", "gil", "h_u"]),
    ],
)
def test_a_part_of_address_or_name_finds(searched: Callable[[str], list[str]], words: str, found: list[str]) -> None:
    assert searched(words) == found


def test_the_search_says_how_many_it_found(searched: object, browsers: dict[str, Client]) -> None:
    page = see(browsers["owner"], q="example.com")

    assert "3 members found" in page and "4 members" in page and 'value="example.com"' in page
    assert "Nobody here has this in address or name." in see(browsers["owner"], q="nobody")
    assert "found" not in see(browsers["owner"])


@pytest.mark.parametrize("words", ["x" * 101, "a\0b"])
def test_what_cannot_be_searched_for_is_said_at_the_field(
    searched: object, browsers: dict[str, Client], words: str
) -> None:
    page = see(browsers["owner"], q=words)

    assert 'class="errorlist"' in page and "4 members" in page


def test_readers_cannot_search(dev: MailingList, searched: object, browsers: dict[str, Client]) -> None:
    """Else a name would find who hides, or at least whether he is there."""
    change_settings(dev, member_roster_visibility=RosterVisibility.MEMBERS)

    assert see(browsers["member"], q="gil") == see(browsers["member"])


# --- pages and queries ------------------------------------------------------------------------------------------------


def test_pages_of_25(dev: MailingList, browsers: dict[str, Client]) -> None:
    change_settings(dev, member_roster_visibility=RosterVisibility.MEMBERS)
    make_members(dev, 60, pattern="member{:02}@example.com")
    make_member(dev, "aaa@example.com", hide_address=True)
    wanted = ["bart@example.com", *(f"member{number:02}@example.com" for number in range(60))]

    pages = [named(browsers["member"], page=number) for number in (1, 2, 3)]

    assert [len(page) for page in pages] == [25, 25, 11]
    assert list(chain(*pages)) == wanted
    assert named(browsers["owner"])[:2] == ["aaa@example.com", "bart@example.com"]
    assert 'href="?q=member&amp;page=2"' in see(browsers["owner"], q="member")


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999"])
def test_odd_page_numbers_give_a_page(dev: MailingList, browsers: dict[str, Client], page: str) -> None:
    assert named(browsers["owner"], page=page) == ["bart@example.com"]


@pytest.mark.parametrize("number", [10, 10_000])
def test_queries(dev: MailingList, cris: User, django_assert_num_queries: DjangoAssertNumQueries, number: int) -> None:
    """The same for a short and a long list, of which 25 are loaded, whoever looks and wherever."""
    change_settings(dev, member_roster_visibility=RosterVisibility.PUBLIC)
    make_members(dev, number, pattern="member{:05}@example.com")
    Membership.objects.filter(address__email="member00003@example.com").update(hide_address=True)
    moderator, loaded = Client(), []
    moderator.force_login(cris)

    def note(**facts: Any) -> None:
        loaded.append(facts["instance"])

    post_init.connect(note, sender=Membership)
    try:
        with django_assert_num_queries(4):  # list; how many there are, the page's keys, its members
            assert len(named(Client())) == min(number - 1, 25)
        queries: list[dict[str, str | int]] = [{}, {"page": 300}, {"q": "MEMBER0000"}]
        for query in queries:
            with django_assert_num_queries(8):  # session, user, roles; the head's held posts
                assert len(named(moderator, **query)) == (10 if "q" in query else min(number, 25))
    finally:
        post_init.disconnect(note, sender=Membership)

    assert len(loaded) == (9 + 10 + 10 + 10 if number == 10 else 25 + 25 + 25 + 10)
