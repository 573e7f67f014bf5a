"""The sandbox's mail: one SQLite file, outside the site's database, bounded."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

KEPT = 5_000
"""Copies; older ones are forgotten."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (id INTEGER PRIMARY KEY, at REAL NOT NULL, sender TEXT NOT NULL, raw BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS copy (
  id INTEGER PRIMARY KEY, mail INTEGER NOT NULL REFERENCES mail(id), recipient TEXT NOT NULL, subject TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS copy_recipient ON copy (recipient, id);
"""


@dataclass(frozen=True, slots=True)
class Copy:
    """A mail as one recipient got it. `at` is seconds since the epoch."""

    id: int
    at: float
    sender: str
    recipient: str
    subject: str


def path() -> Path:
    return settings.STATE / "sandbox.sqlite3"


@contextmanager
def opened() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path(), timeout=10)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.executescript(_SCHEMA)
        with connection:
            yield connection
    finally:
        connection.close()


def keep(at: float, sender: str, recipients: list[str], subject: str, raw: bytes) -> None:
    """Store one mail with a copy for each recipient, and forget what is older than the newest `KEPT` copies."""
    with opened() as db:
        mail = db.execute("INSERT INTO mail (at, sender, raw) VALUES (?, ?, ?)", (at, sender, raw)).lastrowid
        db.executemany(
            "INSERT INTO copy (mail, recipient, subject) VALUES (?, ?, ?)",
            [(mail, recipient, subject) for recipient in recipients],
        )
        db.execute("DELETE FROM copy WHERE id <= (SELECT max(id) FROM copy) - ?", (KEPT,))
        db.execute("DELETE FROM mail WHERE id < (SELECT min(mail) FROM copy)")


def mailboxes() -> list[tuple[str, int]]:
    """Recipients and how many copies each has, who got one last first."""
    if not path().exists():
        return []
    with opened() as db:
        return db.execute("SELECT recipient, count(*) FROM copy GROUP BY recipient ORDER BY max(id) DESC").fetchall()


def copies(recipient: str = "", limit: int = 100) -> list[Copy]:
    """The newest copies, of one recipient or of all."""
    if not path().exists():
        return []
    with opened() as db:
        rows = db.execute(
            "SELECT copy.id, at, sender, recipient, subject FROM copy JOIN mail ON mail.id = copy.mail"
            " WHERE ? IN ('', recipient) ORDER BY copy.id DESC LIMIT ?",
            (recipient, limit),
        )
        return [Copy(*row) for row in rows]


def read(copy_id: int) -> tuple[Copy, bytes] | None:
    """A copy with its bytes; None when it was forgotten."""
    if not path().exists():
        return None
    with opened() as db:
        row = db.execute(
            "SELECT copy.id, at, sender, recipient, subject, raw FROM copy JOIN mail ON mail.id = copy.mail"
            " WHERE copy.id = ?",
            (copy_id,),
        ).fetchone()
    return (Copy(*row[:5]), row[5]) if row else None
