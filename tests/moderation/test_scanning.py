"""What outside scanners say, and what becomes of a post when they say nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from archives.enums import State
from archives.models import Arrival
from delivery.models import Notice
from lists.models import MailingList
from lists.services.mailing_lists import change_settings
from moderation import scanning
from moderation.scanning import clamd, rspamd, spamd
from moderation.scanning.finding import Envelope, Finding, ScannerTrouble
from tests.support import scanners
from tests.support.factories import make_member
from tests.support.ports import free_port
from tests.support.posting import arrive, judge_all, letter
from tests.support.requires import requires_rspamd, requires_spamd

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"
"""Every spam filter takes this for spam (spamassassin.apache.org/gtube)."""


@pytest.fixture(autouse=True)
def rested() -> Iterator[None]:
    scanning.forget()
    yield
    scanning.forget()


@pytest.fixture
def dev(dev: MailingList) -> MailingList:
    make_member(dev, "bart@example.com")
    return dev


def post(body: str = "Tea?\n", recipient: str = "dev@example.org") -> Arrival:
    [arrival] = arrive(letter(body=body, to=recipient), recipient)
    judge_all()
    arrival.refresh_from_db()
    return arrival


def spamd_says(score: float, symbols: str = "GTUBE,TVD_SPACE_RATIO") -> scanners.Answer:
    def answer(received: bytes) -> bytes | None:
        head, blank, body = received.partition(b"\r\n\r\n")
        length = int(head.rpartition(b":")[2]) if blank else 1
        if not blank or len(body) < length:
            return None
        assert head.startswith(b"SYMBOLS SPAMC/1.5\r\n")
        told = f"SPAMD/1.1 0 EX_OK\r\nContent-length: {len(symbols)}\r\nSpam: {score >= 5} ; {score} / 5.0\r\n\r\n{symbols}"
        return told.encode()

    return answer


@pytest.mark.feature("ext.spamassassin")
@pytest.mark.parametrize(
    ("score", "state"),
    [
        (-1.5, State.DISTRIBUTED),
        (4.9, State.DISTRIBUTED),
        (5.0, State.HELD),
        (14.9, State.HELD),
        (15.0, State.DISCARDED),
        (1003.3, State.DISCARDED),
    ],
)
def test_the_lists_two_limits_say_what_follows_spamassassins_score(
    score: float, state: State, dev: MailingList, settings: Settings
) -> None:
    change_settings(dev, spam_hold_score=5, spam_discard_score=15)
    with scanners.scanner(spamd_says(score)) as settings.SPAMD:
        arrival = post()

    assert arrival.state == state
    assert (arrival.verdict["rule"] == "spamassassin") is (state != State.DISTRIBUTED)
    if state == State.HELD:
        assert arrival.reason == f"SpamAssassin's score is {score:g}, the list's limit 5: GTUBE, TVD_SPACE_RATIO."


def rspamd_says(action: str, symbols: dict[str, Any] | None = None) -> scanners.Answer:
    told = {"action": action, "score": 7.5, "symbols": symbols or {"GTUBE": {"name": "GTUBE", "score": 7.5}}}

    def answer(received: bytes) -> bytes | None:
        head, blank, body = received.partition(b"\r\n\r\n")
        length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]) if blank else 1
        if not blank or len(body) < length:
            return None
        assert b"\r\nFrom: bart@example.com\r\nRcpt: dev@example.org" in head
        return b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + json.dumps(told).encode()

    return answer


@pytest.mark.feature("ext.rspamd")
@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("no action", State.DISTRIBUTED),
        ("greylist", State.DISTRIBUTED),
        ("add header", State.DISTRIBUTED),
        ("rewrite subject", State.DISTRIBUTED),
        ("soft reject", State.HELD),
        ("reject", State.DISCARDED),
    ],
)
def test_rspamds_advice_is_followed(action: str, state: State, dev: MailingList, settings: Settings) -> None:
    with scanners.scanner(rspamd_says(action)) as place:
        settings.RSPAMD = f"http://{place}"
        arrival = post()

    assert arrival.state == state
    if state == State.HELD:
        assert arrival.reason == "rspamd says 'soft reject' with a score of 7.5: GTUBE."
    assert ("rspamd" in arrival.verdict["notes"]) is (action in ("add header", "rewrite subject"))


def test_the_weightiest_symbols_are_named() -> None:
    symbols = {str(number): {"name": f"S{number}", "score": number - 30} for number in range(40)}
    body = json.dumps({"action": "reject", "score": 1, "symbols": symbols}).encode()

    found = rspamd.read(b"HTTP/1.0 200 OK\r\n\r\n" + body)

    assert found.names == tuple(f"S{number}" for number in range(20))


def clamd_says(told: bytes) -> scanners.Answer:
    def answer(received: bytes) -> bytes | None:
        if not received.startswith(b"zINSTREAM\0"):
            return None
        at, letter_bytes = 10, b""
        while at + 4 <= len(received):
            length = int.from_bytes(received[at : at + 4], "big")
            if not length:
                assert letter_bytes.endswith(b"Tea?\r\n")
                return told
            letter_bytes += received[at + 4 : at + 4 + length]
            at += 4 + length
        return None

    return answer


@pytest.mark.parametrize(
    ("told", "state"), [(b"stream: OK\0", State.DISTRIBUTED), (b"stream: Eicar-Signature FOUND\0", State.HELD)]
)
def test_what_clamav_finds_is_held(told: bytes, state: State, dev: MailingList, settings: Settings) -> None:
    with scanners.scanner(clamd_says(told)) as settings.CLAMD:
        arrival = post()

    assert arrival.state == state
    assert ("Eicar-Signature" in arrival.reason) is (state == State.HELD)


# --- silence ----------------------------------------------------------------------------------------------------------


@pytest.mark.feature("ext.spamassassin")
@pytest.mark.parametrize(("hold", "state"), [(False, State.DISTRIBUTED), (True, State.HELD)])
@pytest.mark.parametrize("dead", [True, False])
def test_a_silent_scanner_lets_mail_pass_or_holds_it_and_is_reported(
    hold: bool, state: State, dead: bool, dev: MailingList, settings: Settings
) -> None:
    settings.SITE_OWNER, settings.SCANNER_TIMEOUT = "postmaster@example.org", 0.3
    change_settings(dev, hold_unscanned=hold)
    with scanners.scanner(lambda received: None) as place:
        settings.SPAMD = f"127.0.0.1:{free_port()}" if dead else place
        arrivals = [post(), post()]

    assert [arrival.state for arrival in arrivals] == [state, state]
    assert [arrival.verdict["rule"] for arrival in arrivals] == (["spamassassin"] * 2 if hold else [""] * 2)
    assert ("unscanned-spamassassin" in arrivals[0].verdict["notes"]) is not hold
    told = Notice.objects.filter(kind="scanner-silent").values_list("recipient", flat=True)
    assert list(told) == ["postmaster@example.org"]


def test_a_scanner_that_did_not_answer_is_not_asked_again_at_once(settings: Settings) -> None:
    asked = []

    def silent(received: bytes) -> None:
        asked.append(received)

    settings.SCANNER_TIMEOUT = 1.0
    with scanners.scanner(silent) as settings.SPAMD:
        first = scanning.examine([(letter(), Envelope("", ""))])
        count = len(asked)
        second = scanning.examine([(letter(), Envelope("", ""))])

    assert first == second == [{"spamassassin": Finding(trouble="timed out")}]
    assert len(asked) == count > 0


def test_each_letter_of_a_run_has_its_own_finding(settings: Settings) -> None:
    def by_size(received: bytes) -> bytes | None:
        told = spamd_says(0)(received)
        return told and told.replace(b"; 0 /", b"; %d /" % received.count(b"spam "))

    letters = [(letter(body="spam " * number), Envelope("", "")) for number in range(12)]
    with scanners.scanner(by_size) as settings.SPAMD:
        found = scanning.examine(letters)

    assert [one["spamassassin"].score for one in found] == list(range(12))


def test_a_run_has_an_end_to_its_patience(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "PATIENCE", 0.0)
    with scanners.scanner(spamd_says(0)) as settings.SPAMD:
        [found] = scanning.examine([(letter(), Envelope("", ""))])

    assert found["spamassassin"].trouble == "it has taken 0 s for other posts already"


@pytest.mark.django_db
def test_nobody_is_asked_about_mail_to_robots_and_what_a_moderator_accepted(
    dev: MailingList, settings: Settings
) -> None:
    asked = []
    with scanners.scanner(lambda received: asked.append(received)) as settings.SPAMD:
        post("help\n", "dev-request@example.org")

    assert asked == []


@pytest.mark.parametrize(
    "answer", [b"", b"SPAMD/1.1 76 Bad header line\r\n\r\n", b"SPAMD/1.1 0 EX_OK\r\n\r\n", b"HTTP/1.0 200"]
)
def test_what_is_no_finding_of_spamds_is_trouble(answer: bytes) -> None:
    with pytest.raises(ScannerTrouble):
        spamd.read(answer)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.0 500 Oops\r\n\r\n{}", b"HTTP/1.0 200 OK\r\n\r\n[]", b"HTTP/1.0 200 OK\r\n\r\nx"]
)
def test_what_is_no_finding_of_rspamds_is_trouble(answer: bytes) -> None:
    with pytest.raises(ScannerTrouble):
        rspamd.read(answer)


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK FOUND nothing"])
def test_what_is_no_finding_of_clamds_is_trouble(answer: bytes) -> None:
    with pytest.raises(ScannerTrouble):
        clamd.read(answer)


# --- the real ones ----------------------------------------------------------------------------------------------------


@requires_spamd
@pytest.mark.feature("ext.spamassassin")
def test_a_real_spamassassin(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with scanners.spamd(tmp_path) as place:
        spam = spamd.scan(place, letter(body=GTUBE), Envelope("bart@example.com", "dev@example.org"), 60)
        ham = spamd.scan(place, letter(), Envelope("bart@example.com", "dev@example.org"), 60)

    assert (spam.score > 500, spam.action, "GTUBE" in spam.names) == (True, "spam", True)
    assert (ham.score < 5, ham.action) == (True, "ham")


@requires_rspamd
@pytest.mark.feature("ext.rspamd")
def test_a_real_rspamd(tmp_path: Path) -> None:
    with scanners.rspamd(tmp_path) as place:
        spam = rspamd.scan(place, letter(body=GTUBE), Envelope("bart@example.com", "dev@example.org"), 60)
        ham = rspamd.scan(place, letter(), Envelope("bart@example.com", "dev@example.org"), 60)

    assert (spam.action, "GTUBE" in spam.names) == ("reject", True)
    assert ham.action in ("no action", "greylist", "add header")
