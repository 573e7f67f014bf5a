"""Keys that sign mail: made, written as PEM, published as DNS records (RFC 6376 §3.6.1, RFC 8463)."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

RSA, ED25519 = "rsa-sha256", "ed25519-sha256"
ALGORITHMS = (RSA, ED25519)
RSA_BITS = 2048
_STRING = 255
"""Octets of one string in a TXT record (RFC 1035 §3.3)."""


class BadKey(ValueError):
    """No private key that can sign mail; the message says why."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key at work: `sign` takes what is signed, already canonical, and gives the signature's octets."""

    domain: str
    selector: str
    algorithm: str
    sign: Callable[[bytes], bytes]


def make_key(algorithm: str) -> str:
    """A new private key, as PEM (PKCS #8)."""
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    if algorithm == RSA:
        key = rsa.generate_private_key(65537, RSA_BITS)
    else:
        key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def load_signer(pem: str, domain: str, selector: str) -> Signer:
    """Raises BadKey."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError) as error:
        raise BadKey(f"no readable private key: {error}") from error
    if isinstance(key, rsa.RSAPrivateKey):
        return Signer(domain, selector, RSA, lambda data: key.sign(data, padding.PKCS1v15(), SHA256()))
    if isinstance(key, ed25519.Ed25519PrivateKey):  # what is signed is the hash (RFC 8463 §3)
        return Signer(domain, selector, ED25519, lambda data: key.sign(hashlib.sha256(data).digest()))
    raise BadKey("a private key of RSA or Ed25519 is wanted")


def public_key(pem: str) -> str:
    """What stands behind `p=`: base64 of SubjectPublicKeyInfo for RSA (RFC 6376 §3.6.1), of the bare key for Ed25519."""
    key = load_pem_private_key(pem.encode(), None)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        octets = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    else:
        octets = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(octets).decode()


def record_text(algorithm: str, public: str) -> str:
    """The text of the TXT record at `<selector>._domainkey.<domain>`."""
    return f"v=DKIM1; k={algorithm.partition('-')[0]}; h=sha256; p={public}"


def zone_line(selector: str, domain: str, text: str) -> str:
    """The record as a zone file has it, in strings of 255 octets at most."""
    strings = " ".join(f'"{text[start : start + _STRING]}"' for start in range(0, len(text), _STRING))
    return f"{selector}._domainkey.{domain}. IN TXT ( {strings} )"
