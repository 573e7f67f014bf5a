"""`manage.py up` does not start half configured: it names the setting and what is wrong with it."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import start
from tests.support.ports import free_ports
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("core.config.check")]


def refusal(state: Path, **environment: Any) -> str:
    """What it says when it ends at once."""
    lmtp, web = map(str, free_ports(2))
    ports: dict[str, Any] = {"POSTHOUSE_LMTP_PORT": lmtp, "POSTHOUSE_WEB_PORT": web}
    with start("up", POSTHOUSE_STATE=str(state), **ports, **environment) as process:
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    return said.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTHOUSE_MTA", "groupwise"),
        ("POSTHOUSE_ARCHIVERS", "hypermail"),
        ("POSTHOUSE_CLOBBER_DATE", "perhaps"),
        ("POSTHOUSE_MTA_MAP_TYPE", "punchcard"),
        ("POSTHOUSE_BASE_URL", "lists.example.org"),
        ("POSTHOUSE_SITE_OWNER", "Anne <anne@example.org>"),
    ],
)
def test_a_setting_that_means_nothing_is_named(tmp_path: Path, name: str, value: str) -> None:
    assert name in refusal(tmp_path, **{name: value})


def test_unreadable_signing_keys_are_named(tmp_path: Path) -> None:
    keys = tmp_path / "dkim.json"
    keys.write_text('{"example.org": [{"selector": "s", "state": "signing", "private": "nonsense"}]}')

    said = refusal(tmp_path)

    assert "POSTHOUSE_DKIM_KEYS" in said and str(keys) in said


def test_an_unreadable_key_ring_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{")

    assert "key ring" in refusal(tmp_path)
