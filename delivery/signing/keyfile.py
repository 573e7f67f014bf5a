"""The file of signing keys, by domain: JSON (mode 600) beside the key ring, read again when it changes.

A key waits until its DNS record is seen, signs, and is retired by the next: then only its public half is kept, for mail that
is under way asks for the record a while longer. Nobody restarts anything.
"""

import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from django.conf import settings

from suite.common import secret_files
from suite.common.errors import SuiteError
from suite.mail import signing_keys
from suite.mail.addresses import parse_mailboxes, wire_domain
from suite.mail.headers import HeaderBlock, split_letter
from suite.mail.signing_keys import ALGORITHMS, Signer

log = logging.getLogger(__name__)


class KeyFileError(SuiteError):
    """The file cannot be read or written, or what was asked of its keys cannot be done."""

    code = "signing-keys"


class KeyState(StrEnum):
    WAITING = "waiting"
    SIGNING = "signing"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class DomainKey:
    """A key of a domain. `private` is PEM, empty once the key is retired; times are ISO 8601 in UTC."""

    selector: str
    algorithm: str
    state: KeyState
    public: str
    created: str
    retired: str = ""
    private: str = ""

    def __repr__(self) -> str:
        return f"DomainKey({self.selector}, {self.state})"

    def record(self, domain: str) -> tuple[str, str]:
        """Name and text of its TXT record."""
        return f"{self.selector}._domainkey.{domain}", signing_keys.record_text(self.algorithm, self.public)


Table = dict[str, tuple[DomainKey, ...]]
"""Domain (A-labels, lower case) to its keys, newest first."""


def load() -> Table:
    """Raises KeyFileError. No file is an empty table."""
    path = settings.DKIM_KEYS
    try:
        found = json.loads(path.read_text())
        table = {
            domain: tuple(DomainKey(**{**entry, "state": KeyState(entry["state"])}) for entry in entries)
            for domain, entries in found.items()
        }
        for domain, keys in table.items():
            _signers_of(domain, keys)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KeyFileError(f"Cannot read the signing keys {path} (POSTHOUSE_DKIM_KEYS): {error.strerror}.") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise KeyFileError(f"The signing keys {path} (POSTHOUSE_DKIM_KEYS) are not readable: {error}.") from error
    return table


def save(table: Table) -> None:
    """Write the file with mode 600, whole or not at all. Raises KeyFileError."""
    path: Path = settings.DKIM_KEYS
    text = json.dumps({domain: [asdict(key) for key in keys] for domain, keys in table.items()}, indent=1) + "\n"
    try:
        secret_files.write(path, text, place="dkim.drafted")
    except OSError as error:
        raise KeyFileError(f"Cannot write the signing keys {path}: {error.strerror}.") from error


def made(keys: tuple[DomainKey, ...], now: datetime) -> tuple[DomainKey, ...]:
    """The keys with a new one of each algorithm in front, waiting. Raises KeyFileError where some wait already."""
    if any(key.state == KeyState.WAITING for key in keys):
        raise KeyFileError("New keys are waiting already: publish their records and activate them, or forget them.")
    taken = {key.selector for key in keys}
    new = []
    for algorithm in ALGORITHMS:
        stem = f"ph{now:%Y%m%d}{algorithm[0]}"
        selector = next(name for name in (stem, *(f"{stem}{at}" for at in range(2, 1000))) if name not in taken)
        pem = signing_keys.make_key(algorithm)
        public = signing_keys.public_key(pem)
        new.append(DomainKey(selector, algorithm, KeyState.WAITING, public, _stamp(now), private=pem))
    return (*new, *keys)


def activated(keys: tuple[DomainKey, ...], now: datetime) -> tuple[DomainKey, ...]:
    """What waits signs from now on, what signed is retired. Raises KeyFileError where none waits."""
    if not any(key.state == KeyState.WAITING for key in keys):
        raise KeyFileError("No key is waiting: make new ones first.")
    turned = []
    for key in keys:
        if key.state == KeyState.WAITING:
            key = replace(key, state=KeyState.SIGNING)
        elif key.state == KeyState.SIGNING:
            key = replace(key, state=KeyState.RETIRED, retired=_stamp(now), private="")
        turned.append(key)
    return tuple(turned)


def signers(domain: str) -> tuple[Signer, ...]:
    """Who signs for the domain: its own keys, else those of the nearest domain above it that has some. Empty for none.

    Where the file has become unreadable the keys of before go on signing; the log says so.
    """
    table = _current()
    while domain:
        if domain in table:
            return table[domain]
        domain = domain.partition(".")[2]
    return ()


def author_domain(letter: bytes) -> str:
    """The domain in From, for mail of the site itself; empty where there is none."""
    headers = HeaderBlock.parse(split_letter(letter)[0])
    author = next(iter(parse_mailboxes(headers.get("From") or b"", limit=1)), None)
    return wire_domain(author.address) if author else ""


_read: dict[Path, tuple[tuple[int, int, int] | None, dict[str, tuple[Signer, ...]]]] = {}


def _current() -> dict[str, tuple[Signer, ...]]:
    path = settings.DKIM_KEYS
    try:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
    except OSError:
        stamp = None
    known = _read.get(path)
    if known is None or known[0] != stamp:
        try:
            found = {domain: by for domain, keys in load().items() if (by := _signers_of(domain, keys))}
        except KeyFileError as error:
            log.error("%s Mail goes on with the keys known before.", error)
            found = known[1] if known else {}
        known = _read[path] = (stamp, found)
    return known[1]


def _signers_of(domain: str, keys: tuple[DomainKey, ...]) -> tuple[Signer, ...]:
    return tuple(
        signing_keys.load_signer(key.private, domain, key.selector) for key in keys if key.state == KeyState.SIGNING
    )


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds")
