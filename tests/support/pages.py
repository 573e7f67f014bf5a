"""Posts on pages: filed as the journey files them, and held as rules hold them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import transaction

from archives.models import Arrival, Post
from archives.services.filing import Filing, file_posts
from lists.models import MailingList
from moderation import chains
from moderation.models import HeldMessage
from moderation.services import desk
from suite.mail.parse import parse
from tests.support.letters import make_candidates, make_letter
from tests.support.posting import arrive, letter


def publish(mlist: MailingList, raw: bytes | None = None, **fields: Any) -> Post:
    """A post in the list's archive: of these bytes, or of a letter with these fields (`tests.support.posting.letter`)."""
    raw = raw if raw is not None else letter(to=mlist.posting_address, **fields)
    [arrival] = arrive(raw, mlist.posting_address)
    arrival = Arrival.objects.select_related("letter").get(pk=arrival.pk)
    parsed = parse(bytes(arrival.letter.raw))
    number = Post.objects.filter(archive__mlist=mlist).count() + 1
    [post] = file_posts(mlist, [Filing(arrival, parsed.raw, parsed, number)])
    return Post.objects.select_related("thread").get(pk=post.pk)


def publish_thread(mlist: MailingList, posts: int, **fields: Any) -> list[Post]:
    """A first post and replies to it."""
    first = publish(mlist, **fields)
    answers = [
        publish(
            mlist, sender=f"Guest {number} <guest{number}@example.com>", in_reply_to=f"<{first.message_id}>", **fields
        )
        for number in range(1, posts)
    ]
    return [first, *answers]


def hold(mlist: MailingList, raw: bytes | None = None, sender: str = "dora@example.com") -> HeldMessage:
    """Dora's post, which waits because she is no member; or these bytes."""
    raw = raw if raw is not None else make_letter("Dora <dora@example.com>", "Coffee")
    cases = [(one, chains.run(mlist.posting_chain, one, mlist)) for one in make_candidates(mlist, (raw, sender))]
    with transaction.atomic():
        [held] = desk.hold(mlist, cases)
    return held


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, to see whether something changed."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if not model._meta.proxy
    }


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside did not happen."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
