"""One member's own digest: conversations, the oldest first, in his language, time and hour."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from django.utils import timezone

from delivery import recipients
from delivery.draft import Recipient, Send
from delivery.enums import BatchKind
from delivery.hours import zone_named
from delivery.models import DigestEntry
from delivery.services import composing
from lists.models import MailingList
from suite.mail import digests, ids, subjects
from suite.mail.headers import HeaderBlock


def compose(
    mlist: MailingList, reader: Recipient, entries: Sequence[DigestEntry], time_zone: str = "UTC"
) -> tuple[Send, str]:
    """The mail and its Message-ID (without brackets), with his own address to leave at once. `reader` is a member."""
    headers = {entry.pk: HeaderBlock.parse(bytes(entry.header)) for entry in entries}
    zone = zone_named(time_zone)
    member = reader[0]
    assert member is not None
    title = f"{' '.join(mlist.display_name.split())} Digest, {timezone.now().astimezone(zone):%Y-%m-%d}"
    language = recipients.language(member) or mlist.preferred_language
    labels = digests.labels(language)
    masthead, header, footer = composing.texts(mlist, language)
    messages = [
        _message(mlist, headers[entry.pk], item, entry.collected_at.astimezone(zone), labels)
        for entry, item in zip(entries, composing.items(mlist, entries, headers), strict=True)
    ]
    conversations = _conversations(mlist, entries, headers, messages)
    body = digests.conversations_body(title, masthead, header, footer, conversations, labels)
    mark = secrets.token_hex(8)
    message_id = ids.make_message_id(mlist.mail_host)
    head = composing.header(mlist, title, message_id, body.fields, mark)
    return Send(head, body.octets, True, (reader,), BatchKind.PERSONAL, mlist.bounces_address, mark), message_id


def _conversations(
    mlist: MailingList,
    entries: Iterable[DigestEntry],
    headers: dict[int, HeaderBlock],
    messages: Iterable[digests.Message],
) -> list[digests.Conversation]:
    """As the archive has them; what is not archived goes by its subject. In the order of their first new message."""
    found: dict[int | str, tuple[str, list[digests.Message]]] = {}
    for entry, message in zip(entries, messages, strict=True):
        subject, _ = digests.topic(headers[entry.pk], mlist.subject_prefix)
        key = entry.post.thread_id if entry.post else subjects.base_subject(subject)
        found.setdefault(key, (subject, []))[1].append(message)
    return [digests.Conversation(subject, together) for subject, together in found.values()]


def _message(
    mlist: MailingList, headers: HeaderBlock, item: digests.Item, collected: datetime, labels: digests.Labels
) -> digests.Message:
    subject, author = digests.topic(headers, "")
    return digests.Message(
        author=author,
        date=f"{_written(headers, collected):%Y-%m-%d %H:%M}",
        text=digests.text_of(item, labels),
        link=item.link,
        reply=_reply(mlist, subject, ids.message_id(headers)) if mlist.allow_list_posts else "",
    )


def _written(headers: HeaderBlock, collected: datetime) -> datetime:
    """The author's clock where it is near ours, in the reader's time zone."""
    try:
        found = parsedate_to_datetime(headers.text("Date")[:100])
        return found.astimezone(collected.tzinfo) if abs(found - collected).days < 7 else collected
    except (ValueError, TypeError, IndexError, OverflowError):
        return collected


def _reply(mlist: MailingList, subject: str, message_id: str) -> str:
    """An address that opens an answer to this very message (RFC 6068 §2)."""
    answer = subject if subjects.is_reply(subject) else f"Re: {subject}"
    query = f"subject={quote(answer, safe='')}&In-Reply-To={quote(f'<{message_id}>', safe='')}"
    return f"mailto:{quote(mlist.posting_address, safe='@')}?{query}"
