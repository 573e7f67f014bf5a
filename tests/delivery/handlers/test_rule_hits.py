import pytest

from delivery.handlers.rule_hits import RuleHits
from moderation.verdicts import Disposition, Verdict
from tests.delivery.handlers.shaping import NOW, POST, apply, make_draft, make_list

pytestmark = pytest.mark.django_db


def test_hits_and_misses_are_joined_by_semicolons() -> None:
    verdict = Verdict(
        Disposition.ACCEPT, "truth", hits=("member-moderation", "max-size"), misses=("loop", "no-subject")
    )
    draft = apply(RuleHits(), make_list(), verdict=verdict)

    assert draft.headers.get("X-Mailman-Rule-Hits") == b"member-moderation; max-size"
    assert draft.headers.get("X-Mailman-Rule-Misses") == b"loop; no-subject"
    assert "X-Mailman-Approved-At" not in draft.headers


def test_what_nobody_found_is_not_said() -> None:
    draft = apply(RuleHits(), make_list(), verdict=Verdict(Disposition.ACCEPT, "approved", hits=("approved",)))

    assert draft.headers.get("X-Mailman-Rule-Hits") == b"approved"
    assert "X-Mailman-Rule-Misses" not in draft.headers


def test_the_posters_own_are_dropped() -> None:
    forged = b"X-Mailman-Rule-Hits: none\r\nX-Mailman-Rule-Misses: all\r\nX-Mailman-Approved-At: now\r\n"
    draft = apply(RuleHits(), make_list(), forged + POST, verdict=Verdict(Disposition.ACCEPT, "truth"))

    assert draft.headers.to_bytes() + draft.body == POST


def test_accepted_by_a_moderator() -> None:
    held = Verdict(Disposition.HOLD, "max-size", hits=("max-size",), misses=("loop",)).as_json()
    draft = make_draft(make_list(), verdict=None, state="accepted", state_at=NOW)
    draft.arrival.verdict = held
    RuleHits().apply(draft, draft.arrival.mlist)

    assert draft.headers.get("X-Mailman-Rule-Hits") == b"max-size"
    assert draft.headers.get("X-Mailman-Rule-Misses") == b"loop"
    assert draft.headers.get("X-Mailman-Approved-At") == b"2026-11-20T12:00:00+00:00"


def test_many_rules_are_folded_and_read_back() -> None:
    misses = tuple(f"rule-number-{number}" for number in range(40))
    draft = apply(RuleHits(), make_list(), verdict=Verdict(Disposition.ACCEPT, "truth", misses=misses))

    assert draft.headers.text("X-Mailman-Rule-Misses") == "; ".join(misses)
    assert max(map(len, draft.headers.to_bytes().split(b"\r\n"))) <= 78
