"""The events that plugins build on: told after the commit or, where something can still be prevented, before it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from accounts.services.addresses import add_address, verify
from archives.enums import State
from archives.models import Arrival
from delivery import pipelines
from delivery.draft import Draft
from lists.enums import Action
from lists.models import Domain, MailingList
from lists.services.domains import create_domain, delete_domain
from lists.services.mailing_lists import change_settings, create_list, delete_list
from suite.common import events
from suite.common.errors import SuiteError
from suite.common.models import Event
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, bool]]]:
    """Kind, and whether it was told inside a transaction."""
    monkeypatch.setattr(events, "_listeners", {})
    found: list[tuple[str, bool]] = []
    events.listen("*", lambda event: found.append((event.kind, connection.in_atomic_block)))
    yield found


@pytest.mark.feature("core.event.chain")
@pytest.mark.parametrize(
    ("address", "action", "kind", "chain", "state"),
    [
        ("dev@example.org", Action.ACCEPT, "post.accepted", "accept", State.DISTRIBUTED),
        ("dev-owner@example.org", Action.HOLD, "owner.accepted", "accept", State.DISTRIBUTED),
        ("dev@example.org", Action.HOLD, "post.held", "hold", State.HELD),
        ("dev@example.org", Action.REJECT, "post.rejected", "reject", State.REJECTED),
        ("dev@example.org", Action.DISCARD, "post.discarded", "discard", State.DISCARDED),
    ],
)
def test_how_a_letter_was_judged(
    dev: MailingList, monkeypatch: pytest.MonkeyPatch, address: str, action: Action, kind: str, chain: str, state: State
) -> None:
    MailingList.objects.update(default_nonmember_action=action)
    monkeypatch.setattr(events, "_listeners", {})
    found: list[tuple[Any, ...]] = []

    def listener(event: Event) -> None:
        states = list(Arrival.objects.values_list("state", flat=True))
        found.append((event.kind, event.list_id, event.data["message_id"], event.data["chain"], states))
        assert not connection.in_atomic_block

    events.listen(kind, listener)
    arrive(
        letter(sender="dora@example.com", to=address, message_id="one@example.com"), address, sender="dora@example.com"
    )
    judge_all()

    assert found == [(kind, "dev.example.org", "one@example.com", chain, [state])]


@pytest.mark.feature("core.event.lifecycle")
def test_domains_and_lists_come_and_go_in_order(heard: list[tuple[str, bool]]) -> None:
    domain = create_domain("example.net")
    mlist = create_list("tea@example.net")
    change_settings(mlist, description="About tea")
    delete_list(mlist)
    create_list("coffee@example.net")
    delete_domain(domain)

    assert [entry for entry in heard if entry[0].split(".")[0] in ("domain", "list")] == [
        ("domain.creating", True),
        ("domain.created", False),
        ("list.creating", True),
        ("list.created", False),
        ("list.changed", False),
        ("list.deleting", True),
        ("list.deleted", False),
        ("list.creating", True),
        ("list.created", False),
        ("domain.deleting", True),
        ("list.deleting", True),
        ("list.deleted", False),
        ("domain.deleted", False),
    ]


@pytest.mark.feature("core.event.lifecycle")
@pytest.mark.parametrize("kind", ["domain.creating", "list.creating", "list.deleting", "domain.deleting"])
def test_who_is_asked_can_prevent_it(dev: MailingList, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def refuse(event: Event) -> None:
        raise SuiteError(f"no {event.subject}")

    monkeypatch.setattr(events, "_listeners", {})
    events.listen(kind, refuse)
    doings = {
        "domain.creating": lambda: create_domain("example.net"),
        "list.creating": lambda: create_list("tea@example.org"),
        "list.deleting": lambda: delete_list(dev),
        "domain.deleting": lambda: delete_domain(dev.domain),
    }
    with pytest.raises(SuiteError, match="no "):
        doings[kind]()

    assert list(Domain.objects.values_list("mail_host", flat=True)) == ["example.org"]
    assert list(MailingList.objects.values_list("list_id", flat=True)) == ["dev.example.org"]


@pytest.mark.feature("core.event.lifecycle")
def test_addresses_and_passwords(bart: User, heard: list[tuple[str, bool]]) -> None:
    verify(add_address(bart, "bart@example.net"))
    bart.set_password("a new one")
    bart.save()
    bart.display_name = "Bart"
    bart.save()

    kinds = [kind for kind, _ in heard]
    assert kinds.count("address.verified") == 1
    assert kinds.count("password.changed") == 1
    assert not any(inside for _, inside in heard)


@pytest.mark.feature("core.event.lifecycle")
def test_work_that_failed(dev: MailingList, monkeypatch: pytest.MonkeyPatch, heard: list[tuple[str, bool]]) -> None:
    class Fails:
        name = title = "fails"

        def apply(self, draft: Draft, mlist: MailingList) -> None:
            raise RuntimeError("no luck")

    MailingList.objects.update(default_nonmember_action=Action.ACCEPT)
    monkeypatch.setitem(pipelines.PIPELINES, "default-posting-pipeline", (Fails(),))
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()

    assert ("arrival.shunted", False) in heard
