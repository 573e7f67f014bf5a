"""What differs from one recipient's copy to the next: the values of the placeholders in a rendering."""

import re
from collections.abc import Callable, Iterable

from archives.links import archive
from delivery import recipients
from delivery.draft import Recipient
from lists.links import unsubscribe_url as signed
from lists.models import MailingList
from suite.mail import addresses

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_NAME_LENGTH = 100
"""Characters of a name in To: a header line has an end (RFC 5322 §2.1.1)."""


def unsubscribe_url(recipient: Recipient, mlist: MailingList) -> str:
    """For members one click; for people who are no members there is nothing to leave."""
    membership = recipient[0]
    return archive(mlist) if membership is None else signed(membership, mlist.list_id, mlist.domain.base_url)


def language(recipient: Recipient, mlist: MailingList) -> str:
    """The member's, else the list's. The only value that asks the database, for hardly any text has a use for it."""
    membership = recipient[0]
    return (recipients.language(membership) if membership is not None else "") or mlist.preferred_language


def to(recipient: Recipient, mlist: MailingList) -> str:
    _, address, name = recipient
    try:
        return addresses.format_mailbox(_CONTROLS.sub(" ", name)[:_NAME_LENGTH], address)
    except ValueError:
        return address


VALUES: dict[str, Callable[[Recipient, MailingList], str]] = {
    "to": to,
    "unsubscribe_url": unsubscribe_url,
    "user_email": lambda recipient, mlist: addresses.key(recipient[1]),
    "user_delivered_to": lambda recipient, mlist: recipient[1],
    "user_name": lambda recipient, mlist: recipient[2],
    "user_name_or_email": lambda recipient, mlist: recipient[2] or recipient[1],
    "user_language": language,
    "member": to,
}
"""Placeholder -> what stands there for a recipient. But for `to` and `unsubscribe_url`, Mailman's names in footers."""
NAMES = tuple(VALUES)


def values(names: Iterable[str], recipient: Recipient, mlist: MailingList) -> list[bytes]:
    """What is cut in for one recipient, in the order of `names`: UTF-8, without control characters or line ends.

    A name that no longer exists (a rendering can be older than the code) is empty. Only `user_language`
    costs a statement.
    """
    return [_octets(VALUES[name](recipient, mlist)) if name in VALUES else b"" for name in names]


def _octets(value: str) -> bytes:
    return (value if value.isprintable() else _CONTROLS.sub(" ", value)).encode("utf-8", "replace")
