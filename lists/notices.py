"""The mails that a list writes by itself: their texts filled in, and the header fields they go out with.

`$name` and `${name}` are filled in (PEP 292); a placeholder nobody knows stays as it is, so that no text can break a mail.
A text knows nothing of code: there is no attribute look-up and no formatting in it. The texts themselves are files below
`lists/texts/`, or somebody's own (`lists.wording`).
"""

import textwrap
from collections.abc import Iterable, Mapping
from string import Template
from typing import Any

from django.conf import settings

from lists import texts, wording
from lists.models import MailingList
from suite.common.outbox import KeyedMessage, NoticeKey, Part
from suite.mail.addresses import format_mailbox
from suite.mail.mailto import mailto

TEXTS = texts.built_in("en")
"""Name -> subject and text, as built in in English."""
WIDTH = 70
"""Columns of a paragraph in our mails."""
UNWRAPPED = "list:member:"
"""What is put above and below posts, and begins digests, keeps its lines as they were written."""


def render(name: str, mlist: MailingList, *, language: str = "", **values: Any) -> tuple[str, str]:
    """The subject (one line) and the text of this notice, for somebody who reads `language` (empty = the list's).

    Beside `values` every text knows what `standard()` gives. Paragraphs are wrapped, but for indented ones. At most two queries
    for a list object, however many texts (`lists.wording.find`). Raises KeyError for a name that no text has.
    """
    found = wording.find(name, mlist, language)
    known = standard(mlist) | {"language": found.language or language or mlist.preferred_language} | values
    head, body = found.text
    subject = " ".join(Template(head).safe_substitute(known).split())
    text = Template(body).safe_substitute(known)
    return subject, text if name.startswith(UNWRAPPED) else wrap(text)


def standard(mlist: MailingList) -> dict[str, Any]:
    """What any text may say of its list."""
    site = mlist.domain.base_url.rstrip("/") or settings.BASE_URL
    page = f"{site}/lists/{mlist.list_id}/"
    desk = f"{page}held/"
    return {
        "listname": mlist.posting_address,
        "fqdn_listname": mlist.posting_address,
        "short_listname": mlist.list_name,
        "list_name": mlist.list_name,
        "mail_host": mlist.mail_host,
        "domain": mlist.mail_host,
        "list_id": mlist.list_id,
        "display_name": mlist.display_name,
        "description": mlist.description,
        "info": mlist.info,
        "language": mlist.preferred_language,
        "site_email": settings.SITE_OWNER,
        "owner_email": mlist.owner_address,
        "request_email": mlist.request_address,
        "request_address": mlist.request_address,
        "join_email": mlist.join_address,
        "leave_email": mlist.leave_address,
        "base_url": site,
        "domain_url": f"{site}/",
        "mailinglist_url": page,
        "archive_url": page,
        "unsubscribe_url": page,
        "held_message_url": desk,
        "pending_subscriptions_url": f"{page}requests/",
        "pending_unsubscriptions_url": f"{page}requests/",
    }


STANDARD = [
    "listname",
    "fqdn_listname",
    "short_listname",
    "list_name",
    "mail_host",
    "domain",
    "list_id",
    "display_name",
    "description",
    "info",
    "language",
    "site_email",
    "owner_email",
    "request_email",
    "request_address",
    "join_email",
    "leave_email",
    "base_url",
    "domain_url",
    "mailinglist_url",
    "archive_url",
    "unsubscribe_url",
    "held_message_url",
    "pending_subscriptions_url",
    "pending_unsubscriptions_url",
]
"""The names of `standard()`."""


def wrap(text: str) -> str:
    """Paragraphs in lines of WIDTH columns; what is indented, and words that are longer, stay as they are.

    A paragraph ends at an empty line and where an indented line begins. Of several empty lines (around a value that is empty)
    one stays.
    """
    lines: list[str] = []
    paragraph: list[str] = []
    for line in [*text.replace("\r\n", "\n").split("\n"), ""]:
        if line.strip() and not line[0].isspace():
            paragraph.append(line)
            continue
        if paragraph:
            lines += textwrap.wrap(" ".join(paragraph), WIDTH, break_long_words=False, break_on_hyphens=False)
            paragraph = []
        if line.strip() or lines[-1:] != [""]:
            lines.append(line.rstrip())
    whole = "\n".join(lines).rstrip("\n")
    return f"{whole}\n" if whole and text.endswith("\n") else whole


def bulleted(sentences: Iterable[str]) -> str:
    """Reasons, posts and the like as an indented list in lines of WIDTH columns; a sentence's own line ends stay."""
    return "\n".join(
        textwrap.fill(
            line,
            WIDTH,
            initial_indent="      " if position else "    - ",
            subsequent_indent="      ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for sentence in sentences
        for position, line in enumerate(sentence.splitlines())
    )


GENERATED = {"Auto-Submitted": "auto-generated", "X-Ack": "no"}
"""What says that a machine wrote it, and that no machine shall answer (RFC 3834 §5)."""


def mail(
    mlist: MailingList,
    kind: str,
    about: str,
    recipient: str,
    subject: str,
    text: str,
    *,
    sender: str = "",
    precedence: str = "bulk",
    headers: Mapping[str, str] | None = None,
    parts: tuple[Part, ...] = (),
    to_owners: bool = False,
) -> KeyedMessage:
    """A mail of the list's own, ready to `send()`: once for its kind, what it is about (`arrival:4711`) and whom it is to.

    It says that a machine wrote it (RFC 3834 §5). People's answers reach the owners, or `sender`, another of the list's
    addresses; its bounces go where the list's go. `to_owners`: the recipient gets it as one of those who run the list. Such a
    mail is addressed to all of them and has no return path, for its bounce would come to them again. What must be answered
    has no precedence.
    """
    fields = {"From": format_mailbox(mlist.display_name, sender or mlist.owner_address), **GENERATED}
    if precedence:
        fields["Precedence"] = precedence
    fields["List-Id"] = f"<{mlist.list_id}>"
    if to_owners:
        fields["To"] = mlist.owner_address
    elif mlist.include_rfc2369_headers:
        fields |= _list_fields(mlist)
    key = NoticeKey(kind, about, recipient, list_id=mlist.list_id)
    return_path = "" if to_owners else mlist.bounces_address
    return KeyedMessage(key, subject, text, return_path=return_path, headers=fields | dict(headers or {}), parts=parts)


def _list_fields(mlist: MailingList) -> dict[str, str]:
    """RFC 2369, as far as it helps somebody who is no reader of a post: nothing about posting or the archive."""
    return {
        "List-Help": mailto(mlist.request_address, "?subject=help"),
        "List-Owner": mailto(mlist.owner_address),
        "List-Subscribe": mailto(mlist.join_address),
        "List-Unsubscribe": mailto(mlist.leave_address),
    }
