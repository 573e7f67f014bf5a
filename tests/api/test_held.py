"""Held posts: listed, read, decided about."""

import re
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from mailmanclient import Client

from accounts.models import User
from archives.enums import State
from archives.models import Arrival, Letter
from lists.enums import MemberRole
from lists.models import MailingList
from moderation.models import HeldMessage
from suite.common.models import Event
from tests.support.api import Api
from tests.support.factories import make_list, make_member
from tests.support.letters import make_letter
from tests.support.notices import Told, told
from tests.support.pages import hold
from tests.support.posting import arrive, judge_all, letter

HELD = "lists/dev.example.org/held"
JUNK = ["0", "-1", "1e3", "x", "9" * 30, "9" * 10_000, "%00", "%ED%A0%80", "count/x"]


def hold_many(mlist: MailingList, number: int) -> None:
    """So many posts that wait, without judging them."""
    letters = Letter.objects.bulk_create(
        [
            Letter(sha256=f"{index:064x}", raw=f"Subject: {index}\r\n\r\nText\r\n".encode(), size=20)
            for index in range(number)
        ]
    )
    arrivals = Arrival.objects.bulk_create(
        [Arrival(mlist=mlist, letter=letter, recipient=mlist.posting_address, state=State.HELD) for letter in letters]
    )
    HeldMessage.objects.bulk_create([HeldMessage(arrival=arrival, mlist=mlist) for arrival in arrivals])


@pytest.mark.feature("api.held")
def test_an_entry(api: Api, dev: MailingList) -> None:
    raw = make_letter("Dora <dora@example.com>", "=?utf-8?q?Caf=C3=A9?=")
    held = hold(dev, raw)
    Arrival.objects.update(message_id="one@example.com")  # as the door notes it

    answer = api.get(f"{HELD}/{held.pk}")

    assert answer.pop("rule_misses")[:3] == ["dmarc-mitigation", "no-senders", "approved"]
    assert answer.pop("http_etag")
    assert answer == {
        "request_id": held.pk,
        "listid": "dev.example.org",
        "hold_date": held.held_at.replace(tzinfo=None).isoformat(),
        "message_id": "<one@example.com>",
        "sender": "dora@example.com",
        "subject": "Café",
        "original_subject": "=?utf-8?q?Caf=C3=A9?=",
        "reason": "The sender dora@example.com is not a member, and the list's action for nonmembers is hold.",
        "rule_hits": ["nonmember-moderation"],
        "moderation_sender": "dora@example.com",
        "moderation_reasons": [
            "The sender dora@example.com is not a member, and the list's action for nonmembers is hold."
        ],
        "member_moderation_action": "hold",
        "envsender": "dora@example.com",
        "original_size": len(raw),
        "lang": "en",
        "version": 3,
        "msg": raw.decode(),
        "self_link": f"http://127.0.0.1:8000/api/3.1/{HELD}/{held.pk}",
    }
    assert api.get(answer["self_link"])["msg"] == answer["msg"]
    assert api.get(f"lists/DEV@Example.org/held/{held.pk}")["subject"] == "Café"


@pytest.mark.feature("api.held")
def test_bytes_that_are_no_text_come_through(api: Api, dev: MailingList) -> None:
    raw = make_letter("Dora <dora@example.com>", "Coffee") + bytes(range(256))
    held = hold(dev, raw)
    assert api.get(f"{HELD}/{held.pk}")["msg"].encode("latin-1") == raw


@pytest.mark.feature("api.held")
def test_the_collection_and_its_count(api: Api, dev: MailingList) -> None:
    other = hold(make_list("other"))
    first, second = (hold(dev, make_letter("Dora <dora@example.com>", subject)) for subject in ("Tea", "Coffee"))

    answer = api.get(HELD)

    assert [entry["request_id"] for entry in answer["entries"]] == [first.pk, second.pk]
    assert api.get(f"{HELD}/count")["count"] == answer["total_size"] == 2
    assert api.call("GET", f"{HELD}/{other.pk}").status_code == 404
    assert "entries" not in api.get("lists/dev.example.org/held", count=5, page=2)


