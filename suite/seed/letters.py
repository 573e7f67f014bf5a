"""The seed's letters, written as mail programs write them."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from suite.mail.addresses import parse_mailboxes

POLICY = SMTP.clone(cte_type="8bit")


def write(
    post: dict[str, Any], sender: str, list_address: str, subject: str, at: datetime, message_id: str, thread: list[str]
) -> bytes:
    """The bytes of one post. `thread` are the Message-IDs of what it answers, oldest first, itself not among them."""
    [mailbox] = parse_mailboxes(sender)
    letter = EmailMessage(POLICY)
    letter["Date"] = format_datetime(at)
    letter["From"] = Address(mailbox.name, addr_spec=mailbox.address)
    letter["To"] = list_address
    letter["Subject"] = f"Re: {subject}" if thread else subject
    letter["Message-ID"] = f"<{message_id}>"
    if thread:
        letter["In-Reply-To"] = f"<{thread[-1]}>"
        letter["References"] = " ".join(f"<{reference}>" for reference in thread)
    letter.set_content(post["text"].strip("\n") + "\n", cte="8bit")
    if attachment := post.get("attachment"):
        maintype, _, subtype = attachment["type"].partition("/")
        content = attachment["text"].lstrip("\n").encode()
        letter.add_attachment(content, maintype=maintype, subtype=subtype, filename=attachment["name"])
    return letter.as_bytes()
