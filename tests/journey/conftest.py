"""What journeys share: processes of their own see what is committed, so a module's tests live in one world."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.support.emptying import empty


@pytest.fixture(scope="module")
def transactional_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """As pytest-django's, but emptied once a module."""
    with django_db_blocker.unblock():
        yield
        empty()
