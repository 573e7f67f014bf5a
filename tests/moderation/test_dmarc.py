"""The rule dmarc-mitigation, with a DNS server of the test's own."""

from collections.abc import Iterator
from typing import Any

import pytest

from archives.enums import Role
from archives.models import Arrival
from lists.enums import DMARCMitigateAction
from lists.models import MailingList
from moderation import candidates, chains, policies
from moderation.candidates import Candidate
from moderation.verdicts import Disposition, Verdict
from tests.support.dns import dns_server
from tests.support.factories import make_list, make_member
from tests.support.letters import make_candidate, make_candidates, make_letter

NONE, MUNGE, WRAP, REJECT, DISCARD = DMARCMitigateAction
P_REJECT = {"_dmarc.example.com": ["v=DMARC1; p=reject"]}
BART = "Bart <bart@example.com>"


@pytest.fixture(autouse=True)
def rested() -> Iterator[None]:
    policies.forget()
    yield
    policies.forget()


@pytest.fixture
def dev(db: None) -> MailingList:
    mlist = make_list("dev", dmarc_mitigate_action=REJECT)
    make_member(mlist, "bart@example.com")
    return mlist


def judged(mlist: MailingList, sender: str = BART) -> Verdict:
    letter = make_candidate(mlist, make_letter(sender), sender="bart@example.com")
    return chains.run("default-posting-chain", letter, mlist)


def hits(mlist: MailingList, sender: str = BART) -> bool:
    return "dmarc-mitigation" in judged(mlist, sender).hits


@pytest.mark.feature("core.dmarc.lookup")
@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (["v=DMARC1; p=none"], False),
        (["v=DMARC1; p=quarantine"], True),
        (["v=DMARC1; p=reject"], True),
        (["v=DMARC1; p=reject", "v=DMARC1; p=quarantine"], False),
        (["v=spf1 -all"], False),
        ([], False),
    ],
)
def test_the_domains_own_record(record: list[str], expected: bool, dev: MailingList) -> None:
    with dns_server({"_dmarc.example.com": record} if record else {}):
        assert hits(dev) is expected


@pytest.mark.feature("core.dmarc.lookup")
@pytest.mark.parametrize(
    ("record", "expected"),
    [("v=DMARC1; p=reject", True), ("v=DMARC1; p=reject; sp=none", False), ("v=DMARC1; p=none; sp=reject", True)],
)
def test_a_subdomain_follows_its_organisation(record: str, expected: bool, dev: MailingList) -> None:
    with dns_server({"_dmarc.example.com": [record]}):
        assert hits(dev, "bart@office.mail.example.com") is expected


@pytest.mark.feature("core.dmarc.lookup")
def test_aliases_are_followed(dev: MailingList) -> None:
    aliases = {"_dmarc.example.com": "_dmarc.example.net", "_dmarc.example.net": "policy.example.net"}
    with dns_server({"policy.example.net": ["v=DMARC1; p=reject"]}, aliases=aliases):
        assert hits(dev)


@pytest.mark.feature("core.dmarc.lookup")
def test_servers_in_trouble_count_as_a_hit(dev: MailingList) -> None:
    with dns_server({}, broken=["_dmarc.example.com"]):
        verdict = judged(dev)

    assert (verdict.disposition, verdict.rule) == (Disposition.REJECT, "dmarc-mitigation")
    assert verdict.reasons == ("DNS does not say what example.com asks for.",)


@pytest.mark.feature("core.dmarc.lookup")
def test_silence_counts_as_a_hit_and_is_asked_once(dev: MailingList) -> None:
    with dns_server({}, silent=["_dmarc.example.com"], seconds=0.2) as server:
        assert hits(dev)
        asked = len(server.questions)
        assert hits(dev)

        assert len(server.questions) == asked > 0


@pytest.mark.feature("core.dmarc.lookup")
@pytest.mark.parametrize("records", [P_REJECT, {}])
def test_a_second_post_within_the_ttl_asks_nothing(records: dict[str, list[str]], dev: MailingList) -> None:
    with dns_server(records) as server:
        judged(dev)
        asked = list(server.questions)
        judged(dev)

        assert server.questions == asked
        assert set(asked) == ({"_dmarc.example.com"} if records else {"_dmarc.example.com", "_dmarc.com"})


def test_a_run_asks_once_for_each_domain_even_without_ttl(dev: MailingList) -> None:
    letters = [(make_letter(BART, str(number)), "bart@example.com") for number in range(5)]
    with dns_server(P_REJECT, ttl=0) as server:
        run = make_candidates(dev, *letters)

        assert server.questions == ["_dmarc.example.com"]
        assert all(chains.run("default-posting-chain", letter, dev).hits for letter in run)


