"""Mails of our own: each once, however often the work that wants it is repeated."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from delivery.draft import Send, Tell
from delivery.enums import BatchKind
from delivery.models import Notice
from delivery.services import outbox
from lists import notices as list_notices
from lists.models import MailingList
from lists.notices import GENERATED
from suite.common.outbox import KeyedMessage, NoticeKey
from suite.mail import enclosing, headers, ids
from suite.mail.addresses import parse_mailboxes

LIFE = timedelta(days=1)
"""How long we try to send one."""


def tell(mlist: MailingList | None, subject: str, *notes: Tell) -> None:
    """Write mails of ours about something (`arrival:4711`), each to one person, inside the caller's transaction.

    What says the same to several of those who run the list is one mail to all of them. Without a list it is the site's own.
    """
    same: dict[Tell, list[Tell]] = {}
    for note in notes:
        same.setdefault(replace(note, recipient="") if note.to_owners else note, []).append(note)
    for notes_of_one_mail in same.values():
        note = notes_of_one_mail[0]
        message = _list_mail(mlist, subject, note) if mlist else _site_mail(subject, note)
        post(
            message, *(replace(message.posthouse, recipient=each.recipient) for each in notes_of_one_mail), mlist=mlist
        )


def _list_mail(mlist: MailingList, subject: str, note: Tell) -> KeyedMessage:
    return list_notices.mail(
        mlist,
        note.kind,
        subject,
        note.recipient,
        note.subject,
        note.text,
        headers=dict(note.headers),
        parts=note.parts,
        to_owners=note.to_owners,
    )


def _site_mail(subject: str, note: Tell) -> KeyedMessage:
    fields = {"From": settings.DEFAULT_FROM_EMAIL, "Precedence": "bulk", **GENERATED, **dict(note.headers)}
    key = NoticeKey(note.kind, subject, note.recipient)
    return KeyedMessage(key, note.subject, note.text, return_path="", headers=fields, parts=note.parts)


def post(message: EmailMessage, key: NoticeKey, *more: NoticeKey, mlist: MailingList | None = None) -> bool:
    """Put a mail into the outbox for those recipients who have not got it yet. Returns whether there was one.

    The keys differ in their recipient alone. 2 statements beside those of the outbox, however many there are.
    """
    identity = {"kind": key.kind, "subject": key.subject, "generation": key.generation}
    wanted = list(dict.fromkeys(each.recipient for each in (key, *more)))
    told = set(Notice.objects.filter(**identity, recipient__in=wanted).values_list("recipient", flat=True))
    recipients = [recipient for recipient in wanted if recipient not in told]
    if not recipients:
        return False
    header, body, message_id = render(message)
    return_path = next((box.address for box in parse_mailboxes(message.from_email or "")), "")
    people = tuple((None, recipient, "") for recipient in recipients)
    send = Send(header, body, True, people, BatchKind.BULK, return_path)
    [rendering] = outbox.plan([outbox.Plan(send, None, None, message_id, urgency=0, life=LIFE)])
    owner = mlist or MailingList.objects.filter(list_id=key.list_id).first() if key.list_id else mlist
    Notice.objects.bulk_create(
        [Notice(**identity, recipient=recipient, mlist=owner, rendering=rendering) for recipient in recipients]
    )
    return True


def render(message: EmailMessage) -> tuple[bytes, bytes, str]:
    """Header block, body from the blank line on, and Message-ID (without brackets) of a mail that Django has built."""
    built = message.message()
    del built["Message-ID"]
    message_id = ids.make_message_id(settings.SITE_OWNER.rpartition("@")[2])
    built["Message-ID"] = f"<{message_id}>"
    header, body = headers.split_letter(built.as_bytes(linesep="\r\n"))  # type: ignore[call-arg]  # Django's class takes it
    header = _in_encoded_words(header, {"Subject": message.subject, **message.extra_headers})
    return *enclosing.attach(header, body, getattr(message, "parts", ())), message_id


def _in_encoded_words(header: bytes, fields: Mapping[str, object]) -> bytes:
    """Words of at most 75 characters (RFC 2047 §2), and no first line that is empty: Python's writer keeps to neither."""
    block = headers.HeaderBlock.parse(header)
    for name, value in fields.items():
        if not str(value).isascii():
            block.replace(name, str(value))
    return block.to_bytes()


def sent_today(recipient: str, kinds: tuple[str, ...]) -> int:
    """How many notices of these kinds this person got within a day: robots must not be drawn into floods (RFC 3834)."""
    since = timezone.now() - timedelta(days=1)
    return Notice.objects.filter(recipient=recipient, kind__in=kinds, created_at__gte=since).count()


def key_of(message: EmailMessage, recipient: str) -> NoticeKey:
    """The key a message carries; one of its own where its author gave none."""
    key = getattr(message, "posthouse", None)
    if isinstance(key, NoticeKey):
        return key
    return NoticeKey("mail", uuid.uuid4().hex, recipient)