@pytest.mark.feature("api.held")
def test_a_page_of_fifty_loads_the_bodies_of_fifty(api: Api, dev: MailingList) -> None:
    hold_many(dev, 60)
    with CaptureQueriesContext(connection) as few:
        assert len(api.get(HELD, count=50, page=1)["entries"]) == 50
    HeldMessage.objects.all().delete()
    Arrival.objects.all().delete()
    Letter.objects.all().delete()
    hold_many(dev, 10_000)

    with CaptureQueriesContext(connection) as many:
        answer = api.get(HELD, count=50, page=101)

    assert [entry["subject"] for entry in answer["entries"]] == [""] * 50
    assert [entry["original_subject"] for entry in answer["entries"]] == [str(index) for index in range(5000, 5050)]
    assert (len(few), len(many)) == (5, 5)  # the brake, the list, the count, the page, its letters
    [letters] = [query["sql"] for query in many if '"archives_letter"."raw"' in query["sql"]]
    wanted = re.findall(r"\b\d+\b", letters.partition("WHERE")[2])
    assert len(set(wanted)) == 50


@pytest.mark.feature("api.held")
@pytest.mark.parametrize(
    ("form", "state", "mails"),
    [
        ({"action": "accept"}, State.ACCEPTED, []),
        ({"action": "reject", "comment": "Not here."}, State.REJECTED, ["rejected"]),
        ({"action": "discard"}, State.DISCARDED, []),
        ({"action": "defer"}, State.HELD, []),
        ({"action": "hold"}, State.HELD, []),
        (
            {"action": "Discard", "forward": ["eve@example.com", "zoe@example.com"]},
            State.DISCARDED,
            ["held-forwarded"] * 2,
        ),
    ],
    ids=lambda value: value["action"] if isinstance(value, dict) else None,
)
def test_what_a_moderator_can_say(
    api: Api, dev: MailingList, outbox: None, form: dict[str, Any], state: State, mails: list[str]
) -> None:
    held = hold(dev)

    assert api.call("POST", f"{HELD}/{held.pk}", form).status_code == 204

    held.refresh_from_db()
    assert Arrival.objects.get().state == state
    assert [mail.kind for mail in told()] == mails
    if state == State.HELD:
        assert api.get(f"{HELD}/{held.pk}")["request_id"] == held.pk
        return
    assert held.comment == form.get("comment", "")
    assert list(Event.objects.filter(kind=f"held.{state}").values_list("actor", flat=True)) == ["api"]
    assert api.error("POST", f"{HELD}/{held.pk}", form) == (404, "")  # only once
    assert api.call("GET", f"{HELD}/{held.pk}").status_code == 404
    assert "entries" not in api.get(HELD)


def test_reject_tells_the_sender_why_and_forward_encloses_the_post(api: Api, dev: MailingList, outbox: None) -> None:
    held = hold(dev)
    api.post(f"{HELD}/{held.pk}", action="reject", comment="Not here.", forward="eve@example.com")
    forwarded, rejected = told("held-forwarded", "rejected")
    assert (forwarded.recipient, rejected.recipient) == ("eve@example.com", "dora@example.com")
    assert "Not here." in rejected.text
    [enclosed] = [part for part in forwarded.msg.walk() if part.get_content_type() == "message/rfc822"]
    assert enclosed.get_content()["Subject"] == "Coffee"


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize(
    ("form", "description"),
    [
        ({}, "Missing Parameter: action"),
        ({"action": "burn"}, 'Invalid Parameter "action": Accepted Values are: hold, reject, discard, accept, defer.'),
        ({"action": "accept", "why": "1"}, "Unexpected parameters: why"),
        ({"action": "accept", "forward": "nobody"}, "Invalid email address: nobody"),
    ],
)
def test_what_is_wrong_decides_nothing(api: Api, dev: MailingList, form: dict[str, str], description: str) -> None:
    held = hold(dev)
    assert api.error("POST", f"{HELD}/{held.pk}", form) == (400, description)
    held.refresh_from_db()
    assert held.decision == ""


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: junk[:12])
def test_no_such_post(api: Api, dev: MailingList, junk: str) -> None:
    assert api.call("GET", f"{HELD}/{junk}").status_code == 404
    assert api.call("POST", f"{HELD}/{junk}", {"action": "accept"}).status_code == 404
    assert api.call("GET", f"lists/{junk}/held").status_code == 404


