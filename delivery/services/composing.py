"""One digest as it goes out: header, texts of the list, messages in the form that its readers chose."""

import secrets
from collections.abc import Iterator, Sequence
from email.utils import format_datetime

from django.conf import settings
from django.utils import timezone

from accounts.enums import DeliveryMode
from archives import links
from archives.models import Letter
from delivery.draft import Recipient, Send
from delivery.enums import BatchKind
from delivery.handlers.personalize import kind_of
from delivery.handlers.rfc_2369 import list_fields
from delivery.models import DigestEntry, DigestIssue
from lists import notices
from lists.models import MailingList
from suite.common.version import PRODUCT, VERSION
from suite.mail import digests, ids
from suite.mail.addresses import format_mailbox
from suite.mail.headers import HeaderBlock, split_letter

MASTHEAD, HEADER, FOOTER = (f"list:member:digest:{name}" for name in ("masthead", "header", "footer"))
IN_HAND = 512 * 1024
"""Bytes of letters that are read at once, unless one is larger."""


def compose(
    mlist: MailingList,
    issue: DigestIssue,
    form: DeliveryMode,
    entries: Sequence[DigestEntry],
    recipients: Sequence[Recipient],
) -> tuple[Send, str]:
    """The mail and its Message-ID (without brackets). Reads the letters of `entries`, a few at a time."""
    headers = {entry.pk: HeaderBlock.parse(bytes(entry.header)) for entry in entries}
    topics = [digests.topic(headers[entry.pk], mlist.subject_prefix) for entry in entries]
    frame = _frame(mlist, issue, topics)
    messages = items(mlist, entries, headers)
    match form:
        case DeliveryMode.PLAINTEXT_DIGESTS:
            body = digests.plain_body(frame, messages, _names(settings.PLAIN_DIGEST_KEEP_HEADERS))
        case DeliveryMode.SUMMARY_DIGESTS:
            body = digests.mime_body(frame, (), ())
        case _:
            body = digests.mime_body(frame, messages, _names(settings.MIME_DIGEST_KEEP_HEADERS))
    kind = kind_of(mlist, issue.number)
    mark = secrets.token_hex(8) if kind == BatchKind.PERSONAL else ""
    message_id = ids.make_message_id(mlist.mail_host)
    head = header(mlist, frame.title, message_id, body.fields, mark)
    return Send(head, body.octets, True, tuple(recipients), kind, mlist.bounces_address, mark), message_id


def title(mlist: MailingList, issue: DigestIssue) -> str:
    """`Dev Digest, Vol 1, Issue 1`: filters of members and a rule look for these very words."""
    return f"{' '.join(mlist.display_name.split())} Digest, Vol {issue.volume}, Issue {issue.number}"


def _frame(mlist: MailingList, issue: DigestIssue, topics: list[tuple[str, str]]) -> digests.Frame:
    masthead, above, below = texts(mlist)
    return digests.Frame(title(mlist, issue), masthead, above, topics, below, digests.labels(mlist.preferred_language))


def texts(mlist: MailingList, language: str = "") -> tuple[str, str, str]:
    """Masthead, header and footer, in this language where the list has them in it. None of them names its reader."""
    known = {
        "got_list_email": mlist.posting_address,
        "got_request_email": mlist.request_address,
        "got_owner_email": mlist.owner_address,
        "unsubscribe_url": links.archive(mlist),
    }
    masthead, above, below = (
        notices.render(name, mlist, language=language, **known)[1] for name in (MASTHEAD, HEADER, FOOTER)
    )
    return masthead, above, below


def items(
    mlist: MailingList, entries: Sequence[DigestEntry], headers: dict[int, HeaderBlock]
) -> Iterator[digests.Item]:
    """The messages in order. One query for some letters, half a megabyte of them at most."""
    for part in _parts(entries):
        letters = dict(Letter.objects.filter(pk__in={entry.letter_id for entry in part}).values_list("pk", "raw"))
        for entry in part:
            head = headers[entry.pk]
            link = links.permalink(mlist, ids.message_id(head)) if entry.post_id else ""
            yield digests.Item(head, split_letter(bytes(letters[entry.letter_id]))[1], link)


def _parts(entries: Sequence[DigestEntry]) -> Iterator[list[DigestEntry]]:
    part: list[DigestEntry] = []
    total = 0
    for entry in entries:
        total += entry.size
        if part and total > IN_HAND:
            yield part
            part, total = [], entry.size
        part.append(entry)
    if part:
        yield part


def _names(names: Sequence[str]) -> list[str]:
    return [name.lower() for name in names]


def header(
    mlist: MailingList, subject: str, message_id: str, body_fields: Sequence[tuple[str, str]], mark: str
) -> bytes:
    """Answers to a digest go to the list; what is about the subscription goes to -request, which it comes from."""
    headers = HeaderBlock.parse(b"")
    fields = [
        ("From", format_mailbox(mlist.display_name, mlist.request_address)),
        ("To", mlist.posting_address),
        ("Reply-To", mlist.posting_address),
        ("Subject", subject),
        ("Date", format_datetime(timezone.now())),
        ("Message-ID", f"<{message_id}>"),
        *body_fields,
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "list"),
        ("X-Mailman-Version", f"{PRODUCT} {VERSION}"),
    ]
    if mlist.include_rfc2369_headers:
        fields += list_fields(mlist, f"=#{mark}:unsubscribe_url#=" if mark else "")
    for name, value in fields:
        headers.append(name, value)
    return headers.to_bytes()
