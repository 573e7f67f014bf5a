"""The API, open to whoever knows the password."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import override_settings
from mailmanclient import Client
from pytest_django.live_server_helper import LiveServer

from tests.support.api import PASSWORD, USER, Api


@pytest.fixture
def no_wrong_passwords_yet(db: None) -> None:
    """Nor any other limit: they are counted in the cache."""
    cache.clear()


@pytest.fixture
def api(no_wrong_passwords_yet: None) -> Iterator[Api]:
    with override_settings(API_USER=USER, API_PASSWORD=PASSWORD):
        yield Api()


@pytest.fixture
def client(live_server: LiveServer, no_wrong_passwords_yet: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """`mailmanclient` as it is published, over HTTP to a server of this test's own."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with override_settings(API_USER=USER, API_PASSWORD=PASSWORD):
        yield Client(f"{live_server.url}/api/3.1", USER, PASSWORD)
