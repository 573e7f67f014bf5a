"""Which address of which list a letter reaches, when the names of lists look like those of robots."""

from collections import Counter

import pytest

from archives.enums import Role, State
from archives.models import Arrival, Post
from lists.enums import Action, MemberRole
from tests.support.factories import make_list, make_member, make_user
from tests.support.lmtp import Client, codes, open_door
from tests.support.posting import letter
from tests.support.robots import ask, heard

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.feature("core.lmtp.list-name-wins")
def test_a_list_wins_over_the_robot_of_another() -> None:
    make_list("foo")
    make_list("foo-request", force=True, default_nonmember_action=Action.ACCEPT)

    assert ask("help", to="foo-request@example.org") == []
    post = Post.objects.get()
    assert (post.archive.list_id, post.subject) == ("foo-request.example.org", "help")

    [answer] = ask("help", to="foo-request-request@example.org")
    assert answer.subject == "foo-request@example.org: the results of your commands"
    assert list(Arrival.objects.order_by("pk").values_list("mlist__list_name", "role", "state")) == [
        ("foo-request", "post", State.DISTRIBUTED),
        ("foo-request", "request", State.DISTRIBUTED),
    ]


ROLES = {
    "dev": Role.POST,
    "dev-bounces": Role.BOUNCES,
    "dev-confirm": Role.CONFIRM,
    "dev-join": Role.JOIN,
    "dev-subscribe": Role.JOIN,
    "dev-leave": Role.LEAVE,
    "dev-unsubscribe": Role.LEAVE,
    "dev-owner": Role.OWNER,
    "dev-request": Role.REQUEST,
}


@pytest.mark.feature("core.lmtp.subaddresses")
def test_each_address_of_a_list_is_served() -> None:
    """By a real door: what comes to it, who works on it, and what is none of ours."""
    mlist = make_list("dev")
    make_member(mlist, make_user("Anne").preferred_address, MemberRole.OWNER)
    make_member(mlist, make_user("Bart").preferred_address)
    with open_door() as door, Client(door.address) as client:
        client.ask("LHLO mx.example.com")
        for local in ROLES:
            address = f"{local}@example.org"
            raw = letter(subject="help" if local == "dev-request" else f"To {local}", to=address)
            assert codes(client.deliver(raw, address)) == ["250"]
        assert (client.begin("dev-tea@example.org")[0] or "").startswith("550 5.1.1")
    sent = heard()

    arrivals = Arrival.objects.order_by("pk").values_list("recipient", "role", "state")
    assert {recipient.partition("@")[0]: role for recipient, role, _ in arrivals} == ROLES
    assert {state for _, _, state in arrivals} <= {State.DISTRIBUTED, State.DISCARDED}
    results = "dev@example.org: the results of your commands"
    assert Counter((mail.to, mail.subject) for mail in sent) == {
        ("bart@example.com", "[Dev] To dev"): 1,
        ("anne@example.com", "To dev-owner"): 1,
        ("anne@example.com", "dev@example.org: a bounce that nobody understood"): 1,
        ("bart@example.com", "Please confirm: leave dev@example.org"): 1,  # whichever of the two names he used
        ("bart@example.com", results): 4,  # help; no token; twice that he is on the list already
    }
