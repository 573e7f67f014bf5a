"""Articles of newsgroups on their way to lists.

Every few minutes each joined newsgroup is looked into. What stands above the list's usenet_watermark is kept as mail is, in the
transaction that moves the watermark on; so an article comes once, whoever dies when. The first look at a group fetches nothing:
it only notes where the group stands. The numbers are one server's, so another server or group begins like a first look.
"""

import logging
import time
from collections.abc import Collection, Iterator
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from archives.enums import Origin, Role, State
from archives.models import Arrival
from archives.services.intake import Incoming, keep, ring_for_arrivals
from delivery import retry
from delivery.clock import at_once
from delivery.models import NewsFeed, NewsPost
from delivery.news.errors import NewsError, Refused, TooLarge
from delivery.news.server import NewsServer, server
from delivery.news.session import Group, NewsSession
from lists.addressing import Destination
from lists.models import MailingList
from suite.common import stopping
from suite.common.events import record
from suite.common.failpoints import failpoint
from suite.common.logs import about
from suite.common.patience import is_away
from suite.mail import ids, news
from suite.mail.headers import HeaderBlock, split_letter

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=3)
"""How long a newsgroup stays with a worker that says nothing. Renewed with each piece."""
WINDOW = 1_000
"""Numbers for which the server is asked at once which of them are articles."""
PIECE = 20
PIECE_BYTES = 4 * 1024 * 1024
"""What one transaction keeps at most, unless one article has more."""
GONE = (State.REJECTED, State.DISCARDED, State.EXPIRED)


class Elsewhere(Exception):
    """Somebody else has moved the list's watermark: what was fetched must not be kept."""


def joined() -> "QuerySet[MailingList]":
    """The lists that get a newsgroup's articles, found by an index of these alone."""
    return MailingList.objects.filter(gateway_to_mail=True).exclude(linked_newsgroup="")


def due_lists() -> "QuerySet[MailingList]":
    return joined().filter(Q(news_feed=None) | Q(news_feed__due_at__lte=Now()))


def is_due() -> bool:
    """1 indexed query; none where there is no news server."""
    return bool(settings.NNTP_URL) and due_lists().exists()


def somebody_works() -> bool:
    """Whether a newsgroup is claimed, and was not given back. 1 indexed query; none where there is no news server."""
    if not settings.NNTP_URL:
        return False
    return NewsFeed.objects.filter(due_at__gt=Now(), attempts__gt=0, last_error="").exists()


def work(seconds: float = 20) -> None:
    """Look into the newsgroups that are due, until none is or the time is up. One connection, made for the first."""
    target = server()
    if target is None or not is_due():
        return
    deadline = time.monotonic() + seconds
    try:
        with NewsSession.connect(target) as session:
            while not stopping.time_is_up(deadline) and (mlist := _claim()):
                _attend(session, target, mlist, deadline)
    except NewsError as error:
        log.warning("news server %s: %s", target, error)
        while (mlist := _claim()) is not None:
            _put_off(mlist, str(error))


def set_watermark(mlist: MailingList, number: int, *, actor: str = "") -> None:
    """The next look fetches what stands above this number, on the site's server, in the list's newsgroup."""
    with transaction.atomic():
        _due_again(mlist, **_place(server(), mlist))
        _move_on(mlist, number)
        record("news.watermark-set", actor=actor, list_id=mlist.list_id, subject=mlist.linked_newsgroup, number=number)


def catch_up(mlist: MailingList, *, actor: str = "") -> None:
    """The next look fetches nothing and notes where the group stands."""
    with transaction.atomic():
        _due_again(mlist)
        MailingList.objects.filter(pk=mlist.pk).update(usenet_watermark=None)
        record("news.catch-up", actor=actor, list_id=mlist.list_id, subject=mlist.linked_newsgroup)


def poll_now(mlists: Collection[MailingList]) -> None:
    """Nobody waits for the next round."""
    NewsFeed.objects.filter(mlist__in=mlists).update(due_at=at_once(), attempts=0)


