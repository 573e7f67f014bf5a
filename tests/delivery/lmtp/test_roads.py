"""From the door to the members: what promises of the door mean in the end."""

from collections import Counter

import pytest

from archives.enums import Role
from archives.models import Arrival
from lists.models import MailingList
from tests.support.factories import make_list, make_member
from tests.support.lmtp import Client, codes, open_door
from tests.support.outgoing import relay, send_all
from tests.support.posting import judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev() -> MailingList:
    """dev@example.org with Anne and Bart."""
    mlist = make_list("dev")
    for name in ("anne", "bart"):
        make_member(mlist, f"{name}@example.com")
    return mlist


def delivered() -> Counter[str]:
    """Copies by recipient, once all that waits has been worked on."""
    with relay() as server:
        judge_all()
        send_all()
    return Counter(delivery.recipient for delivery in server.deliveries)


@pytest.mark.feature("core.lmtp.reply-per-recipient")
def test_list_deleted_under_way_costs_the_other_nothing(dev: MailingList) -> None:
    doomed = make_list("doomed")
    with open_door() as door, Client(door.address) as client:
        client.begin("dev@example.org", "doomed@example.org")
        doomed.delete()
        client.send(letter() + b".\r\n")
        assert codes(client.replies(2)) == ["250", "550"]
        client.send(b"NOOP\r\n")
        assert client.reply() == "250 2.0.0 OK"  # and no third reply before it

    assert delivered() == {"anne@example.com": 1, "bart@example.com": 1}


@pytest.mark.feature("beyond.retry-recognised")
def test_lost_250_makes_no_second_post(dev: MailingList) -> None:
    first = letter(message_id="one@example.com")
    with open_door() as door, Client(door.address) as client:
        assert codes(client.deliver(first, "dev@example.org")) == ["250"]
        assert delivered() == {"anne@example.com": 1, "bart@example.com": 1}

        assert codes(client.deliver(first, "dev@example.org")) == ["250"]
        assert delivered() == {}

        changed = letter(message_id="one@example.com", body="Something else.\n")
        assert codes(client.deliver(changed, "dev@example.org")) == ["250"]
        assert delivered() == {"anne@example.com": 1, "bart@example.com": 1}


def test_real_list_wins_over_a_suffix() -> None:
    make_list("foo-request")
    make_list("foo", force=True)
    with open_door() as door, Client(door.address) as client:
        answers = client.deliver(letter(), "foo-request@example.org", "foo-request-request@example.org")
        assert codes(answers) == ["250", "250"]

    found = Arrival.objects.order_by("pk").values_list("mlist__list_name", "role")
    assert list(found) == [("foo-request", Role.POST), ("foo-request", Role.REQUEST)]
