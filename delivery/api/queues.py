"""/queues: how much waits where, and single things of it. A file is a row of the database, its name the row's number."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from archives.enums import Origin
from archives.models import Arrival, Letter
from archives.services.injecting import inject
from delivery.services.queues import QUEUES, Queue, Row, again
from lists.api.finding import list_of
from suite.common.errors import SuiteError
from suite.common.rest.authentication import ACTOR
from suite.common.rest.errors import BadRequest, NotFound
from suite.common.rest.parameters import Parameter, page_of, read
from suite.common.rest.values import text
from suite.common.rest.views import Answer, Resource

MOST = 1000
"""Files that are named where no page is asked for; `count` counts all."""
INJECTION = {"list_id": Parameter(text, required=True), "text": Parameter(text, required=True)}
ACTION = {"action": Parameter(text, required=True)}
COLUMNS = (
    *("role", "recipient", "sender", "message_id", "state", "state_at", "received_at", "made_at", "created_at"),
    *(
        "closed_at",
        "due_at",
        "attempts",
        "reason",
        "archiver",
        "newsgroup",
        "volume",
        "number",
        "size",
        "done",
        "last_error",
    ),
)
"""What an entry tells of its row, as far as that kind of row has it."""


class Repeated(SuiteError):
    """The very letter has come to this list before."""

    code, http_status = "repeated", 409


class QueueResource(Resource):
    """What the resources about queues share."""

    def queue(self) -> Queue:
        """The one that the path names. Raises NotFound."""
        try:
            return QUEUES[self.kwargs["name"]]
        except KeyError:
            raise NotFound("") from None

    def describe(self, name: str, start: int = 0, most: int = MOST) -> Answer:
        """Two queries, one where nothing waits. There is no directory: what waits is in the database."""
        rows = QUEUES[name].rows().order_by("pk")
        count = rows.count()
        # What starts behind the last may be larger than any number that a database knows.
        files = rows.values_list("pk", flat=True)[start : start + most] if start < count else ()
        return {
            "name": name,
            "directory": "",
            "count": count,
            "files": [str(pk) for pk in files],
            "self_link": self.link("queue", name),
        }


class Queues(QueueResource):
    def get(self, request: Request, version: str) -> Response:
        read(request, {}, paged=True)
        return self.collection(list(QUEUES), self.describe)


class OneQueue(QueueResource):
    def get(self, request: Request, version: str, name: str) -> Response:
        """With `count` and `page` these of its files."""
        self.queue()
        read(request, {}, paged=True)
        page = page_of(request)
        return self.found(self.describe(name, page.start, MOST if page.count is None else page.count))

    def post(self, request: Request, version: str, name: str) -> Response:
        """Put a letter in. No transaction around it: who is called to judge it must find it."""
        suffix = self.queue().suffix
        values = read(request, INJECTION)
        if suffix is None:
            raise BadRequest(f"Nothing can be put into this queue: {name}")
        try:
            mlist = list_of(values["list_id"])
        except NotFound:
            raise BadRequest(f"No such list: {values['list_id']}") from None
        recipient = f"{mlist.list_name}{suffix}@{mlist.mail_host}"
        [kept] = inject(values["text"].encode(), [recipient], origin=Origin.API)
        if kept.refused:
            raise BadRequest(kept.refused)
        if kept.repeat:
            raise Repeated("This message has come to the list already")
        return self.created(self.link("queued", name, kept.arrival_id))


class Waiting(QueueResource):
    def get(self, request: Request, version: str, name: str, number: int) -> Response:
        """An addition of ours. `msg` is the letter as it came, a character for each byte."""
        row = self._row()
        read(request, {})
        answer: Answer = {"name": name, "filebase": str(row.pk), "list_id": row.mlist.list_id if row.mlist else None}
        answer |= {column: getattr(row, column) for column in COLUMNS if hasattr(row, column)}
        if isinstance(row, Arrival):
            raw = bytes(Letter.objects.get(pk=row.letter_id).raw)
            answer |= {"traceback": row.traceback, "size": len(raw), "msg": raw.decode("latin-1")}
        known = {key: value for key, value in answer.items() if value is not None}
        return self.found(known, self_link=self.link("queued", name, row.pk))

    def post(self, request: Request, version: str, name: str, number: int) -> Response:
        """An addition of ours: `action=requeue` begins again with what was preserved or shunted."""
        row = self._row()
        if read(request, ACTION)["action"].lower() != "requeue":
            raise BadRequest('Invalid Parameter "action": Accepted Values are: requeue.')
        if not again(row, by=ACTOR):
            raise BadRequest(f"Nothing of this queue can be requeued: {name}")
        return self.done()

    def delete(self, request: Request, version: str, name: str, number: int) -> Response:
        """It is worked on no more, and nothing brings it back."""
        self.queue().remove(self._row(), ACTOR)
        return self.done()

    def _row(self) -> Row:
        number = self.kwargs["number"]
        row: Any = self.queue().rows().filter(pk=number).first() if number < 2**63 else None
        if row is None:
            raise NotFound("")
        found: Row = row
        return found
