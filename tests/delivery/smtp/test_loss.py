"""Connections that break: what was handed over, whose fate is known, and that nobody waits for ever."""

import socket
import threading

import pytest

from delivery.smtp import (
    ConnectionLost,
    ProtocolError,
    RelayUnavailable,
    Reply,
    Result,
    Session,
    Timeouts,
    Transaction,
    prepare,
)
from tests.support.smtpd import CapturingServer

SENDER = "dev-bounces@example.org"
ANNE, BART, CRIS = "anne@example.com", "bart@example.com", "cris@example.com"
MAIL = prepare(b"Subject: Hello\n\nDear all,\n")
UNKNOWN = Reply(550, "5.1.1", "unknown")
BOTH = pytest.mark.parametrize("pipelining", [True, False])
SHORT = Timeouts(greeting=0.2, command=0.2, data=0.2, block=0.2, dot=0.2)


def test_nobody_listens() -> None:
    with CapturingServer() as server:
        relay = server.relay()
    with pytest.raises(RelayUnavailable, match=f"cannot connect to 127.0.0.1:{server.port}"):
        Session.open(relay)


def test_host_that_does_not_exist() -> None:
    with CapturingServer() as server, pytest.raises(RelayUnavailable, match="cannot connect"):
        Session.open(server.relay(host="a" * 64 + ".invalid"))


@pytest.mark.parametrize("greeting", ["554 5.3.2 no service", "421 4.3.2 shutting down", "450 4.3.2 later"])
def test_refused_greeting(greeting: str) -> None:
    with (
        CapturingServer(say={"GREETING": f"{greeting}\r\n".encode()}) as server,
        pytest.raises(RelayUnavailable, match=greeting) as caught,
    ):
        Session.open(server.relay())
    assert str(caught.value.reply) == greeting


@pytest.mark.parametrize("hello", ["550 5.7.1 go away", "450 4.7.1 later", "421 4.7.1 bye"])
def test_refused_hello(hello: str) -> None:
    said = {"EHLO": f"{hello}\r\n".encode(), "HELO": f"{hello}\r\n".encode()}
    with CapturingServer(say=said) as server, pytest.raises(RelayUnavailable, match=hello):
        Session.open(server.relay())


@pytest.mark.parametrize("step", ["GREETING", "EHLO"])
@pytest.mark.parametrize("trouble", ["drop", "silence", "mumble"])
def test_no_session_comes_about(step: str, trouble: str) -> None:
    server = {
        "drop": CapturingServer(drop={step: 1}),
        "silence": CapturingServer(say={step: b""}),
        "mumble": CapturingServer(say={step: b"220-still"}),
    }[trouble]
    with server, pytest.raises(RelayUnavailable) as caught:
        Session.open(server.relay(timeouts=SHORT))
    assert not caught.value.after_data


def test_server_that_says_one_octet_now_and_then() -> None:
    """A timeout is for the whole reply: octets do not prolong it."""
    with socket.create_server(("127.0.0.1", 0)) as listener, CapturingServer() as server:
        over = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                while not over.wait(0.05):
                    connection.sendall(b"2")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(RelayUnavailable, match="in time"):
                Session.open(server.relay(port=listener.getsockname()[1], timeouts=SHORT))
        finally:
            over.set()
            thread.join(5)


@BOTH
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY", "."])
@pytest.mark.parametrize("trouble", ["drop", "421", "silence"])
def test_loss_tells_whether_the_dot_may_have_been_seen(pipelining: bool, step: str, trouble: str) -> None:
    said = {"drop": {}, "421": {step: b"421 4.3.2 shutting down\r\n"}, "silence": {step: b""}}[trouble]
    server = CapturingServer(pipelining=pipelining, say=said, drop={step: 1} if trouble == "drop" else {})
    impatient = {
        "DATA": Timeouts(data=0.2),
        "BODY": Timeouts(),  # here the server hangs up
        ".": Timeouts(dot=0.2),
    }.get(step, Timeouts(command=0.2, data=0.2))
    with server:
        session = Session.open(server.relay())
        if trouble == "silence":
            session.relay = server.relay(timeouts=impatient)
        if trouble == "421" and step in (".", "BODY"):
            # An answer to the content: refused for now. Known, and no loss.
            result = session.send(SENDER, [ANNE, BART], MAIL)
            assert [str(reply) for reply in result.recipients] == ["421 4.3.2 shutting down"] * 2
        else:
            with pytest.raises(ConnectionLost) as caught:
                session.send(SENDER, [ANNE, BART], MAIL)
            assert caught.value.after_data == (step in ("BODY", "."))
            assert caught.value.replies == {}
            assert str(caught.value.reply or "") == ("421 4.3.2 shutting down" if trouble == "421" else "")
        assert session.closed