def _due_again(mlist: MailingList, **values: str) -> None:
    NewsFeed.objects.get_or_create(mlist=mlist, defaults={"due_at": at_once()})
    NewsFeed.objects.filter(mlist=mlist).update(due_at=at_once(), attempts=0, last_error="", **values)


# --- one newsgroup ----------------------------------------------------------------------------------------------------


def _claim() -> MailingList | None:
    """The list whose newsgroup has waited for longest, moved out of the others' sight; None when none is due."""
    due = due_lists().select_related("domain", "news_feed").order_by(F("news_feed__due_at").asc(nulls_first=True), "pk")
    for mlist in due[:5]:
        feed, _ = NewsFeed.objects.get_or_create(mlist=mlist, defaults={"due_at": at_once()})
        mine = NewsFeed.objects.filter(pk=feed.pk, due_at=feed.due_at)
        if mine.update(due_at=Now() + CLAIM, attempts=F("attempts") + 1, last_error=""):
            return mlist
    return None


def _attend(session: NewsSession, target: NewsServer, mlist: MailingList, deadline: float) -> None:
    """Look into one newsgroup and write down how it went. Raises NewsError, and what says that the database is away."""
    try:
        finished = _look(session, target, mlist, deadline)
    except NewsError as error:
        _put_off(mlist, str(error))
        raise
    except Elsewhere:
        log.info("list=%s newsgroup=%s is looked into elsewhere", mlist.list_id, mlist.linked_newsgroup)
    except Refused as refusal:
        _put_off(mlist, f"the news server has no newsgroup {mlist.linked_newsgroup}: {refusal}")
    except Exception as error:
        if is_away(error):
            raise
        log.exception("list=%s newsgroup=%s failed", mlist.list_id, mlist.linked_newsgroup)
        _put_off(mlist, repr(error))
    else:
        pause = timedelta(minutes=settings.NNTP_POLL_MINUTES) if finished else timedelta()
        NewsFeed.objects.filter(mlist=mlist).update(due_at=Now() + pause, attempts=0, polled_at=Now())


def _put_off(mlist: MailingList, why: str) -> None:
    feed = NewsFeed.objects.filter(mlist=mlist)
    attempts = feed.values_list("attempts", flat=True).first() or 1
    pause = max(retry.wait(retry.recipient_ladder(), attempts), settings.NNTP_POLL_MINUTES * 60)
    feed.update(due_at=Now() + timedelta(seconds=pause), last_error=why[:500])
    log.warning("list=%s newsgroup=%s attempt=%d: %s", mlist.list_id, mlist.linked_newsgroup, attempts, why)


def _look(session: NewsSession, target: NewsServer, mlist: MailingList, deadline: float) -> bool:
    """Fetch what is new; False where the time was up before it was through. Raises Refused, Elsewhere, NewsError."""
    group = session.group(mlist.linked_newsgroup)
    if not _knows_its_place(target, mlist, group):
        return True
    watermark = mlist.usenet_watermark
    assert watermark is not None
    for first in range(max(watermark + 1, group.low), group.high + 1, WINDOW):
        last = min(first + WINDOW - 1, group.high)
        numbers = session.numbers(mlist.linked_newsgroup, first, last)
        for reached, articles in _pieces(session, mlist, numbers):
            _keep(mlist, reached, articles)
            if stopping.time_is_up(deadline):
                return False
        _keep(mlist, last, [])
    return True


def _knows_its_place(target: NewsServer, mlist: MailingList, group: Group) -> bool:
    """Whether the watermark says what was fetched of this group; where it does not, it does from now on."""
    place = _place(target, mlist)
    known = NewsFeed.objects.filter(mlist=mlist, **place).exists()
    started_anew = mlist.usenet_watermark is not None and group.high < mlist.usenet_watermark and group.count > 0
    if known and mlist.usenet_watermark is not None and not started_anew:
        return True
    with transaction.atomic():
        _move_on(mlist, group.high)
        NewsFeed.objects.filter(mlist=mlist).update(**place)
        record("news.caught-up", list_id=mlist.list_id, subject=mlist.linked_newsgroup, number=group.high)
    log.info("list=%s newsgroup=%s: articles above %d", mlist.list_id, mlist.linked_newsgroup, group.high)
    return False


