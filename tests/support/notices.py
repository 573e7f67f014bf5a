"""Mails of our own that wait to go out, for tests to read."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from delivery.models import Notice


@dataclass(frozen=True)
class Told:
    """One mail of ours: whom it goes to, what it is, and the mail itself."""

    kind: str
    recipient: str
    msg: EmailMessage
    return_path: str

    @property
    def subject(self) -> str:
        return str(self.msg["Subject"])

    @property
    def text(self) -> str:
        """The mail's own words, without what goes along below them."""
        part = self.msg.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


def told(*kinds: str) -> list[Told]:
    """The mails of ours in the outbox, in the order they were written; of these kinds, where any are named."""
    notices = Notice.objects.select_related("rendering").order_by("pk")
    found = []
    for notice in notices.filter(kind__in=kinds) if kinds else notices:
        rendering = notice.rendering
        assert rendering is not None and rendering.body is not None
        raw = bytes(rendering.header) + bytes(rendering.body)
        msg = message_from_bytes(raw, policy=policy.default)
        found.append(Told(notice.kind, notice.recipient, msg, rendering.batches.get().return_path))
    return found
