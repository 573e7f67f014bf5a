"""Mail of an author whose domain forbids others to send in its name, made to come from the list instead.

Two ways, and in both the author stays in sight: by name in From, by address in Reply-To or Cc, and in Author (RFC 9057).
"""

import re
import secrets

from suite.mail import address_lists, addresses, ids
from suite.mail.addresses import Mailbox
from suite.mail.headers import HeaderBlock
from suite.mail.transfer import quoted_printable

KEPT_OUTSIDE = frozenset(
    {"archived-at", "date", "in-reply-to", "precedence", "references", "reply-to", "subject", "to"}
)
"""Fields that a wrapped post shows on its envelope, beside List-* and X-Mailman-*."""
NAMED = 3
"""Authors who are named in From; nearly always there is one."""
LONGEST_NAME = 100

_AT_DOMAIN = re.compile(r"(?<=\S)@[^\s@<>,;\"']+")


def munge_from(headers: HeaderBlock, name: str, address: str, *, answers: str) -> None:
    """From becomes `"Ann via Dev" <dev@example.org>`; the authors join the field `answers`, Reply-To or Cc.

    A letter without a readable author is left as it is.
    """
    authors = addresses.authors(headers)
    if not authors:
        return
    given = _values(headers, "from")
    if "Author" not in headers:
        headers.replace_raw("Author", address_lists.join(given))
    headers.replace("From", addresses.format_mailbox(f"{_names(authors)} via {name}", address))
    named = {
        addresses.key(mailbox.address)
        for value in headers.get_all(answers)
        for mailbox in addresses.parse_mailboxes(value)
    }
    missing = [author for author in authors if addresses.key(author.address) not in named]
    added = [entry.encode("utf-8", "replace") for entry in address_lists.written(missing)]
    if added:
        headers.replace_raw(answers, address_lists.join([*_values(headers, answers.lower()), *added]))


def wrap_message(
    headers: HeaderBlock, original: bytes, name: str, address: str, *, answers: str, host: str, text: str
) -> bytes:
    """A new letter's body with the original inside as message/rfc822; `headers` become that letter's. Begins with the blank line.

    `text`, where there is any, stands before it. `host` is the one that the new Message-ID is made for.
    """
    munge_from(headers, name, address, answers=answers)
    kept = KEPT_OUTSIDE | {"from", "author", answers.lower()}
    headers.remove_if(lambda field, _: field not in kept and not field.startswith(("list-", "x-mailman-")))
    headers.replace("Message-ID", f"<{ids.make_message_id(host)}>")
    headers.replace("MIME-Version", "1.0")
    encoding = "7bit" if original.isascii() else "8bit"
    if not text.strip():
        headers.replace("Content-Type", "message/rfc822")
        headers.replace("Content-Transfer-Encoding", encoding)
        return b"\r\n" + original
    boundary = f"=_{secrets.token_hex(16)}"
    headers.replace("Content-Type", f'multipart/mixed; boundary="{boundary}"')
    headers.replace("Content-Transfer-Encoding", encoding)
    line = f"--{boundary}".encode()
    note = quoted_printable("\r\n".join(text.strip().splitlines()).encode("utf-8", "replace") + b"\r\n")
    return b"\r\n".join(
        [
            b"",
            line,
            b'Content-Type: text/plain; charset="utf-8"',
            b"Content-Transfer-Encoding: quoted-printable",
            b"Content-Disposition: inline",
            b"",
            note.removesuffix(b"\r\n"),
            line,
            b"Content-Type: message/rfc822",
            f"Content-Transfer-Encoding: {encoding}".encode(),
            b"Content-Disposition: inline",
            b"",
            original,
            line + b"--",
            b"",
        ]
    )


def _names(authors: list[Mailbox]) -> str:
    """What the authors call themselves; nobody shows another domain than the one that the mail comes from."""
    names = [(author.name or addresses.split(author.address)[0])[:LONGEST_NAME] for author in authors[:NAMED]]
    return _AT_DOMAIN.sub("@---", ", ".join(names))


def _values(headers: HeaderBlock, name: str) -> list[bytes]:
    """The fields' values as they are written, folds included."""
    return [chunk.partition(b":")[2].strip() for field, chunk in headers.raw_fields() if field == name]
