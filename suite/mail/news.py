"""Letters and news articles: what changes on the way between a list and a newsgroup (RFC 5536, RFC 5537 §3.10)."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from suite.mail import addresses, charsets, limits
from suite.mail.headers import HeaderBlock, decode, encode, is_structured, split_letter
from suite.mail.sevenbit import to_seven_bit
from suite.mail.subjects import NO_SUBJECT

SERVERS_OWN = (
    "Path",
    "Xref",
    "Injection-Date",
    "Injection-Info",
    "NNTP-Posting-Host",
    "NNTP-Posting-Date",
    "X-Trace",
    "X-Complaints-To",
    "Date-Received",
    "Posted",
    "Posting-Version",
    "Relay-Version",
    "Lines",
)
"""Fields that servers write; most refuse an article that has them already."""
STEERING = (
    "Approved",
    "Newsgroups",
    "Followup-To",
    "Distribution",
    "Control",
    "Also-Control",
    "Supersedes",
    "Expires",
    "Archive",
    "Cancel-Lock",
    "Cancel-Key",
)
"""What a poster could do with them to a newsgroup he reaches through a list only: cross-post, cancel, replace, approve."""
OF_MAIL = (
    *("Received", "Return-Path", "Delivered-To", "X-Original-To", "X-Envelope-To", "Bcc", "X-MailFrom"),
    *("X-Mailman-Rule-Hits", "X-Mailman-Rule-Misses"),
)
"""The road a letter took to the list, and how it was judged there."""
FRESH = timedelta(days=2)
"""Servers take no article that is older than some days, or from the future (RFC 5537 §3.5), and a post may have been held."""

ONCE = frozenset(
    {
        *("date", "from", "message-id", "subject", "references", "organization", "summary", "user-agent"),
        *("sender", "reply-to", "to", "cc", "in-reply-to", "list-id"),
        *("mime-version", "content-type", "content-transfer-encoding", "content-disposition"),
    }
)
"""Fields of which an article has one at most; of others that repeat the first stays, and these keep theirs by another name."""
RENAMED = frozenset({"to", "cc", "mime-version", "content-type", "content-transfer-encoding"})
ORIGINAL = b"X-Original-"
ORIGINALLY = b"X-Originally-"

_ID = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
_ID_LENGTH = 248
"""RFC 3977 §3.6: 250 octets with the brackets."""
_BRACKETED = re.compile(r"<([^<>]*)>")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_FORBIDDEN = bytes([*range(9), 11, 12, *range(14, 32), 127])
_LINE_END = re.compile(rb"\r\n|\n|\r")
_CMSG = re.compile(r"cmsg[ \t]", re.IGNORECASE)


def is_usable_id(identifier: str) -> bool:
    """Whether news servers take a Message-ID (without brackets) such as this (RFC 5536 §3.1.3)."""
    return len(identifier) <= _ID_LENGTH and _ID.fullmatch(identifier) is not None


def other_id(identifier: str, purpose: str, host: str) -> str:
    """Another Message-ID for the same letter, always the same one for a purpose: a list's second newsgroup, say."""
    digest = hashlib.sha256(f"{purpose}\n{identifier}".encode("utf-8", "replace")).hexdigest()
    return f"{digest[:32]}@{host}"


def article_header(
    headers: HeaderBlock, *, newsgroup: str, author: str, now: datetime, approved: str = ""
) -> HeaderBlock:
    """The header of an article from that of a letter. What the letter says stays byte by byte where servers take it; what is
    not ASCII becomes encoded words.

    `author` and `now` are written where the letter lacks From and Date as servers take them; what stood there goes on as
    X-Original-From and X-Original-Date. With `approved`, a mailbox, the article says that its moderator wants it (RFC 5536
    §3.2.1). The body is the letter's.
    """
    block = headers.copy()
    block.remove(*SERVERS_OWN, *STEERING, *OF_MAIL)
    block = HeaderBlock.parse(to_seven_bit(b"".join(_lines(block)), b"")[0])
    if "Subject" not in block:
        block.append("Subject", NO_SUBJECT)
    if not any(addresses.is_valid(mailbox.address) for mailbox in addresses.parse_mailboxes(block.get("From") or b"")):
        block = _instead(block, "From", author)
    if not _is_fresh(block.text("Date"), now):
        block = _instead(block, "Date", format_datetime(now))
    block.append("Newsgroups", newsgroup)
    if approved:
        block.append("Approved", approved)
    return block


