"""Posts on their way to newsgroups. What waits was written in the commit that distributed the post.

An article is on the server once, whoever dies when: before one is posted the server is asked for its Message-ID, and one that
the server knows already is done. A letter that came by another list to another newsgroup goes on under a second Message-ID,
always the same one, for a server takes each but once.
"""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from archives.models import Post
from delivery import retry
from delivery.clock import at_once
from delivery.draft import Draft, News, Tell
from delivery.enums import NewsState
from delivery.models import NewsPost
from delivery.news.errors import NewsError, Refused
from delivery.news.server import NewsServer, posts_go_out, server
from delivery.news.session import NewsSession, is_duplicate
from delivery.services import collecting, notices
from lists.models import MailingList
from suite.common import bells, stopping
from suite.common.enums import BellKind
from suite.common.failpoints import failpoint
from suite.common.logs import about
from suite.common.patience import is_away
from suite.mail import news
from suite.mail.headers import HeaderBlock, split_letter

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=3)
"""How long an article stays with a worker that says nothing. Two at one article post it once, too."""
REFUSALS = 3
"""So often a server may say that it does not take an article; then it means it."""
THERE = "the news server has it already"


def plan(mlist: MailingList, articles: Sequence[tuple[Draft, News]], posts: Sequence[Post]) -> None:
    """Write these articles of one list down, in the caller's transaction, and ring after it. 1 statement, or 2; none for none."""
    if not articles:
        return
    letters = collecting.letters_of([(draft, intent.raw) for draft, intent in articles], posts)
    NewsPost.objects.bulk_create(
        [
            NewsPost(
                mlist=mlist,
                arrival=draft.arrival,
                newsgroup=intent.newsgroup,
                message_id=intent.message_id,
                header=intent.header,
                letter_id=letter,
                due_at=at_once(),
            )
            for (draft, intent), letter in zip(articles, letters, strict=True)
        ]
    )
    bells.ring_after_commit(BellKind.NEWS)


def withdraw(arrival_id: int) -> None:
    """The post's words are taken back: it goes to no newsgroup any more. What is there is out of our hands."""
    NewsPost.objects.filter(arrival=arrival_id).exclude(state=NewsState.POSTED).delete()


def drop(posts: "QuerySet[NewsPost]") -> int:
    """Give up those of them that are still to go: they never get into their newsgroups by us. How many it were."""
    return posts.filter(state=NewsState.WAITING).delete()[0]


def open_posts() -> "QuerySet[NewsPost]":
    return NewsPost.objects.filter(state=NewsState.WAITING)


def is_due() -> bool:
    """1 indexed query; none where there is no news server."""
    return posts_go_out() and open_posts().filter(due_at__lte=Now()).exists()


def somebody_works() -> bool:
    """Whether an article is claimed, and was not given back. 1 indexed query; none where there is no news server."""
    return posts_go_out() and open_posts().filter(due_at__gt=Now(), attempts__gt=0, reply="").exists()


def work(seconds: float = 20) -> None:
    """Post what waits, the oldest first, until none is due or the time is up. One connection, made for the first."""
    target = server()
    if target is None or not is_due():
        return
    deadline = time.monotonic() + seconds
    try:
        with NewsSession.connect(target) as session:
            while not stopping.time_is_up(deadline) and (post := _claim()):
                _attend(session, post)
    except NewsError as error:
        _wait(target, error)


def retry_now(mlist: MailingList) -> int:
    """Try again at once what waits, and what the server refused or was not there for. Returns how many articles."""
    again = NewsPost.objects.filter(mlist=mlist, letter__isnull=False).exclude(state=NewsState.POSTED)
    count = again.update(
        state=NewsState.WAITING, due_at=at_once(), created_at=timezone.now(), refusals=0, ended_at=None
    )
    bells.ring_after_commit(BellKind.NEWS)
    return count


def _claim() -> NewsPost | None:
    """The article that has waited for longest, moved out of the others' sight; None when none is due. 3 queries."""
    due = open_posts().filter(due_at__lte=Now()).order_by("due_at", "pk").values_list("pk", "due_at")
    for pk, due_at in due[:5]:
        mine = open_posts().filter(pk=pk, due_at=due_at)
        if mine.update(due_at=Now() + CLAIM, attempts=F("attempts") + 1, reply=""):
            return NewsPost.objects.select_related("mlist__domain", "letter").get(pk=pk)
    return None


