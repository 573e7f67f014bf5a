"""What an operator says about endpoints, and where none can be."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from delivery.checks import check_endpoints
from delivery.endpoints import claiming
from delivery.errors import EndpointRefused
from delivery.models import Endpoint, Outcome
from lists.models import MailingList
from suite.common.models import Event
from suite.processes import table as processes
from tests.support.archiving import post
from tests.support.endpoint import (
    NOBODY,
    http_delivery,
    mailed,
    member,
    point,
    work,
)
from tests.support.factories import make_list
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

OVER_HTTP = pytest.mark.feature("ext.http-delivery")


@OVER_HTTP
@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://127.0.0.1/x", "not a public one"),
        ("https://localhost/x", "not a public one"),
        ("https://10.1.2.3/", "not a public one"),
        ("https://[::1]/", "not a public one"),
        ("https://169.254.169.254/latest/meta-data/", "not a public one"),
        ("https://8.8.8.8:8443/", "ports 80 and 443"),
        ("http://8.8.8.8/", "An https URL is wanted"),
        ("https://user:password@8.8.8.8/", "do not belong into the URL"),
        ("ftp://8.8.8.8/", "An http or https URL"),
    ],
)
def test_where_no_endpoint_can_be(dev: MailingList, url: str, why: str) -> None:
    with override_settings(HTTP_DELIVERY_HOSTS=["hooks.example.org"]), pytest.raises(EndpointRefused, match=why):
        point(dev, url)
    assert not Endpoint.objects.exists()


@OVER_HTTP
def test_a_host_that_is_no_public_one_any_more_gets_nothing(dev: MailingList) -> None:
    """Of a name that leads elsewhere later, or of an operator who allows it no longer."""
    with Receiver() as receiver:
        point(dev, receiver.url, member("cris"))
        post("One")
        url = receiver.url.replace("http:", "https:").replace(f":{receiver.server.server_address[1]}", "")
        Endpoint.objects.update(url=url)
        with override_settings(HTTP_DELIVERY_HOSTS=[]):
            work()

    assert receiver.got == []
    assert "not a public one" in Outcome.objects.get().reply


def test_without_the_setting_everything_goes_by_mail(dev: MailingList) -> None:
    with Receiver() as receiver:
        point(dev, receiver.url)
        point(dev, receiver.url, member("cris"))
        with http_delivery(HTTP_DELIVERY=False):
            post("One")
            work()
            assert mailed() == ["bart@example.com", "cris@example.com", "eve@example.com"]
            assert [warning.id for warning in check_endpoints(databases=["default"], app_configs=None)] == [
                "delivery.W011"
            ]
            with pytest.raises(EndpointRefused, match="POSTHOUSE_HTTP_DELIVERY is off"):
                point(dev, receiver.url)
        assert check_endpoints(databases=["default"], app_configs=None) == []

    assert receiver.got == []


def test_where_all_mail_goes_to_the_developer_nothing_goes_over_http(dev: MailingList) -> None:
    with Receiver() as receiver:
        point(dev, receiver.url)
        with override_settings(DEVMODE_RECIPIENT="dev@example.net"):
            post("One")
            work()
            assert mailed() == ["dev@example.net"] * 3

    assert receiver.got == []


def test_a_post_that_concerns_no_endpoint_costs_no_statement(dev: MailingList) -> None:
    """Neither to judge nor to send, though another list has one."""

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            post("One")
            mailed()
        return len(queries)

    point(make_list("ops"), NOBODY)
    statements()  # what is read once
    with http_delivery(HTTP_DELIVERY=False):
        without = statements()
    assert statements() == without


def test_the_site_has_a_process_for_them() -> None:
    names = [process.name for process in processes.wanted(demo=False)]
    assert "archive" in names
    with http_delivery(HTTP_DELIVERY=False):
        assert "archive" not in [process.name for process in processes.wanted(demo=False)]


def run(*words: str) -> str:
    out = StringIO()
    call_command("endpoint", *words, stdout=out)
    return out.getvalue()


@OVER_HTTP
def test_the_operator_sets_tries_and_removes_one(dev: MailingList) -> None:
    with Receiver() as receiver:
        said = run("set", "dev@example.org", receiver.url, "--member", "cris@example.com")
        key = said.split()[-1]
        assert key.startswith("whsec_")
        assert run("test", "dev@example.org", "--member", "CRIS@example.com") == "HTTP 200 OK\n"
        assert receiver.got[0].signed_by(key)
        assert receiver.got[0].headers["Posthouse-Test"] == "yes"

        [row] = json.loads(run("--json", "show"))
        assert (row["list"], row["member"], row["url"], row["state"]) == (
            "dev.example.org",
            "cris@example.com",
            receiver.url,
            "on",
        )
        assert key not in run() and key not in str(list(Event.objects.values()))

        receiver.answers = [404]
        with pytest.raises(CommandError, match="HTTP 404 Not Found"):
            run("test", "dev@example.org", "--member", "cris@example.com")
        run("off", "dev@example.org", "--member", "cris@example.com")
        assert json.loads(run("--json", "show", "dev.example.org"))[0]["state"] == "off"
        assert run("on", "dev@example.org", "--member", "cris@example.com") == "It is on.\n"
        assert run("retry", "dev@example.org", "--member", "cris@example.com") == "0 posts are tried now.\n"
        run("remove", "dev@example.org", "--member", "cris@example.com")

    assert run() == "There is none: all posts go by mail.\n"
    with pytest.raises(CommandError, match="go to no endpoint"):
        run("remove", "dev@example.org")
    kinds = list(Event.objects.filter(kind__startswith="endpoint.").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["endpoint.set", "endpoint.off", "endpoint.on", "endpoint.removed"]


def test_both_keys_sign_for_a_day_after_one_is_new(dev: MailingList) -> None:
    with Receiver() as receiver:
        old = point(dev, receiver.url)
        new = run("rotate", "dev@example.org").split()[-1]
        post("One")
        work()
        Endpoint.objects.update(old_until=timezone.now() - timedelta(seconds=1))
        post("Two")
        work()

    assert [(got.signed_by(old), got.signed_by(new)) for got in receiver.got] == [(True, True), (False, True)]


def test_who_moves_gets_a_new_key_and_who_stays_keeps_his(dev: MailingList) -> None:
    with Receiver() as first, Receiver() as second:
        key = point(dev, first.url)
        assert point(dev, first.url, with_mail=True) == ""
        new = point(dev, second.url)
        post("One")
        work()

    assert new not in ("", key)
    assert first.got == []
    assert second.got[0].signed_by(new) and not second.got[0].signed_by(key)


def test_what_waits_is_seen_by_the_operator(dev: MailingList) -> None:
    point(dev, NOBODY)
    post("One")
    work()
    out = StringIO()
    call_command("queue", stdout=out)

    assert "The endpoint http://127.0.0.1:1 of dev.example.org does not take posts: The server does not answer" in (
        out.getvalue()
    )
    [row] = json.loads(run("--json"))
    assert (row["state"], row["waiting"], row["mail"]) == ("failing", 1, False)


def test_one_post_at_a_time_in_its_order(dev: MailingList) -> None:
    """While somebody has the first in hand, nobody begins the second; other endpoints go on."""
    with Receiver() as receiver:
        point(dev, receiver.url)
        other = make_list("ops", default_nonmember_action=3)
        point(other, receiver.url)
        post("One", "Two")
        first = claiming.claim({})
        assert first is not None
        assert claiming.claim({}) is None
        post("Three", to="ops@example.org")
        third = claiming.claim({})
        assert third is not None and third.mlist == other
