"""check_queue's sentences: a site that works gives no cause for any, and each kind of damage to exactly its own."""

from collections.abc import Callable

import pytest
from django.db.models import F

from accounts.enums import DeliveryMode
from archives.enums import State
from archives.models import Arrival, Post, Thread
from delivery.models import Batch, DigestShare
from delivery.services import digests, invariants, issues
from lists.models import MailingList
from moderation.models import HeldMessage
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def busy() -> None:
    """dev has a thread of two posts, sent; one held post; one member who is served later."""
    mlist = make_list("dev")
    for name in ("anne", "bart"):
        make_member(mlist, f"{name}@example.com")
    arrive(letter(message_id="first@example.com"))
    arrive(letter(in_reply_to="<first@example.com>", references="<first@example.com> <unseen@example.com>"))
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    make_member(mlist, "cris@example.com", delivery_mode=DeliveryMode.MIME_DIGESTS)
    with relay(refuse={"^anne": "450 4.2.1 later"}):
        judge_all()
        issues.close(mlist)
        digests.work()
        send_all()


@pytest.mark.usefixtures("busy")
def test_site_that_works_gives_no_cause_to_complain() -> None:
    assert Thread.objects.exists()
    assert invariants.complaints() == []


DAMAGES: list[tuple[str, Callable[[], object]]] = [
    ("was distributed without a number", lambda: Arrival.objects.filter(number=1).update(number=None)),
    ("has the number 2 2 times", lambda: Arrival.objects.filter(number=1).update(number=2)),
    ("is about to give the number 2 again", lambda: MailingList.objects.update(post_id=2)),
    ("has lost its letter", lambda: Post.objects.filter(number=1).update(letter=None)),
    ("counts 3 posts and has 2", lambda: Thread.objects.filter(post_count=2).update(post_count=F("post_count") + 1)),
    ("is held, yet nobody can decide on it", lambda: HeldMessage.objects.all().delete()),
    ("waits at the desk, yet is not held", lambda: Arrival.objects.filter(state=State.HELD).update(state="received")),
    ("some of its mails were never made", lambda: DigestShare.objects.update(made_at=None)),
    ("is about to give the digest number 1 again", lambda: MailingList.objects.update(next_digest_number=1)),
    ("recipients, 3 counted, 2 done", lambda: Batch.objects.filter(pk=_some_batch()).update(size=3)),
]


def _some_batch() -> int:
    return Batch.objects.filter(mlist__isnull=False).order_by("pk")[0].pk


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(("sentence", "damage"), DAMAGES, ids=[sentence for sentence, _ in DAMAGES])
def test_damage_is_named(sentence: str, damage: Callable[[], object]) -> None:
    damage()
    complaints = invariants.complaints()
    assert [sentence in complaint for complaint in complaints] == [True], complaints
