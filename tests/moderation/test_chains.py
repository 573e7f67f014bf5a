import logging

import pytest

from lists.enums import Action, MemberRole, Role
from lists.models import MailingList
from lists.services.bans import ban
from moderation import chains
from moderation.candidates import Candidate
from moderation.chains import Chain, Findings, Link, LinkAction
from moderation.verdicts import Disposition, Verdict
from tests.support.factories import make_list, make_member
from tests.support.letters import make_candidate, make_letter

ENDS: dict[str, Chain] = {disposition.value: disposition for disposition in Disposition}
DEFER, DETOUR, JUMP, RUN, STOP = (
    LinkAction.DEFER,
    LinkAction.DETOUR,
    LinkAction.JUMP,
    LinkAction.RUN,
    LinkAction.STOP,
)


@pytest.fixture
def dev(db: None) -> MailingList:
    mlist = make_list("dev")
    make_member(mlist, "bart@example.com")
    return mlist


@pytest.fixture
def no_subject(dev: MailingList) -> Candidate:
    """Bart's post, which has no subject."""
    return make_candidate(dev, make_letter(subject=""))


def walk(letter: Candidate, mlist: MailingList, **tables: tuple[Link, ...]) -> Verdict:
    """Walk the chain called `test`, beside the others given and the four ends."""
    return chains.run("test", letter, mlist, {**ENDS, **tables})


# --- link actions -----------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.chain.link-actions")
def test_jump_never_returns(no_subject: Candidate, dev: MailingList) -> None:
    verdict = walk(
        no_subject,
        dev,
        test=(Link("no-subject", JUMP, "side"), Link("truth", JUMP, "accept")),
        side=(Link("loop", DEFER),),
    )

    assert verdict.disposition is Disposition.HOLD
    assert verdict.reasons[-1] == "The chain test ended without a decision."
    assert (verdict.hits, verdict.misses) == (("no-subject",), ("loop",))


@pytest.mark.feature("core.chain.link-actions")
def test_jump_out_of_a_detour_never_returns(no_subject: Candidate, dev: MailingList) -> None:
    verdict = walk(
        no_subject,
        dev,
        test=(Link("truth", DETOUR, "side"), Link("truth", JUMP, "accept")),
        side=(Link("no-subject", JUMP, "discard"),),
    )

    assert (verdict.disposition, verdict.rule) == (Disposition.DISCARD, "no-subject")


@pytest.mark.feature("core.chain.link-actions")
def test_detour_returns(no_subject: Candidate, dev: MailingList) -> None:
    verdict = walk(
        no_subject,
        dev,
        test=(Link("truth", DETOUR, "side"), Link("max-size", DEFER), Link("truth", JUMP, "accept")),
        side=(Link("no-subject", DEFER), Link("loop", DEFER)),
    )

    assert verdict.disposition is Disposition.ACCEPT
    assert (verdict.hits, verdict.misses) == (("no-subject",), ("loop", "max-size"))


@pytest.mark.feature("core.chain.link-actions")
def test_defer_records_and_goes_on(no_subject: Candidate, dev: MailingList) -> None:
    verdict = walk(no_subject, dev, test=(Link("no-subject", DEFER), Link("truth", JUMP, "accept")))

    assert (verdict.disposition, verdict.hits) == (Disposition.ACCEPT, ("no-subject",))


@pytest.mark.feature("core.chain.link-actions")
def test_stop_ends_here_and_the_post_waits_for_somebody(no_subject: Candidate, dev: MailingList) -> None:
    verdict = walk(
        no_subject,
        dev,
        test=(Link("truth", DETOUR, "side"), Link("truth", JUMP, "accept")),
        side=(Link("no-subject", STOP), Link("loop", DEFER)),
    )

    assert (verdict.disposition, verdict.rule, verdict.misses) == (Disposition.HOLD, "", ())


@pytest.mark.feature("core.chain.link-actions")
@pytest.mark.parametrize(("answer", "disposition"), [("", Disposition.ACCEPT), ("reject", Disposition.REJECT)])
def test_run_calls_its_function_with_the_post(
    answer: str, disposition: Disposition, no_subject: Candidate, dev: MailingList
) -> None:
    called: list[tuple[Candidate, MailingList, list[str]]] = []

    def look(letter: Candidate, mlist: MailingList, found: Findings) -> str:
        called.append((letter, mlist, list(found.hits)))
        return answer

    verdict = walk(no_subject, dev, test=(Link("no-subject", RUN, function=look), Link("truth", JUMP, "accept")))

    assert called == [(no_subject, dev, ["no-subject"])]
    assert verdict.disposition is disposition


