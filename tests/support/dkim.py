"""A signature over header fields and body in the strictest form there is: simple/simple (RFC 6376 §3.4.1, §3.4.3).

Whoever lets it verify has changed no byte of what it covers.
"""

import base64
import hashlib
import re
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from suite.mail.headers import HeaderBlock, split_letter

FIELDS = ("from", "to", "subject", "date", "message-id", "content-type", "content-transfer-encoding")
_EMPTY_SIGNATURE = re.compile(rb"(b=)[^;]*\Z", re.DOTALL)


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def public_record() -> bytes:
    """The DNS record of the key that signs."""
    octets = _key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; p=" + base64.b64encode(octets)


def sign(raw: bytes) -> bytes:
    """The letter with a DKIM-Signature on top."""
    field = (
        b"DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=example.com; s=test;\r\n\th="
        + ":".join(FIELDS).encode()
        + b"; bh="
        + _body_hash(raw)
        + b";\r\n\tb="
    )
    signature = _key().sign(_signed(raw) + field, padding.PKCS1v15(), SHA256())
    return field + base64.b64encode(signature) + b"\r\n" + raw


def verifies(raw: bytes) -> bool:
    """Whether the letter's signature is that of `sign()` over what stands in it now."""
    chunk = next(chunk for name, chunk in _fields(raw) if name == "dkim-signature")
    signature = base64.b64decode(chunk.rpartition(b"b=")[2])
    if b"bh=" + _body_hash(raw) + b";" not in chunk:
        return False
    signed = _signed(raw) + _EMPTY_SIGNATURE.sub(rb"\1", chunk.removesuffix(b"\r\n"))
    try:
        _key().public_key().verify(signature, signed, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _fields(raw: bytes) -> list[tuple[str, bytes]]:
    return HeaderBlock.parse(split_letter(raw)[0]).raw_fields()


def _signed(raw: bytes) -> bytes:
    fields = _fields(raw)
    return b"".join(chunk for wanted in FIELDS for name, chunk in fields if name == wanted)


def _body_hash(raw: bytes) -> bytes:
    body = split_letter(raw)[1].removeprefix(b"\r\n")
    while body.endswith(b"\r\n\r\n"):
        body = body.removesuffix(b"\r\n")
    return base64.b64encode(hashlib.sha256(body or b"\r\n").digest())
