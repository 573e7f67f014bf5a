"""ARC: sets of three fields that tell what each hop has seen (RFC 8617). Validated and added; RFC 8617 calls it experimental."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from suite.mail.canonical import relaxed_field
from suite.mail.dkim import fold
from suite.mail.signing_keys import Signer
from suite.mail.tags import tag_list
from suite.mail.verification import (
    Broken,
    Letter,
    Lookup,
    canonical_fields,
    check_signature,
    check_signed_letter,
    names_of,
    without_signature,
)

Chain = Literal["none", "pass", "fail"]
"""The state of a chain, as `cv=` has it (§4.4)."""
RESULTS, MESSAGE, SEAL = "arc-authentication-results", "arc-message-signature", "arc-seal"
SETS = 50
"""§5.1.1.1.1: no more hops than this."""

_LONG = 800
"""Octets of names that stand on one line."""
_INSTANCE = re.compile(r"[1-9][0-9]?")
_RESULTS_INSTANCE = re.compile(rb"[ \t\r\n]*i[ \t]*=[ \t]*([1-9][0-9]?)[ \t\r\n]*;")


@dataclass(frozen=True, slots=True)
class ArcSet:
    """The three fields of one hop, raw, and what the two signatures say."""

    results: bytes
    message: bytes
    seal: bytes
    message_tags: dict[str, str]
    seal_tags: dict[str, str]


def validate(letter: Letter, lookup: Lookup) -> tuple[Chain, str]:
    """The state of the letter's chain (§5.2), and where it has failed, why. DNS that does not answer fails it, too."""
    try:
        sets = read(letter)
        if not sets:
            return "none", ""
        if sets[-1].seal_tags.get("cv", "").lower() == "fail":
            raise Broken("fail", "the last hop saw it fail")
        for number, found in enumerate(sets, 1):
            if found.seal_tags.get("cv", "").lower() != ("none" if number == 1 else "pass"):
                raise Broken("fail", f"i={number} has an impossible cv")
        check_signed_letter(letter, sets[-1].message, sets[-1].message_tags, lookup, unsaid="relaxed/relaxed")
        for number in range(len(sets), 0, -1):
            _check_seal(sets[:number], lookup)
    except Broken as broken:
        return "fail", str(broken)
    return "pass", ""


def read(letter: Letter) -> list[ArcSet]:
    """The sets in order (§5.2 step 3). Raises Broken where they are incomplete, doubled, or not numbered through."""
    results = {_results_instance(chunk): chunk for chunk in letter.named(RESULTS)}
    messages = [(chunk, _tags(chunk)) for chunk in letter.named(MESSAGE)]
    seals = [(chunk, _tags(chunk)) for chunk in letter.named(SEAL)]
    if not len(letter.named(RESULTS)) == len(messages) == len(seals) == len(results) or len(seals) > SETS:
        raise Broken("fail", "incomplete or doubled sets")
    by_message = {_instance(tags): (chunk, tags) for chunk, tags in messages}
    by_seal = {_instance(tags): (chunk, tags) for chunk, tags in seals}
    wanted = set(range(1, len(seals) + 1))
    if not set(results) == set(by_message) == set(by_seal) == wanted:
        raise Broken("fail", "sets are not numbered through")
    sets = []
    for number in sorted(wanted):
        (message, message_tags), (seal, seal_tags) = by_message[number], by_seal[number]
        if "h" in seal_tags or SEAL in names_of(message_tags):
            raise Broken("fail", f"i={number} signs what it may not")
        if not all(seal_tags.get(tag) for tag in ("a", "b", "cv", "d", "s")):
            raise Broken("fail", f"a tag of the seal i={number} is missing")
        sets.append(ArcSet(results[number], message, seal, message_tags, seal_tags))
    return sets


def _check_seal(sets: Sequence[ArcSet], lookup: Lookup) -> None:
    """The last seal, over all sets up to it (§5.1.1)."""
    *before, last = sets
    earlier = b"".join(canonical_fields((one.results, one.message, one.seal)) for one in before)
    own = canonical_fields((last.results, last.message)) + without_signature(last.seal, relaxed=True)
    check_signature(last.seal_tags, earlier + own, lookup)


def seal(
    letter: Letter,
    signer: Signer,
    *,
    chain: Chain,
    results: str,
    names: Sequence[str],
    signed: bytes,
    body_hash: bytes,
    now: int,
) -> bytes:
    """The next set, seal first, to stand on top; empty where the chain may not be extended (§5.1.2).

    `results` is what stands behind `i=N; ` in ARC-Authentication-Results; `signed` is what `names` selects in relaxed form,
    `body_hash` that of the relaxed body. Where the chain has failed, the seal covers the new set alone.
    """
    try:
        before = read(letter)
    except Broken:
        before, chain = [], "fail"
    seals = [tag_list(chunk.partition(b":")[2]) or {} for chunk in letter.named(SEAL)]
    if any(tags.get("cv", "").lower() == "fail" for tags in seals):
        return b""
    number = 1 + max((_number(tags) for tags in seals), default=0)
    if number > SETS:
        return b""
    told = f"ARC-Authentication-Results: i={number}; {results}\r\n".encode()
    own = {"d": signer.domain, "i": str(number), "s": signer.selector, "t": str(now), "a": signer.algorithm}
    hashed = {
        "bh": base64.b64encode(body_hash).decode(),
        "c": "relaxed/relaxed",
        "h": ":".join(names) if sum(map(len, names)) < _LONG else fold(names),
    }
    message = _signed_field("ARC-Message-Signature", own | hashed, signer, signed)
    earlier = b"".join(canonical_fields((one.results, one.message, one.seal)) for one in before)
    if chain == "fail":
        earlier = b""
    covered = earlier + canonical_fields((told, message))
    return _signed_field("ARC-Seal", own | {"cv": chain}, signer, covered) + message + told


def _signed_field(name: str, tags: dict[str, str], signer: Signer, covered: bytes) -> bytes:
    """The field with tags in alphabetical order, folded between them; `b=` signs what is covered and the field itself."""
    unsigned = _written(name, tags | {"b": ""})
    signature = signer.sign(covered + relaxed_field(unsigned).removesuffix(b"\r\n"))
    return _written(name, tags | {"b": base64.b64encode(signature).decode()})


def _written(name: str, tags: dict[str, str]) -> bytes:
    """Folded between tags alone, so that the next hop's seal covers the same octets however it is read. A blank and no tab, for
    validators in the wild that look for ` i=1;`."""
    text = f"{name}:"
    for tag in sorted(tags):
        text += f" {tag}={tags[tag]};" if tag == "a" else f"\r\n {tag}={tags[tag]};"
    return text.removesuffix(";").encode() + b"\r\n"


def _tags(chunk: bytes) -> dict[str, str]:
    tags = tag_list(chunk.partition(b":")[2])
    if tags is None:
        raise Broken("fail", "malformed tags")
    return tags


def _instance(tags: dict[str, str]) -> int:
    if not _INSTANCE.fullmatch(tags.get("i", "")):
        raise Broken("fail", "a set without number")
    return int(tags["i"])


def _number(tags: dict[str, str]) -> int:
    return int(tags["i"]) if _INSTANCE.fullmatch(tags.get("i", "")) else 0


def _results_instance(chunk: bytes) -> int:
    found = _RESULTS_INSTANCE.match(chunk.partition(b":")[2])
    if not found:
        raise Broken("fail", "results without number")
    return int(found[1])
