"""Letters from public collections: all of them are read, none takes long. POSTHOUSE_CORPORA names the folder."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from suite.mail import digests, ids, message, subjects, wire
from suite.mail.addresses import format_mailbox, parse_mailboxes
from suite.mail.content import attachment_bytes, attachments, body_text
from suite.mail.decorate import add_text
from suite.mail.headers import HeaderBlock, encode, split_letter
from suite.mail.parse import Parsed, parse
from suite.mail.sevenbit import to_seven_bit
from tests.support.requires import needs_corpora

NO_LETTERS = {".xml", ".json", ".txt", ".md", ".bin", ".py", ".yaml", ".yml", ".gz", ".zip", ".pem", ".key", ".crt"}
MAX_CPU_SECONDS = 5
MAX_SIZE = 20_000_000


def letters() -> Iterator[tuple[Path, bytes]]:
    folder = Path(os.environ["POSTHOUSE_CORPORA"])
    for path in sorted((folder / "mime" if (folder / "mime").is_dir() else folder).rglob("*")):
        if path.is_file() and path.suffix not in NO_LETTERS and path.stat().st_size < MAX_SIZE:
            yield path, path.read_bytes()


def read_all(raw: bytes) -> None:
    """Everything the library does to one letter, with what must hold for any."""
    wire.trace_free_digest(raw)
    parsed = parse(wire.normalise_newlines(raw))
    assert parsed.headers.to_bytes() + parsed.body == parsed.raw
    body_text(parsed).encode()
    for one in attachments(parsed):
        assert len(attachment_bytes(parsed, one.index)) == one.size
        assert len(one.name.encode()) <= 255
    encode("Subject", subjects.add_prefix(parsed.headers.text("Subject"), "[Dev] ", None))
    for field in ("From", "To", "Cc", "Reply-To"):
        for mailbox in parse_mailboxes(parsed.headers.get(field) or b""):
            assert parse_mailboxes(format_mailbox(mailbox.name, mailbox.address))[0].address == mailbox.address
    ids.message_id(parsed.headers)
    ids.references(parsed.headers)
    if parsed.message is not None:
        again = parse(message.to_bytes(parsed.message))
        assert outline(again) == outline(parsed)
    headers, body = add_text(parsed.headers, parsed.body, header_text="", footer_text="-- \nthe end")
    decorated = parse(headers.to_bytes() + body)
    assert parsed.structure is None or body_text(decorated).endswith("the end")
    assert HeaderBlock.parse(headers.to_bytes()).to_bytes() == headers.to_bytes()
    digested(parsed)
    assert b"".join(to_seven_bit(*split_letter(parsed.raw))).isascii()


def digested(parsed: Parsed) -> None:
    """Both forms of a digest of this letter alone: the one has its body with every byte, the other can be taken apart."""
    item = digests.Item(parsed.headers, parsed.body)
    frame = digests.Frame("Dev Digest, Vol 1, Issue 1", "Welcome.\n", "", [digests.topic(parsed.headers, "[Dev] ")], "")
    assert parsed.body in digests.mime_body(frame, [item], ["from", "subject"]).octets
    plain = digests.plain_body(frame, [item], ["message", "from", "subject"])
    text = parse("".join(f"{name}: {value}\r\n" for name, value in plain.fields).encode() + plain.octets)
    assert re.findall("^(?:-{30}|-{70})$", body_text(text), re.MULTILINE) == ["-" * 70, "-" * 30]


def outline(parsed: Parsed) -> list[tuple[str, str, int]]:
    """Attachments with their sizes; what holds header fields may have gained a blank line or lost stray lines."""
    found = attachments(parsed)
    return [(one.index, one.name, 0 if one.content_type.startswith("message/") else one.size) for one in found]


@needs_corpora
def test_every_letter_of_the_collections_is_read() -> None:
    count = 0
    failed: list[str] = []
    for path, raw in letters():
        started = time.process_time()
        try:
            read_all(raw)
        except Exception as error:  # the report names all of them at once
            failed.append(f"{path}: {error!r}"[:300])
        if time.process_time() - started > MAX_CPU_SECONDS:
            failed.append(f"{path}: more than {MAX_CPU_SECONDS} s of CPU")
        count += 1
    assert failed == []
    assert count > 100
