"""What happened to a message, told to the operator, to the list's owners and to who has sent it: to each what is his."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from archives.models import Arrival
from delivery.models import Batch, Outcome
from delivery.services import tracing
from lists.enums import MemberRole
from lists.models import MailingList
from tests.support.bouncing import bounce, dsn, signed
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("beyond.trace")]


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev", default_nonmember_action=3, subject_prefix="[Dev] ")
    make_member(mlist, make_user("Anne"), MemberRole.OWNER)
    for name in ("bart", "eve", "zoe"):
        make_member(mlist, f"{name}@example.com")
    return mlist


@pytest.fixture
def arrival(dev: MailingList) -> Arrival:
    """Dora's post: Eve's mailbox is full at first, Zoe's is gone, and Bart's copy comes back later."""
    [arrival] = arrive(
        letter(sender="Dora <dora@example.com>", message_id="tea@example.com"), sender="dora@example.com"
    )
    judge_all()
    with relay(refuse={"eve": "452 4.2.2 mailbox is full", "zoe": "550 5.1.1 no such user"}) as server:
        send_all()
        server.refuse = {"eve": "554 5.7.1 not from here"}
        past = timezone.now() - timedelta(seconds=1)
        Outcome.objects.update(due_at=past)
        Batch.objects.update(due_at=past)
        send_all()
    bounce(dsn("bart@example.com", message_id="tea@example.com"), signed(dev, "bart@example.com"))
    arrival.refresh_from_db()
    return arrival


ROAD = ["arrived", "distributed", "archived", "collected", "planned", "sending", *["recipient"] * 2, *["bounce"] * 3]


def test_the_operator_hears_everything(arrival: Arrival) -> None:
    out = StringIO()
    call_command("trace", "<tea@example.com>", "--json", stdout=out)
    [steps] = json.loads(out.getvalue())
    assert sorted(step["what"] for step in steps) == sorted(ROAD)
    assert steps[0]["what"] == "arrived"
    times = [step["at"] for step in steps]
    assert times == sorted(times)
    of = {step["what"]: step["details"] for step in steps}
    assert "subject-prefix" in of["distributed"]["changed_by"]
    assert of["distributed"]["misses"]
    replies = {step["details"]["to"]: step["details"]["reply"] for step in steps if step["what"] == "recipient"}
    assert replies == {"eve@example.com": "554 5.7.1 not from here", "zoe@example.com": "550 5.1.1 no such user"}
    bounces = {step["details"]["of"]: step["details"]["source"] for step in steps if step["what"] == "bounce"}
    assert bounces == {"eve@example.com": "smtp", "zoe@example.com": "smtp", "bart@example.com": "dsn"}


def test_owners_hear_of_their_list_alone(dev: MailingList, arrival: Arrival, client: Client) -> None:
    Arrival.objects.filter(pk=arrival.pk).update(traceback="File inside.py")
    client.force_login(User.objects.get(email="anne@example.com"))
    page = client.get(f"/lists/dev.example.org/underway/{arrival.pk}/trace/").text
    assert "zoe@example.com" in page and "550 5.1.1 no such user" in page and "bart@example.com" in page
    assert "inside.py" not in page
    make_list("other")
    assert client.get(f"/lists/other.example.org/underway/{arrival.pk}/trace/").status_code == 404
    [foreign] = arrive(letter(to="other@example.org"), "other@example.org")
    for name in ("dev", "other"):
        assert client.get(f"/lists/{name}.example.org/underway/{foreign.pk}/trace/").status_code == 404


def test_senders_hear_of_their_own_messages_and_of_nobody_elses_mailbox(arrival: Arrival, client: Client) -> None:
    client.force_login(make_user("Dora"))
    url = f"/lists/dev.example.org/underway/{arrival.pk}/trace/"
    page = client.get(url).text
    assert "tea@example.com" in page and "distributed" in page
    for secret in ("zoe@", "eve@", "bart@", "550", "554", "changed_by", "misses", "return_path"):
        assert secret not in page
    known = [step.what for step in tracing.story_for_senders(arrival)]
    assert sorted(known) == ["archived", "arrived", "distributed", "planned", "sending"]
    [foreign] = arrive(letter())
    assert client.get(f"/lists/dev.example.org/underway/{foreign.pk}/trace/").status_code == 404


def test_an_address_that_is_not_proved_opens_nothing(arrival: Arrival, client: Client) -> None:
    dora = make_user("Dora")
    dora.addresses.update(verified_at=None)
    client.force_login(dora)
    assert client.get(f"/lists/dev.example.org/underway/{arrival.pk}/trace/").status_code == 404
    assert Client().get(f"/lists/dev.example.org/underway/{arrival.pk}/trace/").status_code == 404