@BOTH
@pytest.mark.parametrize("step", ["DATA", "."])
def test_loss_tells_who_was_refused_for_good(pipelining: bool, step: str) -> None:
    refuse = {"bart": "550 5.1.1 unknown", "cris": "450 4.2.1 busy", "full": "552 5.2.2 full"}
    recipients = [CRIS, BART, ANNE, "full@example.com"]
    with (
        CapturingServer(pipelining=pipelining, refuse=refuse, drop={step: 1}) as server,
        Session.open(server.relay()) as session,
        pytest.raises(ConnectionLost) as caught,
    ):
        session.send(SENDER, recipients, MAIL)
    assert caught.value.replies == {1: UNKNOWN}


@BOTH
@pytest.mark.parametrize("hangup", ["421 4.7.0 too many errors", ""])
def test_server_that_closes_after_the_third_unknown_recipient(pipelining: bool, hangup: str) -> None:
    """Sending again to those whose fate is not known ends, and everybody gets the mail once."""
    recipients = [f"{'gone' if number % 7 == 3 else 'member'}{number}@example.com" for number in range(50)]
    replies: dict[str, Reply] = {}
    losses = 0
    server = CapturingServer(
        pipelining=pipelining, refuse={"gone": "550 5.1.1 unknown"}, max_refused=3, last_words=hangup
    )
    with server:
        while rest := [name for name in recipients if name not in replies]:
            session = Session.open(server.relay())
            try:
                result = session.send(SENDER, rest, MAIL)
                replies |= dict(zip(rest, result.recipients, strict=True))
            except ConnectionLost as error:
                losses += 1
                assert not error.after_data
                assert len(error.replies) == 3
                replies |= {rest[at]: reply for at, reply in error.replies.items()}
            session.close()
    assert losses == 2
    assert {name for name in recipients if replies[name] == UNKNOWN} == {n for n in recipients if "gone" in n}
    assert [delivery.recipient for delivery in server.deliveries] == [n for n in recipients if "member" in n]


@BOTH
def test_loss_when_nobody_is_left_to_ask_is_an_answer(pipelining: bool) -> None:
    server = CapturingServer(pipelining=pipelining, refuse={"anne|bart": "550 5.1.1 unknown"}, max_refused=2)
    with server, Session.open(server.relay()) as session:
        assert session.send(SENDER, [ANNE, BART], MAIL).recipients == (UNKNOWN, UNKNOWN)
        assert session.closed


@BOTH
def test_server_that_refuses_the_sender_and_hangs_up(pipelining: bool) -> None:
    said = {"MAIL": b"550 5.7.1 not you\r\n"}
    with (
        CapturingServer(pipelining=pipelining, say=said, drop={"RCPT": 1, "RSET": 1}) as server,
        Session.open(server.relay()) as session,
    ):
        result = session.send(SENDER, [ANNE, BART], MAIL)
        assert session.closed
    assert [str(reply) for reply in result.recipients] == ["550 5.7.1 not you"] * 2


@BOTH
def test_server_that_refuses_data_and_hangs_up(pipelining: bool) -> None:
    said = {"DATA": b"451 4.3.0 no\r\n"}
    with (
        CapturingServer(pipelining=pipelining, say=said, drop={"RSET": 1}) as server,
        Session.open(server.relay()) as session,
    ):
        result = session.send(SENDER, [ANNE], MAIL)
        assert session.closed
    assert [str(reply) for reply in result.recipients] == ["451 4.3.0 no"]


@BOTH
def test_server_that_refuses_a_mail_half_way(pipelining: bool) -> None:
    """Our write fails, yet what the server said before it closed is an answer."""
    said = {"BODY": b"552 5.3.4 too much\r\n"}
    with (
        CapturingServer(pipelining=pipelining, say=said, narrow=True) as server,
        Session.open(server.relay()) as session,
    ):
        result = session.send(SENDER, [ANNE, BART], b"x" * 70 + b"\r\n" * 8000000)
    assert [str(reply) for reply in result.recipients] == ["552 5.3.4 too much"] * 2


@BOTH
def test_server_that_closes_half_way_has_not_seen_the_dot(pipelining: bool) -> None:
    with (
        CapturingServer(pipelining=pipelining, drop={"BODY": 1}, narrow=True) as server,
        Session.open(server.relay()) as session,
        pytest.raises(ConnectionLost) as caught,
    ):
        session.send(SENDER, [ANNE, BART], b"\r\n" * 8000000)
    assert not caught.value.after_data


def test_server_that_takes_no_more_data() -> None:
    with CapturingServer(stall=True, narrow=True) as server:
        session = Session.open(server.relay(timeouts=Timeouts(block=0.2, rate=1e9)))
        with pytest.raises(ConnectionLost, match="takes no more") as caught:
            session.send(SENDER, [ANNE], b"\r\n" * 8000000)
        assert not caught.value.after_data
        assert session.closed


