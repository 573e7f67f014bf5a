"""Guessing the API's password."""

import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.api import PASSWORD, USER, Api, basic
from tests.support.forking import each_in_a_process

HERE, ELSEWHERE = "203.0.113.9", "203.0.113.77"


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The clock of what counts stands still, but for these seconds."""
    now = [time.time()]
    monkeypatch.setattr(time, "time", lambda: now[0])

    def add(seconds: float) -> None:
        now[0] += seconds

    return add


def status(api: Api, password: str = "wrong", ip: str = HERE, *, user: str = USER, verb: str = "GET") -> int:
    response = api.call(verb, "system", HTTP_AUTHORIZATION=basic(user, password), REMOTE_ADDR=ip)
    return int(response.status_code)


@pytest.mark.feature("api.auth.basic")
def test_after_ten_wrong_passwords_an_address_waits(api: Api, pass_time: Callable[[float], None]) -> None:
    assert status(api) == 401
    pass_time(100)
    assert [status(api) for _ in range(9)] == [401] * 9

    assert [status(api), status(api, PASSWORD)] == [429] * 2
    refused = api.call("GET", "system", REMOTE_ADDR=HERE)  # with the right one
    assert (refused.status_code, refused["Retry-After"]) == (429, "200")
    assert refused.json() == {
        "title": "429 Too Many Requests",
        "description": "Too many wrong passwords came from your address. Try again in 200 seconds.",
    }
    pass_time(199)
    assert api.call("GET", "system", REMOTE_ADDR=HERE)["Retry-After"] == "1"
    pass_time(1)
    assert status(api, PASSWORD) == 200
    assert [status(api), status(api)] == [401, 429]  # nine of the ten are still young


@pytest.mark.parametrize("verb", ["GET", "POST", "DELETE"])
def test_every_verb_is_counted(api: Api, verb: str) -> None:
    assert [status(api, verb=verb) for _ in range(11)] == [401] * 10 + [429]


def test_the_right_password_is_heard_from_elsewhere(api: Api) -> None:
    assert [status(api) for _ in range(11)][-1] == 429

    assert [status(api, PASSWORD, ip) for ip in (ELSEWHERE, "2001:db8::1", "")] == [200] * 3


def test_guesses_at_other_accounts_keep_nobody_out(api: Api) -> None:
    assert [status(api, user=f"somebody{number}") for number in range(11)] == [401] * 10 + [429]

    assert [status(api, PASSWORD), status(api)] == [200, 401]


def test_addresses_of_one_ipv6_network_are_one(api: Api) -> None:
    assert [status(api, ip=f"2001:db8::{number}") for number in range(1, 12)] == [401] * 10 + [429]
    assert status(api, PASSWORD, "2001:db8::ffff") == 429
    assert status(api, PASSWORD, "2001:db8:0:1::1") == 200


def test_where_there_are_no_addresses_guesses_are_counted_too(api: Api) -> None:
    assert [status(api, ip="") for _ in range(11)] == [401] * 10 + [429]


def test_few_wrong_ones_are_forgotten_in_time(api: Api, pass_time: Callable[[float], None]) -> None:
    for _ in range(3):
        assert [status(api) for _ in range(9)] == [401] * 9
        pass_time(300)
    assert status(api, PASSWORD) == 200


def test_who_shows_no_password_is_not_counted(api: Api) -> None:
    for _ in range(20):
        assert api.call("GET", "system", HTTP_AUTHORIZATION="").status_code == 401
    assert api.call("GET", "system").status_code == 200


def test_who_is_let_in_or_waits_writes_nothing(api: Api) -> None:
    status(api)
    with CaptureQueriesContext(connection) as let_in:
        assert status(api, PASSWORD) == 200
    assert [status(api) for _ in range(9)] == [401] * 9
    with CaptureQueriesContext(connection) as waits:
        assert status(api) == 429

    assert [query["sql"].split()[0] for query in (*let_in, *waits)] == ["SELECT"] * 2


@pytest.mark.django_db(transaction=True)
def test_all_processes_count_together(api: Api) -> None:
    said = each_in_a_process(4, lambda: " ".join(str(status(api)) for _ in range(5)))
    wrong = " ".join(said).split().count("401")
    while status(api) == 401:  # of guesses that come at one moment some may be refused without being counted
        wrong += 1
    assert wrong == 10
    assert status(api, PASSWORD) == 429
