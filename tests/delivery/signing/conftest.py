"""A file of signing keys of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "dkim.json"
    with override_settings(DKIM_KEYS=path):
        yield path