def test_link_whose_rule_misses_does_nothing(no_subject: Candidate, dev: MailingList) -> None:
    links = tuple(Link("loop", action, "discard" if action in (JUMP, DETOUR) else "") for action in LinkAction)

    verdict = walk(no_subject, dev, test=(*links, Link("truth", JUMP, "accept")))

    assert (verdict.disposition, verdict.misses) == (Disposition.ACCEPT, ("loop",) * len(links))


# --- the chains there are ---------------------------------------------------------------------------------------------


@pytest.mark.feature("core.rule.truth")
def test_post_that_hits_nothing_is_accepted_and_truth_is_not_recorded(dev: MailingList) -> None:
    verdict = chains.run("default-posting-chain", make_candidate(dev), dev)

    assert verdict == Verdict(
        Disposition.ACCEPT,
        rule="",
        hits=(),
        misses=(
            "dmarc-mitigation",
            "no-senders",
            "approved",
            "loop",
            "banned-address",
            "header-checks",
            "header-match",
            "clamav",
            "spamassassin",
            "rspamd",
            "emergency",
            "flood",
            "sender-limit",
            "member-moderation",
            "nonmember-moderation",
            "probation-limits",
            "probation",
            "administrivia",
            "implicit-dest",
            "max-recipients",
            "max-size",
            "news-moderation",
            "no-subject",
            "digests",
            "suspicious-header",
        ),
    )


def test_deferred_hits_reach_hold_through_any_with_both_sentences_of_each(dev: MailingList) -> None:
    dev.max_message_size = 1
    letter = make_candidate(dev, make_letter(subject="") + b"x" * 2000)

    verdict = chains.run("default-posting-chain", letter, dev)

    assert (verdict.disposition, verdict.rule) == (Disposition.HOLD, "max-size")
    assert verdict.hits == ("max-size", "no-subject")
    assert verdict.reasons == ("The message has 3 KB; the list's limit is 1 KB.", "The message has no subject.")
    assert verdict.sender_reasons == (
        "Your message has 3 KB, attachments included; this list takes 1 KB.",
        "Your message has no subject.",
    )


@pytest.mark.feature("core.chain.moderation")
@pytest.mark.parametrize("action", [Action.HOLD, Action.REJECT, Action.DISCARD, Action.ACCEPT])
@pytest.mark.parametrize("role", [MemberRole.MEMBER, MemberRole.NONMEMBER])
def test_moderation_ends_as_the_senders_action_says(action: Action, role: MemberRole, dev: MailingList) -> None:
    make_member(dev, "cris@example.com", role, moderation_action=action)

    verdict = chains.run("default-posting-chain", make_candidate(dev, make_letter("cris@example.com"), sender=""), dev)

    assert verdict.disposition.value == action.wire
    assert verdict.rule == f"{role.wire}-moderation"
    assert verdict.hits == (verdict.rule,)


def test_moderation_without_an_action_holds(no_subject: Candidate, dev: MailingList) -> None:
    assert chains.run("moderation", no_subject, dev).disposition is Disposition.HOLD


@pytest.mark.parametrize("disposition", Disposition)
def test_end_may_be_a_lists_chain(disposition: Disposition, no_subject: Candidate, dev: MailingList) -> None:
    assert chains.run(disposition.value, no_subject, dev) == Verdict(disposition, rule="")


@pytest.mark.parametrize(
    ("sender", "disposition"), [("dora@example.com", Disposition.ACCEPT), ("banned@example.com", Disposition.DISCARD)]
)
def test_owner_chain_lets_everybody_write_but_the_banned(
    sender: str, disposition: Disposition, dev: MailingList
) -> None:
    ban("banned@example.com", dev)
    dev.emergency = True

    assert chains.run("default-owner-chain", make_candidate(dev, make_letter(sender)), dev).disposition is disposition


@pytest.mark.parametrize(("role", "disposition"), [(Role.POST, Disposition.HOLD), (Role.OWNER, Disposition.ACCEPT)])
def test_chain_that_does_not_exist_gives_way_to_the_roles_default(
    role: Role,
    disposition: Disposition,
    no_subject: Candidate,
    dev: MailingList,
    caplog: pytest.LogCaptureFixture,
) -> None:
    no_subject.arrival.role = role

    with caplog.at_level(logging.ERROR):
        verdict = chains.run("chain-of-a-plugin-that-is-gone", no_subject, dev)

    assert verdict.disposition is disposition
    assert "list=dev.example.org chain='chain-of-a-plugin-that-is-gone' does not exist" in caplog.text
