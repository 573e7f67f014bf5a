"""What waits, by Mailman's names: counted, put in, read, begun again, removed."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from mailmanclient import Client

from accounts.enums import DeliveryMode
from archives.enums import Origin, Role, State
from archives.models import Arrival, Letter
from delivery.models import ArchiverCopy, Batch, DigestIssue, NewsPost, Outcome
from delivery.services import invariants, issues
from delivery.services.queues import QUEUES
from lists.enums import Action, FilterAction
from lists.models import MailingList
from lists.services.mailing_lists import change_settings
from suite.common.enums import BellKind
from suite.common.models import Bell, Event
from tests.delivery.news.exchanging import site_with_news
from tests.support.api import Api
from tests.support.archiving import archivers
from tests.support.factories import make_list, make_member
from tests.support.letters import make_arrival
from tests.support.newsd import News
from tests.support.outgoing import people, put, relay, send_all
from tests.support.posting import arrive, judge_all, letter

NAMES = ["archive", "bad", "bounces", "command", "digest", "in", "nntp", "out", "pipeline", "retry", "shunt", "virgin"]
TEXT = "From: Bart <bart@example.com>\nTo: dev@example.org\nSubject: Tea\nMessage-ID: <tea@example.com>\n\nWho makes the tea?\n"

on_the_database = pytest.mark.django_db(transaction=True)


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.mark.feature("api.queues")
def test_every_queue_of_mailmans_is_there(api: Api, dev: MailingList) -> None:
    first, second = make_arrival(dev), make_arrival(dev)

    answer = api.get("queues")

    assert [entry["name"] for entry in answer["entries"]] == sorted(QUEUES) == NAMES
    counted = {entry["name"]: (entry["count"], entry["files"]) for entry in answer["entries"]}
    assert counted == {name: (0, []) for name in NAMES} | {"in": (2, [str(first.pk), str(second.pk)])}
    found = api.get("queues/in")
    assert found.pop("http_etag")
    assert found == {
        "name": "in",
        "directory": "",
        "count": 2,
        "files": [str(first.pk), str(second.pk)],
        "self_link": "http://127.0.0.1:8000/api/3.1/queues/in",
    }
    assert api.get("queues/in", count=1, page=2)["files"] == [str(second.pk)]
    assert api.get("queues/in", count=10**17, page=10**17)["files"] == []


def test_it_costs_the_same_however_much_waits_and_loads_no_letter(api: Api, dev: MailingList) -> None:
    def queries(number: int) -> list[str]:
        for _ in range(number):
            make_arrival(dev)
        with CaptureQueriesContext(connection) as captured:
            api.get("queues")
        return [query["sql"] for query in captured]

    assert (len(queries(1)), len(queries(20))) == (14, 14)
    assert not [sql for sql in queries(1) if "raw" in sql or '"recipients"' in sql]


def _outgoing(mlist: MailingList, **plan: Any) -> Batch:
    [batch] = put(mlist, people(2), **plan)
    return batch


def _deferred(mlist: MailingList) -> Batch:
    batch = _outgoing(mlist)
    with relay(refuse={"^member0": "450 4.2.1 later"}):
        send_all()
    return batch


def _archived(mlist: MailingList) -> ArchiverCopy:
    arrive(letter())
    judge_all()
    return ArchiverCopy.objects.get()


def _collected(mlist: MailingList) -> Any:
    arrive(letter())
    judge_all()
    [issue] = issues.close(mlist)
    return issue


def _to_the_group(mlist: MailingList) -> NewsPost:
    arrive(letter())
    judge_all()
    return NewsPost.objects.get()


def _in_state(state: State, role: Role = Role.POST) -> Callable[[MailingList], Arrival]:
    return lambda mlist: make_arrival(mlist, state=state, role=role)


FILLED: dict[str, Callable[[MailingList], Any]] = {
    "archive": _archived,
    "bad": _in_state(State.PARKED),
    "bounces": _in_state(State.RECEIVED, Role.BOUNCES),
    "command": _in_state(State.RECEIVED, Role.JOIN),
    "digest": _collected,
    "in": _in_state(State.RECEIVED, Role.OWNER),
    "nntp": _to_the_group,
    "out": _outgoing,
    "pipeline": _in_state(State.ACCEPTED),
    "retry": _deferred,
    "shunt": _in_state(State.SHUNTED),
    "virgin": lambda mlist: _outgoing(mlist, urgency=0),
}


@pytest.fixture
def site(tmp_path: Path, db: None) -> Iterator[News]:
    """A site that has an archiver and a news server, with dev@example.org, which uses both and takes everybody's posts."""
    with archivers(tmp_path, "prototype"), site_with_news() as newsd:
        mlist = make_list(
            "dev",
            archivers=["prototype"],
            gateway_to_news=True,
            linked_newsgroup="misc.test",
            default_nonmember_action=Action.ACCEPT,
        )
        make_member(mlist, "bart@example.com", delivery_mode=DeliveryMode.MIME_DIGESTS)
        yield newsd


