"""A folder for the MTA's files of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MTA_FOLDER=tmp_path / "mta"):
        yield tmp_path / "mta"
