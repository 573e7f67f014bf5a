"""Deciding about a held post by the link in a notice."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from archives.enums import State
from lists.models import MailingList, Membership
from moderation.links import decide_token, decide_url, read_decide_token
from moderation.models import HeldMessage
from suite.common.models import Event
from tests.support.factories import make_list
from tests.support.pages import everything, hold
from tests.support.posting import arrive, judge_all, letter
from tests.support.robots import heard

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(dev: MailingList) -> HeldMessage:
    return hold(dev, letter(sender="Dora <dora@example.com>", subject="Coffee"))


def role_of(user: User) -> Membership:
    assert user.preferred_address is not None
    return Membership.objects.get(address=user.preferred_address)


def path(held: HeldMessage, user: User) -> str:
    return decide_url(held.mlist, held.pk, role_of(user).pk).partition("8000")[2]


@pytest.mark.feature("beyond.moderation-links")
@pytest.mark.parametrize(
    ("decision", "state"), [("accept", State.ACCEPTED), ("reject", State.REJECTED), ("discard", State.DISCARDED)]
)
def test_link_decides_once_and_names_the_moderator(
    decision: str, state: State, held: HeldMessage, cris: User, anne: User, client: Client
) -> None:
    before = everything()
    for _ in range(2):
        shown = client.get(path(held, cris))
    client.head(path(held, cris))
    assert everything() == before
    assert "Coffee" in shown.content.decode()
    assert shown["Referrer-Policy"] == "same-origin"

    done = client.post(path(held, cris), {"decision": decision})

    held.refresh_from_db()
    assert (done.status_code, held.decision, held.decided_by, held.arrival.state) == (200, state, cris, state)
    assert Event.objects.filter(kind=f"held.{state}", actor="cris@example.com").count() == 1
    for again in (
        client.post(path(held, cris), {"decision": "accept"}),
        client.post(path(held, anne), {"decision": "accept"}),
    ):
        assert again.status_code == 409
        assert "decided about" in again.content.decode()
    assert client.get(path(held, cris)).status_code == 200
    held.refresh_from_db()
    assert (held.decision, held.decided_by) == (state, cris)


@pytest.mark.feature("beyond.moderation-links")
def test_foreign_forged_and_ended_links_say_so_and_change_nothing(
    held: HeldMessage, cris: User, bart: User, client: Client
) -> None:
    other = make_list("cooks")
    good = decide_token(held.pk, role_of(cris).pk, "dev.example.org")
    flipped = good[:-3] + ("A" if good[-3] != "A" else "B") + good[-2:]
    member = decide_token(held.pk, role_of(bart).pk, "dev.example.org")
    gone = decide_token(held.pk + 1, role_of(cris).pk, "dev.example.org")
    before = everything()

    for list_id, token in (
        (other.list_id, good),
        ("dev.example.org", flipped),
        ("dev.example.org", member),
        ("dev.example.org", gone),
        ("dev.example.org", "x" * 43),
        ("dev.example.org", "é"),
    ):
        for answer in (client.get, client.post):
            response = answer(f"/lists/{list_id}/held/link/{token}/", {"decision": "accept"})
            assert response.status_code == 404
            assert "does not lead to a post of yours" in response.content.decode()
    assert everything() == before

    url = path(held, cris)
    role_of(cris).delete()
    assert client.post(url, {"decision": "accept"}).status_code == 404


def test_nonsense_is_no_decision(held: HeldMessage, cris: User, client: Client) -> None:
    assert client.post(path(held, cris), {"decision": "maybe"}).status_code == 400
    held.refresh_from_db()
    assert held.decision == ""


def test_page_costs_a_few_statements(
    held: HeldMessage, cris: User, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = path(held, cris)

    with django_assert_num_queries(3):  # list, moderator, the post with its letter
        client.get(url)


def test_token_is_good_for_its_list_alone() -> None:
    token = decide_token(7, 9, "dev.example.org")

    assert re.fullmatch(r"[-_0-9A-Za-z]{43}", token)
    assert read_decide_token(token, "dev.example.org") == (7, 9)
    assert read_decide_token(token, "cooks.example.org") is None


@pytest.mark.feature("beyond.moderation-links")
@pytest.mark.usefixtures("outbox", "anne", "cris")
@pytest.mark.parametrize("wanted", [True, False])
def test_each_moderators_notice_has_a_link_of_his_own(
    wanted: bool, dev: MailingList, settings: Settings, client: Client
) -> None:
    settings.MODERATION_LINKS = wanted
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()
    mails = [mail for mail in heard() if mail.to != "dora@example.com"]

    links = {mail.to: re.findall(r"/lists/dev\.example\.org/held/link/\S+", mail.text) for mail in mails}

    assert {len(found) for found in links.values()} == {int(wanted)}
    if wanted:
        assert len({found[0] for found in links.values()}) == len(mails) == 2
        assert client.post(links["cris@example.com"][0], {"decision": "discard"}).status_code == 200
        assert HeldMessage.objects.get().decided_by == User.objects.get(email="cris@example.com")
