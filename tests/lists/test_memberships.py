"""Roles and rosters: joining and leaving once nobody needs to be asked any more."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.errors import ForeignAddress, InvalidAddress, NotVerified
from accounts.models import PREFERENCES, Address, User
from accounts.services.addresses import add_address, set_preferred
from lists.enums import Action, MemberRole, SubscriptionMode
from lists.errors import AlreadySubscribed, InvalidSubscriber, MembershipBanned
from lists.models import MailingList, Membership
from lists.queries import administrator_addresses, administrators, members
from lists.services.bans import ban
from lists.services.memberships import add_member, add_members, change_address, remove_member
from suite.common.models import Event
from suite.mail.addresses import Mailbox
from tests.support.factories import make_list, make_member, make_members, make_user

pytestmark = pytest.mark.django_db


def mailboxes(mlist: MailingList, role: MemberRole) -> list[str]:
    return sorted(str(membership.subscriber_address) for membership in members(mlist, role))


@pytest.mark.feature("core.model.rosters")
def test_each_roster_lists_its_own(dev: MailingList) -> None:
    anne = make_user("Anne", "anne@example.com", "anne@example.org")
    make_member(dev, anne, MemberRole.OWNER)
    make_member(dev, "olga@example.com", MemberRole.OWNER)
    make_member(dev, "anne@example.org", MemberRole.MODERATOR)
    make_member(dev, "cris@example.com", MemberRole.MODERATOR)
    make_member(dev, "olga@example.com", MemberRole.MODERATOR)
    make_member(dev, "bart@example.com", MemberRole.MEMBER)
    make_member(dev, "dora@example.com", MemberRole.NONMEMBER)

    assert {role.wire: mailboxes(dev, role) for role in MemberRole} == {
        "owner": ["anne@example.com", "olga@example.com"],
        "moderator": ["anne@example.org", "cris@example.com", "olga@example.com"],
        "member": ["bart@example.com"],
        "nonmember": ["dora@example.com"],
    }
    assert administrator_addresses(dev) == ["anne@example.com", "olga@example.com", "cris@example.com"]
    assert [MemberRole(row.role).wire for row in administrators(dev)] == ["owner", "owner", "moderator"]
    actions = {MemberRole(row.role).wire: row.moderation_action for row in dev.memberships.all()}
    assert actions == {"owner": Action.ACCEPT, "moderator": Action.ACCEPT, "member": None, "nonmember": None}


@pytest.mark.parametrize("count", [1, 3])
def test_rosters_need_one_query(
    dev: MailingList, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make_member(dev, make_user(f"User{number}"), MemberRole.OWNER)

    with django_assert_num_queries(1):
        assert len(administrator_addresses(dev)) == count
    with django_assert_num_queries(1):
        assert all(owner.effective("hide_address") for owner in members(dev, MemberRole.OWNER))


def test_a_person_is_added_once_for_each_role(dev: MailingList, dora: User) -> None:
    make_member(dev, "Dora@example.com")
    make_member(dev, dora)

    for again in ("dora@EXAMPLE.com", dora.preferred_address, dora):
        with pytest.raises(AlreadySubscribed):
            make_member(dev, again)
    make_member(dev, "dora@example.com", MemberRole.MODERATOR)
    assert dev.memberships.count() == 3
    assert {row.subscription_mode for row in dev.memberships.filter(role=MemberRole.MEMBER)} == set(SubscriptionMode)


def test_a_membership_by_user_follows_the_preferred_address(dev: MailingList, dora: User) -> None:
    by_user, by_address = make_member(dev, dora), make_member(dev, dora.preferred_address, MemberRole.OWNER)

    set_preferred(dora, add_address(dora, "dora@example.org", verified=True))

    assert str(Membership.objects.get(pk=by_user.pk).subscriber_address) == "dora@example.org"
    assert str(Membership.objects.get(pk=by_address.pk).subscriber_address) == "dora@example.com"


def test_a_user_without_preferred_address_cannot_be_subscribed(dev: MailingList, dora: User) -> None:
    set_preferred(dora, None)

    with pytest.raises(InvalidSubscriber):
        make_member(dev, dora)


@pytest.mark.parametrize("role", MemberRole)
def test_a_list_subscribes_to_itself_as_nonmember_only(dev: MailingList, role: MemberRole) -> None:
    if role == MemberRole.NONMEMBER:
        make_member(dev, "Dev@example.org", role)
    else:
        with pytest.raises(InvalidSubscriber):
            make_member(dev, "Dev@example.org", role)
    make_member(make_list("news"), "dev@example.org", role)


@pytest.mark.parametrize("role", MemberRole)
@pytest.mark.parametrize("where", ["list", "site"])
def test_who_is_banned_cannot_be_added_with_any_role(
    dev: MailingList, dora: User, role: MemberRole, where: str
) -> None:
    ban("^.*@example\\.com$", dev if where == "list" else None)

    for subscriber in ("Dora@Example.com", dora.preferred_address, dora):
        with pytest.raises(MembershipBanned):
            make_member(dev, subscriber, role)
    make_member(dev, "dora@example.net", role)


def test_what_is_no_address_leaves_nothing_behind(dev: MailingList) -> None:
    with pytest.raises(InvalidAddress):
        make_member(dev, "nobody")
    with pytest.raises(TypeError):
        make_member(dev, "bart@example.com", colour="blue")
    assert not Address.objects.exists()


@pytest.mark.parametrize("joins_as", ["address", "user", "many"])
def test_joining_ends_nonmember_rows_of_all_addresses(dev: MailingList, joins_as: str) -> None:
    dora = make_user("Dora", "dora@example.com", "dora@example.org")
    for email in ("dora@example.com", "dora@example.org", "stranger@example.com"):
        make_member(dev, email, MemberRole.NONMEMBER)
    make_member(make_list("news"), "dora@example.com", MemberRole.NONMEMBER)

    if joins_as == "many":
        add_members(dev, [Mailbox("", "dora@example.org")])
    else:
        add_member(dev, dora if joins_as == "user" else "dora@example.org")

    assert mailboxes(dev, MemberRole.NONMEMBER) == ["stranger@example.com"]
    assert Membership.objects.filter(role=MemberRole.NONMEMBER).count() == 2


def test_many_are_added_and_each_refusal_is_told(dev: MailingList) -> None:
    make_member(dev, "Bart@example.com")
    ban("spam@example.net")
    wanted = [
        Mailbox("Anne", "Anne@Example.com"),
        Mailbox("", "bart@example.com"),
        Mailbox("", "anne@example.com"),
        Mailbox("", "nobody"),
        Mailbox("", "Spam@example.net"),
        Mailbox("", "dev@example.org"),
    ]

    added = add_members(dev, wanted, actor="anne@example.com", delivery_mode=DeliveryMode.MIME_DIGESTS)

    assert (added.count, added.already) == (1, ["anne@example.com", "bart@example.com"])
    assert [address for address, _ in added.refused] == ["nobody", "Spam@example.net", "dev@example.org"]
    anne = Membership.objects.get(address__email="anne@example.com")
    assert (anne.address and anne.address.display_name, anne.delivery_mode) == ("Anne", DeliveryMode.MIME_DIGESTS)
    assert Event.objects.get(kind="members.added").data == {"role": "member", "count": 1}


def test_many_thousands_are_added_in_few_queries(
    dev: MailingList, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_member(dev, "Member7@example.com")

    # SQLite takes some hundred rows an INSERT; each row by itself would be 10,000 queries.
    with django_assert_max_num_queries(300):
        make_members(dev, 5_000)

    assert dev.memberships.count() == Address.objects.count() == 5_000


@pytest.mark.feature("core.model.member-address-change")
def test_a_membership_moves_between_a_users_verified_addresses(dev: MailingList, dora: User) -> None:
    membership = make_member(dev, dora.preferred_address)
    second = add_address(dora, "dora@example.org", verified=True)

    with pytest.raises(NotVerified):
        change_address(membership, add_address(dora, "dora@example.net"))
    with pytest.raises(ForeignAddress):
        change_address(membership, make_user("Cris").addresses.get())
    with pytest.raises(InvalidSubscriber):
        change_address(make_member(dev, dora), second)
    assert str(Membership.objects.get(pk=membership.pk).address) == "dora@example.com"

    change_address(membership, second)
    assert str(Membership.objects.get(pk=membership.pk).address) == "dora@example.org"


def test_a_membership_moves_nowhere_else(dev: MailingList, dora: User) -> None:
    second = add_address(dora, "dora@example.org", verified=True)
    membership = make_member(dev, dora.preferred_address)
    orphan = make_member(dev, "nobody@example.net")
    other_orphan = make_member(make_list("news"), "somebody@example.net").address
    assert other_orphan is not None

    with pytest.raises(ForeignAddress):
        change_address(orphan, other_orphan)
    make_member(dev, second)
    with pytest.raises(AlreadySubscribed):
        change_address(membership, second)
    remove_member(dev.memberships.get(address=second))
    ban("dora@example.org", dev)
    with pytest.raises(MembershipBanned):
        change_address(membership, second)


def test_leaving_ends_one_role_and_is_recorded(dev: MailingList) -> None:
    membership = make_member(dev, "bart@example.com")
    make_member(dev, "bart@example.com", MemberRole.MODERATOR)

    remove_member(membership, actor="anne@example.com")

    assert [MemberRole(row.role) for row in dev.memberships.all()] == [MemberRole.MODERATOR]
    event = Event.objects.get(kind="member.removed")
    assert (event.actor, event.subject, event.data) == ("anne@example.com", "bart@example.com", {"role": "member"})


SOMETHING = {
    "acknowledge_posts": (True, False, True),
    "delivery_mode": (DeliveryMode.MIME_DIGESTS, DeliveryMode.PLAINTEXT_DIGESTS, DeliveryMode.SUMMARY_DIGESTS),
    "delivery_status": (DeliveryStatus.BY_USER, DeliveryStatus.BY_BOUNCES, DeliveryStatus.BY_MODERATOR),
    "hide_address": (False, True, False),
    "preferred_language": ("de", "fr", "de"),
    "receive_list_copy": (False, True, False),
    "receive_own_postings": (False, True, False),
}
"""Preference -> what member, address and user say; neighbours differ, the last differs from the system's default."""


