"""ARC by the vectors of ValiMail's arc_test_suite (in POSTHOUSE_CORPORA/arc-suite), and what hostile chains look like."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from suite.mail import arc, canonical, signing_keys
from suite.mail import authentication_results as results
from suite.mail.headers import HeaderBlock
from suite.mail.tags import tag_list
from suite.mail.verification import Letter, Lookup, canonical_fields
from tests.support.requires import needs_corpora

FOLDER = Path(os.environ.get("POSTHOUSE_CORPORA", "/nonexistent")) / "arc-suite" / "tests"


def scenarios(name: str) -> Iterator[dict[str, Any]]:
    with (FOLDER / name).open() as handle:
        yield from filter(None, yaml.safe_load_all(handle))


def letter(case: dict[str, Any]) -> Letter:
    return Letter.of((case["message"] or "").replace("\n", "\r\n").encode())


def keys(scenario: dict[str, Any]) -> Lookup:
    zone = {name.lower(): [text.encode()] for name, text in (scenario.get("txt-records") or {}).items()}
    return lambda name: zone.get(name.lower(), [])


@needs_corpora
@pytest.mark.feature("core.arc.validate")
def test_validation_vectors() -> None:
    """Where the suite leaves the result empty the last hop saw the chain fail, and nothing more is to be found out."""
    odd, cases = {}, 0
    for scenario in scenarios("arc-draft-validation-tests.yml"):
        for name, case in scenario["tests"].items():
            cases += 1
            expected = {"none": "none", "pass": "pass", "fail": "fail", "": "fail"}[
                str(case["cv"] or "").strip().lower()
            ]
            found = arc.validate(letter(case), keys(scenario))
            if found[0] != expected:
                odd[name] = (expected, found)

    assert odd == {}
    assert cases > 150


@needs_corpora
@pytest.mark.feature("core.arc.sign")
def test_signing_vectors() -> None:
    cases = 0
    for scenario in scenarios("arc-draft-sign-tests.yml"):
        signer = signing_keys.load_signer(scenario["privatekey"], scenario["domain"], scenario["sel"])
        for name, case in scenario["tests"].items():
            cases += 1
            assert sealed(letter(case), signer, case) == wanted(case), name

    assert cases == 17


def sealed(found: Letter, signer: signing_keys.Signer, case: dict[str, Any]) -> list[object]:
    told = results.results_of(HeaderBlock.parse(b"".join(chunk for _, chunk in found.fields)), [case["srv-id"]])
    states = dict(map(results.method_and_result, told))
    names = case["sig-headers"].split(":")
    fields = arc.seal(
        found,
        signer,
        chain=states.get("arc", "none"),  # type: ignore[arg-type]  # a vector says what it says
        results=results.written(case["srv-id"], told),
        names=names,
        signed=canonical_fields(list(canonical.selected(found.fields, names))),
        body_hash=canonical.relaxed_hash(found.body),
        now=int(case["t"]),
    )
    values = {name: chunk.partition(b":")[2].decode() for name, chunk in HeaderBlock.parse(fields).raw_fields()}
    return [_tags(values.get(arc.SEAL)), _tags(values.get(arc.MESSAGE)), _squeezed(values.get(arc.RESULTS))]


def wanted(case: dict[str, Any]) -> list[object]:
    return [_tags(case["AS"]), _tags(case["AMS"]), _squeezed(case["AAR"])]


def _tags(text: str | None) -> dict[str, str]:
    return {name: _squeezed(value) for name, value in (tag_list((text or "").encode()) or {}).items()}


def _squeezed(text: str | None) -> str:
    return re.sub(r"\s", "", text or "")


PEM = signing_keys.make_key(signing_keys.RSA)
SIGNER = signing_keys.load_signer(PEM, "example.org", "s")
RECORD = signing_keys.record_text(signing_keys.RSA, signing_keys.public_key(PEM)).encode()
RAW = b"From: bart@example.com\r\nSubject: Hello\r\n\r\nGood morning.\r\n"


def look_up(name: str) -> list[bytes]:
    return [RECORD] if name == "s._domainkey.example.org" else []


def hop(raw: bytes, chain: Callable[[bytes], arc.Chain]) -> bytes:
    """What one more list makes of it."""
    found = Letter.of(raw)
    names = ["from", "subject"]
    fields = arc.seal(
        found,
        SIGNER,
        chain=chain(raw),
        results="lists.example.org; dkim=none",
        names=names,
        signed=canonical_fields(list(canonical.selected(found.fields, names))),
        body_hash=canonical.relaxed_hash(found.body),
        now=1,
    )
    return fields + raw


def honest(raw: bytes) -> arc.Chain:
    return arc.validate(Letter.of(raw), look_up)[0]


def test_chains_grow_to_fifty_sets_and_no_further() -> None:
    raw = RAW
    for _ in range(50):
        raw = hop(raw, honest)
    assert arc.validate(Letter.of(raw), look_up) == ("pass", "")
    assert hop(raw, honest) == raw


@pytest.mark.feature("core.arc.sign")
def test_a_failed_chain_is_sealed_as_failed_and_then_left_alone() -> None:
    broken = hop(RAW, honest).replace(b"Subject: Hello", b"Subject: Hallo")
    assert arc.validate(Letter.of(broken), look_up) == ("fail", "signature verification failed")

    sealed_once = hop(broken, honest)

    assert b"\r\n cv=fail;" in sealed_once
    assert arc.validate(Letter.of(sealed_once), look_up) == ("fail", "the last hop saw it fail")
    assert hop(sealed_once, honest) == sealed_once


@pytest.mark.parametrize(
    "field",
    [
        b"ARC-Seal: i=1; cv=none",
        b"ARC-Seal: \xff",
        b"ARC-Message-Signature: i=x",
        b"ARC-Authentication-Results: i=0; x",
    ],
)
def test_odd_fields_fail_the_chain_and_nothing_else(field: bytes) -> None:
    assert arc.validate(Letter.of(field + b"\r\n" + RAW), look_up)[0] == "fail"
    assert arc.validate(Letter.of(field + b"\r\n" + hop(RAW, honest)), look_up)[0] == "fail"