MISSES = [
    *(
        "dmarc-mitigation",
        "no-senders",
        "approved",
        "loop",
        "banned-address",
        "header-checks",
        "header-match",
        "clamav",
    ),
    *("spamassassin", "rspamd", "emergency", "flood", "sender-limit", "member-moderation", "nonmember-moderation"),
    *(
        "probation-limits",
        "probation",
        "administrivia",
        "implicit-dest",
        "max-recipients",
        "news-moderation",
        "digests",
    ),
    "suspicious-header",
]


@pytest.mark.feature("core.rule.hits-and-reasons")
@pytest.mark.django_db(transaction=True)
def test_what_was_found_is_recorded_and_its_reasons_are_told_everywhere(
    api: Api, dev: MailingList, cris: User, outbox: None
) -> None:
    """Bart, who reads French, sends 60 KB without a subject; Cris, who reads German, moderates."""
    make_member(dev, "bart@example.com", preferred_language="fr")
    dev.memberships.filter(role=MemberRole.MODERATOR).update(preferred_language="de")
    dev.max_message_size = 40
    dev.save()
    raw = letter(subject="", body="Tea. " * 12_000)

    [arrival] = arrive(raw)
    judge_all()

    arrival.refresh_from_db()
    reasons = ["The message has 59 KB; the list's limit is 40 KB.", "The message has no subject."]
    assert (arrival.verdict["hits"], arrival.verdict["misses"]) == (["max-size", "no-subject"], MISSES)
    assert arrival.verdict["reasons"] == reasons
    to_bart, to_cris = told("held"), told("post-waiting")
    assert [(mail.recipient, _listed(mail)) for mail in (*to_bart, *to_cris)] == [
        (
            "bart@example.com",
            [
                "Votre message fait 59 Ko, pièces jointes comprises ; cette liste accepte 40 Ko.",
                "Votre message n'a pas d'objet.",
            ],
        ),
        (
            "cris@example.com",
            [
                "Die Nachricht hat 59 KB; die Grenze der Liste ist 40 KB.",
                "Die Nachricht hat keinen Betreff.",
            ],
        ),
    ]
    [entry] = api.get(HELD)["entries"]
    assert (entry["rule_hits"], entry["rule_misses"]) == (["max-size", "no-subject"], MISSES)
    assert (entry["moderation_sender"], entry["moderation_reasons"]) == ("bart@example.com", reasons)
    assert entry["reason"] == "; ".join(reasons)
    assert "member_moderation_action" not in entry


def _listed(mail: Told) -> list[str]:
    """The items of the mail's one list, each on one line."""
    text = re.sub(r"\n {6}(?=\S)", " ", mail.text.replace("\r\n", "\n"))
    return re.findall(r"^ +- (.*)$", text, re.MULTILINE)


@pytest.mark.feature("api.held")
def test_mailmanclient_moderates(client: Client) -> None:
    dev = make_list("dev")
    posts = [hold(dev, make_letter("Dora <dora@example.com>", subject)) for subject in ("Tea", "Coffee", "Milk")]
    held = client.get_list("dev@example.org")

    assert held.get_held_count() == 3
    assert [(post.subject, post.sender) for post in held.held] == [
        ("Tea", "dora@example.com"),
        ("Coffee", "dora@example.com"),
        ("Milk", "dora@example.com"),
    ]
    assert [post.request_id for post in held.get_held_page(count=2, page=2)] == [posts[2].pk]
    found = held.get_held_message(posts[0].pk)
    assert message_from_bytes(found.msg.encode("latin-1"), policy=policy.default)["Subject"] == "Tea"
    found.accept()
    held.held[0].reject("No coffee.")
    held.held[0].discard()

    assert held.held == []
    assert list(HeldMessage.objects.order_by("pk").values_list("decision", "comment")) == [
        ("accepted", ""),
        ("rejected", "No coffee."),
        ("discarded", ""),
    ]
