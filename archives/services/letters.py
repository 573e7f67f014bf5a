"""Storing letters: identical bytes once."""

import hashlib
from collections.abc import Sequence

from archives.models import Letter


def store_letters(raws: Sequence[bytes]) -> list[Letter]:
    """The letters of these bytes, in order, made where they are new. 1 statement; inside the caller's transaction.

    Letters that are there count as new again, so that no sweep takes them away before the caller refers to them.
    """
    letters = {}
    for raw in raws:
        digest = hashlib.sha256(raw).hexdigest()
        letters[digest] = Letter(sha256=digest, raw=raw, size=len(raw))
    stored = Letter.objects.bulk_create(
        letters.values(), update_conflicts=True, unique_fields=["sha256"], update_fields=["created_at"]
    )
    by_digest = {letter.sha256: letter for letter in stored}
    return [by_digest[hashlib.sha256(raw).hexdigest()] for raw in raws]