def test_server_that_takes_no_more_data_of_many_mails() -> None:
    """The next envelope follows the dot in the same write: how far it came is not known."""
    mails = [Transaction(SENDER, [ANNE], b"\r\n" * 8000000), Transaction(SENDER, [BART], MAIL)]
    with CapturingServer(stall=True, narrow=True) as server:
        session = Session.open(server.relay(timeouts=Timeouts(block=0.2, rate=1e9)))
        with pytest.raises(ConnectionLost, match="takes no more") as caught:
            list(session.send_many(mails))
        assert caught.value.after_data
        assert session.closed


@pytest.mark.parametrize("given", [3, 4, 5])
def test_limit_of_transactions_is_honoured(given: int) -> None:
    """The mail that met the 421 was not taken; every mail arrives once over as many sessions as it needs."""
    waiting = [Transaction(SENDER, [f"member{number}@example.com"], b"%d\r\n" % number) for number in range(12)]
    with CapturingServer(max_transactions=given) as server:
        while waiting:
            session = Session.open(server.relay())
            try:
                for result in session.send_many(list(waiting)):
                    assert result.reply.ok
                    waiting.pop(0)
                session.quit()
            except ConnectionLost as error:
                assert str(error.reply) == "421 4.7.0 enough for one session"
                assert not error.after_data
    assert [mail.content for mail in server.mails] == [b"%d\r\n" % number for number in range(12)]


@BOTH
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY", "."])
@pytest.mark.parametrize("occurrence", [1, 2, 4])
def test_loss_among_many_mails_concerns_one(pipelining: bool, step: str, occurrence: int) -> None:
    """What was yielded is done, the next may have been handed over only if the error says so, the rest was not."""
    mails = [Transaction(SENDER, [f"member{number}@example.com"], b"%d\r\n" % number) for number in range(4)]
    results: list[Result] = []
    with CapturingServer(pipelining=pipelining, drop={step: occurrence}) as server:
        with Session.open(server.relay()) as session, pytest.raises(ConnectionLost) as caught:
            results.extend(session.send_many(mails))
        server.wait_until_closed()
    assert len(results) == occurrence - 1
    assert caught.value.after_data == (step in ("BODY", "."))
    assert len(server.mails) == occurrence - (0 if step == "." else 1)


def test_lost_lmtp_session_tells_who_has_the_mail() -> None:
    said = {".": b"250 2.0.0 Ok\r\n550 5.2.1 disabled\r\n452 4.2.2 full\r\n"}
    refuse = {"gone": "550 5.1.1 unknown"}
    recipients = [ANNE, "gone@example.com", BART, CRIS, "dora@example.com"]
    with (
        CapturingServer(lmtp=True, refuse=refuse, say=said, close_after=1) as server,
        Session.open(server.relay()) as session,
        pytest.raises(ConnectionLost) as caught,
    ):
        session.send(SENDER, recipients, MAIL)
    assert caught.value.after_data
    assert {at: reply.code for at, reply in caught.value.replies.items()} == {0: 250, 1: 550, 2: 550}


@BOTH
@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("MAIL", b"354 go\r\n"),
        ("RCPT", b"334 go\r\n"),
        ("DATA", b"250 ok\r\n"),
        ("DATA", b"334 ok\r\n"),
        (".", b"354 more\r\n"),
        ("MAIL", b"ok\r\n"),
        ("RCPT", b"25O ok\r\n"),
        ("DATA", b"\x00354 go\r\n"),
        (".", b"\xff\xfe\r\n"),
        (".", b"250-" + b"x" * 1000000),
        ("RCPT", b"250-ok\r\n" * 10000),
        ("EHLO", b"250-X\r\n" * 10000),
        ("GREETING", b"220 " + b"x" * 1000000),
        ("GREETING", b"HTTP/1.0 400 Bad Request\r\n"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_hostile_replies_end_the_session(pipelining: bool, step: str, said: bytes) -> None:
    with (
        CapturingServer(pipelining=pipelining, say={step: said}) as server,
        pytest.raises(ProtocolError) as caught,
        Session.open(server.relay()) as session,
    ):
        session.send(SENDER, [ANNE, BART], MAIL)
    assert caught.value.after_data == (step == ".")
    assert caught.value.replies == {}
    assert len(str(caught.value)) < 200


@BOTH
def test_replies_without_text_are_fine(pipelining: bool) -> None:
    said = dict.fromkeys(("MAIL", "RCPT", "."), b"250\r\n") | {"DATA": b"354\n", "GREETING": b"220\r\n"}
    with CapturingServer(pipelining=pipelining, say=said) as server, Session.open(server.relay()) as session:
        assert session.send(SENDER, [ANNE, BART], MAIL).recipients == (Reply(250, "", ""),) * 2
