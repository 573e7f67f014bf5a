"""What tests of the newsgroup gateway share: a joined list, a news server, and the drain between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.test import override_settings
from django.utils import timezone

from archives.models import Arrival
from delivery import tasks
from delivery.enums import NewsState
from delivery.models import NewsFeed, NewsPost
from lists.models import MailingList
from suite.common.enums import BellKind
from suite.mail.headers import HeaderBlock, split_letter
from tests.support.newsd import News, news_server
from tests.support.posting import arrive, judge_all, letter
from tests.support.waiting import PATIENCE


@contextmanager
def site_with_news(**options: Any) -> Iterator[News]:
    """A news server, which the site's settings name."""
    with news_server(**options) as running, override_settings(NNTP_URL=running.url):
        yield running


def exchange() -> None:
    """What a news bell does."""
    tasks.DRAINS[BellKind.NEWS](PATIENCE)


def wake() -> None:
    """Claims have run out, and waiting times."""
    NewsPost.objects.filter(state=NewsState.WAITING).update(due_at=timezone.now() - timedelta(seconds=1))
    NewsFeed.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def post(*subjects: str, **fields: str) -> None:
    """Posts of Bart's to dev, distributed."""
    for subject in subjects:
        arrive(letter(subject=subject, **fields))
        judge_all()


def watermark() -> int | None:
    return MailingList.objects.values_list("usenet_watermark", flat=True).get(list_id="dev.example.org")


def subjects(arrivals: Any = None) -> list[str]:
    """Of what came to lists, in order."""
    rows = Arrival.objects.order_by("pk") if arrivals is None else arrivals
    return [HeaderBlock.parse(split_letter(bytes(row.letter.raw))[0]).text("Subject") for row in rows]


def posted(newsd: News) -> list[str]:
    """Subjects of what the server took."""
    return [HeaderBlock.parse(split_letter(raw)[0]).text("Subject") for raw in newsd.posted]
