"""Every letter of the mail collections can be examined and signed, and every signature holds."""

import os
from collections.abc import Iterator
from pathlib import Path

from delivery.signing.copies import Signatures
from suite.mail import arc, signing_keys
from suite.mail import authentication_results as results
from suite.mail.headers import HeaderBlock, split_letter
from suite.mail.verification import Letter, check_dkim
from suite.mail.wire import dot_stuff, dot_unstuff
from tests.support.requires import needs_corpora

LETTERS = {".eml", ".msg", ".mail", ".raw", ""}
MARK = b"=#0123456789abcdef:to#="
PEMS = {algorithm: signing_keys.make_key(algorithm) for algorithm in signing_keys.ALGORITHMS}
SIGNERS = [signing_keys.load_signer(pem, "example.org", algorithm[:3]) for algorithm, pem in PEMS.items()]
RECORDS = {
    f"{algorithm[:3]}._domainkey.example.org": signing_keys.record_text(
        algorithm, signing_keys.public_key(pem)
    ).encode()
    for algorithm, pem in PEMS.items()
}


def letters() -> Iterator[tuple[Path, bytes]]:
    for path in sorted(Path(os.environ["POSTHOUSE_CORPORA"]).rglob("*")):
        if path.is_file() and path.suffix in LETTERS and path.stat().st_size < 2_000_000:
            yield path, path.read_bytes()


def look_up(name: str) -> list[bytes]:
    return [RECORDS[name]] if name in RECORDS else []


@needs_corpora
def test_letters_are_examined_and_their_signed_copies_verify() -> None:
    """With a field and a line of the recipient's own, as a personal copy has; dots doubled and undone as on the wire."""
    signed = 0
    for path, raw in letters():
        found = Letter.of(raw)
        arc.validate(found, look_up)
        check_dkim(found, look_up, now=0)
        results.results_of(HeaderBlock.parse(split_letter(raw)[0]), ["mx.example.org"])

        header, rest = split_letter(raw)
        rendering = b"X-To: " + MARK + b"\r\nList-Id: " + MARK + b"\r\n" + header + (rest or b"\r\n") + MARK + b"\r\n"
        fields = Signatures(rendering, SIGNERS, [MARK]).fields({MARK: b"Bart  <bart@example.com> "})
        copy = rendering.replace(MARK, b"Bart  <bart@example.com> ")
        wire = fields + dot_unstuff(dot_stuff(copy))
        checked = [one.result for one in check_dkim(Letter.of(wire), look_up, now=0)][:2]
        if found.named("from"):
            assert checked == ["pass", "pass"], path
            signed += 1
        else:
            assert not fields, path

    assert signed > 500
