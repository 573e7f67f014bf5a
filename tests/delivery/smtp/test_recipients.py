"""Every recipient learns his own fate."""

from typing import Any

import pytest

from delivery.smtp import Reply, Session, Transaction, prepare
from tests.support.smtpd import CapturingServer

SENDER = "dev-bounces@example.org"
ANNE, BART, CRIS, DORA = (f"{name}@example.com" for name in ("anne", "bart", "cris", "dora"))
MAIL = prepare(b"Subject: Hello\n\nDear all,\n")
QUEUED = Reply(250, "2.0.0", "Ok: queued")
UNKNOWN = Reply(550, "5.1.1", "unknown")
BOTH = pytest.mark.parametrize("pipelining", [True, False])


def send(recipients: list[str], data: bytes = MAIL, /, *, relay: Any = (), **behaviour: Any) -> tuple[Any, ...]:
    """Send one mail, and another one to see that the session is as good as before. The result, and who got the first."""
    with CapturingServer(**behaviour) as server, Session.open(server.relay(**dict(relay))) as session:
        result = session.send(SENDER, recipients, data)
        again = session.send("anne-bounces@example.org", ["last@example.com"], b"again\r\n")
        assert again.reply == QUEUED
        assert not session.closed
    *first, last = server.mails
    assert last.recipients == ["last@example.com"]
    return result, [mail.recipients for mail in first]


@BOTH
def test_replies_are_in_the_order_of_the_recipients(pipelining: bool) -> None:
    refuse = {"bart": "550 5.1.1 unknown", "cris": "451 4.2.0 later", "dora": "552 5.2.2 mailbox is full"}
    result, mails = send([BART, ANNE, DORA, CRIS], pipelining=pipelining, refuse=refuse)
    assert result.recipients == (
        UNKNOWN,
        QUEUED,
        Reply(552, "5.2.2", "mailbox is full", retry=True),
        Reply(451, "4.2.0", "later"),
    )
    assert result.reply == QUEUED
    assert [(reply.ok, reply.temporary, reply.permanent) for reply in result.recipients] == [
        (False, False, True),
        (True, False, False),
        (False, True, False),
        (False, True, False),
    ]
    assert mails == [[ANNE]]


@BOTH
def test_more_recipients_than_the_server_takes_at_once(pipelining: bool) -> None:
    result, mails = send([ANNE, BART, CRIS, DORA], pipelining=pipelining, max_recipients=2)
    assert [reply.code for reply in result.recipients] == [250, 250, 452, 452]
    assert [reply.temporary for reply in result.recipients] == [False, False, True, True]
    assert mails == [[ANNE, BART]]


@BOTH
@pytest.mark.parametrize(
    "refusal", ["550 5.7.1 not you", "451 4.3.0 not now", "552 5.3.4 too big", "530 5.7.0 sign in"]
)
def test_refused_sender_counts_for_all(pipelining: bool, refusal: str) -> None:
    result, mails = send([ANNE, BART], pipelining=pipelining, refuse_sender={"dev": refusal})
    assert [str(reply) for reply in (*result.recipients, result.reply)] == [refusal] * 3
    assert [reply.temporary for reply in result.recipients] == [refusal.startswith("4")] * 2
    assert mails == []


@BOTH
def test_all_recipients_refused(pipelining: bool) -> None:
    """With PIPELINING, DATA is refused with 503."""
    refuse = {"anne": "550 5.1.1 unknown", "bart": "450 4.2.1 busy"}
    result, mails = send([ANNE, BART], pipelining=pipelining, refuse=refuse)
    assert result.recipients == (UNKNOWN, Reply(450, "4.2.1", "busy"))
    assert not result.reply.ok
    assert mails == []


def test_data_is_not_asked_for_when_nobody_is_left() -> None:
    with (
        CapturingServer(pipelining=False, refuse={"anne|bart": "550 5.1.1 unknown"}) as server,
        Session.open(server.relay()) as session,
    ):
        session.send(SENDER, [ANNE, BART], MAIL)
    assert [line[:4] for line in server.dialogues[0]] == ["EHLO", "MAIL", "RCPT", "RCPT", "RSET", "QUIT"]


