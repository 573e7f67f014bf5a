"""The API, open to whoever knows the password."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from tests.support.api import PASSWORD, USER, Api


@pytest.fixture
def api(db: None) -> Iterator[Api]:
    with override_settings(API_USER=USER, API_PASSWORD=PASSWORD):
        yield Api()
