"""Signatures that hold, and those that do not: each for its own reason."""

import pytest

from delivery.signing.copies import Signatures
from suite.mail import signing_keys
from suite.mail.verification import Checked, KeyTrouble, Letter, check_dkim
from tests.support import dkim

PEMS = {algorithm: signing_keys.make_key(algorithm) for algorithm in signing_keys.ALGORITHMS}
ZONE = {
    f"{algorithm[:3]}._domainkey.example.org": [
        signing_keys.record_text(algorithm, signing_keys.public_key(pem)).encode()
    ]
    for algorithm, pem in PEMS.items()
}
SIGNERS = [signing_keys.load_signer(pem, "example.org", algorithm[:3]) for algorithm, pem in PEMS.items()]
RAW = b"From: bart@example.com\r\nSubject: Hello\r\n\r\nGood  morning.\r\n\r\n"
SIGNED = Signatures(RAW, SIGNERS).fields() + RAW
RSA = "rsa._domainkey.example.org"


def found(raw: bytes = SIGNED, *, now: int = 0, **zone: list[bytes]) -> list[str]:
    records = ZONE | ({RSA: zone["rsa"]} if "rsa" in zone else {})
    return [checked.result for checked in check_dkim(Letter.of(raw), lambda name: records.get(name, []), now=now)]


def test_both_algorithms_hold() -> None:
    assert found() == ["pass", "pass"]
    assert check_dkim(Letter.of(SIGNED), lambda name: ZONE[name], now=0)[0] == Checked(
        "pass", "example.org", "rsa", "rsa-sha256"
    )


def test_simple_forms_hold() -> None:
    signed = dkim.sign(RAW.replace(b"From", b"To: dev@example.org\r\nFrom"))
    public = dkim.public_record()

    assert [one.result for one in check_dkim(Letter.of(signed), lambda name: [public], now=0)] == ["pass"]


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        (b"Good", b"Bad", "fail"),
        (b"Subject: Hello", b"Subject: Hallo", "fail"),
        (b"v=1", b"v=2", "permerror"),
        (b"from:", b"fram:", "permerror"),
        (b"a=rsa-sha256", b"a=rsa-sha1", "permerror"),
        (b"d=example.org", b"d=example.net", "permerror"),
        (b"c=relaxed/relaxed", b"c=odd", "permerror"),
        (b"v=1;", b"v=1; x=5;", "fail"),
        (b"v=1;", b"v=1; i=@example.com;", "permerror"),
        (b"v=1;", b"v=1; l=4;", "policy"),
        (b"v=1;", b"v=1; l=99999;", "permerror"),
        (b"v=1;", b"v=1; v=1;", "permerror"),
        (b"v=1;", b"v=1; \xff=1;", "permerror"),
    ],
)
def test_signatures_that_do_not_hold(old: bytes, new: bytes, result: str) -> None:
    assert old in SIGNED
    assert found(SIGNED.replace(old, new), now=10)[0] == result


@pytest.mark.parametrize(
    ("records", "result"),
    [
        ([], "permerror"),
        ([b"v=DKIM1; k=rsa; p="], "permerror"),
        ([b"v=DKIM1; k=rsa; p=AAAA"], "permerror"),
        ([b"v=DKIM1; k=rsa; p=\xff"], "permerror"),
        ([b"v=spf1 -all"], "permerror"),
        (ZONE["ed2._domainkey.example.org"], "permerror"),
        ([ZONE[RSA][0].replace(b"h=sha256", b"h=sha1")], "permerror"),
        ([ZONE[RSA][0] + b"; s=tlsrpt"], "permerror"),
        ([ZONE[RSA][0] + b"; s=email; t=s"], "pass"),
        ([b"v=spf1 -all", ZONE[RSA][0]], "pass"),
    ],
)
def test_records_that_hold_no_key_for_this(records: list[bytes], result: str) -> None:
    assert found(rsa=records)[0] == result


def test_silence_of_dns_is_told() -> None:
    def silent(name: str) -> list[bytes]:
        raise KeyTrouble

    assert [one.result for one in check_dkim(Letter.of(SIGNED), silent, now=0)] == ["temperror", "temperror"]


def test_no_more_than_five_signatures_cost_questions() -> None:
    asked: list[str] = []

    def count(name: str) -> list[bytes]:
        asked.append(name)
        return []

    many = Signatures(RAW, SIGNERS[:1]).fields() * 50 + RAW
    assert len(check_dkim(Letter.of(many), count, now=0)) == len(asked) == 5