def test_data_welcome_without_recipients_gets_a_lone_dot() -> None:
    """RFC 2920 §3.1: a server may say 354 although it refused all recipients. Nobody gets an empty mail."""
    refuse = {"anne": "550 5.1.1 unknown", "bart": "450 4.2.1 busy"}
    result, mails = send([ANNE, BART], refuse=refuse, welcome=True)
    assert result.recipients == (UNKNOWN, Reply(450, "4.2.1", "busy"))
    assert result.reply == Reply(450, "4.2.1", "busy")
    assert mails == [[]]


@BOTH
@pytest.mark.parametrize("refusal", ["451 4.3.0 try later", "554 5.7.1 no", "552 5.3.4 too big"])
def test_refused_data_command(pipelining: bool, refusal: str) -> None:
    refuse = {"bart": "550 5.1.1 unknown"}
    with (
        CapturingServer(pipelining=pipelining, refuse=refuse, say={"DATA": f"{refusal}\r\n".encode()}) as server,
        Session.open(server.relay()) as session,
    ):
        for _ in range(2):
            result = session.send(SENDER, [ANNE, BART, CRIS], MAIL)
            assert [str(reply) for reply in result.recipients] == [refusal, str(UNKNOWN), refusal]
            assert str(result.reply) == refusal
        assert not session.closed
    assert server.mails == []


@BOTH
@pytest.mark.parametrize("refusal", ["451 4.3.0 try later", "554 5.6.0 no such mail", "552 5.3.4 too big"])
def test_refused_content(pipelining: bool, refusal: str) -> None:
    refuse, content = {"bart": "450 4.2.1 busy"}, {"dev": refusal}
    result, mails = send([ANNE, BART, CRIS], pipelining=pipelining, refuse=refuse, refuse_content=content)
    assert [str(reply) for reply in result.recipients] == [refusal, "450 4.2.1 busy", refusal]
    assert [reply.permanent for reply in result.recipients] == [refusal[0] == "5", False, refusal[0] == "5"]
    assert mails == []


@BOTH
@pytest.mark.parametrize(("size", "sent"), [(len(MAIL) - 1, False), (len(MAIL), True), (0, True)])
def test_mail_larger_than_the_server_takes_is_not_sent(pipelining: bool, size: int, sent: bool) -> None:
    with CapturingServer(pipelining=pipelining, size=size) as server, Session.open(server.relay()) as session:
        result = session.send(SENDER, [ANNE, BART], MAIL)
        assert session.transactions == int(sent)
    assert [reply.ok for reply in result.recipients] == [sent, sent]
    assert [mail.recipients for mail in server.mails] == [[ANNE, BART]] * sent
    if not sent:
        reply = result.reply
        assert (reply.code, reply.enhanced, reply.permanent) == (552, "5.3.4", True)
        assert "MAIL" not in [line[:4] for line in server.dialogues[0]]


def test_given_size_is_what_counts() -> None:
    with CapturingServer(size=1000) as server, Session.open(server.relay()) as session:
        assert session.send(SENDER, [ANNE], MAIL, size=1001).reply.code == 552
        assert session.send(SENDER, [ANNE], MAIL, size=1000).reply.ok


@BOTH
def test_international_recipients_where_the_server_takes_none(pipelining: bool) -> None:
    recipients = ["zoë@example.com", ANNE, "bärt@example.com", CRIS]
    refuse = {"cris": "550 5.1.1 unknown"}
    result, mails = send(recipients, pipelining=pipelining, smtputf8=False, refuse=refuse)
    assert [(reply.code, reply.enhanced) for reply in result.recipients] == [
        (553, "5.6.7"),
        (250, "2.0.0"),
        (553, "5.6.7"),
        (550, "5.1.1"),
    ]
    assert mails == [[ANNE]]