@pytest.mark.feature("core.preferences.lookup")
@pytest.mark.parametrize("name", PREFERENCES)
@pytest.mark.parametrize("by_user", [False, True])
def test_a_preference_comes_from_member_address_user_system(name: str, by_user: bool, dora: User) -> None:
    mlist = make_list("dev", preferred_language="es")
    membership = make_member(mlist, dora if by_user else dora.preferred_address)
    address = dora.preferred_address
    holders = [membership, address, dora]
    for holder, value in zip(holders, SOMETHING[name], strict=True):
        setattr(holder, name, value)
        assert holder is not None
        holder.save()

    found = []
    for holder in [*holders, None]:
        found.append(Membership.objects.get(pk=membership.pk).effective(name))
        if holder is not None:
            setattr(holder, name, None)
            holder.save()

    system = {
        "acknowledge_posts": False,
        "delivery_mode": DeliveryMode.REGULAR,
        "delivery_status": DeliveryStatus.ENABLED,
        "hide_address": True,
        "preferred_language": "es",
        "receive_list_copy": True,
        "receive_own_postings": True,
    }
    assert found == [*SOMETHING[name], system[name]]


def test_an_unknown_preference_is_an_error(dev: MailingList) -> None:
    with pytest.raises(KeyError):
        make_member(dev).effective("colour")