def _lines(block: HeaderBlock) -> Iterator[bytes]:
    """Fields as servers want them: not empty, none of those twice that occur once."""
    seen: set[str] = set()
    for name, chunk in block.raw_fields():
        if not name or not (written := _field(name, chunk.translate(None, _FORBIDDEN))):
            continue
        if name in ONCE and name in seen:
            if name not in RENAMED:
                continue
            written = ORIGINAL + written
        seen.add(name)
        yield written


def _field(name: str, chunk: bytes) -> bytes:
    """A space behind the colon, text in each line, and no line too long (RFC 5536 §2.2); empty where there is no text."""
    value = HeaderBlock.parse(chunk).get(name)
    if not value:
        return b""
    first, *folded = _LINE_END.split(chunk)
    if not first[len(name) :].startswith(b": ") or not first[len(name) + 1 :].strip():
        first, folded = chunk[: len(name)] + b": " + value, []
    lines = [line for line in (first, *folded) if line.strip()]
    if max(map(len, lines)) <= limits.HEADER_LINE:
        return b"\r\n".join(lines) + b"\r\n"
    try:
        return encode(chunk[: len(name)].decode(), _CONTROLS.sub(" ", decode(value)), structured=is_structured(name))
    except ValueError:  # a word for machines that fits into no line
        return b""


def _instead(block: HeaderBlock, name: str, value: str) -> HeaderBlock:
    key = name.lower()
    lines = (ORIGINAL + chunk if known == key else chunk for known, chunk in block.raw_fields())
    renamed = HeaderBlock.parse(b"".join(lines))
    renamed.append(name, value)
    return renamed


def _is_fresh(text: str, now: datetime) -> bool:
    try:
        moment = parsedate_to_datetime(text)
        return abs(now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))) < FRESH
    except (ValueError, IndexError, TypeError, OverflowError):
        return False


def letter(article: bytes, posting_address: str) -> bytes:
    """The letter to a list from an article. To and Cc, which no mail was sent by, go on as X-Originally-To and -Cc.

    Approved and Control, which speak to news servers, and Xref, which means something on one of them only, are left out.
    """
    header, rest = split_letter(article)
    block = HeaderBlock.parse(header)
    block.remove("Approved", "Control", "Xref", "Bcc")
    block.end_last_line()
    lines = (ORIGINALLY + chunk if name in ("to", "cc") else chunk for name, chunk in block.raw_fields())
    block = HeaderBlock.parse(b"".join(lines))
    block.append("To", posting_address)
    return block.to_bytes() + (rest or b"\r\n")


def is_control(headers: HeaderBlock) -> bool:
    """Whether it tells servers to do something and says nothing to people (RFC 5537 §5); the old form by subject, too."""
    return "Control" in headers or _CMSG.match(headers.text("Subject")) is not None


def list_ids(headers: HeaderBlock) -> set[str]:
    """The list-ids of the lists that an article has passed (RFC 2919), in lower case."""
    values = (charsets.to_text(value) for value in headers.get_all("List-Id"))
    return {found.strip().lower() for value in values for found in _BRACKETED.findall(value)}


def newsgroups(headers: HeaderBlock) -> set[str]:
    """The newsgroups that an article is in."""
    values = (charsets.to_text(value) for value in headers.get_all("Newsgroups"))
    return {group.strip() for value in values for group in value.split(",")} - {""}
