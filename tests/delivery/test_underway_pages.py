"""Owners see posts on their way, and stop them."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from delivery.enums import BatchState
from delivery.models import Batch, Rendering
from lists.models import MailingList
from tests.support.factories import make_list
from tests.support.outgoing import people, put
from tests.support.posting import arrive, letter

pytestmark = pytest.mark.django_db

PAGE = "/lists/dev.example.org/underway/"


@pytest.fixture
def owner(anne: User, client: Client) -> Client:
    client.force_login(anne)
    return client


def test_nothing_is_on_its_way(owner: Client) -> None:
    assert "Nothing is being sent." in owner.get(PAGE).text


@pytest.mark.parametrize("posts", [1, 3])
def test_progress_of_each_post(
    dev: MailingList, owner: Client, posts: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(posts):
        [arrival] = arrive(letter())
        put(dev, people(1200), arrival=arrival)
    Batch.objects.filter(position=0).update(state=BatchState.SENT, done=500)
    Batch.objects.filter(position=1).update(state=BatchState.SENDING, done=300)
    with django_assert_num_queries(6):
        page = owner.get(PAGE).text
    assert page.count("800 of 1200 recipients tried") == posts


def test_pause_go_on_and_cancel(dev: MailingList, owner: Client) -> None:
    [arrival] = arrive(letter())
    put(dev, people(60), arrival=arrival)
    for action, paused in (("pause", True), ("pause", True), ("resume", False)):
        owner.post(f"{PAGE}{arrival.pk}/", {"action": action})
        assert (Rendering.objects.get().paused_at is not None) is paused
    answer = owner.post(f"{PAGE}{arrival.pk}/", {"action": "cancel"}, follow=True)
    assert "60 people are spared" in answer.text
    assert Batch.objects.get().state == BatchState.CANCELLED


def test_another_lists_post_is_out_of_reach(owner: Client) -> None:
    other = make_list("other")
    [arrival] = arrive(letter(to="other@example.org"), "other@example.org")
    put(other, people(1), arrival=arrival)
    assert owner.post(f"{PAGE}{arrival.pk}/", {"action": "cancel"}).status_code == 404
    assert owner.post(f"{PAGE}{arrival.pk}/", {"action": "burn"}).status_code == 400
    assert Batch.objects.get().state == BatchState.PENDING
