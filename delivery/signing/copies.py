"""A rendering's signature: once where all get the same bytes, per copy where something differs.

The body is hashed once. Where it holds placeholders only what follows the first of them is hashed again for each copy.
"""

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence

from delivery.signing.sealing import Sealer
from suite.mail.canonical import Field, relaxed_body, relaxed_field, relaxed_lines, selected
from suite.mail.dkim import names_to_sign, signature_field
from suite.mail.headers import HeaderBlock, split_letter
from suite.mail.signing_keys import Signer
from suite.mail.wire import normalise_newlines


class Signatures:
    """The DKIM-Signature fields that stand on top of a letter, for each signer one, above them the ARC set where we seal.

    `marks` are the letter's placeholders.
    """

    def __init__(self, letter: bytes, signers: Sequence[Signer], marks: Sequence[bytes] = ()) -> None:
        header, rest = split_letter(normalise_newlines(letter))
        fields: list[Field] = HeaderBlock.parse(header).raw_fields()
        self._names = names_to_sign(fields)
        self._signers = signers
        self._sealer = Sealer.of(fields, signers)
        self._pieces = _pieces(selected(fields, self._names), marks)
        self._fixed, self._tail = _cut(rest[2:], marks)

    def fields(self, values: Mapping[bytes, bytes] | None = None) -> bytes:
        """The fields for the copy in which `values` stand instead of the marks. Empty for a letter without From."""
        if not self._names or not self._signers:
            return b""
        values = values or {}
        canonical = b"".join(relaxed_field(_fill(piece, values)) if open_ else piece for piece, open_ in self._pieces)
        body_hash, now = self._body_hash(values), int(time.time())
        signatures = b"".join(
            signature_field(signer, self._names, canonical, body_hash, now=now) for signer in self._signers
        )
        if self._sealer is None:
            return signatures
        return self._sealer.fields(self._names, canonical, body_hash, signatures, now=now) + signatures

    def _body_hash(self, values: Mapping[bytes, bytes]) -> bytes:
        if not self._tail:
            return self._fixed.digest()
        digest = self._fixed.copy()
        digest.update(relaxed_body(_fill(self._tail, values)))
        return digest.digest()


def _pieces(chunks: Iterable[bytes], marks: Sequence[bytes]) -> list[tuple[bytes, bool]]:
    """Each field in canonical form, and False; or as it stands, and True where a mark stands in it."""
    return [
        (chunk, True) if any(mark in chunk for mark in marks) else (relaxed_field(chunk), False) for chunk in chunks
    ]


def _cut(body: bytes, marks: Sequence[bytes]) -> tuple["hashlib._Hash", bytes]:
    """The hash of what is the same for all, and what comes behind it.

    Cut before the last line with text ahead of the first mark: what follows never becomes all empty, so that no empty line
    before it turns out to have been the end of the body.
    """
    places = [place for mark in marks if (place := body.find(mark)) >= 0]
    if not places:
        return hashlib.sha256(relaxed_body(body)), b""
    line = body.rfind(b"\n", 0, min(places)) + 1
    text = len(body[:line].rstrip(b" \t\r\n"))
    cut = body.rfind(b"\n", 0, text) + 1
    return hashlib.sha256(relaxed_lines(body[:cut])), body[cut:]


def _fill(piece: bytes, values: Mapping[bytes, bytes]) -> bytes:
    for mark, value in values.items():
        piece = piece.replace(mark, value)
    return piece
