"""Sessions that go well, with servers of every schooling."""

import socket
import threading
from collections.abc import Iterator

import pytest

from delivery.smtp import ConnectionLost, ProtocolError, Reply, Result, Session, Transaction, check_addresses, prepare
from delivery.smtp.channel import Channel
from tests.support.smtpd import CapturingServer
from tests.support.waiting import PATIENCE

SENDER = "dev-bounces@example.org"
ANNE, BART, CRIS = "anne@example.com", "bart@example.com", "cris@example.com"
MAIL = prepare(b"Subject: Hello\n\nDear all,\n")
BOTH = pytest.mark.parametrize("pipelining", [True, False])
QUEUED = Reply(250, "2.0.0", "Ok: queued")


@BOTH
def test_one_mail_to_several_recipients(pipelining: bool) -> None:
    with CapturingServer(pipelining=pipelining) as server, Session.open(server.relay()) as session:
        result = session.send(SENDER, [ANNE, BART], MAIL)
    assert (result.recipients, result.reply) == ((QUEUED, QUEUED), QUEUED)
    assert [(mail.sender, mail.recipients, mail.content) for mail in server.mails] == [(SENDER, [ANNE, BART], MAIL)]
    assert server.dialogues == [
        [
            "EHLO lists.example.org",
            f"MAIL FROM:<{SENDER}>",
            f"RCPT TO:<{ANNE}>",
            f"RCPT TO:<{BART}>",
            "DATA",
            "QUIT",
        ]
    ]


@BOTH
def test_session_is_used_again(pipelining: bool) -> None:
    with CapturingServer(pipelining=pipelining) as server, Session.open(server.relay()) as session:
        for number in range(20):
            session.send(SENDER, [ANNE], b"Subject: %d\r\n" % number)
            assert session.idle_ok()
        assert session.transactions == 20
    assert [mail.content for mail in server.mails] == [b"Subject: %d\r\n" % number for number in range(20)]
    assert len(server.dialogues) == 1


def test_pipelining_waits_for_no_reply_before_data() -> None:
    with CapturingServer(hold=True) as server, Session.open(server.relay()) as session:
        assert session.pipelining
        session.send(SENDER, [ANNE, BART], MAIL)
        session.send("", [CRIS], MAIL)
    assert [mail.recipients for mail in server.mails] == [[ANNE, BART], [CRIS]]


@pytest.mark.parametrize("changes", [{"pipelining": False}, {}])
def test_lock_step_with_relays_that_must_not_be_pipelined(changes: dict[str, bool]) -> None:
    """The server answers 503 and hangs up when anything follows a command before its reply."""
    with CapturingServer(pipelining=False) as server, Session.open(server.relay(**changes)) as session:
        assert not session.pipelining
        assert session.send(SENDER, [ANNE, BART], MAIL).reply.ok


def test_pipelining_can_be_switched_off() -> None:
    with CapturingServer() as server, Session.open(server.relay(pipelining=False)) as session:
        assert session.supports("pipelining")
        assert not session.pipelining
        assert session.send(SENDER, [ANNE], MAIL).reply.ok


def test_null_sender() -> None:
    with CapturingServer() as server, Session.open(server.relay()) as session:
        assert session.send("", [ANNE], MAIL).reply.ok
    assert server.dialogues[0][1] == "MAIL FROM:<>"


@BOTH
@pytest.mark.parametrize(
    ("data", "wire"),
    [
        (b"a\r\n", b"a\r\n"),
        (b"a", b"a\r\n"),
        (b"", b""),
        ([], b""),
        ([b""], b""),
        ([b"a", b"\r\n"], b"a\r\n"),
        ([b"a\r", b"\n"], b"a\r\n"),
        ([b"a\r", b"", b"\n", b""], b"a\r\n"),
        ([b"a\r\n", b""], b"a\r\n"),
        ([b"a", b"b"], b"ab\r\n"),
        ([b"\n"], b"\n\r\n"),
        ((b"\r\n", b"\r\n"), b"\r\n\r\n"),
        (prepare(b".\n..\n.x\n\n.\n"), b"..\r\n...\r\n..x\r\n\r\n..\r\n"),
        (b"x" * 700000 + b"\r\n", b"x" * 700000 + b"\r\n"),
        ([b"x" * 300000, b"y" * 300000, b"z"], b"x" * 300000 + b"y" * 300000 + b"z\r\n"),
    ],
    ids=lambda value: repr(value)[:32],
)
def test_content_on_the_wire(pipelining: bool, data: bytes | list[bytes], wire: bytes) -> None:
    with CapturingServer(pipelining=pipelining) as server, Session.open(server.relay()) as session:
        assert session.send(SENDER, [ANNE], data).reply.ok
        assert session.send(SENDER, [ANNE], b"next\r\n").reply.ok
    assert [mail.wire for mail in server.mails] == [wire, b"next\r\n"]


