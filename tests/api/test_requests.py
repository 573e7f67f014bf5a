"""Wishes to join and to leave that wait: listed, counted, decided about."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from mailmanclient import Client

from accounts.services.addresses import add_address, set_preferred
from lists.enums import MemberRole, SubscriptionPolicy
from lists.models import MailingList, Membership, Pending
from lists.services.joining import join
from lists.services.leaving import leave
from suite.common.models import Event
from tests.support.api import Api
from tests.support.factories import make_list, make_member, make_user
from tests.support.notices import told

REQUESTS = "lists/dev.example.org/requests"


@pytest.fixture
def dev(db: None, settings: Any) -> MailingList:
    settings.EMAIL_BACKEND = "delivery.mail_backend.OutboxBackend"
    return make_list(
        "dev",
        subscription_policy=SubscriptionPolicy.CONFIRM_THEN_MODERATE,
        unsubscription_policy=SubscriptionPolicy.MODERATE,
    )


def wish(mlist: MailingList, email: str = "dora@example.com", **words: Any) -> str:
    """The token of a wish to join that waits for the moderator."""
    return join(mlist, email, **{"pre_verified": True, "pre_confirmed": True} | words).token


def members() -> list[str]:
    rows = Membership.objects.filter(role=MemberRole.MEMBER).order_by("pk")
    return [str(row.subscriber_address) for row in rows]


@pytest.mark.feature("api.requests")
def test_an_entry(api: Api, dev: MailingList) -> None:
    token = wish(dev, display_name="Dora Drake")
    row = Pending.objects.get()

    answer = api.get(f"{REQUESTS}/{row.fingerprint}")

    assert answer.pop("http_etag")
    assert answer == {
        "token": row.fingerprint,
        "token_owner": "moderator",
        "type": "subscription",
        "list_id": "dev.example.org",
        "email": "dora@example.com",
        "display_name": "Dora Drake",
        "when": row.created_at.replace(tzinfo=None).isoformat(),
        "self_link": f"http://127.0.0.1:8000/api/3.1/{REQUESTS}/{row.fingerprint}",
    }
    assert api.get(f"{REQUESTS}/{token}")["email"] == "dora@example.com"  # what POST /members answered with
    assert api.get(f"lists/dev@example.org/requests/{token.upper()}")["email"] == "dora@example.com"


@pytest.mark.feature("api.requests")
def test_filters_count_and_pages(api: Api, dev: MailingList) -> None:
    make_member(dev, "bart@example.com")
    leave(dev, "bart@example.com")
    wish(dev, "dora@example.com")
    wish(dev, "eve@example.com", pre_confirmed=False)
    wish(dev, "zoe@example.com")
    wish(make_list("other", subscription_policy=SubscriptionPolicy.MODERATE), "far@example.com")

    def found(**query: Any) -> list[str]:
        return [entry["email"] for entry in api.get(REQUESTS, **query).get("entries", [])]

    everybody = ["dora@example.com", "eve@example.com", "zoe@example.com"]
    assert found() == found(request_type="subscription") == everybody
    assert found(request_type="unsubscription") == ["bart@example.com"]
    assert found(token_owner="moderator") == ["dora@example.com", "zoe@example.com"]
    assert found(token_owner="subscriber", request_type="Subscription") == ["eve@example.com"]
    assert found(token_owner="no_one") == []
    assert found(count=2, page=2) == ["zoe@example.com"]
    counts = [
        api.get(f"{REQUESTS}/count", **query)["count"]
        for query in ({}, {"token_owner": "moderator"}, {"request_type": "unsubscription"})
    ]
    assert counts == [3, 2, 1]


def test_a_page_costs_the_same_however_many_wait(api: Api, dev: MailingList) -> None:
    def queries(people: int) -> int:
        for number in range(people):
            wish(dev, f"guest{number}@example.com")
        with CaptureQueriesContext(connection) as captured:
            assert len(api.get(REQUESTS, count=5, page=1)["entries"]) == min(people, 5)
        Pending.objects.all().delete()
        return len(captured)

    assert (queries(1), queries(12)) == (4, 4)  # the brake, the list, the count, the page


@pytest.mark.feature("api.requests")
@pytest.mark.parametrize(
    ("form", "joined", "mails", "event"),
    [
        ({"action": "accept"}, ["dora@example.com"], ["welcome"], "accepted"),
        ({"action": "reject", "reason": "Not yet."}, [], ["request-refused"], "rejected"),
        ({"action": "Discard"}, [], [], "discarded"),
    ],
    ids=["accept", "reject", "discard"],
)
def test_what_a_moderator_can_say(
    api: Api, dev: MailingList, form: dict[str, str], joined: list[str], mails: list[str], event: str
) -> None:
    place = f"{REQUESTS}/{wish(dev)}"

    assert api.call("POST", place, form).status_code == 204

    assert members() == joined
    assert [mail.kind for mail in told() if mail.recipient == "dora@example.com"] == mails
    assert all(form.get("reason", "") in mail.text for mail in told(*mails))
    assert Event.objects.get(kind=f"subscription.{event}").actor == "api"
    assert api.call("POST", place, form).status_code == 404  # only once
    assert api.call("GET", place).status_code == 404


@pytest.mark.feature("api.requests")
@pytest.mark.parametrize("action", ["defer", "hold"])
def test_it_may_wait_on(api: Api, dev: MailingList, action: str) -> None:
    place = f"{REQUESTS}/{wish(dev)}"
    assert api.post(place, action=action).status_code == 204
    assert (members(), api.get(place)["email"]) == ([], "dora@example.com")


@pytest.mark.feature("api.requests")
def test_a_member_is_let_go(api: Api, dev: MailingList) -> None:
    make_member(dev, "bart@example.com")
    token = leave(dev, "bart@example.com").token
    assert api.post(f"{REQUESTS}/{token}", action="accept").status_code == 204
    assert members() == []


@pytest.mark.feature("api.requests")
def test_a_token_of_another_list_names_nothing(api: Api, dev: MailingList) -> None:
    token = wish(make_list("other", subscription_policy=SubscriptionPolicy.MODERATE))
    assert api.call("GET", f"{REQUESTS}/{token}").status_code == 404
    assert api.call("POST", f"{REQUESTS}/{token}", {"action": "accept"}).status_code == 404
    assert members() == []


@pytest.mark.feature("api.requests")
def test_who_was_subscribed_meanwhile_is_not_accepted_again(api: Api, dev: MailingList) -> None:
    """As a user, while his preferred address was another one than that which he asked with."""
    dora = make_user("Dora")
    token = join(dev, dora, pre_verified=True, pre_confirmed=True).token
    set_preferred(dora, add_address(dora, "dora@example.net", verified=True))
    make_member(dev, dora)

    assert api.error("POST", f"{REQUESTS}/{token}", {"action": "accept"}) == (409, "Already subscribed")
    assert api.post(f"{REQUESTS}/{token}", action="discard").status_code == 204
    assert members() == ["dora@example.net"]


def test_nobody_confirms_for_the_subscriber(api: Api, dev: MailingList) -> None:
    place = f"{REQUESTS}/{wish(dev, pre_confirmed=False)}"
    assert api.error("POST", place, {"action": "accept"})[0] == 409
    assert (members(), api.post(place, action="discard").status_code) == ([], 204)


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize(
    ("form", "description"),
    [
        ({}, "Missing Parameter: action"),
        ({"action": "burn"}, 'Invalid Parameter "action": Accepted Values are: hold, reject, discard, accept, defer.'),
        ({"action": "accept", "comment": "1"}, "Unexpected parameters: comment"),
    ],
    ids=["missing", "unknown", "unexpected"],
)
def test_what_is_wrong_decides_nothing(api: Api, dev: MailingList, form: dict[str, str], description: str) -> None:
    place = f"{REQUESTS}/{wish(dev)}"
    assert api.error("POST", place, form) == (400, description)
    assert api.get(place)["email"] == "dora@example.com"


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize(
    "junk", ["0", "x" * 40, "0" * 40, "9" * 10_000, "%00", "%ED%A0%80", "a/b"], ids=lambda junk: junk[:12]
)
def test_no_such_request(api: Api, dev: MailingList, junk: str) -> None:
    wish(dev)
    assert api.call("GET", f"{REQUESTS}/{junk}").status_code == 404
    assert api.call("POST", f"{REQUESTS}/{junk}", {"action": "accept"}).status_code == 404
    assert members() == []


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize(
    "query", ["token_owner=me", "request_type=probe", "request_type=", "token_owner=%00", "page=1"]
)
def test_filters_that_are_none(api: Api, dev: MailingList, query: str) -> None:
    assert api.call("GET", f"{REQUESTS}?{query}").status_code == 400


@pytest.mark.feature("api.requests")
def test_mailmanclient_decides(client: Client, settings: Any) -> None:
    mlist = make_list("dev", subscription_policy=SubscriptionPolicy.MODERATE)
    token = wish(mlist, "dora@example.com")
    wish(mlist, "eve@example.com")
    dev = client.get_list("dev@example.org")

    assert [request["email"] for request in dev.requests] == ["dora@example.com", "eve@example.com"]
    assert dev.get_requests_count(token_owner="moderator") == 2
    assert dev.get_request(token)["email"] == "dora@example.com"
    dev.accept_request(dev.requests[0]["token"])
    dev.moderate_request(dev.requests[0]["token"], "reject", "Not yet.")

    assert (dev.requests, dev.unsubscription_requests) == ([], [])
    assert members() == ["dora@example.com"]
