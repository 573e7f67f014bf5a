"""What was written goes from everywhere; the thread stays."""

from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from archives.models import Attachment, Letter, Post
from archives.services import housekeeping
from archives.services.redaction import NOTE, redact
from delivery.models import Rendering
from lists.enums import MemberRole
from moderation.models import HeldMessage
from moderation.services import desk
from suite.common.models import Event
from tests.support.factories import make_list, make_member
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "The key is under the mat."


def published() -> tuple[Post, Post]:
    """A post with a secret and an attachment, and its answer."""
    mlist = make_list("dev")
    make_member(mlist, "bart@example.com")
    body = (
        f"--b\nContent-Type: text/plain\n\n{SECRET}\n--b\nContent-Type: image/png; name=mat.png\n"
        "Content-Disposition: attachment; filename=mat.png\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n--b--\n"
    )
    arrive(letter(message_id="first@example.com", body=body, content_type='multipart/mixed; boundary="b"'))
    arrive(letter(message_id="second@example.com", in_reply_to="<first@example.com>"))
    judge_all()
    first, second = Post.objects.order_by("number")
    return first, second


@pytest.mark.parametrize("author", [False, True])
def test_nothing_of_it_is_left(author: bool) -> None:
    first, second = published()
    redact(first, by="anne@example.com", author=author)
    Letter.objects.update(created_at=timezone.now() - timedelta(days=1))
    housekeeping.sweep_letters()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.text, first.attachment_count, first.redacted_at is not None) == (NOTE, 0, True)
    assert not Attachment.objects.exists()
    assert not Rendering.objects.filter(arrival=first.arrival).exists()
    assert second.parent == first
    assert all(SECRET.encode() not in bytes(raw) for raw in Letter.objects.values_list("raw", flat=True))
    assert first.letter is not None
    assert (b"bart@example.com" in bytes(first.letter.raw)) is not author
    assert b"Message-ID: <first@example.com>" in bytes(first.letter.raw)
    assert Event.objects.filter(kind="post.redacted", actor="anne@example.com").count() == 1


def test_a_held_post_is_forgotten_everywhere() -> None:
    mlist = make_list("dev")
    make_member(mlist, "anne@example.com", MemberRole.OWNER)
    arrive(letter(sender="dora@example.com", subject=SECRET, message_id="about@example.com"), sender="dora@example.com")
    judge_all()
    desk.accept(HeldMessage.objects.get(), None)
    judge_all()
    assert mentions("dora@example.com") > {"archives.Post", "moderation.HeldMessage", "delivery.Rendering"}

    call_command("redact", "dev.example.org", "<about@example.com>", "--author", stdout=StringIO())
    Letter.objects.update(created_at=timezone.now() - timedelta(days=1))
    housekeeping.sweep_letters()

    assert mentions(SECRET) == set()
    assert mentions("dora@example.com") == {
        "accounts.Address",  # she stays a nonmember
        "common.Event",  # who was held and accepted
        "delivery.Notice",  # who was told
    }
    assert HeldMessage.objects.get().decision == "accepted"
    with pytest.raises(CommandError, match="There is no post"):
        call_command("redact", "dev.example.org", "nobody@example.com")


def mentions(words: str) -> set[str]:
    """Which tables hold these words."""
    found = set()
    for model in apps.get_models():
        for row in model._default_manager.values_list():
            if any(words in (cell.decode("latin-1") if isinstance(cell, bytes) else str(cell)) for cell in row):
                found.add(model._meta.label)
    return found


def test_twice_changes_nothing_more() -> None:
    first, _ = published()
    redact(first, by="anne@example.com")
    letters = Letter.objects.count()
    redact(first, by="anne@example.com")
    assert Letter.objects.count() == letters
