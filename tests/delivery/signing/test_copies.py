"""What is signed verifies, whatever the letter looks like and whatever differs from copy to copy."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.signing.copies import Signatures
from suite.mail import signing_keys
from suite.mail.signing_keys import ALGORITHMS, Signer
from tests.support import verifier

PEMS = {algorithm: signing_keys.make_key(algorithm) for algorithm in ALGORITHMS}
ZONE = {
    f"{algorithm[:3]}._domainkey.example.org": signing_keys.record_text(algorithm, signing_keys.public_key(pem))
    for algorithm, pem in PEMS.items()
}
SIGNERS = [signing_keys.load_signer(pem, "example.org", algorithm[:3]) for algorithm, pem in PEMS.items()]
BOTH = {("example.org", "rsa-sha256"), ("example.org", "ed25519-sha256")}
MARKS = (b"=#0123:a#=", b"=#0123:b#=")
HEADER = b"From: Bart <bart@example.com>\r\nTo: dev@example.org\r\nSubject: Hello\r\n"


def filled(letter: bytes, values: dict[bytes, bytes]) -> bytes:
    """As the relay gets it: the last line is ended (RFC 5321 §4.1.1.4)."""
    for mark, value in values.items():
        letter = letter.replace(mark, value)
    return letter if letter.endswith(b"\r\n") else letter + b"\r\n"


@pytest.mark.parametrize(
    "letter",
    [
        HEADER + b"\r\nGood morning.\r\n",
        HEADER + b"\r\n",
        HEADER,
        HEADER + b"\r\n\r\n\r\n",
        HEADER + b"\r\nno end",
        HEADER + b"\r\n.\r\n..dots\r\n.\r\n",
        HEADER + b"\r\n  spaces \t here  \r\n\r\n\r\n",
        HEADER + b"Subject: twice\r\nCc: a@example.com,\r\n\tb@example.com\r\n\r\ntext\r\n",
        b"from:bart@example.com\r\nSUBJECT:\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n",
        HEADER.replace(b"\r\n", b"\n") + b"\nlone line ends\r stay nowhere\n",
    ],
)
def test_letters_verify_with_both_keys(letter: bytes) -> None:
    wire = letter.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")

    assert verifier.verified(Signatures(letter, SIGNERS).fields() + wire, ZONE) == BOTH


def test_a_change_of_header_or_body_is_found_out() -> None:
    letter = HEADER + b"\r\nGood morning.\r\n"
    signed = Signatures(letter, SIGNERS).fields() + letter

    assert verifier.verified(signed, ZONE) == BOTH
    for changed in (
        signed.replace(b"Good", b"Bad"),
        signed.replace(b"Subject: Hello", b"Subject: Hallo"),
        signed.replace(b"Subject: Hello", b"Subject: Hello\r\nSubject: Other"),
        signed.replace(b"To: dev", b"List-Unsubscribe: <https://evil.example/>\r\nTo: dev"),
    ):
        assert changed != signed
        assert verifier.verified(changed, ZONE) == set()


def test_a_letter_without_author_is_not_signed() -> None:
    assert Signatures(b"Subject: Hello\r\n\r\ntext\r\n", SIGNERS).fields() == b""


LINES = st.lists(st.sampled_from([b"\r\n", b" \r\n", b"text\r\n", b"a  b\t\r\n", *MARKS, b" ", b".\r\n"]), max_size=12)


@given(body=LINES, a=st.sampled_from([b"", b" ", b"Anne", b" x  y "]), b=st.sampled_from([b"", b".", b"Bart"]))
def test_every_copy_verifies_whatever_is_cut_in(body: list[bytes], a: bytes, b: bytes) -> None:
    letter = HEADER + b"Reply-To: " + MARKS[0] + b" <dev@example.org>\r\n\r\n" + b"".join(body)
    values = dict(zip(MARKS, (a, b), strict=True))

    copy = Signatures(letter, SIGNERS, MARKS).fields(values) + filled(letter, values)

    assert verifier.verified(copy, ZONE) == BOTH


def test_bodies_are_hashed_once_and_headers_signed_once_per_copy() -> None:
    signed = []

    def count(data: bytes) -> bytes:
        signed.append(data)
        return b"signature"

    letter = HEADER + b"List-Unsubscribe: <" + MARKS[0] + b">\r\n\r\n" + b"text\r\n" * 1000
    work = Signatures(letter, [Signer("example.org", "s", "rsa-sha256", count)], MARKS[:1])
    copies = [work.fields({MARKS[0]: b"https://lists.example.org/%d" % number}) for number in range(3)]

    assert len(signed) == 3
    assert [b"/%d>\r\n" % number in data for number, data in enumerate(signed)] == [True] * 3
    assert all(len(data) < 2000 for data in signed)
    assert base64.b64encode(b"signature") in copies[0]
