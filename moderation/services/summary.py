"""What waits for a list's moderators, told to them once a day at most."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from lists.enums import PendingKind
from lists.models import MailingList
from lists.services import requests
from moderation import notices
from moderation.access import waiting
from moderation.services.desk import tell

LISTED = 50
"""Posts, and people, that are named; all of them are counted."""
_WISHES = {PendingKind.SUBSCRIPTION: "join", PendingKind.UNSUBSCRIPTION: "leave"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many posts and requests wait on a list, and a line about each of the oldest."""

    posts: int
    requests: int
    lines: tuple[str, ...]

    @property
    def count(self) -> int:
        return self.posts + self.requests


def look(mlist: MailingList) -> Waiting:
    """Four queries."""
    posts, asked = waiting(mlist), requests.awaiting(mlist)
    return Waiting(posts.count(), asked.count(), tuple(_lines(mlist)))


@transaction.atomic
def remind(mlist: MailingList) -> Waiting:
    """Mail owners and moderators what waits, where anything does; a second time on the same day (UTC) no mail is made."""
    found = look(mlist)
    if found.count:
        about = f"waiting:{mlist.pk}:{timezone.now():%Y-%m-%d}"
        for told in notices.summary(mlist, found.count, found.lines):
            tell(mlist, about, told)
    return found


def _lines(mlist: MailingList) -> Iterator[str]:
    """In words that every language has: a post by sender and subject, a person by what he would write to the robot."""
    for post in waiting(mlist)[:LISTED]:
        yield f"{post.sender or '(nobody)'}: {post.subject or '(no subject)'}"
    for request in requests.awaiting(mlist)[:LISTED]:
        yield f"{_WISHES[PendingKind(request.kind)]}: {request.data['email']}"
