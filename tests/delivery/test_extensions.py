"""What a relay offers is used; what it lacks is gone round."""

from typing import Any

import pytest

from delivery.enums import BatchKind, BatchState, OutcomeState
from delivery.models import Batch, Outcome
from lists.models import MailingList
from suite.mail.content import body_text
from suite.mail.headers import split_letter
from suite.mail.parse import parse
from tests.support.factories import make_list, make_member
from tests.support.outgoing import HEADER, people, put, relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Grüße\n.\nfrom Łódź"
RAW = HEADER.replace(b"Hello", "Hällo".encode()) + b"\r\n" + TEXT.replace("\n", "\r\n").encode() + b"\r\n"
PLAIN_SMTP = [{"eight_bit": False, "pipelining": False}, {"esmtp": False, "pipelining": False}]


@pytest.fixture
def dev() -> MailingList:
    return make_list("dev")


def put_raw(mlist: MailingList, raw: bytes, *args: Any, **kwargs: Any) -> None:
    header, body = split_letter(raw)
    put(mlist, *args, header=header, body=body, **kwargs)


@pytest.mark.feature("core.outgoing.pipelining")
def test_everything_a_relay_offers_is_used(dev: MailingList) -> None:
    """It keeps its replies back until DATA: who does not pipeline never hears one."""
    put_raw(dev, RAW, people(3))
    put_raw(dev, RAW.replace(b"Bart <bart@", "Bart <bärt@".encode()), [(None, "zoë@example.com", "")])
    with relay(size=1_000_000, hold=True) as server:
        send_all()
    first, second = server.mails
    assert (first.recipients, second.recipients) == ([address for _, address, _ in people(3)], ["zoë@example.com"])
    assert first.parameters == [f"SIZE={len(first.wire)}", "BODY=8BITMIME"]
    assert second.parameters == [f"SIZE={len(second.wire)}", "BODY=8BITMIME", "SMTPUTF8"]
    assert first.content == RAW


@pytest.mark.feature("core.outgoing.pipelining")
@pytest.mark.parametrize("behaviour", PLAIN_SMTP)
def test_a_relay_of_seven_bits_gets_no_others(dev: MailingList, behaviour: dict[str, bool]) -> None:
    put_raw(dev, RAW, people(60))
    with relay(**behaviour) as server:
        send_all()
    assert sorted(delivery.recipient for delivery in server.deliveries) == sorted(
        address for _, address, _ in people(60)
    )
    for mail in server.mails:
        assert mail.wire.isascii()
        copy = parse(mail.content)
        assert copy.headers.get("Content-Transfer-Encoding") == b"quoted-printable"
        assert copy.headers.text("Subject") == "Hällo"
        assert body_text(copy) == TEXT
        assert mail.parameters == []
    assert Batch.objects.get().state == BatchState.SENT


@pytest.mark.feature("core.outgoing.pipelining")
@pytest.mark.parametrize("behaviour", PLAIN_SMTP)
def test_a_whole_post_by_a_relay_of_seven_bits(dev: MailingList, behaviour: dict[str, bool]) -> None:
    for name in ("anne", "bart"):
        make_member(dev, f"{name}@example.com")
    arrive(letter(subject="Größe", body=f"{TEXT}\n", content_type="text/plain; charset=utf-8"))
    judge_all()
    with relay(**behaviour) as server:
        send_all()
    assert sorted(delivery.recipient for delivery in server.deliveries) == ["anne@example.com", "bart@example.com"]
    for mail in server.mails:
        assert mail.wire.isascii()
        assert parse(mail.content).headers.text("Subject") == "[Dev] Größe"
        assert body_text(parse(mail.content)).startswith(f"{TEXT}\n")


@pytest.mark.parametrize(
    "body", ["Dear =#0123456789abcdef:user_name#=,\r\n.\r\n", "Grüße, =#0123456789abcdef:user_name#="]
)
def test_personal_copies_are_filled_first(dev: MailingList, body: str) -> None:
    """Values bring eight bits into copies that have none, and placeholders would not survive the encoding."""
    names = {"anne@example.com": "Anne", "zoe@example.com": "Zoë"}
    wanted = [(None, address, name) for address, name in names.items()]
    put(dev, wanted, kind=BatchKind.PERSONAL, body=f"\r\n{body}".encode())
    with relay(eight_bit=False, pipelining=False) as server:
        send_all()
    assert all(mail.wire.isascii() for mail in server.mails)
    assert {mail.recipients[0]: body_text(parse(mail.content)) for mail in server.mails} == {
        address: body.replace("=#0123456789abcdef:user_name#=", name).replace("\r\n", "\n").rstrip("\n")
        for address, name in names.items()
    }


def test_each_relay_gets_the_bits_it_takes(dev: MailingList) -> None:
    """Half of it went to a relay of eight bits; the one that takes its place has seven."""
    put_raw(dev, RAW, people(2))
    with relay(refuse={"^member1": "451 4.3.0 later"}) as server:
        send_all()
    assert [mail.content for mail in server.mails] == [RAW]
    Outcome.objects.filter(state=OutcomeState.DEFERRED).update(due_at="2020-01-01T00:00:00Z")
    Batch.objects.update(due_at="2020-01-01T00:00:00Z")
    with relay(eight_bit=False) as server:
        send_all()
    [mail] = server.mails
    assert mail.recipients == ["member1@example.com"]
    assert mail.wire.isascii()
    assert body_text(parse(mail.content)) == TEXT


def test_internationalised_mail_is_refused_for_a_relay_without_smtputf8(dev: MailingList) -> None:
    put_raw(dev, RAW.replace(b"Bart <bart@", "Bart <bärt@".encode()), people(1))
    with relay(smtputf8=False, eight_bit=False) as server:
        send_all()
    assert server.mails == []
    outcome = Outcome.objects.get()
    assert (outcome.state, outcome.enhanced) == (OutcomeState.REFUSED, "5.6.7")
