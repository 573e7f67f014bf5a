"""Whether a signature holds: DKIM-Signature fields, and what ARC shares with them (RFC 6376 §6, RFC 8301, RFC 8463).

Keys are asked for by name; whoever asks DNS says KeyTrouble where it does not answer.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from suite.mail.canonical import Field, relaxed_body, relaxed_field, selected, simple_body, simple_field
from suite.mail.headers import HeaderBlock, split_letter
from suite.mail.tags import tag_list
from suite.mail.wire import normalise_newlines

Lookup = Callable[[str], list[bytes]]
"""Name -> texts of its TXT records; raises KeyTrouble."""
Result = Literal["pass", "fail", "permerror", "temperror", "policy", "none"]
"""RFC 8601 §2.7.1."""
SIGNATURES = 5
"""Signatures of one letter that are looked at: each costs a question to DNS."""
RSA_BITS = 1024
"""RFC 8301 §3.2: shorter keys count for nothing."""

_SIGNATURE_VALUE = re.compile(rb"((?:\A|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")
_SPACE = re.compile(r"\s+")
_ALGORITHMS = {"rsa-sha256": "rsa", "ed25519-sha256": "ed25519"}
_NUMBER = re.compile(r"[0-9]{1,15}")


class KeyTrouble(Exception):
    """The key cannot be had now; asking later may help."""


class Broken(Exception):
    """What the verification ended in; the message says why, for a comment in Authentication-Results."""

    def __init__(self, result: Result, reason: str) -> None:
        super().__init__(reason)
        self.result: Result = result


@dataclass(frozen=True, slots=True)
class Checked:
    """One signature: whose it is, and what became of it."""

    result: Result
    domain: str = ""
    selector: str = ""
    algorithm: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as signatures see it: fields in order, and the body behind the blank line."""

    fields: tuple[Field, ...]
    body: bytes

    @classmethod
    def of(cls, raw: bytes) -> "Letter":
        header, rest = split_letter(normalise_newlines(raw))
        return cls(tuple(HeaderBlock.parse(header).raw_fields()), rest[2:])

    def named(self, name: str) -> list[bytes]:
        return [chunk for lower, chunk in self.fields if lower == name]


def check_dkim(letter: Letter, lookup: Lookup, *, now: int) -> list[Checked]:
    """Each DKIM-Signature, from the top, but no more than SIGNATURES."""
    return [_checked(letter, chunk, lookup, now) for chunk in letter.named("dkim-signature")[:SIGNATURES]]


def _checked(letter: Letter, chunk: bytes, lookup: Lookup, now: int) -> Checked:
    tags = tag_list(chunk.partition(b":")[2]) or {}
    whose = tags.get("d", "").lower(), tags.get("s", ""), tags.get("a", "").lower()
    try:
        _insist_on_form(tags, now)
        check_signed_letter(letter, chunk, tags, lookup)
    except Broken as broken:
        return Checked(broken.result, *whose, str(broken))
    return Checked("pass", *whose)


def _insist_on_form(tags: dict[str, str], now: int) -> None:
    if tags.get("v") != "1":
        raise Broken("permerror", "no signature of a known version")
    if "from" not in names_of(tags):
        raise Broken("permerror", "From is not signed")
    identity = tags.get("i", "@").rpartition("@")[2].lower()
    domain = tags.get("d", "").lower()
    if identity and identity != domain and not identity.endswith(f".{domain}"):
        raise Broken("permerror", "i= is outside of d=")
    expires = tags.get("x", "")
    if expires and (not _NUMBER.fullmatch(expires) or int(expires) < now):
        raise Broken("fail", "signature expired")


def names_of(tags: dict[str, str]) -> list[str]:
    """The field names that `h=` lists, in lower case."""
    return [name.strip().lower() for name in tags.get("h", "").split(":")]