@pytest.mark.feature("api.queues")
@on_the_database
@pytest.mark.parametrize("name", NAMES)
def test_what_is_removed_is_gone_for_good(api: Api, site: News, tmp_path: Path, name: str) -> None:
    """Whatever works afterwards sends, files and posts nothing of it."""
    row = FILLED[name](MailingList.objects.get())
    ArchiverCopy.objects.exclude(pk=row.pk if name == "archive" else 0).delete()
    NewsPost.objects.exclude(pk=row.pk if name == "nntp" else 0).delete()
    assert api.get(f"queues/{name}")["files"] == [str(row.pk)]
    assert api.get(f"queues/{name}/{row.pk}")["list_id"] == "dev.example.org"

    assert api.delete(f"queues/{name}/{row.pk}").status_code == 204

    assert api.get(f"queues/{name}")["count"] == 0
    assert api.call("DELETE", f"queues/{name}/{row.pk}").status_code == 404
    past = timezone.now() - timedelta(seconds=1)
    for model in (Batch, Outcome, DigestIssue, NewsPost, ArchiverCopy):
        model._default_manager.filter(due_at__isnull=False).update(due_at=past)
    with relay() as server:
        call_command("drain")
    filed = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert (server.deliveries, site.posted, filed) == ([], [], [])
    assert invariants.complaints() == []


@pytest.mark.feature("api.queues")
@on_the_database
def test_a_letter_that_is_put_in_is_delivered(api: Api, dev: MailingList) -> None:
    make_member(dev, "bart@example.com")
    make_member(dev, "cris@example.com")

    made = api.post("queues/in", list_id="dev.example.org", text=TEXT)

    arrival = Arrival.objects.select_related("letter").get()
    assert (made.status_code, made["Location"]) == (201, f"http://127.0.0.1:8000/api/3.1/queues/in/{arrival.pk}")
    assert api.get(made["Location"])["msg"] == TEXT.replace("\n", "\r\n")
    assert (arrival.origin, arrival.sender, arrival.recipient) == (Origin.API, "bart@example.com", "dev@example.org")
    assert Bell.objects.get(kind=BellKind.JUDGE).rung
    with relay() as server:
        judge_all()
        send_all()
    assert sorted(one.recipient for one in server.deliveries) == ["bart@example.com", "cris@example.com"]
    assert api.call("GET", made["Location"]).status_code == 404  # it is not there any more
    assert api.error("POST", "queues/in", {"list_id": "dev@example.org", "text": TEXT})[0] == 409


@on_the_database
def test_a_command_is_put_in(api: Api, dev: MailingList) -> None:
    api.post("queues/command", list_id="dev.example.org", text=TEXT.replace("Tea", "help"))
    api.post("queues/bounces", list_id="dev.example.org", text=TEXT)
    assert sorted(Arrival.objects.values_list("role", "recipient")) == [
        ("bounces", "dev-bounces@example.org"),
        ("request", "dev-request@example.org"),
    ]


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize(
    ("name", "form", "status", "description"),
    [
        ("in", {}, 400, "Missing Parameter: list_id, text"),
        ("in", {"list_id": "none.example.org", "text": TEXT}, 400, "No such list: none.example.org"),
        ("in", {"list_id": "dev.example.org", "text": " \n"}, 400, "There is no letter."),
        (
            "in",
            {"list_id": "dev.example.org", "text": "x" * 2000},
            413,
            "The letter has 2000 bytes; the site takes 1000.",
        ),
        ("bad", {"list_id": "dev.example.org", "text": TEXT}, 400, "Nothing can be put into this queue: bad"),
        ("none", {"list_id": "dev.example.org", "text": TEXT}, 404, ""),
    ],
    ids=["missing", "list", "empty", "large", "queue", "no queue"],
)
def test_what_cannot_be_put_in(
    api: Api, dev: MailingList, settings: Any, name: str, form: dict[str, str], status: int, description: str
) -> None:
    settings.MESSAGE_SIZE_LIMIT = 1000
    assert api.error("POST", f"queues/{name}", form) == (status, description)
    assert not Letter.objects.exists()


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize(
    "junk", ["0", "-1", "x", "9" * 30, "9" * 10_000, "%00", "%ED%A0%80"], ids=lambda junk: junk[:12]
)
def test_no_such_thing(api: Api, dev: MailingList, junk: str) -> None:
    for verb in ("GET", "POST", "DELETE"):
        assert api.call(verb, f"queues/in/{junk}", {"action": "requeue"} if verb == "POST" else {}).status_code == 404
    assert api.call("GET", f"queues/{junk}").status_code == 404


