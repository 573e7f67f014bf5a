"""How any floor writes a mail of our own: through `django.core.mail`, with a key that makes it once.

The mail backend of `delivery` stores the message as a Notice of that key, in the caller's transaction; a second message of
the same key is dropped. Nothing is sent before the caller's commit.
"""

from dataclasses import dataclass

from django.core.mail import EmailMessage


@dataclass(frozen=True, slots=True)
class NoticeKey:
    """Which of our mails (`kind`), about what (`subject`, as in `arrival:4711`), to whom, and which of several."""

    kind: str
    subject: str
    recipient: str
    generation: int = 0
    list_id: str = ""


Part = tuple[str, bytes]
"""Something that goes along below the text, byte by byte: its Content-Type, and what stands below the part's header."""
_LINE = 998
"""Octets (RFC 5322 §2.1.1)."""


class KeyedMessage(EmailMessage):
    """A message that the outbox takes once for its `posthouse` key, however often the work behind it is repeated."""

    posthouse: NoticeKey
    """`return_path` is the envelope sender; empty is the null one, which nobody's robot answers (RFC 3834 §3.3)."""

    def __init__(
        self,
        key: NoticeKey,
        subject: str,
        text: str,
        *,
        return_path: str,
        headers: dict[str, str],
        parts: tuple[Part, ...] = (),
    ) -> None:
        super().__init__(subject, text, return_path, [key.recipient], headers=headers)
        self.from_email = return_path  # Django puts its default in the place of an empty one
        self.posthouse = key
        self.parts = parts
        plain = text.isascii() and max(map(len, text.split("\n"))) <= _LINE
        self.encoding = "us-ascii" if plain else "utf-8"
