"""Who gets a post, by role, mode, status, own wishes and mailbox."""

from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.models import PREFERENCES, Address, system_preferences
from delivery import recipients
from lists.enums import MemberRole
from lists.models import Membership
from tests.delivery.handlers.shaping import (
    DIGEST,
    DISABLED,
    ENABLED,
    REGULAR,
    make_address,
    make_list,
    make_user,
    subscribe,
)

pytestmark = pytest.mark.django_db


def test_recipient_is_membership_address_as_written_and_name() -> None:
    mlist = make_list()
    anne = subscribe(mlist, make_address("Anne@Example.com", display_name="Anne A."))
    bart = subscribe(mlist, make_user("Bart@Example.com", display_name="Bart B."))

    assert recipients.regular_members(mlist) == [
        (anne.pk, "Anne@Example.com", "Anne A."),
        (bart.pk, "Bart@Example.com", "Bart B."),
    ]


def test_name_is_the_address_own_then_its_users() -> None:
    mlist = make_list()
    user = make_user("home@example.com", display_name="User")
    subscribe(mlist, make_address("work@example.com", user))
    subscribe(mlist, make_address("play@example.com", user, display_name="Player"))

    assert [name for _, _, name in recipients.regular_members(mlist)] == ["User", "Player"]


@pytest.mark.parametrize("role", [MemberRole.OWNER, MemberRole.MODERATOR, MemberRole.NONMEMBER])
def test_only_members_get_posts(role: MemberRole) -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com", role=role)

    assert recipients.regular_members(mlist) == []


def test_another_lists_members_get_nothing() -> None:
    mlist = make_list()
    other = type(mlist).objects.create(list_name="other", domain=mlist.domain)
    subscribe(other, "anne@example.com")

    assert recipients.regular_members(mlist) == []


@pytest.mark.parametrize(
    ("member", "address", "user", "gets_it"),
    [
        ({}, {}, {}, True),
        (DIGEST, {}, {}, False),
        ({}, DIGEST, {}, False),
        ({}, {}, DIGEST, False),
        (REGULAR, DIGEST, DIGEST, True),
        ({}, REGULAR, DIGEST, True),
        (DIGEST, REGULAR, REGULAR, False),
        (DISABLED, {}, {}, False),
        ({}, DISABLED, {}, False),
        ({}, {}, DISABLED, False),
        (ENABLED, DISABLED, DISABLED, True),
        ({}, ENABLED, DISABLED, True),
        (DISABLED, ENABLED, ENABLED, False),
    ],
)
@pytest.mark.parametrize("by_user", [False, True])
def test_preferences_are_looked_up_member_address_user(
    member: dict[str, Any], address: dict[str, Any], user: dict[str, Any], gets_it: bool, by_user: bool
) -> None:
    mlist = make_list()
    person = make_user("anne@example.com", **user)
    mailbox = person.preferred_address
    assert mailbox is not None
    type(mailbox).objects.filter(pk=mailbox.pk).update(**(address or {"registered_at": mailbox.registered_at}))
    subscribe(mlist, person if by_user else mailbox, **member)

    assert bool(recipients.regular_members(mlist)) is gets_it


def test_sql_and_model_agree_about_preferences() -> None:
    mlist = make_list()
    names = [name for name in PREFERENCES if isinstance(system_preferences()[name], bool)]
    for number in range(4):
        value = dict.fromkeys(names, number % 2 == 0) if number else {}
        person = make_user(f"user{number}@example.com", **(value if number == 1 else {}))
        subscribe(mlist, person, **(value if number == 2 else {}))
        Address.objects.filter(user=person).update(**(value if number == 3 else {"display_name": ""}))

    for name in names:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT m.id, {recipients.effective(name)} {recipients.RECEIVING}")
            found = {pk: bool(value) for pk, value in cursor.fetchall()}
        assert found == {membership.pk: membership.effective(name) for membership in Membership.objects.all()}


def test_user_without_preferred_address_gets_nothing() -> None:
    mlist = make_list()
    person = make_user("anne@example.com")
    subscribe(mlist, person)
    type(person).objects.update(preferred_address=None)

    assert recipients.regular_members(mlist) == []


@pytest.mark.parametrize("explicit", [REGULAR, DIGEST, DISABLED])
def test_mailbox_once_and_its_explicit_membership_decides(explicit: dict[str, Any]) -> None:
    mlist = make_list()
    person = make_user("anne@example.com")
    subscribe(mlist, person)
    assert person.preferred_address is not None
    by_address = subscribe(mlist, person.preferred_address, **explicit)

    found = [pk for pk, _, _ in recipients.regular_members(mlist)]

    assert found == ([by_address.pk] if explicit is REGULAR else [])


def test_explicit_membership_in_another_role_changes_nothing() -> None:
    mlist = make_list()
    person = make_user("anne@example.com")
    by_user = subscribe(mlist, person)
    assert person.preferred_address is not None
    subscribe(mlist, person.preferred_address, role=MemberRole.OWNER)

    assert [pk for pk, _, _ in recipients.regular_members(mlist)] == [by_user.pk]


@pytest.mark.parametrize(("own", "expected"), [(None, 2), (True, 2), (False, 1)])
def test_poster_is_left_out_if_he_wishes(own: bool | None, expected: int) -> None:
    mlist = make_list()
    bart = subscribe(mlist, "bart@example.com", receive_own_postings=own)
    anne = subscribe(mlist, "anne@example.com", receive_own_postings=False)

    found = {pk for pk, _, _ in recipients.regular_members(mlist, poster=bart.pk)}

    assert len(found) == expected
    assert anne.pk in found


@pytest.mark.parametrize("members", [1, 3])
def test_one_statement_however_many_members(members: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    mlist = make_list()
    for number in range(members):
        subscribe(mlist, f"member{number}@example.com")
    poster = subscribe(mlist, make_user("bart@example.com"))

    with django_assert_num_queries(1):
        assert len(recipients.regular_members(mlist, poster=poster.pk)) == members + 1


def test_still_receiving_leaves_out_who_left_or_stopped(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    mlist = make_list()
    anne, bart, cris, dora = (subscribe(mlist, f"{name}@example.com") for name in ("anne", "bart", "cris", "dora"))
    eve = subscribe(mlist, make_user("eve@example.com"))
    asked = {anne.pk, bart.pk, cris.pk, dora.pk, eve.pk}
    bart.delete()
    Membership.objects.filter(pk=cris.pk).update(**DISABLED)
    Membership.objects.filter(pk=dora.pk).update(**DIGEST)

    with django_assert_num_queries(1):
        assert recipients.still_receiving(asked) == {anne.pk, dora.pk, eve.pk}
    assert recipients.still_receiving(set()) == set()


def test_named_members_by_address_and_by_user(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    mlist = make_list()
    anne = subscribe(mlist, "Anne@example.com")
    bart = subscribe(mlist, make_user("bart@example.com", receive_list_copy=False))
    subscribe(mlist, "cris@example.com")
    subscribe(mlist, "digest@example.com", **DIGEST)
    named = ["anne@example.com", "bart@example.com", "digest@example.com", "stranger@example.com"]

    with django_assert_num_queries(1):
        found = recipients.named_members([mlist.pk], named)

    assert sorted(found) == [(anne.pk, "anne@example.com", True), (bart.pk, "bart@example.com", False)]
