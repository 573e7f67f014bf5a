"""Posts that are examined when they come and sealed when they leave, as an independent verifier sees them."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from delivery.checks import check_seals
from lists.enums import Personalization
from lists.models import MailingList
from suite.mail import authentication_results
from suite.mail.headers import HeaderBlock, split_letter
from tests.support import dkim, verifier
from tests.support.dns import DnsServer, dns_server
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.signing import sign_for

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = {("example.org", "rsa-sha256"), ("example.org", "ed25519-sha256")}
US, BORDER = "lists.example.org", "mx.example.org"


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    records = {
        "test._domainkey.example.com": [dkim.public_record().decode()],
        "_dmarc.example.com": ["v=DMARC1; p=reject"],
    }
    with dns_server(records) as server, override_settings(ARC=True, AUTHSERV_ID=US, TRUSTED_AUTHSERV_IDS=[BORDER]):
        yield server


@pytest.fixture
def dev(dns: DnsServer) -> MailingList:
    sign_for("example.org")
    mlist = make_list("dev")
    for member in ("bart@example.com", "zoe@example.net"):
        make_member(mlist, member)
    dns.records.update({name: [text] for name, text in verifier.zone().items()})
    return mlist


def deliver(raw: bytes, to: str = "dev@example.org") -> list[bytes]:
    arrive(raw, to)
    judge_all()
    with relay() as server:
        send_all()
    return [mail.content for mail in server.mails]


def told(copy: bytes, identity: str = US) -> list[list[str]]:
    """Method and result of each result in each field of this service."""
    headers = HeaderBlock.parse(split_letter(copy)[0])
    fields = [authentication_results.split(value) for value in headers.get_all("Authentication-Results")]
    return [
        ["=".join(authentication_results.method_and_result(text)) for text in found]
        for whose, found in fields
        if whose == identity
    ]


@pytest.mark.feature("core.handler.validate-authenticity", "core.arc.validate")
def test_forged_results_go_and_fresh_ones_stand_on_top(dev: MailingList) -> None:
    forged = f"Authentication-Results: {US}; dkim=pass header.d=bank.example\r\n".encode()
    border = f"Authentication-Results: {BORDER}; spf=fail smtp.mailfrom=bart@example.com\r\n".encode()
    stranger = b"Authentication-Results: evil.example; spf=pass smtp.mailfrom=bart@example.com; dmarc=pass\r\n"

    [copy] = deliver(forged + border + stranger + dkim.sign(letter(body="Hello.\n")))

    assert told(copy) == [["arc=none", "spf=fail", "dkim=pass", "dmarc=pass"]]
    assert b"header.d=example.com header.s=test header.a=rsa-sha256" in " ".join(copy.decode().split()).encode()
    assert b"bank.example" not in copy


@pytest.mark.feature("core.handler.validate-authenticity")
def test_with_arc_off_the_message_is_untouched(dev: MailingList) -> None:
    raw = f"Authentication-Results: {US}; dkim=pass\r\n".encode() + letter()

    with override_settings(ARC=False):
        [copy] = deliver(raw)

    assert told(copy) == [["dkim=pass"]]
    assert b"ARC-" not in copy


@pytest.mark.feature("core.arc.validate")
@pytest.mark.parametrize(
    ("before", "signed", "results"),
    [
        (b"", False, ["arc=none", "dkim=none", "dmarc=fail"]),
        (f"Authentication-Results: {BORDER}; spf=pass smtp.mailfrom=x@example.com\r\n".encode(), False,
         ["arc=none", "spf=pass", "dkim=none", "dmarc=pass"]),
        (b"Authentication-Results: evil.example; spf=pass smtp.mailfrom=x@example.com\r\n", False,
         ["arc=none", "dkim=none", "dmarc=fail"]),
        (f"Authentication-Results: {BORDER}; dmarc=fail header.from=example.com\r\n".encode(), True,
         ["arc=none", "dkim=pass", "dmarc=fail"]),
        (b"DKIM-Signature: v=1; a=rsa-sha256; d=x dmarc=pass; s=x; h=from; bh=AA==; b=AA==\r\n", False,
         ["arc=none", "dkim=fail", "dmarc=fail"]),
    ],
)  # fmt: skip
def test_only_trusted_services_are_believed(dev: MailingList, before: bytes, signed: bool, results: list[str]) -> None:
    raw = letter()

    [copy] = deliver(before + (dkim.sign(raw) if signed else raw))

    assert told(copy) == [results]


@pytest.mark.parametrize(
    ("asked", "by_signature", "by_path"),
    [("", "pass", "pass"), ("; adkim=s", "fail", "pass"), ("; aspf=s", "pass", "fail")],
)
def test_alignment_is_as_strict_as_the_policy_asks(
    dev: MailingList, dns: DnsServer, asked: str, by_signature: str, by_path: str
) -> None:
    dns.records["_dmarc.example.com"] = [f"v=DMARC1; p=none{asked}"]
    MailingList.objects.update(default_nonmember_action=3)
    raw = letter(sender="bart@sales.example.com")
    path = f"Authentication-Results: {BORDER}; spf=pass smtp.mailfrom=x@example.com\r\n".encode()

    [[signed], [passed]] = deliver(dkim.sign(raw)), deliver(path + raw.replace(b"Message-ID: <", b"Message-ID: <x"))

    assert (told(signed)[0][-1], told(passed)[0][-1]) == (f"dmarc={by_signature}", f"dmarc={by_path}")


@pytest.mark.feature("core.handler.arc-sign", "core.arc.sign")
@pytest.mark.parametrize("personalize", [Personalization.NONE, Personalization.FULL])
def test_copies_are_sealed_and_a_second_list_goes_on(dev: MailingList, personalize: Personalization) -> None:
    make_member(make_list("other"), "bart@example.com")
    MailingList.objects.update(personalize=personalize, require_explicit_destination=False)

    first = deliver(dkim.sign(letter()))
    [second] = deliver(first[0], "other@example.org")

    assert len(first) == (1 if personalize == Personalization.NONE else 2)
    for copy in first:
        assert state_and_instances(copy) == ("pass", [1])
        assert copy.count(b"ARC-Seal:") == 1 and b"cv=none" in copy
        assert verifier.verified(copy) == BOTH
        names = [name.lower() for name in HeaderBlock.parse(split_letter(copy)[0]).names()]
        assert names[:4] == ["arc-seal", "arc-message-signature", "arc-authentication-results", "dkim-signature"]
    assert told(second)[0][0] == "arc=pass"
    assert state_and_instances(second) == ("pass", [2, 1])


def state_and_instances(copy: bytes) -> tuple[str, list[int]]:
    state, sets = verifier.arc_state(copy)
    return state, [one["instance"] for one in sets]


@pytest.mark.feature("core.arc.sign")
def test_a_failed_chain_is_not_extended_as_if_it_passed(dev: MailingList) -> None:
    [sealed] = deliver(letter())
    broken = sealed.replace(b"Good morning.", b"Buy now.").replace(b"\r\nList-Post: <mailto:dev@example.org>", b"", 1)

    [copy] = deliver(broken)

    assert told(copy)[0][0] == "arc=fail"
    assert copy.count(b"ARC-Seal:") == 2 and b"cv=fail" in copy
    assert verifier.arc_state(copy)[0] != "pass"


def test_mail_of_our_own_is_not_sealed(dev: MailingList) -> None:
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()
    with relay() as server:
        send_all()

    assert all(b"ARC-" not in mail.content for mail in server.mails)


@pytest.mark.feature("core.handler.arc-sign")
def test_a_missing_key_is_told_at_start(dev: MailingList) -> None:
    make_list("dev@bare.example")

    [problem] = check_seals(["default"])

    assert (problem.id, "bare.example" in problem.msg, "POSTHOUSE_ARC" in problem.msg) == ("delivery.E006", True, True)
    with override_settings(ARC=False):
        assert check_seals(["default"]) == []
    sign_for("bare.example")
    assert check_seals(["default"]) == []