def _attend(session: NewsSession, post: NewsPost) -> None:
    """Post one article and write down what became of it. Raises NewsError, and what says that the database is away."""
    try:
        message_id, reply = _hand_over(session, post)
    except NewsError as error:
        _put_off(post, str(error))
        raise
    except Refused as refusal:
        _refused(post, refusal)
    except Exception as error:
        if is_away(error):
            raise
        log.exception("%s attempt=%d failed", _named(post), post.attempts)
        _refused(post, Refused(0, repr(error)))
    else:
        failpoint("news.posted")
        _done(post, message_id, reply)


def _hand_over(session: NewsSession, post: NewsPost) -> tuple[str, str]:
    """The Message-ID under which the article is on the server now, and what the server said. Raises Refused."""
    assert post.letter is not None
    header = HeaderBlock.parse(bytes(post.header))
    body = split_letter(bytes(post.letter.raw))[1] or b"\r\n"
    refusal: Refused | None = None
    for message_id in (post.message_id, news.other_id(post.message_id, post.mlist.list_id, post.mlist.mail_host)):
        groups = session.newsgroups_of(message_id)
        if post.newsgroup in groups:
            return message_id, THERE
        if groups:
            continue
        if message_id != post.message_id:
            header.replace("Message-ID", f"<{message_id}>")
        try:
            return message_id, session.post(header.to_bytes() + body)
        except Refused as error:
            if not is_duplicate(error):
                raise
            refusal = error
        # It knows the article and does not show it. What became of an earlier try of ours is known to nobody else.
        if post.attempts > 1 or post.newsgroup in session.newsgroups_of(message_id):
            return message_id, f"{THERE}: {refusal}"
    raise refusal or Refused(435, "both Message-IDs are taken by articles in other newsgroups")


def _done(post: NewsPost, message_id: str, reply: str) -> None:
    open_posts().filter(pk=post.pk).update(
        state=NewsState.POSTED, message_id=message_id, header=b"", letter=None, reply=reply[:500], ended_at=Now()
    )
    log.info("%s status=posted article=<%s>: %s", _named(post), message_id, reply)


def _refused(post: NewsPost, refusal: Refused) -> None:
    refusals = post.refusals + 1
    if refusals >= REFUSALS:
        _give_up(post, NewsState.REFUSED, f"The news server does not take it: {refusal}", refusals)
    else:
        _put_off(post, str(refusal), refusals)


def _put_off(post: NewsPost, why: str, refusals: int | None = None) -> None:
    """Try it again later, unless that has gone on for too long."""
    if timezone.now() - post.created_at > timedelta(days=settings.DELIVERY_RETRY_DAYS):
        _give_up(post, NewsState.EXPIRED, f"It could not be posted in time: {why}", post.refusals)
        return
    pause = timedelta(seconds=retry.wait(retry.recipient_ladder(), post.attempts))
    open_posts().filter(pk=post.pk).update(
        due_at=Now() + pause, reply=why[:500], refusals=post.refusals if refusals is None else refusals
    )
    log.warning("%s attempt=%d status=deferred: %s", _named(post), post.attempts, why)


@transaction.atomic
def _give_up(post: NewsPost, state: NewsState, why: str, refusals: int) -> None:
    """The site's owner hears of it, once."""
    if not open_posts().filter(pk=post.pk).update(state=state, reply=why[:500], refusals=refusals, ended_at=Now()):
        return
    log.error("%s status=%s: %s", _named(post), state, why)
    note = Tell(
        "news-not-posted",
        settings.SITE_OWNER,
        f"A post of {post.mlist.posting_address} is not in its newsgroup",
        f"The post <{post.message_id}> was to go to {post.newsgroup}.\n\n{why}\n\n"
        f"Its members have it. `manage.py news {post.mlist.list_id} --retry` tries again.\n",
    )
    notices.tell(None, f"news:{post.pk}", note)


def _named(post: NewsPost) -> str:
    return f"{about(post.message_id, post.mlist.list_id, post.arrival_id)} newsgroup={post.newsgroup}"


def _wait(target: NewsServer, error: NewsError) -> None:
    """The server does not work: whatever is due waits with the article that found out, so that it is not asked for each."""
    log.warning("news server %s: %s", target, error)
    due = open_posts().filter(due_at__lte=Now())
    for post in due.select_related("mlist__domain").defer("header").order_by("pk").iterator(100):
        if open_posts().filter(pk=post.pk, due_at=post.due_at).update(attempts=F("attempts") + 1):
            post.attempts += 1
            _put_off(post, str(error))