@pytest.mark.feature("core.rule.dmarc-mitigation", "core.chain.dmarc")
@pytest.mark.parametrize(("action", "end"), [(REJECT, Disposition.REJECT), (DISCARD, Disposition.DISCARD)])
def test_reject_and_discard_end_the_matter(action: DMARCMitigateAction, end: Disposition, dev: MailingList) -> None:
    dev.dmarc_mitigate_action = action
    with dns_server(P_REJECT):
        verdict = judged(dev)

    assert (verdict.disposition, verdict.rule, verdict.hits) == (end, "dmarc-mitigation", ("dmarc-mitigation",))
    assert verdict.reasons == ("example.com asks for p=reject.",)


@pytest.mark.feature("core.rule.dmarc-mitigation")
@pytest.mark.parametrize("action", [MUNGE, WRAP])
def test_munge_and_wrap_leave_a_note(action: DMARCMitigateAction, dev: MailingList) -> None:
    dev.dmarc_mitigate_action = action
    with dns_server(P_REJECT):
        verdict = judged(dev)

    assert (verdict.disposition, verdict.misses[0]) == (Disposition.ACCEPT, "dmarc-mitigation")
    assert verdict.notes == {"dmarc": "example.com asks for p=reject"}


@pytest.mark.feature("core.rule.dmarc-mitigation")
@pytest.mark.parametrize("settings", [{"dmarc_mitigate_action": NONE}, {"anonymous_list": True}])
def test_nothing_is_asked_where_nothing_would_be_done(settings: dict[str, Any], dev: MailingList) -> None:
    vars(dev).update(settings)
    with dns_server(P_REJECT) as server:
        verdict = judged(dev)

        assert server.questions == []
    assert (verdict.disposition, verdict.notes) == (Disposition.ACCEPT, {})


def test_nothing_is_asked_for_mail_to_the_owners(dev: MailingList) -> None:
    [letter] = make_candidates(dev, (make_letter(BART), "bart@example.com"))
    Arrival.objects.update(role=Role.OWNER)
    with dns_server(P_REJECT) as server:
        candidates.build(list(Arrival.objects.all()), dev, {letter.arrival.letter_id: letter.raw})

        assert server.questions == []


@pytest.mark.feature("core.dmarc.unconditional")
@pytest.mark.parametrize("action", [MUNGE, WRAP])
def test_unconditionally_asks_nothing_and_marks_every_post(action: DMARCMitigateAction, dev: MailingList) -> None:
    dev.dmarc_mitigate_action, dev.dmarc_mitigate_unconditionally = action, True
    with dns_server({}) as server:
        assert judged(dev).notes == {"dmarc-always": "The list does it to every post"}
        assert server.questions == []


def test_unconditionally_refuses_nobody(dev: MailingList) -> None:
    dev.dmarc_mitigate_unconditionally = True
    with dns_server({}):
        assert judged(dev).disposition is Disposition.ACCEPT


@pytest.mark.feature("core.dmarc.unconditional")
@pytest.mark.parametrize(
    ("entry", "expected"), [("BART@example.com", True), (r"^.*@example\.", True), ("^dora", False)]
)
def test_named_posters_are_mitigated_whatever_dns_says(entry: str, expected: bool, dev: MailingList) -> None:
    dev.dmarc_addresses = [entry]
    with dns_server({"_dmarc.example.com": ["v=DMARC1; p=none"]}):
        assert hits(dev) is expected


def test_of_several_authors_each_counts(dev: MailingList) -> None:
    with dns_server(P_REJECT):
        assert hits(dev, "Anne <anne@example.net>, Bart <bart@example.com>")


def test_a_second_from_field_counts(dev: MailingList) -> None:
    raw = b"From: anne@example.net\r\n" + make_letter(BART)
    with dns_server(P_REJECT):
        letter: Candidate = make_candidate(dev, raw)

        assert "dmarc-mitigation" in chains.run("default-posting-chain", letter, dev).hits


@pytest.mark.parametrize("sender", ["bart@[192.0.2.1]", "nobody", "bart@" + "a" * 64 + ".example", "b@x..example.com"])
def test_what_is_no_domain_is_no_trouble(sender: str, dev: MailingList) -> None:
    with dns_server({}):
        assert not hits(dev, sender)


def test_a_name_of_another_script_is_asked_for_in_a_labels(dev: MailingList) -> None:
    with dns_server({"_dmarc.xn--bcher-kva.example": ["v=DMARC1; p=reject"]}):
        assert hits(dev, "bart@bücher.example")


@pytest.mark.feature("core.chain.dmarc")
@pytest.mark.parametrize(
    ("notice", "expected"), [("", "Your mail comes from example.com, which asks"), ("Ask Anne.\nDo!", "Ask Anne.\nDo!")]
)
def test_the_sender_hears_the_lists_own_words(notice: str, expected: str, dev: MailingList) -> None:
    dev.dmarc_moderation_notice = notice
    with dns_server(P_REJECT):
        [sentence] = judged(dev).sender_reasons

    assert sentence.startswith(expected)


def test_a_site_whose_dns_is_dead_waits_no_longer_than_its_patience(
    dev: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "PATIENCE", 0.0)
    with dns_server(P_REJECT) as server:
        assert hits(dev)
        assert server.questions == []
