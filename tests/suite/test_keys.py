"""The key ring, and the command that rotates it."""

import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from lists.links import read_unsubscribe_token, unsubscribe_token
from suite.common import keys
from tests.support.dying import dies_at
from tests.support.forking import each_in_a_process


@pytest.fixture
def ring(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a ring that was just made."""
    monkeypatch.delenv("POSTHOUSE_KEYS", raising=False)
    settings.KEY_FILE = tmp_path / "state" / "keys.json"
    settings.KEY_RING = keys.load(settings.KEY_FILE)
    return settings.KEY_FILE


def run(*words: str) -> str:
    out = StringIO()
    call_command("keys", *words, stdout=out)
    return out.getvalue()


def test_ring_is_made_once_for_its_owner_alone(ring: Path) -> None:
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    assert keys.load(ring) == keys.load(ring)
    assert {purpose: len(known) for purpose, known in keys.load(ring).keys.items()} == {"site": 1, "link": 1, "verp": 1}


def test_a_ring_that_was_not_finished_is_made_by_the_next_start(ring: Path) -> None:
    ring.unlink()
    dies_at("keys.drafted", lambda: keys.load(ring))
    assert not ring.exists()

    made = keys.load(ring)

    assert keys.load(ring) == made
    assert list(ring.parent.iterdir()) == [ring]


def test_processes_that_start_at_once_have_one_ring(ring: Path) -> None:
    """Each reads back what the first of them has made."""
    ring.unlink()
    read = each_in_a_process(8, lambda: keys.load(ring).to_json())

    assert set(read) == {ring.read_text()}
    assert list(ring.parent.iterdir()) == [ring]
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600


def test_who_writes_at_once_writes_whole_rings(ring: Path) -> None:
    def rotate() -> str:
        new = keys.load(ring).rotated("link")
        keys.save(ring, new)
        return new.to_json()

    written = each_in_a_process(8, rotate)

    assert ring.read_text() in written
    assert list(ring.parent.iterdir()) == [ring]


def test_keys_are_named_without_their_secrets(ring: Path) -> None:
    shown = run()

    for purpose in keys.PURPOSES:
        known = keys.load(ring)
        assert known.current(purpose).id in shown
        assert known.current(purpose).secret not in shown


def test_rotation_puts_a_new_key_before_the_old_one(ring: Path) -> None:
    before = keys.load(ring)

    shown = run("--rotate", "verp")

    after = keys.load(ring)
    assert after.current("verp") != before.current("verp")
    assert after.keys["verp"][1:] == before.keys["verp"]
    assert after.current("verp").id in shown
    assert after.keys["link"] == before.keys["link"]
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600


def test_links_in_mail_outlive_a_rotation_and_not_two(ring: Path, settings: Any) -> None:
    token = unsubscribe_token(4711, "dev.example.org")
    found = []
    for _ in range(2):
        run("--rotate", "link")
        settings.KEY_RING = keys.load(ring)
        found.append(read_unsubscribe_token(token, "dev.example.org"))

    assert found == [4711, None]


def test_a_rotation_that_dies_has_changed_nothing_and_can_be_begun_again(ring: Path, settings: Any) -> None:
    """C38."""
    token = unsubscribe_token(4711, "dev.example.org")
    before = ring.read_text()
    dies_at("keys.drafted", lambda: run("--rotate", "link"))
    assert ring.read_text() == before
    [draft] = set(ring.parent.iterdir()) - {ring}
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600

    run("--rotate", "link")
    assert list(ring.parent.iterdir()) == [ring]
    settings.KEY_RING = keys.load(ring)
    assert len(settings.KEY_RING.keys["link"]) == 2
    assert read_unsubscribe_token(token, "dev.example.org") == 4711


def test_a_ring_in_the_environment_is_not_rotated(ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = ring.read_text()
    monkeypatch.setenv("POSTHOUSE_KEYS", held)

    with pytest.raises(CommandError, match="POSTHOUSE_KEYS"):
        run("--rotate", "site")
    with pytest.raises(CommandError, match="must remain"):
        run("--rotate", "site", "--keep", "0")
    assert ring.read_text() == held


def test_a_ring_without_a_purpose_is_refused(ring: Path) -> None:
    ring.write_text('{"site": []}')

    with pytest.raises(keys.KeyRingError, match="no key for: site, link, verp"):
        keys.load(ring)