def test_stuffed_dots_arrive_as_they_were() -> None:
    raw = b".\r\n..\r\n.x\r\nx.\r\n\r\n.\r\n. \r\n"
    with CapturingServer() as server, Session.open(server.relay()) as session:
        session.send(SENDER, [ANNE], prepare(raw))
    assert [mail.content for mail in server.mails] == [raw]


def test_more_recipients_than_one_group() -> None:
    """More than the buffers between us hold: the server takes no more commands before its replies are read."""
    recipients = [f"{number:05d}.{'x' * 1000}@example.com" for number in range(6000)]
    wordy = {"[12345][.]": f"550 5.1.1 {'unknown' * 60}", "[678][.]": f"451 4.2.0 {'later' * 90}"}
    with CapturingServer(refuse=wordy, narrow=True) as server, Session.open(server.relay()) as session:
        result = session.send(SENDER, recipients, MAIL)
    accepted = [name for name in recipients if name[4] in "09"]
    assert server.mails[0].recipients == accepted
    assert [name for name, reply in zip(recipients, result.recipients, strict=True) if reply.ok] == accepted


@pytest.mark.parametrize(
    ("offered", "given", "command"),
    [
        ({}, {}, ""),
        ({"size": 0}, {}, f" SIZE={len(MAIL)}"),
        ({"size": 10000}, {"size": 77}, " SIZE=77"),
        ({}, {"eight_bit": True}, " BODY=8BITMIME"),
        ({"eight_bit": False}, {"eight_bit": True}, ""),
        ({}, {"smtputf8": True}, " SMTPUTF8"),
        ({"size": 10000}, {"eight_bit": True, "smtputf8": True}, f" SIZE={len(MAIL)} BODY=8BITMIME SMTPUTF8"),
    ],
)
def test_parameters_of_mail(offered: dict[str, int], given: dict[str, int], command: str) -> None:
    with CapturingServer(**offered) as server, Session.open(server.relay()) as session:  # type: ignore[arg-type]
        assert session.send(SENDER, [ANNE], MAIL, **given).reply.ok  # type: ignore[arg-type]
    assert server.dialogues[0][1] == f"MAIL FROM:<{SENDER}>{command}"


def test_extensions_are_told() -> None:
    with CapturingServer(size=12345, smtputf8=False) as server, Session.open(server.relay()) as session:
        assert session.extensions == {"PIPELINING": "", "8BITMIME": "", "ENHANCEDSTATUSCODES": "", "SIZE": "12345"}
        assert session.max_size == 12345
        assert [session.supports(name) for name in ("8BITMIME", "8bitmime", "SMTPUTF8")] == [True, True, False]


@pytest.mark.parametrize("limit", ["", "0", "much", "²", "9" * 4000])
def test_size_without_a_limit_that_counts(limit: str) -> None:
    ehlo = f"250-mx.example.org\r\n250 SIZE {limit}\r\n".encode()
    with CapturingServer(say={"EHLO": ehlo}) as server, Session.open(server.relay()) as session:
        assert session.max_size == 0
        assert session.send(SENDER, [ANNE], MAIL).reply.ok


def test_helo_for_servers_without_ehlo() -> None:
    with CapturingServer(esmtp=False, pipelining=False) as server, Session.open(server.relay()) as session:
        assert session.extensions == {}
        assert session.send(SENDER, [ANNE], MAIL, eight_bit=True).reply.ok
    assert server.dialogues[0][:3] == [
        "EHLO lists.example.org",
        "HELO lists.example.org",
        f"MAIL FROM:<{SENDER}>",
    ]