def _place(target: NewsServer | None, mlist: MailingList) -> dict[str, str]:
    return {"server": str(target or ""), "newsgroup": mlist.linked_newsgroup}


def _move_on(mlist: MailingList, number: int) -> None:
    """Move the watermark from where we know it. Raises Elsewhere."""
    if not MailingList.objects.filter(pk=mlist.pk, usenet_watermark=mlist.usenet_watermark).update(
        usenet_watermark=number
    ):
        raise Elsewhere
    mlist.usenet_watermark = number


# --- articles ---------------------------------------------------------------------------------------------------------


def _pieces(
    session: NewsSession, mlist: MailingList, numbers: list[int]
) -> Iterator[tuple[int, list[tuple[int, bytes]]]]:
    """(number up to which all was fetched, articles with their numbers), a few at a time."""
    piece: list[tuple[int, bytes]] = []
    size = 0
    for number in numbers:
        if article := _fetch(session, mlist, number):
            piece.append((number, article))
            size += len(article)
        if len(piece) >= PIECE or size >= PIECE_BYTES:
            yield number, piece
            piece, size = [], 0
    if piece:
        yield numbers[-1], piece


def _fetch(session: NewsSession, mlist: MailingList, number: int) -> bytes | None:
    try:
        return session.article(number, settings.MESSAGE_SIZE_LIMIT)
    except TooLarge as error:
        log.warning(
            "list=%s newsgroup=%s article=%d left out: %s", mlist.list_id, mlist.linked_newsgroup, number, error
        )
        return None


def _keep(mlist: MailingList, reached: int, articles: list[tuple[int, bytes]]) -> None:
    """Keep articles and move the watermark, in one transaction; one that cannot be kept holds up no other. Raises Elsewhere."""
    letters = [letter for number, article in articles if (letter := _letter(mlist, number, article)) is not None]
    before = mlist.usenet_watermark
    try:
        _commit(mlist, reached, letters)
    except Exception as error:
        mlist.usenet_watermark = before
        if isinstance(error, Elsewhere) or is_away(error) or not letters:
            raise
        if len(articles) == 1:
            log.exception("list=%s newsgroup=%s article=%d lost", mlist.list_id, mlist.linked_newsgroup, reached)
            _commit(mlist, reached, [])
            return
        for number, article in articles:
            _keep(mlist, number, [(number, article)])
        _keep(mlist, reached, [])
    if letters:
        ring_for_arrivals()


def _commit(mlist: MailingList, reached: int, letters: list[Incoming]) -> None:
    with transaction.atomic():
        if letters:
            keep(letters)
            failpoint("news.keeping")
        _move_on(mlist, reached)
        NewsFeed.objects.filter(mlist=mlist).update(due_at=Now() + CLAIM)
        failpoint("news.in-commit")
    failpoint("news.kept")


def _letter(mlist: MailingList, number: int, article: bytes) -> Incoming | None:
    """The letter to the list, with the null return path, for nobody is to be answered by mail; None where it is not for us."""
    headers = HeaderBlock.parse(split_letter(article)[0])
    if why := _unwanted(mlist, headers):
        named = about(ids.message_id(headers), mlist.list_id)
        log.info("%s newsgroup=%s article=%d left out: %s", named, mlist.linked_newsgroup, number, why)
        return None
    to = Destination(mlist.pk, mlist.list_id, Role.POST)
    return Incoming(news.letter(article, mlist.posting_address), "", (to,), (mlist.posting_address,), Origin.NEWS)


def _unwanted(mlist: MailingList, headers: HeaderBlock) -> str:
    """Why an article does not become a post; empty where it does. 2 indexed queries."""
    if mlist.list_id in news.list_ids(headers):
        return "it came from this list"
    if news.is_control(headers):
        return "it is for servers"
    message_id = ids.message_id(headers)
    if not message_id:
        return ""
    if NewsPost.objects.filter(mlist=mlist, message_id=message_id).exists():
        return "we have posted it"
    came = Arrival.objects.filter(mlist=mlist, role=Role.POST, message_id=message_id).exclude(state__in=GONE)
    return "the list has it" if came.exists() else ""
