"""The mails about bounces: to owners, to members, and the question that a bounce of its own answers.

All but the question have a null return path, so that nothing comes of them. (A goodbye has the list's, and its bounce, which
returns no post of the list, is put aside.)
"""

from datetime import datetime
from typing import Any

from django.conf import settings

from delivery.bounces import causes
from delivery.draft import Send
from delivery.enums import BatchKind
from delivery.models import BounceEvent, Notice
from delivery.services import outbox
from delivery.services.notices import LIFE, sent_today
from lists import notices
from lists.enums import UnrecognizedBounceDisposition
from lists.links import resume_url
from lists.models import MailingList, Membership
from lists.queries import administrators_by_address
from suite.common.outbox import NoticeKey
from suite.mail import enclosing, ids
from suite.mail.addresses import format_mailbox
from suite.mail.headers import split_letter

INCREMENT, DISABLE, REMOVAL, UNRECOGNIZED = (
    "bounce-increment",
    "bounce-disable",
    "bounce-removal",
    "bounce-unrecognized",
)
PROBE, WARNING, WAVE = "bounce-probe", "bounce-warning", "bounce-wave"
ENDPOINT_OFF = "endpoint-off"
_NAMES = {
    INCREMENT: "list:admin:notice:increment",
    DISABLE: "list:admin:notice:disable",
    REMOVAL: "list:admin:notice:removal",
    UNRECOGNIZED: "list:admin:notice:unrecognized",
    WAVE: "list:admin:notice:wave",
    ENDPOINT_OFF: "list:admin:notice:endpoint-off",
}
A_DAY = 20
"""Bounces that nobody understands which one person gets within a day; later ones rest with the arrivals."""
ENCLOSED = 256 * 1024
"""Octets of a bounce that go along; of a larger one its header does."""


def owners(
    mlist: MailingList,
    kind: str,
    about: str,
    now: datetime,
    *,
    letter: bytes = b"",
    cause: str = "",
    said: str = "",
    **values: Any,
) -> None:
    """To owners and moderators, else to the site's owner: once for what it is about. The cause of a bounce, and what the other
    side said, stand below the text, in the reader's language; of a wave within it."""
    people = administrators_by_address(mlist)
    readers = {address: str(row.effective("preferred_language")) for address, row in people.items()}
    for recipient, language in (readers or {settings.SITE_OWNER: settings.LANGUAGE_CODE}).items():
        _owner(mlist, kind, about, recipient, language, now, letter, cause, said, values)


def unrecognized(mlist: MailingList, about: str, letter: bytes, now: datetime) -> None:
    """As the list's forward_unrecognized_bounces_to says; A_DAY for one reader, for anybody can write such."""
    match UnrecognizedBounceDisposition(mlist.forward_unrecognized_bounces_to):
        case UnrecognizedBounceDisposition.ADMINISTRATORS:
            owners(mlist, UNRECOGNIZED, about, now, letter=letter)
        case UnrecognizedBounceDisposition.SITE_OWNER:
            site = settings.SITE_OWNER
            _owner(mlist, UNRECOGNIZED, about, site, settings.LANGUAGE_CODE, now, letter, "", "", {})


def _owner(
    mlist: MailingList,
    kind: str,
    about: str,
    recipient: str,
    language: str,
    now: datetime,
    letter: bytes,
    cause: str,
    said: str,
    values: dict[str, Any],
) -> None:
    if kind == UNRECOGNIZED and sent_today(recipient, (UNRECOGNIZED,)) >= A_DAY:
        return
    language = language or mlist.preferred_language
    if kind == WAVE:
        values = values | {"cause": causes.words(cause, language), "diagnostic": said}
    subject, text = notices.render(_NAMES[kind], mlist, language=language, **values)
    if cause and kind != WAVE:
        text = f"{text.rstrip()}\n\n{notices.wrap(causes.sentence(cause, said, language))}\n"
    if not letter:
        notices.mail(mlist, kind, about, recipient, subject, text, to_owners=True).send()
        return
    fields = {"From": format_mailbox(mlist.display_name, mlist.owner_address), "Precedence": "bulk"}
    _send_enclosing(mlist, NoticeKey(kind, about, recipient), subject, text, letter, now, fields, return_path="")


def probe(membership: Membership, about: str, token: str, letter: bytes, event: BounceEvent, now: datetime) -> None:
    """To a member: does this reach you? Its return path is the token, and it has no Precedence: autoresponders keep quiet
    because it says that a machine wrote it (RFC 3834 §5)."""
    mlist, address = membership.mlist, membership.subscriber_address
    if address is None:
        return
    email, language = address.original_email, str(membership.effective("preferred_language"))
    subject, text = notices.render("list:user:notice:probe", mlist, language=language, sender_email=email)
    fields = {"From": format_mailbox(mlist.display_name, mlist.owner_address)}
    back = mlist.subaddress(f"bounces+{token}")
    why = causes.sentence(event.cause, event.diagnostic, language)
    enclosed = letter or f"Subject: {subject}\r\n\r\n{why}\r\n".encode()
    _send_enclosing(mlist, NoticeKey(PROBE, about, email), subject, text, enclosed, now, fields, return_path=back)


def warning(membership: Membership, token: str, generation: int) -> None:
    """To a member whose mail is stopped: a plain answer to it switches the mail on again."""
    mlist, address = membership.mlist, membership.subscriber_address
    if address is None:
        return
    email = address.original_email
    sender = mlist.subaddress(f"confirm+{token}")
    subject, text = notices.render(
        "list:user:notice:warning",
        mlist,
        language=str(membership.effective("preferred_language")),
        sender_email=email,
        user_email=email,
        token=token,
        subject=f"confirm {token}",
        confirm_email=sender,
        confirm_url=resume_url(mlist, token),
    )
    about = f"member:{membership.member_id}:{generation}"
    message = notices.mail(mlist, WARNING, about, email, subject, text, sender=sender, precedence="")
    message.from_email = ""  # no bounce of a mail about bounces
    message.send()


def _send_enclosing(
    mlist: MailingList,
    key: NoticeKey,
    subject: str,
    text: str,
    letter: bytes,
    now: datetime,
    fields: dict[str, str],
    *,
    return_path: str,
) -> None:
    """Put it into the outbox, unless it is there."""
    identity = {"kind": key.kind, "subject": key.subject, "recipient": key.recipient, "generation": key.generation}
    if Notice.objects.filter(**identity).exists():
        return
    message_id = ids.make_message_id(mlist.mail_host)
    head = {
        **fields,
        "To": key.recipient,
        "Subject": subject,
        "Message-ID": f"<{message_id}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Id": f"<{mlist.list_id}>",
    }
    enclosed = letter if len(letter) <= ENCLOSED else split_letter(letter)[0] + b"\r\n"
    header, body = enclosing.attach(*split_letter(enclosing.letter(head, text, now)), [("message/rfc822", enclosed)])
    send = Send(header, body, True, ((None, key.recipient, ""),), BatchKind.BULK, return_path)
    [rendering] = outbox.plan([outbox.Plan(send, None, None, message_id, urgency=0, life=LIFE)])
    Notice.objects.create(**identity, mlist=mlist, rendering=rendering)