@pytest.mark.parametrize(("name", "greeting"), [("bare", "EHLO [127.0.0.1]"), ("a.example.org", "EHLO a.example.org")])
def test_own_name_is_a_full_one_or_an_address(name: str, greeting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: name)
    with CapturingServer() as server, Session.open(server.relay(local_hostname="")):
        pass
    assert server.dialogues[0][0] == greeting


def test_small_writes_wait_for_nothing() -> None:
    """Nagle's algorithm would hold a group of commands until the one before is acknowledged: 40 ms a mail."""
    with CapturingServer() as server:
        channel = Channel.connect(server.relay())
        assert channel._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        channel.close()


@BOTH
def test_slow_server(pipelining: bool) -> None:
    slow = {"GREETING": 0.3, "RCPT": 0.3, ".": 0.3}
    with CapturingServer(pipelining=pipelining, delay=slow) as server, Session.open(server.relay()) as session:
        assert session.send(SENDER, [ANNE], MAIL).reply.ok


def test_source_address() -> None:
    with CapturingServer() as server, Session.open(server.relay(source_address="127.0.0.1", local_hostname="")):
        pass
    assert server.dialogues[0][0].startswith("EHLO ")


@pytest.mark.parametrize(
    "address",
    [
        "anne@example.com\r\nRCPT TO:<dora@example.com",
        "anne@example.com\n",
        "anne@example.com> SIZE=1",
        "<anne@example.com",
        "anne smith@example.com",
        "anne\t@example.com",
        "anne\x00@example.com",
        "anne\x85@example.com",
        "anne\u2028@example.com",
        "anne\udce9@example.com",
    ],
)
def test_address_that_would_inject_a_command_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="envelope address"):
        check_addresses([ANNE, address])
    with CapturingServer() as server, Session.open(server.relay()) as session:
        for sender, recipients in ((address, [ANNE]), (SENDER, [ANNE, address])):
            with pytest.raises(ValueError, match="envelope address"):
                session.send(sender, recipients, MAIL)
        assert session.send(SENDER, [BART], MAIL).reply.ok
    assert [mail.recipients for mail in server.mails] == [[BART]]


@pytest.mark.parametrize("recipients", [[], [""], [ANNE, ""]])
def test_transaction_needs_recipients(recipients: list[str]) -> None:
    with CapturingServer() as server, Session.open(server.relay()) as session:
        with pytest.raises(ValueError, match="recipient"):
            session.send(SENDER, recipients, MAIL)
        assert session.send(SENDER, [ANNE], MAIL).reply.ok
    assert len(server.mails) == 1


def test_reset_proves_that_the_session_lives() -> None:
    with CapturingServer() as server, Session.open(server.relay()) as session:
        session.reset()
        session.send(SENDER, [ANNE], MAIL)
        server.stop()
        with pytest.raises(ConnectionLost):
            session.reset()
        assert session.closed


def test_idle_session_that_the_server_closed() -> None:
    with CapturingServer(close_after=1) as server, Session.open(server.relay()) as session:
        assert session.idle_ok()
        assert session.send(SENDER, [ANNE], MAIL).reply.ok
        server.wait_until_closed()
        assert not session.idle_ok()
        with pytest.raises(ConnectionLost) as caught:
            session.send(SENDER, [BART], MAIL)
    assert (caught.value.after_data, caught.value.replies) == (False, {})


@pytest.mark.parametrize(
    ("unasked", "error"), [(b"421 4.4.2 timeout\r\n", ConnectionLost), (b"250 hello\r\n", ProtocolError)]
)
def test_unasked_reply_ends_the_session(unasked: bytes, error: type[Exception]) -> None:
    """Whatever else it were, it would be taken for the reply to MAIL, and every later reply for another recipient's."""
    said = {".": b"250 2.0.0 Ok\r\n" + unasked}
    with CapturingServer(say=said) as server, Session.open(server.relay()) as session:
        assert session.send(SENDER, [ANNE], MAIL).reply.ok
        assert not session.idle_ok()
        with pytest.raises(error):
            session.send(SENDER, [BART], MAIL)
        assert session.closed
    assert [line[:4] for line in server.dialogues[0]] == ["EHLO", "MAIL", "RCPT", "DATA"]
    assert [mail.recipients for mail in server.mails] == [[ANNE]]


