"""Handlers change what is theirs to change, and not one byte more: each is watched while letters pass, known and strange."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from django.test import override_settings

from archives.models import Arrival
from delivery import pipelines
from delivery.draft import Archive, Draft, Send
from delivery.handlers.base import Handler
from lists.models import MailingList
from lists.wording import with_texts
from moderation.candidates import Candidate
from suite.mail import wire
from suite.mail.content import body_text, part_bytes
from suite.mail.headers import HeaderBlock
from suite.mail.parse import Parsed, parse
from suite.mail.structure import Part
from tests.delivery.handlers.shaping import ACCEPTED, NOW
from tests.support import corpora
from tests.support.dns import dns_server
from tests.support.everything import make_everything
from tests.support.requires import needs_corpora

pytestmark = pytest.mark.django_db(transaction=True)

TESTS = Path(__file__).resolve().parent.parent
MIME = "content-.*|mime-version"

FIELDS = {
    "validate-authenticity": "authentication-results",
    "message-id": "message-id|date",
    "mime-delete": f"{MIME}|x-content-filtered-by",
    "tagger": "x-topics",
    "cleanse": "(x-)?approved?|urgent|return-receipt-to|disposition-notification-to|x-confirm-reading-to|x-pmrqc"
    "|return-path|x-mailfrom|x-envelope-from|archived-at",
    "cleanse-anonymous": ".*",
    "trim-cc": "cc",
    "message-id-hash": "(x-)?message-id-hash",
    "rule-hits": "x-mailman-(rule-hits|rule-misses|approved-at)",
    "cook-headers": "x-mailman-version|precedence",
    "reply-to": "reply-to",
    "subject-prefix": "subject",
    "personal-to": "to|cc",
    "rfc-2369": "list-.*|archived-at",
    "dmarc-wrap": ".*",
    "decorate": MIME,
    "dmarc": "from|author|cc|reply-to",
}
"""Handler to the fields that it may write or remove. Those that are missing here may touch none."""


def same(before: Parsed, after: Parsed, draft: Draft) -> None:
    assert after.body == before.body


def marks_gone(before: Parsed, after: Parsed, draft: Draft) -> None:
    """A password on the first line of a text is all that goes."""
    if not re.search(rb"(?im)^[> ]*(x-)?approved?\s*:", before.body) and b"base64" not in before.raw.lower():
        same(before, after, draft)


def parts_gone(before: Parsed, after: Parsed, draft: Draft) -> None:
    """What is left of a filtered letter was in it; HTML may have become plain."""
    given = [part_bytes(before.raw, part).strip() for part in leaves(before)]
    converted = any(part.content_type == "text/html" for part in leaves(before))
    for part in leaves(after):
        if not (converted and part.content_type == "text/plain"):
            assert part_bytes(after.raw, part).strip() in given


def wrapped(before: Parsed, after: Parsed, draft: Draft) -> None:
    assert draft.published is not None
    assert draft.published in after.body


def texts_added(before: Parsed, after: Parsed, draft: Draft) -> None:
    """The text stands between the list's; the parts of any other letter stand there with every byte."""
    root = before.structure
    if root is None:
        same(before, after, draft)
        return
    start, end = (root.first_delimiter, root.children[-1].end) if root.is_multipart else (root.start, root.end)
    joined = root.content_type == "text/plain" and squeezed(body_text(before)) in squeezed(body_text(after))
    assert joined or before.raw[start:end] in after.body


def anonymous(before: Parsed, after: Parsed, draft: Draft) -> None:
    """Leaves keep their content, whatever becomes of their header fields."""
    given = [part_bytes(before.raw, part).strip() for part in leaves(before)]
    for part in leaves(after):
        assert part_bytes(after.raw, part).strip() in given


BODIES: dict[str, Callable[[Parsed, Parsed, Draft], None]] = {
    "mime-delete": parts_gone,
    "cleanse": marks_gone,
    "cleanse-anonymous": anonymous,
    "dmarc-wrap": wrapped,
    "decorate": texts_added,
}
"""Handler to what must hold of body before and after. All others leave it alone."""


def leaves(parsed: Parsed) -> list[Part]:
    return [part for part in parsed.structure.walk() if not part.children] if parsed.structure else []


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture
def lists(tmp_path: Path) -> Iterable[list[MailingList]]:
    with dns_server({}), override_settings(ARC=True, DKIM_KEYS=tmp_path / "dkim.json"):
        make_everything()
        yield list(with_texts(MailingList.objects.select_related("domain")))


def watch(mlist: MailingList, raw: bytes) -> None:
    """Shape a letter handler by handler, and compare what each leaves with what it got."""
    arrival = Arrival(mlist=mlist, recipient=mlist.posting_address, received_at=NOW, sender="dora@example.com")
    draft = Draft.of(Candidate(arrival, raw, parse(raw), ()), mlist.post_id, ACCEPTED, NOW)
    for handler in pipelines.PIPELINES[mlist.posting_pipeline]:
        header, body = draft.headers.to_bytes(), draft.body
        handler.apply(draft, mlist)
        if draft.drop:
            return
        check(handler, header, body, draft)
    check_intents(draft)


def check(handler: Handler, header: bytes, body: bytes, draft: Draft) -> None:
    theirs = re.compile(FIELDS.get(handler.name, "(?!)"))
    after = draft.headers.to_bytes()
    if after != header:
        assert others(after, theirs) == others(header, theirs), handler.name
    if draft.body is not body:
        compare = BODIES.get(handler.name, same)
        compare(parse(header + body), parse(after + draft.body), draft)


def others(header: bytes, theirs: re.Pattern[str]) -> list[bytes]:
    """All fields but these, in order and with their bytes; a line end may have been put to the last.

    A mailbox's From_ line is no field.
    """
    block = HeaderBlock.parse(header)
    block.remove_from_line()
    fields = block.raw_fields()
    return [chunk.rstrip(b"\r\n") for name, chunk in fields if not theirs.fullmatch(name)]


def check_intents(draft: Draft) -> None:
    """What is sent is what the draft has become, with one line of ours on top; what is filed was cut before."""
    for intent in draft.intents:
        if isinstance(intent, Archive):
            assert intent.raw == draft.published
        elif isinstance(intent, Send):
            assert intent.body is draft.body
            theirs = re.compile("received|x-mailman-copy")
            assert others(intent.header, theirs) == others(draft.headers.to_bytes(), theirs)


def our_own() -> list[tuple[str, bytes]]:
    """Every letter that lies among the tests."""
    return [(str(path.relative_to(TESTS)), path.read_bytes()) for path in sorted(TESTS.rglob("*.eml"))]


def check_all(lists: list[MailingList], letters: Iterable[tuple[str, bytes]]) -> int:
    """How many letters passed unharmed; the report names all that did not."""
    failed, count = {}, 0
    for name, raw in letters:
        count += 1
        for mlist in lists:
            try:
                watch(mlist, wire.normalise_newlines(raw))
            except Exception as error:
                failed[f"{name} on {mlist.list_name}"] = repr(error)[:500]
    assert failed == {}
    return count


def test_letters_of_our_own(lists: list[MailingList]) -> None:
    assert check_all(lists, our_own()) > 20


@needs_corpora
def test_letters_of_public_collections(lists: list[MailingList]) -> None:
    assert check_all(lists, corpora.letters()) > 100