def check_signed_letter(
    letter: Letter, chunk: bytes, tags: dict[str, str], lookup: Lookup, *, unsaid: str = "simple/simple"
) -> None:
    """The hash of the body and the signature over the named fields and this one. Raises Broken.

    `unsaid` is the canonical form where `c=` names none.
    """
    if "h" not in tags or not all(tags.get(name) for name in ("a", "b", "bh", "d", "s")):
        raise Broken("permerror", "a tag is missing")
    header_form, _, body_form = tags.get("c", unsaid).lower().partition("/")
    if header_form not in ("simple", "relaxed") or body_form not in ("", "simple", "relaxed"):
        raise Broken("permerror", "unknown canonical form")
    body = relaxed_body(letter.body) if body_form == "relaxed" else simple_body(letter.body)
    if "l" in tags:
        if not _NUMBER.fullmatch(tags["l"]) or int(tags["l"]) > len(body):
            raise Broken("permerror", "l= is no length of this body")
        if int(tags["l"]) < len(body):  # RFC 6376 §8.2: what follows may be anybody's
            raise Broken("policy", "only a part of the body is signed")
    if hashlib.sha256(body).digest() != decoded(tags["bh"]):
        raise Broken("fail", "body hash does not match")
    canonical = relaxed_field if header_form == "relaxed" else simple_field
    fields = b"".join(map(canonical, selected(letter.fields, names_of(tags))))
    check_signature(tags, fields + without_signature(chunk, relaxed=header_form == "relaxed"), lookup)


def without_signature(chunk: bytes, *, relaxed: bool) -> bytes:
    """The field in canonical form as its own signature covers it: `b=` empty, no line end (RFC 6376 §3.7)."""
    name, _, value = chunk.partition(b":")
    emptied = name + b":" + _SIGNATURE_VALUE.sub(rb"\1", value)
    return (relaxed_field(emptied) if relaxed else simple_field(emptied)).removesuffix(b"\r\n")


def check_signature(tags: dict[str, str], signed: bytes, lookup: Lookup) -> None:
    """Whether `b=` signs these octets with the key of `s=` and `d=`. Raises Broken."""
    algorithm, domain = tags["a"].lower(), tags["d"].lower()
    if algorithm not in _ALGORITHMS:
        raise Broken("permerror", f"algorithm {algorithm[:30]} does not count")
    records = _records(f"{tags['s']}._domainkey.{domain}", lookup)
    broken = Broken("permerror", "no key for signature")
    for record in records:
        try:
            key = _public_key(record, _ALGORITHMS[algorithm], tags)
        except Broken as unfit:
            broken = unfit
            continue
        _verify(key, decoded(tags["b"]), signed)
        return
    raise broken


def _records(name: str, lookup: Lookup) -> list[bytes]:
    try:
        return lookup(name)
    except KeyTrouble as error:
        raise Broken("temperror", "no answer from DNS") from error


def _public_key(record: bytes, kind: str, tags: dict[str, str]) -> rsa.RSAPublicKey | ed25519.Ed25519PublicKey:
    """The key that a TXT record holds, where it is meant for this (RFC 6376 §3.6.1)."""
    found = tag_list(record)
    if not found or found.get("v", "DKIM1") != "DKIM1" or "p" not in found:
        raise Broken("permerror", "no key in the record")
    if not found["p"]:
        raise Broken("permerror", "key revoked")
    if found.get("k", "rsa") != kind or not {"sha256"} & _colons(found.get("h", "sha256")):
        raise Broken("permerror", "key of another kind")
    if not {"*", "email"} & _colons(found.get("s", "*")):
        raise Broken("permerror", "key for another service")
    identity = tags.get("i", "@").rpartition("@")[2].lower()
    if "s" in _colons(found.get("t", "")) and "h" in tags and identity not in ("", tags["d"].lower()):
        raise Broken("permerror", "key not for subdomains")
    try:
        octets = base64.b64decode(_SPACE.sub("", found["p"]), validate=True)
        key = ed25519.Ed25519PublicKey.from_public_bytes(octets) if kind == "ed25519" else load_der_public_key(octets)
    except (ValueError, TypeError) as error:
        raise Broken("permerror", "key cannot be read") from error
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < RSA_BITS:
        raise Broken("policy", "key too short")
    if not isinstance(key, rsa.RSAPublicKey | ed25519.Ed25519PublicKey):
        raise Broken("permerror", "key of another kind")
    return key


def _verify(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey, signature: bytes, signed: bytes) -> None:
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), SHA256())
        else:
            key.verify(signature, hashlib.sha256(signed).digest())
    except InvalidSignature as error:
        raise Broken("fail", "signature verification failed") from error


def decoded(text: str) -> bytes:
    """Base64 with white space in it. Raises Broken."""
    try:
        return base64.b64decode(_SPACE.sub("", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Broken("permerror", "no base64") from error


def _colons(value: str) -> set[str]:
    return {word.strip() for word in value.split(":")}


def canonical_fields(chunks: Sequence[bytes]) -> bytes:
    return b"".join(map(relaxed_field, chunks))
