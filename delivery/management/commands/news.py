"""manage.py news: lists that are joined to newsgroups; look now, catch up, try again."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Count, Q

from delivery.enums import NewsState
from delivery.management.printing import OperatorCommand
from delivery.models import NewsFeed, NewsPost
from delivery.news import polling, posting
from delivery.news.server import server
from lists.management.named import list_named
from lists.models import MailingList
from suite.common.commands import plain_errors

ACTOR = "manage.py news"
COLUMNS = ("list", "newsgroup", "to_news", "to_mail", "watermark", "polled", "waiting", "posted", "failed", "trouble")


class Command(OperatorCommand):
    help = "Show how lists and newsgroups are joined and how far they are; with options, move them on."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "lists", nargs="*", metavar="LIST", help="These lists only; all that are joined without any."
        )
        parser.add_argument("--poll", action="store_true", help="Look into the newsgroups and post what waits, now.")
        parser.add_argument("--retry", action="store_true", help="Post what the server refused or was not there for.")
        begin = parser.add_mutually_exclusive_group()
        begin.add_argument("--watermark", type=int, metavar="NUMBER", help="Fetch the articles above this number next.")
        begin.add_argument("--catch-up", action="store_true", help="Fetch none of what is there now.")

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            mlists = [list_named(name) for name in options["lists"]]
        _check(mlists, options)
        for mlist in mlists:
            if options["watermark"] is not None:
                polling.set_watermark(mlist, options["watermark"], actor=ACTOR)
            if options["catch_up"]:
                polling.catch_up(mlist, actor=ACTOR)
            if options["retry"]:
                posting.retry_now(mlist)
        if options["poll"]:
            polling.poll_now(mlists or list(polling.joined()))
            posting.work()
            polling.work()
        rows = [_standing(mlist) for mlist in _shown(mlists)]
        if options["json"]:
            self.print_json(rows)
        elif rows:
            self.print_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])


def _check(mlists: list[MailingList], options: dict[str, Any]) -> None:
    """Raises CommandError for a wish that cannot be met."""
    if (options["poll"] or options["watermark"] is not None) and server() is None:
        raise CommandError("There is no news server: POSTHOUSE_NNTP_URL is empty.")
    if not mlists and (options["catch_up"] or options["retry"] or options["watermark"] is not None):
        raise CommandError("Name the lists.")
    if options["watermark"] is not None and options["watermark"] < 0:
        raise CommandError("A watermark is the number of an article, or 0.")
    if (options["watermark"] is not None or options["catch_up"]) and (
        bare := [mlist for mlist in mlists if not mlist.linked_newsgroup]
    ):
        raise CommandError(f"{bare[0].list_id} is joined to no newsgroup.")


def _shown(mlists: list[MailingList]) -> list[MailingList]:
    """Those named, read again; else all that have a newsgroup."""
    rows = MailingList.objects.select_related("domain").order_by("list_id")
    return list(rows.filter(pk__in=[mlist.pk for mlist in mlists]) if mlists else rows.exclude(linked_newsgroup=""))


def _standing(mlist: MailingList) -> dict[str, Any]:
    feed = NewsFeed.objects.filter(mlist=mlist).first()
    counts = NewsPost.objects.filter(mlist=mlist).aggregate(
        waiting=Count("pk", filter=Q(state=NewsState.WAITING)),
        posted=Count("pk", filter=Q(state=NewsState.POSTED)),
        failed=Count("pk", filter=Q(state__in=(NewsState.REFUSED, NewsState.EXPIRED))),
    )
    troubled = NewsPost.objects.filter(mlist=mlist).exclude(state=NewsState.POSTED).exclude(reply="")
    return {
        "list": mlist.list_id,
        "newsgroup": mlist.linked_newsgroup,
        "to_news": mlist.gateway_to_news,
        "to_mail": mlist.gateway_to_mail,
        "watermark": mlist.usenet_watermark,
        "polled": feed.polled_at if feed else None,
        **counts,
        "trouble": (feed.last_error if feed else "")
        or troubled.order_by("-pk").values_list("reply", flat=True).first()
        or "",
    }
