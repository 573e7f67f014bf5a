"""The key ring: the site's secrets, outside the code and the database.

A JSON file (mode 600) or the environment variable POSTHOUSE_KEYS holds, for each purpose, a list of keys, newest first. The
first signs; all of them verify, so a rotation overlaps. Made at first start; part of every backup.
"""

import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from suite.common import secret_files

PURPOSES = ("site", "link", "verp")


class KeyRingError(Exception):
    """The key ring cannot be read or made; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Key:
    """One secret of one purpose. `id` is public, `secret` never leaves the process."""

    id: str
    secret: str
    created: str

    @classmethod
    def make(cls) -> "Key":
        return cls(secrets.token_hex(4), secrets.token_urlsafe(48), datetime.now(UTC).isoformat(timespec="seconds"))

    def __repr__(self) -> str:
        return f"Key({self.id})"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys by purpose, newest first."""

    keys: dict[str, tuple[Key, ...]]

    def current(self, purpose: str) -> Key:
        return self.keys[purpose][0]

    def secrets(self, purpose: str) -> list[str]:
        return [key.secret for key in self.keys[purpose]]

    def rotated(self, purpose: str, *, keep: int = 2) -> "KeyRing":
        """A ring with a new current key for the purpose; at most `keep` keys of it remain."""
        return KeyRing(self.keys | {purpose: (Key.make(), *self.keys[purpose])[:keep]})

    @classmethod
    def make(cls) -> "KeyRing":
        return cls({purpose: (Key.make(),) for purpose in PURPOSES})

    @classmethod
    def from_json(cls, text: str) -> "KeyRing":
        try:
            found = {purpose: tuple(Key(**entry) for entry in entries) for purpose, entries in json.loads(text).items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise KeyRingError(f"The key ring is not readable as JSON: {error}") from error
        missing = [purpose for purpose in PURPOSES if not found.get(purpose)]
        if missing:
            raise KeyRingError(f"The key ring has no key for: {', '.join(missing)}")
        return cls(found)

    def to_json(self) -> str:
        entries = {
            purpose: [{"id": key.id, "secret": key.secret, "created": key.created} for key in keys]
            for purpose, keys in self.keys.items()
        }
        return json.dumps(entries, indent=1) + "\n"


def load(path: Path) -> KeyRing:
    """The ring of this site: from POSTHOUSE_KEYS, else from the file, which is made when it is missing."""
    inline = os.environ.get("POSTHOUSE_KEYS")
    if inline:
        return KeyRing.from_json(inline)
    with contextlib.suppress(FileNotFoundError):
        return KeyRing.from_json(_read(path))
    with contextlib.suppress(FileExistsError):
        save(path, KeyRing.make(), new=True)
    return KeyRing.from_json(_read(path))


def save(path: Path, ring: KeyRing, *, new: bool = False) -> None:
    """Write the ring with mode 600, whole or not at all. With `new`, an existing file is left and FileExistsError raised."""
    try:
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        secret_files.write(path, ring.to_json(), place="keys.drafted", new=new)
    except FileExistsError:
        raise
    except OSError as error:
        raise KeyRingError(
            f"Cannot write the key ring {path}: {error.strerror}. Choose another POSTHOUSE_STATE."
        ) from error


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise KeyRingError(f"Cannot read the key ring {path}: {error.strerror}") from error