@BOTH
@pytest.mark.parametrize(
    ("sender", "recipients", "smtputf8"),
    [("dëv@example.org", [ANNE, BART], False), (SENDER, [ANNE, BART], True), (SENDER, ["zoë@example.com"], False)],
)
def test_international_mail_where_the_server_takes_none(
    pipelining: bool, sender: str, recipients: list[str], smtputf8: bool
) -> None:
    with CapturingServer(pipelining=pipelining, smtputf8=False) as server, Session.open(server.relay()) as session:
        result = session.send(sender, recipients, MAIL, smtputf8=smtputf8)
        assert session.send(SENDER, [DORA], MAIL).reply.ok
    assert [(reply.code, reply.enhanced) for reply in result.recipients] == [(553, "5.6.7")] * len(recipients)
    assert [mail.recipients for mail in server.mails] == [[DORA]]


@BOTH
def test_international_addresses_where_the_server_takes_them(pipelining: bool) -> None:
    with CapturingServer(pipelining=pipelining) as server, Session.open(server.relay()) as session:
        assert session.send("dëv@example.org", ["zoë@example.com", ANNE], MAIL).reply.ok
        assert session.send(SENDER, ["zoë@example.com"], MAIL).reply.ok
        assert session.send(SENDER, [ANNE], MAIL).reply.ok
    assert [(mail.sender, mail.recipients, mail.parameters) for mail in server.mails] == [
        ("dëv@example.org", ["zoë@example.com", ANNE], ["SMTPUTF8"]),
        (SENDER, ["zoë@example.com"], ["SMTPUTF8"]),
        (SENDER, [ANNE], []),
    ]


@BOTH
def test_mails_that_are_not_sent_among_many(pipelining: bool) -> None:
    small, large = b"small\r\n", b"large\r\n" * 100
    mails = [
        Transaction(SENDER, [ANNE], large),
        Transaction(SENDER, [BART], small),
        Transaction(SENDER, ["zoë@example.com"], small),
        Transaction(SENDER, [CRIS], large),
        Transaction(SENDER, ["zoë@example.com", DORA], small),
        Transaction(SENDER, [CRIS], large),
    ]
    server = CapturingServer(pipelining=pipelining, size=100, smtputf8=False)
    with server, Session.open(server.relay()) as session:
        results = [[reply.code for reply in result.recipients] for result in session.send_many(mails)]
    assert results == [[552], [250], [553], [552], [553, 250], [552]]
    assert [mail.recipients for mail in server.mails] == [[BART], [DORA]]


@pytest.mark.parametrize("refuse", [{}, {"bart": "550 5.1.1 unknown"}])
def test_lmtp_replies_once_per_recipient(refuse: dict[str, str]) -> None:
    """RFC 2033 §4.2."""
    contents = {"anne": "452 4.2.2 over quota", "cris": "552 5.2.2 over quota for good"}
    result, mails = send([ANNE, BART, CRIS, DORA], lmtp=True, refuse=refuse, refuse_content=contents)
    assert result.recipients == (
        Reply(452, "4.2.2", "over quota"),
        UNKNOWN if refuse else QUEUED,
        Reply(552, "5.2.2", "over quota for good"),
        QUEUED,
    )
    assert [reply.permanent for reply in result.recipients] == [False, bool(refuse), True, False]
    assert mails == [[DORA] if refuse else [BART, DORA]]


def test_lmtp_with_nobody_accepted() -> None:
    result, mails = send([ANNE, BART], lmtp=True, refuse={"anne|bart": "550 5.1.1 unknown"})
    assert result.recipients == (UNKNOWN, UNKNOWN)
    assert mails == []


def test_lmtp_server_that_wants_a_mail_for_nobody() -> None:
    """How many replies would follow its dot? The session is given up, the refusals stand."""
    with (
        CapturingServer(lmtp=True, refuse={"anne": "550 5.1.1 unknown"}, welcome=True) as server,
        Session.open(server.relay()) as session,
    ):
        assert session.send(SENDER, [ANNE], MAIL).recipients == (UNKNOWN,)
        assert session.closed
        server.wait_until_closed()
    assert server.steps["."] == 0


def test_lmtp_never_falls_back_to_helo() -> None:
    with CapturingServer(lmtp=True) as server, Session.open(server.relay()):
        pass
    assert server.dialogues[0][0] == "LHLO lists.example.org"