def test_closed_session_sends_nothing() -> None:
    with CapturingServer() as server:
        session = Session.open(server.relay())
        session.quit()
        session.quit()
        assert not session.idle_ok()
        with pytest.raises(ConnectionLost):
            session.send(SENDER, [ANNE], MAIL)
    assert server.mails == []


def test_quit_takes_no_offence() -> None:
    with CapturingServer(drop={"QUIT": 1}) as server:
        session = Session.open(server.relay())
        session.send(SENDER, [ANNE], MAIL)
        session.quit()
    assert len(server.mails) == 1


def many(count: int) -> Iterator[Transaction]:
    for number in range(count):
        yield Transaction(f"dev-bounces+{number}@example.org", [f"member{number}@example.com"], b"%d\r\n" % number)


@BOTH
def test_many_mails(pipelining: bool) -> None:
    refusals = {"member[36]@": "550 5.1.1 unknown", "member4@": "451 4.2.0 later"}
    server = CapturingServer(pipelining=pipelining, refuse=refusals, refuse_content={r"\+8@": "554 5.6.0 no"})
    with server, Session.open(server.relay()) as session:
        results = list(session.send_many(many(10)))
        assert session.transactions == 10
        assert session.send(SENDER, [ANNE], MAIL).reply.ok
    codes = [250, 250, 250, 550, 451, 250, 550, 250, 554, 250]
    assert [[reply.code for reply in result.recipients] for result in results] == [[code] for code in codes]
    delivered = [number for number, code in enumerate(codes) if code == 250]
    assert [(mail.recipients, mail.content) for mail in server.mails[:-1]] == [
        ([f"member{number}@example.com"], b"%d\r\n" % number) for number in delivered
    ]


def test_next_envelope_travels_with_the_content_before() -> None:
    """Each reply to a final dot is kept back until the next DATA has been read: lock-step would wait for ever."""
    with CapturingServer(hold=True, hold_dot=True) as server, Session.open(server.relay()) as session:
        results = session.send_many(many(5))
        assert [next(results).reply.code for _ in range(4)] == [250] * 4
        session.close()
    assert len(server.mails) == 4


@BOTH
def test_stopping_early_takes_back_what_is_on_the_way(pipelining: bool) -> None:
    with CapturingServer(pipelining=pipelining) as server, Session.open(server.relay()) as session:
        results = session.send_many(many(10))
        assert [next(results).reply.code for _ in range(3)] == [250] * 3
        results.close()
        assert session.closed == pipelining
    assert [mail.content for mail in server.mails] == [b"0\r\n", b"1\r\n", b"2\r\n"]


@BOTH
def test_session_is_kept_after_the_last_result(pipelining: bool) -> None:
    with CapturingServer(pipelining=pipelining) as server, Session.open(server.relay()) as session:
        results = session.send_many(many(3))
        assert [next(results).reply.code for _ in range(3)] == [250] * 3
        results.close()
        assert session.send(SENDER, [ANNE], MAIL).reply.ok
    assert len(server.mails) == 4


@BOTH
def test_error_of_the_caller_hands_nothing_more_over(pipelining: bool) -> None:
    def broken() -> Iterator[Transaction]:
        yield from many(2)
        raise LookupError("the member left")

    with CapturingServer(pipelining=pipelining) as server, Session.open(server.relay()) as session:
        results: list[Result] = []
        with pytest.raises(LookupError):
            results.extend(session.send_many(broken()))
        assert session.closed == pipelining
    assert len(server.mails) == len(results) == (1 if pipelining else 2)


def test_no_mails_at_all() -> None:
    with CapturingServer() as server, Session.open(server.relay()) as session:
        assert list(session.send_many([])) == []
        assert session.send(SENDER, [ANNE], MAIL).reply.ok


def test_sessions_of_several_threads() -> None:
    def work(number: int) -> None:
        with Session.open(server.relay()) as session:
            barrier.wait(PATIENCE)
            for _ in range(10):
                session.send(SENDER, [f"member{number}@example.com"], MAIL)

    barrier = threading.Barrier(4)
    with CapturingServer() as server:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert server.most_open == 4
    names = sorted(delivery.recipient for delivery in server.deliveries)
    assert names == sorted(f"member{number}@example.com" for number in range(4) for _ in range(10))
