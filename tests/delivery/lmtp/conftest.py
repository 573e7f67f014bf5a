"""What tests of the door share: it works in threads and processes of its own, so what they see is committed."""

from collections.abc import Iterator
from itertools import count

import pytest
from pytest_django import DjangoDbBlocker

from archives.models import Arrival
from tests.support.emptying import empty
from tests.support.factories import make_domain, make_list
from tests.support.lmtp import Client, Door, open_door

_serial = count(1)


@pytest.fixture(scope="module")
def transactional_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """As pytest-django's, but emptied once a module: its tests tell their letters apart by their Message-IDs."""
    with django_db_blocker.unblock():
        yield
        empty()


@pytest.fixture(scope="module")
def lists(transactional_db: None) -> None:
    """dev@ and ops@example.org."""
    make_domain("example.org", alias_domain="alias.example")
    make_list("dev")
    make_list("ops")


@pytest.fixture(scope="module")
def door(lists: None) -> Iterator[Door]:
    """With the settings' limits, but for a letter's size: 10,000 bytes."""
    with open_door(size=10_000) as door:
        yield door


@pytest.fixture
def client(door: Door) -> Iterator[Client]:
    with Client(door.address) as client:
        yield client


@pytest.fixture
def message_id() -> str:
    """One that no other test uses."""
    return f"letter{next(_serial)}@example.com"


@pytest.fixture
def letter(message_id: str) -> bytes:
    return letter_of(message_id)


def letter_of(message_id: str) -> bytes:
    """A post to dev and ops."""
    return (
        f"Message-ID: <{message_id}>\r\nFrom: Bart <bart@example.com>\r\nTo: dev@example.org, ops@example.org\r\n"
        "Subject: Hello\r\n\r\nHello all.\r\n"
    ).encode()


def kept(message_id: str) -> list[bytes]:
    """The letters of this id, in the order they came."""
    arrivals = Arrival.objects.filter(message_id=message_id).order_by("pk").select_related("letter")
    return [bytes(arrival.letter.raw) for arrival in arrivals]
