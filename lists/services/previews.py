"""A text as its reader would get it: the list's own values, and examples for what only an occasion brings."""

from typing import Any

from accounts.models import Address
from lists import notices, wording
from lists.links import request_url
from lists.models import MailingList
from lists.queries import members
from lists.services.texts import check_name, unknown_placeholders
from lists.texts.names import NAMES

_TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - nobody's


def preview(name: str, mlist: MailingList, *, language: str = "", email: str = "") -> dict[str, Any]:
    """Subject and text for somebody with this address (else the list's first member), where they come from, what stays unfilled.

    Nothing is sent or changed. Raises UnknownText.
    """
    check_name(name)
    found = wording.find(name, mlist, language)
    subject, text = notices.render(name, mlist, language=language, **_examples(name, mlist, email))
    return {
        "name": name,
        "scope": found.scope,
        "language": found.language,
        "subject": subject,
        "text": text,
        "unknown": unknown_placeholders(name, *found.text),
    }


def _examples(name: str, mlist: MailingList, email: str) -> dict[str, Any]:
    """A value for each placeholder that this text has beside the standard ones."""
    reader = _reader(mlist, email)
    named = f"{reader.display_name} <{reader.original_email}>" if reader.display_name else reader.original_email
    sentence = "The message has no subject."
    examples = {
        "member": named,
        "user_email": reader.original_email,
        "user_delivered_to": reader.original_email,
        "user_language": mlist.preferred_language,
        "user_name": reader.display_name,
        "user_name_or_email": reader.display_name or reader.original_email,
        "sender_email": reader.original_email,
        "subject": "Tea",
        "reasons": notices.bulleted([sentence]),
        "reason": sentence,
        "request": f"join {mlist.posting_address}",
        "token": _TOKEN,
        "confirm_email": mlist.subaddress(f"confirm+{_TOKEN}"),
        "confirm_url": request_url(mlist, _TOKEN),
        "count": 2,
        "days": mlist.max_days_to_hold,
        "size": 300,
        "seconds": 1,
        "pattern": "^.*example",
        "cause": "DMARC",
        "diagnostic": "550 5.7.1 rejected by the policy of example.com",
        "message_id": f"<tea@{mlist.mail_host}>",
        "posts": notices.bulleted([f"{reader.original_email}: Tea"]),
        "data": notices.bulleted([f"{reader.original_email}: Tea"]),
        "got_list_email": mlist.posting_address,
        "got_request_email": mlist.request_address,
        "got_owner_email": mlist.owner_address,
    }
    return {extra: examples.get(extra, f"({extra})") for extra in NAMES[name].extras}


def _reader(mlist: MailingList, email: str) -> Address:
    if email:
        known = Address.objects.filter(original_email__iexact=email).first()
        return known or Address(original_email=email)
    first = members(mlist).order_by("pk").first()
    return (first.subscriber_address if first else None) or Address(original_email=f"member@{mlist.mail_host}")
