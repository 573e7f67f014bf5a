"""The sandbox takes what the suite sends, shows it by recipient, and can be asked to refuse."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from delivery.sandbox import server, store
from delivery.smtp import Relay, Session
from tests.support.ports import free_port, listens
from tests.support.waiting import wait_until


@pytest.fixture
def sandbox(tmp_path: Path, settings: Any) -> Iterator[Relay]:
    settings.STATE = tmp_path
    port, loop, stop = free_port(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(server.serve("127.0.0.1", port, stop),))
    thread.start()
    wait_until(lambda: listens(port), "an open port of the sandbox")
    yield Relay.from_url(f"smtp://127.0.0.1:{port}")
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


MAIL = b"From: dev@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n..Hello\r\n"


def test_everybody_has_a_mailbox(sandbox: Relay) -> None:
    with Session.open(sandbox) as session:
        result = session.send("dev-bounces@example.org", ["anne@example.com", "bart@example.com"], MAIL)
    assert [reply.code for reply in result.recipients] == [250, 250]
    assert store.mailboxes() == [("bart@example.com", 1), ("anne@example.com", 1)]
    [copy] = store.copies("anne@example.com")
    assert (copy.sender, copy.subject) == ("dev-bounces@example.org", "Grüße")
    found = store.read(copy.id)
    assert found is not None
    assert found[1] == MAIL.replace(b"..", b".")


def test_recipients_choose_their_fate(sandbox: Relay) -> None:
    people = ["anne@example.com", "reject.me@example.com", "defer@example.com"]
    with Session.open(sandbox) as session:
        assert session.supports("PIPELINING")
        result = session.send("", people, MAIL)
    assert [reply.code for reply in result.recipients] == [250, 550, 450]
    assert store.mailboxes() == [("anne@example.com", 1)]
    assert [copy.sender for copy in store.copies()] == [""]


def test_old_copies_are_forgotten(sandbox: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEPT", 3)
    with Session.open(sandbox) as session:
        for _ in range(3):
            session.send("", ["anne@example.com", "bart@example.com"], MAIL)
    assert len(store.copies()) == 3
