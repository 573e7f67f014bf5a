"""Taking a post's words back: the page and its thread stay, what was written goes, everywhere it is kept."""

from django.db import transaction
from django.utils import timezone

from archives.models import Arrival, Post, Thread
from archives.services.letters import store_letters
from suite.common import events, hooks
from suite.mail.headers import HeaderBlock, split_letter

NOTE = "This message was removed from the archive."
KEPT = ("Date", "Message-ID", "In-Reply-To", "References")
"""Fields that hold the thread together and say nothing."""


@transaction.atomic
def redact(post: Post, *, by: str, author: bool = False, note: str = NOTE) -> None:
    """Publish a letter of its own in the post's place, with `note` for a text; with `author`, nobody's name and no subject.

    The letter that came in goes as well, once nothing else refers to it (housekeeping sweeps it). Copies that members have are
    theirs. Redacting twice changes nothing more.
    """
    if post.ghost or post.letter is None:
        return
    old = HeaderBlock.parse(split_letter(bytes(post.letter.raw))[0])
    fields = [(name, old.text(name)) for name in KEPT if old.get(name) is not None]
    fields.append(("Subject", "" if author else post.subject))
    fields.append(("From", "Removed <removed@invalid>" if author else old.text("From")))
    header = HeaderBlock.parse(b"")
    for name, value in fields:
        header.append(name, value)
    header.append("Content-Type", "text/plain; charset=utf-8")
    [letter] = store_letters([header.to_bytes() + f"\r\n{note}\r\n".encode()])
    arrival_id = post.arrival_id
    post.letter, post.text, post.size, post.attachment_count = letter, note, letter.size, 0
    post.redacted_at = timezone.now()
    if author:
        post.author_name, post.author_email, post.subject = "", "", ""
        Thread.objects.filter(root=post).update(subject="", base_subject="")
    post.save()
    post.attachments.all().delete()
    if arrival_id is not None:
        forgotten = {"sender": "", "reason": "", "verdict": {}} if author else {}
        Arrival.objects.filter(pk=arrival_id).update(letter=letter, **forgotten)
        hooks.call("post-redacted", arrival_id=arrival_id, author=author)
    events.record("post.redacted", actor=by, list_id=post.archive.list_id, subject=f"post:{post.pk}")
