"""The gate: kind of list x person x right, as one table says."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.services.addresses import add_address, unverify, verify
from lists.access import Person, Right, access_to, get_list_or_404, lists_of, open_list, readable_by, visible_lists
from lists.enums import ArchivePolicy, MemberRole, RosterVisibility
from lists.models import MailingList
from lists.services.memberships import remove_member
from tests.support.factories import make_list, make_member, make_user

pytestmark = pytest.mark.django_db

ROLES = {
    "owner": MemberRole.OWNER,
    "moderator": MemberRole.MODERATOR,
    "member": MemberRole.MEMBER,
    "nonmember": MemberRole.NONMEMBER,
}
PEOPLE = (
    "anonymous",
    "stranger",
    "nonmember",
    "member",
    "moderator",
    "owner",
    "domain owner",
    "owner elsewhere",
    "admin",
)
INSIDERS = {"owner", "domain owner", "admin"}
DESK = INSIDERS | {"moderator"}
BELONGING = DESK | {"member"}
SIGNED_IN = set(PEOPLE) - {"anonymous"}
EVERYBODY = set(PEOPLE)

READERS = {ArchivePolicy.PUBLIC: EVERYBODY, ArchivePolicy.PRIVATE: BELONGING, ArchivePolicy.NEVER: set()}
ROSTER = {RosterVisibility.PUBLIC: EVERYBODY, RosterVisibility.MEMBERS: BELONGING, RosterVisibility.MODERATORS: DESK}


def person(who: str, mlist: MailingList) -> Person:
    if who == "anonymous":
        return AnonymousUser()
    user = make_user("Dora", superuser=who == "admin")
    if who in ROLES:
        make_member(mlist, user.preferred_address, ROLES[who])
    elif who == "domain owner":
        mlist.domain.owners.add(user)
    elif who == "owner elsewhere":
        make_member(make_list("other@example.com"), user, MemberRole.OWNER)
        make_list("third@example.com").domain.owners.add(user)
    return user


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("policy", ArchivePolicy)
@pytest.mark.parametrize("advertised", [True, False])
def test_rights_follow_the_table(who: str, policy: ArchivePolicy, advertised: bool) -> None:
    mlist = make_list("dev", archive_policy=policy, advertised=advertised)
    user = person(who, mlist)
    access = access_to(user, mlist)

    expected = {
        Right.SEE: who in EVERYBODY,
        Right.READ: who in READERS[policy],
        Right.POST: who in SIGNED_IN,
        Right.ROSTER: who in ROSTER[RosterVisibility.MODERATORS],
        Right.MODERATE: who in DESK,
        Right.OWN: who in INSIDERS,
    }
    assert {right: access.may(right) for right in Right} == expected
    assert readable_by(user).filter(pk=mlist.pk).exists() == expected[Right.READ]
    named = advertised or who in BELONGING | {"nonmember"}
    assert visible_lists(user).filter(pk=mlist.pk).exists() == named


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("visibility", RosterVisibility)
def test_the_roster_is_shown_as_the_list_is_set(who: str, visibility: RosterVisibility) -> None:
    mlist = make_list("dev", member_roster_visibility=visibility)

    assert access_to(person(who, mlist), mlist).may(Right.ROSTER) == (who in ROSTER[visibility])


@pytest.mark.parametrize("name", ["dev.example.org", "DEV.example.org", "dev@example.org", "Dev@Example.org"])
def test_a_list_opens_by_list_id_and_by_posting_address(dev: MailingList, name: str) -> None:
    assert get_list_or_404(AnonymousUser(), name) == dev


@pytest.mark.parametrize(
    "name", ["test.example.org", "", "@", "dev@example.com", "dev.example.org\x00", "\udc80", "x" * 5_000]
)
def test_what_is_no_list_is_not_found(dev: MailingList, name: str) -> None:
    with pytest.raises(Http404):
        get_list_or_404(AnonymousUser(), name)


def test_who_lacks_a_right_is_refused_and_learns_nothing(dev: MailingList, dora: User) -> None:
    for need in ("moderate", "own"):
        with pytest.raises(PermissionDenied):
            get_list_or_404(dora, dev.list_id, need)


def test_a_list_that_keeps_no_archive_has_none_to_find(anne: User, dev: MailingList) -> None:
    dev.archive_policy = ArchivePolicy.NEVER
    dev.save()

    with pytest.raises(Http404):
        get_list_or_404(anne, dev.list_id, "read")


def test_roles_hang_on_verified_addresses_and_count_at_once(dev: MailingList, dora: User) -> None:
    second = add_address(dora, "dora@example.org")
    membership = make_member(dev, second, MemberRole.OWNER)

    assert not access_to(dora, dev).owns
    verify(second)
    assert access_to(dora, dev).owns
    unverify(second)
    assert not access_to(dora, dev).owns
    verify(second)
    remove_member(membership)
    assert not access_to(dora, dev).owns


def test_a_user_who_was_switched_off_is_nobody(dev: MailingList, anne: User) -> None:
    anne.is_superuser, anne.is_active = True, False
    anne.save()

    assert access_to(anne, dev).roles == frozenset()
    assert not lists_of(anne, MemberRole.OWNER).exists()


def test_lists_of_a_person_by_role(dev: MailingList, dora: User) -> None:
    hidden, news = make_list("hidden", advertised=False), make_list("news")
    make_member(dev, dora.preferred_address)
    make_member(hidden, dora)
    make_member(news, dora, MemberRole.MODERATOR)

    assert set(lists_of(dora, MemberRole.MEMBER)) == {dev, hidden}
    assert set(lists_of(dora, MemberRole.MODERATOR)) == {news}
    assert set(lists_of(dora, MemberRole.OWNER)) == set()
    dev.domain.owners.add(dora)
    assert set(lists_of(dora, MemberRole.OWNER)) == {dev, hidden, news}


@pytest.mark.parametrize("count", [1, 3])
def test_opening_a_list_is_two_queries(
    dev: MailingList, dora: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make_member(dev, add_address(dora, f"dora{number}@example.org", verified=True))

    with django_assert_num_queries(2):
        _, access = open_list(dora, dev.list_id, "read")
        assert access.belongs
    with django_assert_num_queries(1):
        open_list(AnonymousUser(), dev.list_id)
