"""What happened to a message, told to the operator, to the list's owners and to who has sent it: to each what is his."""

import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from archives.enums import State
from archives.models import Arrival
from delivery.models import Batch, BounceEvent, Outcome
from delivery.presenting import FACTS, STEPS, Fact, Said, ShownStep, shown_step
from delivery.services import digests, tracing
from lists.enums import Action, MemberRole
from lists.models import MailingList
from tests.support.bouncing import bounce, dsn, signed
from tests.support.digests import MIME
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


@pytest.mark.parametrize("copies", [1, 3])
def test_queries_are_the_same_whatever_the_number_of_copies(
    client: Client, copies: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Each copy is a batch of its own and refused, and the post is in as many digests."""
    dev = make_list("dev", digest_size_threshold=0.001, default_nonmember_action=Action.ACCEPT)
    make_member(dev, make_user("Anne"), MemberRole.OWNER)
    for number in range(copies):
        make_member(dev, f"zoe{number}@example.com")
        make_member(dev, f"eve{number}@example.com", **MIME)
    [arrival] = arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    with relay(refuse={"": "550 5.1.1 no such user"}), override_settings(BATCH_RECIPIENTS=1):
        judge_all()
        digests.work()
        send_all()
    assert BounceEvent.objects.count() == 2 * copies

    url = f"/lists/dev.example.org/underway/{arrival.pk}/trace/"
    client.force_login(User.objects.get(email="anne@example.com"))
    # session, user, list, roles, arrival; held, post, archivers, renderings, batches, outcomes, bounces, reports, digest
    # entries, shares, their batches, outcomes and bounces, news, notices, events; what waits at the desk
    with django_assert_num_queries(22):
        page = client.get(url).text
    assert page.count("<code>recipient</code>") == 2 * copies
    client.force_login(make_user("Dora"))
    with django_assert_num_queries(22):  # her address instead of what waits at the desk
        page = client.get(url).text
    assert page.count("<code>planned</code>") == 2 * copies


def test_steps_and_details_have_plain_words(arrival: Arrival, client: Client) -> None:
    steps = tracing.story(arrival)
    assert {step.what for step in steps} | set(State) <= set(STEPS)
    assert {name for step in steps for name in step.details} <= set(FACTS)
    client.force_login(User.objects.get(email="anne@example.com"))
    page = client.get(f"/lists/dev.example.org/underway/{arrival.pk}/trace/").text
    for title, name in [
        ("The list took it", "distributed"),
        ("Put the list&#x27;s prefix before the subject", "subject-prefix"),
        ("The sender is banned", "banned-address"),
    ]:
        assert re.search(rf"{title}.{{0,300}}<code>{name}</code>", page, re.DOTALL), title
    assert "1 × 250 " in page and "[&#x27;" not in page
    assert shown_step(tracing.Step(None, "of-a-plugin", {"odd": ["a", "b"]})) == ShownStep(
        None, "of-a-plugin", "of-a-plugin", [Fact("odd", [Said("a"), Said("b")])]
    )


def test_who_has_sent_a_post_finds_its_story_beside_it(arrival: Arrival, client: Client) -> None:
    url = f"/lists/dev.example.org/underway/{arrival.pk}/trace/"
    post = f"/lists/dev.example.org/message/{arrival.posts.get().message_id_hash}/"
    dora, eve = make_user("Dora"), make_user("Eve")
    assert url not in client.get(post).text
    for user, finds_it in [(User.objects.get(email="anne@example.com"), True), (dora, True), (eve, False)]:
        client.force_login(user)
        assert (f'<a href="{url}">' in client.get(post).text) is finds_it, user
        assert client.get(url).status_code == (200 if finds_it else 404)
    dora.addresses.update(verified_at=None)
    client.force_login(dora)
    assert url not in client.get(post).text


def test_a_post_that_nothing_is_known_of_any_more_has_no_story(arrival: Arrival, client: Client) -> None:
    post = arrival.posts.get()
    post.arrival = None
    post.save(update_fields=["arrival"])
    client.force_login(User.objects.get(email="anne@example.com"))
    answer = client.get(f"/lists/dev.example.org/message/{post.message_id_hash}/")
    assert answer.status_code == 200
    assert "/trace/" not in answer.text
