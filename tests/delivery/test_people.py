"""What memberships, roles, styles and users mean for who gets a post and whose post goes out."""

from collections import Counter

import pytest

from accounts.models import Address, User
from accounts.services.addresses import add_address, set_preferred
from accounts.services.users import delete_user
from archives.enums import State
from archives.models import Post
from lists.enums import Action, MemberRole
from lists.errors import AlreadySubscribed
from lists.models import MailingList, Membership
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)


def post(sender: str, to: str = "dev@example.org") -> tuple[str, Counter[str], bytes]:
    """Post from this address: the arrival's state, who got it how often, and one of the copies."""
    [arrival] = arrive(letter(sender=sender, to=to), to, sender=sender)
    with relay() as server:
        judge_all()
        send_all()
    arrival.refresh_from_db()
    posted = [delivery for delivery in server.deliveries if b"Message-ID: <post" in delivery.content]
    recipients = Counter(delivery.recipient for delivery in posted)
    return arrival.state, recipients, posted[0].content if posted else b""


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev", respond_to_post_requests=False, admin_immed_notify=False)
    make_member(mlist, "bart@example.com")
    return mlist


@pytest.mark.feature("core.model.subscription-modes")
def test_a_membership_by_user_follows_the_preferred_address(dev: MailingList, dora: User) -> None:
    cris = make_user("Cris")
    make_member(dev, dora)
    make_member(dev, cris.preferred_address)
    assert post("bart@example.com")[1] == Counter(["bart@example.com", "dora@example.com", "cris@example.com"])

    for user in (dora, cris):
        set_preferred(user, add_address(user, f"new.{user.email}", verified=True))
    assert post("bart@example.com")[1] == Counter(["bart@example.com", "new.dora@example.com", "cris@example.com"])

    for again in (dora, "CRIS@example.com", cris.addresses.get(email="cris@example.com")):
        with pytest.raises(AlreadySubscribed):
            make_member(dev, again)


@pytest.mark.feature("core.model.subscription-modes")
@pytest.mark.parametrize("as_address", [True, False])
def test_of_two_memberships_for_one_mailbox_the_address_decides(dev: MailingList, dora: User, as_address: bool) -> None:
    """One says that its own posts are wanted, the other that they are not."""
    make_member(dev, dora, receive_own_postings=not as_address)
    make_member(dev, dora.preferred_address, receive_own_postings=as_address)

    recipients = post("dora@example.com")[1]

    assert recipients == Counter(["bart@example.com", *(["dora@example.com"] if as_address else [])])


def test_a_post_goes_to_the_address_as_its_owner_writes_it(dev: MailingList) -> None:
    make_member(dev, "Ann@Example.org")

    assert post("ann@EXAMPLE.org")[1] == Counter(["bart@example.com", "Ann@Example.org"])
    assert Address.objects.filter(email="ann@example.org").count() == 1


@pytest.mark.feature("core.model.roles-posting-rights")
@pytest.mark.parametrize("role", [MemberRole.OWNER, MemberRole.MODERATOR])
def test_roles_give_no_posting_right(dev: MailingList, role: MemberRole) -> None:
    make_member(dev, "anne@example.com", role)
    assert post("anne@example.com")[:2] == (State.HELD, Counter())

    Membership.objects.filter(role=MemberRole.NONMEMBER).update(moderation_action=Action.ACCEPT)
    assert post("anne@example.com")[:2] == (State.DISTRIBUTED, Counter(["bart@example.com"]))

    Membership.objects.filter(role=MemberRole.NONMEMBER).delete()
    make_member(dev, "anne@example.com")
    assert post("anne@example.com")[0] == State.DISTRIBUTED


@pytest.mark.feature("core.style.legacy-announce")
def test_an_announcement_list_holds_members_posts_and_says_so() -> None:
    news = make_list("news", style="legacy-announce", respond_to_post_requests=False, admin_immed_notify=False)
    make_member(news, "bart@example.com")
    make_member(news, "anne@example.com", moderation_action=Action.ACCEPT)
    assert not news.allow_list_posts

    assert post("bart@example.com", "news@example.org")[:2] == (State.HELD, Counter())
    state, recipients, copy = post("anne@example.com", "news@example.org")
    assert (state, recipients) == (State.DISTRIBUTED, Counter(["bart@example.com", "anne@example.com"]))
    assert b"\r\nList-Post: NO\r\n" in copy


@pytest.mark.feature("core.model.user-delete")
def test_a_users_post_outlives_him(dev: MailingList, dora: User) -> None:
    add_address(dora, "dora@example.org", verified=True)
    make_member(dev, dora)
    for number, role in enumerate(MemberRole):
        make_member(make_list(f"list{number}"), "dora@example.org", role)
    [arrival] = arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()

    delete_user(dora)
    with relay() as server:
        send_all()

    assert "bart@example.com" in {delivery.recipient for delivery in server.deliveries}
    arrival.refresh_from_db()
    assert (arrival.state, Post.objects.get().author_email) == (State.DISTRIBUTED, "dora@example.com")
    assert [str(address) for address in Address.objects.all()] == ["bart@example.com"]
    assert [str(row.address) for row in Membership.objects.all()] == ["bart@example.com"]
    assert not User.objects.filter(pk=dora.pk).exists()