@pytest.mark.feature("core.runner.bad")
@on_the_database
def test_what_a_filter_preserved_is_in_the_bad_queue(api: Api, dev: MailingList, settings: Any) -> None:
    """Read, begun again or removed, one by one, by scripts and on the command line."""
    settings.PRESERVE_FILTERED = True
    change_settings(dev, filter_content=True, filter_types=["image"], filter_action=FilterAction.PRESERVE)
    make_member(dev, "bart@example.com")
    pictures = [letter(subject=str(each), content_type="image/png", body="\u0100 no picture\n") for each in range(4)]
    first, second, third, fourth = (arrive(picture)[0] for picture in pictures)
    judge_all()

    listed = said("queue", "parked")
    assert listed.count("Preserved by content filtering") == 4
    files = api.get("queues/bad")["files"]
    assert files == [str(arrival.pk) for arrival in (first, second, third, fourth)]
    entries = [api.get(f"queues/bad/{name}") for name in files]
    assert [entry["msg"].encode("latin-1") for entry in entries] == pictures
    assert entries[0]["reason"].startswith("Preserved by content filtering: ")
    assert "no picture" in said("show", files[2])

    change_settings(dev, filter_content=False)
    assert api.post(f"queues/bad/{first.pk}", action="requeue").status_code == 204
    assert api.delete(f"queues/bad/{second.pk}").status_code == 204
    said("retry", str(third.pk))
    said("discard", str(fourth.pk))

    assert api.get("queues/bad")["count"] == 0
    with relay() as server:
        judge_all()
        send_all()
    assert [one.recipient for one in server.deliveries] == ["bart@example.com"] * 2
    assert dict(Arrival.objects.values_list("pk", "state")) == {
        first.pk: State.DISTRIBUTED,
        second.pk: State.DISCARDED,
        third.pk: State.DISTRIBUTED,
        fourth.pk: State.DISCARDED,
    }
    deeds = Event.objects.filter(kind__startswith="arrival.").order_by("pk").values_list("kind", "actor")
    assert list(deeds)[:2] == [("arrival.retried", "api"), ("arrival.discarded", "api")]


def test_what_is_worked_on_anyway_is_not_requeued(api: Api, dev: MailingList) -> None:
    arrival = make_arrival(dev, state=State.SHUNTED, reason="RuntimeError('no luck')", traceback="Traceback")
    found = api.get(f"queues/shunt/{arrival.pk}")
    assert (found["reason"], found["traceback"], found["state"]) == ("RuntimeError('no luck')", "Traceback", "shunted")

    assert api.error("POST", f"queues/shunt/{arrival.pk}", {"action": "burn"})[0] == 400
    assert api.post(f"queues/shunt/{arrival.pk}", action="requeue").status_code == 204
    refused = api.error("POST", f"queues/in/{arrival.pk}", {"action": "requeue"})
    assert refused == (400, "Nothing of this queue can be requeued: in")


@pytest.mark.feature("api.queues")
def test_mailmanclient_puts_in_what_is_delivered(client: Client) -> None:
    make_member(make_list("dev"), "bart@example.com")

    assert sorted(client.queues) == NAMES
    client.queues["in"].inject("dev.example.org", TEXT)
    assert client.queues["in"].files == [str(Arrival.objects.get().pk)]
    with relay() as server:
        judge_all()
        send_all()

    assert [one.recipient for one in server.deliveries] == ["bart@example.com"]
    assert client.queues["in"].files == []
