"""Guessing the API's password."""

import pytest

from suite.common.rest.authentication import BRAKE
from suite.common.rest.brake import Brake
from tests.support.api import PASSWORD, Api, basic


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in seconds, as the brake sees it."""
    seconds = [1000.0]
    monkeypatch.setattr(Brake, "now", staticmethod(lambda: seconds[0]))
    return seconds


def status(api: Api, password: str = "wrong", ip: str = "203.0.113.9") -> int:
    response = api.call("GET", "system", HTTP_AUTHORIZATION=basic(password=password), REMOTE_ADDR=ip)
    return int(response.status_code)


@pytest.mark.feature("api.auth.basic")
def test_after_ten_wrong_passwords_a_network_waits(api: Api, clock: list[float]) -> None:
    assert [status(api) for _ in range(10)] == [401] * 10

    assert [status(api), status(api, PASSWORD), status(api, ip="203.0.113.77")] == [429] * 3
    refused = api.call("GET", "system", REMOTE_ADDR="203.0.113.9")  # with the right one
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")
    assert refused.json() == {
        "title": "429 Too Many Requests",
        "description": "Too many wrong passwords came from your network. Try again in 300 seconds.",
    }
    assert api.call("GET", "system", REMOTE_ADDR="198.51.100.1").status_code == 200
    clock[0] += 299
    assert api.call("GET", "system", REMOTE_ADDR="203.0.113.9")["Retry-After"] == "1"
    clock[0] += 1
    assert api.call("GET", "system", REMOTE_ADDR="203.0.113.9").status_code == 200
    assert status(api) == 401  # and it begins anew


def test_few_wrong_ones_are_forgotten_in_time(api: Api, clock: list[float]) -> None:
    for _ in range(3):
        assert [status(api) for _ in range(9)] == [401] * 9
        clock[0] += 300
    assert api.call("GET", "system", REMOTE_ADDR="203.0.113.9").status_code == 200


def test_who_shows_no_password_is_not_counted(api: Api, clock: list[float]) -> None:
    for _ in range(20):
        assert api.call("GET", "system", HTTP_AUTHORIZATION="").status_code == 401
    assert api.call("GET", "system").status_code == 200


def test_it_remembers_so_many_networks_and_no_more() -> None:
    brake = Brake(tries=1, most=3)
    for number in range(5):
        brake.wrong(f"network {number}")
    assert [brake.wait(f"network {number}") > 0 for number in range(5)] == [False, False, True, True, True]
    assert BRAKE.wait("network 4") == 0
