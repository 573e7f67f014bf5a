"""An independent verifier of signatures: dkimpy, which shares no code with ours, on keys that we hand it.

dkimpy takes Ed25519 from PyNaCl alone; `cryptography` stands in for that one primitive, everything else is dkimpy's.
"""

import base64
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import dkim
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from delivery.signing import keyfile

Zone = dict[str, str]
"""Name, without the last dot, to the text of its TXT record."""


class BadSignatureError(Exception):
    pass


class VerifyKey:
    def __init__(self, octets: bytes, encoder: object) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(octets))

    def verify(self, message: bytes, signature: bytes) -> None:
        try:
            self._key.verify(signature, message)
        except InvalidSignature as error:
            raise BadSignatureError from error


if not hasattr(dkim, "nacl"):
    dkim.nacl = SimpleNamespace(
        signing=SimpleNamespace(VerifyKey=VerifyKey),
        encoding=SimpleNamespace(Base64Encoder=None),
        exceptions=SimpleNamespace(BadSignatureError=BadSignatureError, ValueError=ValueError),
    )


def zone() -> Zone:
    """The records of all keys of this site."""
    return dict(key.record(domain) for domain, keys in keyfile.load().items() for key in keys)


def answering(records: Zone) -> Callable[..., bytes | None]:
    def txt(name: bytes | str, timeout: float = 5) -> bytes | None:
        asked = name.decode() if isinstance(name, bytes) else name
        found = records.get(asked.rstrip("."))
        return None if found is None else found.encode()

    return txt


def signatures(letter: bytes, records: Zone | None = None) -> list[tuple[str, str, list[str], bool]]:
    """Of each DKIM-Signature that can be read, from the top: domain, algorithm, what `h=` lists, whether it verifies."""
    records = zone() if records is None else records
    found = []
    header = b"\r\n" + letter.partition(b"\r\n\r\n")[0].lower()
    for at in range(header.count(b"\r\ndkim-signature:")):
        checker: Any = dkim.DKIM(letter)
        try:
            holds = checker.verify(at, dnsfunc=answering(records))
        except dkim.DKIMException:
            holds = False
        if not hasattr(checker, "include_headers"):
            continue  # no signature that can be read
        tags = checker.signature_fields
        names = [name.decode() for name in checker.include_headers]
        found.append((tags[b"d"].decode(), tags[b"a"].decode(), names, holds))
    return found


def verified(letter: bytes, records: Zone | None = None) -> set[tuple[str, str]]:
    """Domain and algorithm of each signature that holds."""
    return {(domain, algorithm) for domain, algorithm, _, holds in signatures(letter, records) if holds}


def arc_state(letter: bytes, records: Zone | None = None) -> tuple[str, list[dict[str, Any]]]:
    """What dkimpy makes of the ARC chain (empty where it gives up), and of each set."""
    state, sets, _ = dkim.ARC(letter).verify(dnsfunc=answering(zone() if records is None else records))
    return (state or b"").decode(), sets
