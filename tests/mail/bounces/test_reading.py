"""What letters to a bounce address say: addresses, for good or for now, and what they are."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suite.mail.bounces.reading import read
from suite.mail.bounces.report import Cause, Complaint, Kind
from tests.mail.bounces.letters import QUIET, RETURNED, TEXTS, dsn, feedback, per_recipient, plain
from tests.support.requires import needs_corpora


@pytest.mark.parametrize(("letter", "expected"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_texts_name_who_failed(letter: bytes, expected: dict[str, bool]) -> None:
    assert {failure.address: failure.permanent for failure in read(letter).failures} == expected


@pytest.mark.parametrize(("letter", "kind"), [row[1:] for row in QUIET], ids=[row[0] for row in QUIET])
def test_answers_and_people_name_nobody(letter: bytes, kind: str) -> None:
    report = read(letter)
    assert (report.kind, report.failures) == (kind, ())


@pytest.mark.parametrize(
    ("status", "diagnostic", "cause"),
    [
        ("5.1.1", "550 5.1.1 <bart@example.com>: no such user", Cause.NO_MAILBOX),
        ("5.0.0", "550 Unknown user bart", Cause.NO_MAILBOX),
        ("5.1.2", "550 5.1.2 host not found", Cause.NO_DOMAIN),
        ("5.2.1", "550 5.2.1 account disabled", Cause.DISABLED),
        ("5.2.2", "552 5.2.2 over quota", Cause.FULL),
        ("5.3.4", "552 5.3.4 too big", Cause.TOO_BIG),
        ("5.7.1", "550 5.7.1 refused by local policy", Cause.POLICY),
        ("5.7.1", "550 5.7.1 Client host blocked using zen.spamhaus.org", Cause.BLOCKLIST),
        ("5.7.1", "550 5.7.1 looks like spam", Cause.CONTENT),
        ("5.7.26", "550 5.7.26 unauthenticated mail, DMARC policy of the sender", Cause.AUTHENTICATION),
        ("4.4.7", "delivery time expired", Cause.UNREACHABLE),
        ("5.0.0", "", Cause.OTHER),
    ],
)
def test_codes_and_words_give_the_cause(status: str, diagnostic: str, cause: Cause) -> None:
    (failure,) = read(dsn(per_recipient("bart@example.com", status, diagnostic))).failures
    assert (failure.address, failure.permanent, failure.cause) == ("bart@example.com", True, cause)


@pytest.mark.parametrize(
    ("action", "status", "failures", "delivered"),
    [
        ("failed", "5.1.1", {"bart@example.com": True}, ()),
        ("failed", "4.4.7", {"bart@example.com": True}, ()),
        ("delayed", "4.4.1", {"bart@example.com": False}, ()),
        ("delayed (still trying)", "5.0.0", {"bart@example.com": False}, ()),
        ("delivered", "2.0.0", {}, ("bart@example.com",)),
        ("relayed", "2.0.0", {}, ("bart@example.com",)),
        ("expanded", "2.0.0", {}, ("bart@example.com",)),
    ],
)
def test_the_action_decides(action: str, status: str, failures: dict[str, bool], delivered: tuple[str, ...]) -> None:
    report = read(dsn(per_recipient("bart@example.com", status, "250 or 550", action)))
    assert {failure.address: failure.permanent for failure in report.failures} == failures
    assert report.delivered == delivered


def test_the_mailbox_as_it_was_written_to_comes_first() -> None:
    status = (
        "Final-Recipient: rfc822; bart@elsewhere.example\nOriginal-Recipient: rfc822;bart@example.com\nAction: failed\n"
    )
    (failure,) = read(dsn(status)).failures
    assert (failure.address, failure.also) == ("bart@example.com", ("bart@elsewhere.example",))


def test_several_recipients_with_and_without_blank_lines() -> None:
    status = "Reporting-MTA: dns; x\nFinal-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n"
    status += "Final-Recipient: <b@example.com>\nAction: delayed\n\nFinal-Recipient: rfc822;\n c@example.com\nAction: failed\n"
    report = read(dsn(status))
    assert (report.permanent, report.temporary) == (["a@example.com", "c@example.com"], ["b@example.com"])


def test_what_came_back_is_told() -> None:
    returned = read(dsn(per_recipient("bart@example.com", "5.1.1", "550 unknown"))).returned
    assert returned.message_id == "post-1@example.org"
    assert returned.return_path == "dev-bounces+bart=example.com@lists.example.org"
    assert returned.list_id == "<dev.lists.example.org>"


def test_a_feedback_report_is_a_complaint() -> None:
    report = read(feedback())
    assert report.kind is Kind.COMPLAINT
    assert report.complaint is not None
    assert (report.complaint.feedback_type, report.complaint.recipients) == ("abuse", ("bart@example.com",))
    assert (report.failures, report.returned.message_id) == ((), "post-1@example.org")


def test_a_button_that_says_unsubscribe_is_a_complaint_of_its_own_kind() -> None:
    """Apple Mail calls such a letter auto-replied. Its From is not proved, so it names nobody."""
    button = "Auto-Submitted: auto-replied\nX-Apple-Unsubscribe: true\n"
    report = read(plain("Unsubscribe me.\n", subject="unsubscribe", author="bart@example.com", extra=button))
    assert (report.kind, report.complaint, report.failures) == (Kind.COMPLAINT, Complaint("opt-out"), ())


def test_a_complaint_without_fields_names_the_recipient_in_the_message() -> None:
    enclosed = "X-HmXmrOriginalRecipient: bart@example.com\n" + RETURNED
    letter = plain(
        f"--b\nContent-Type: message/rfc822\n\n{enclosed}\nHello\n--b--\n",
        subject="complaint about message from 192.0.2.1",
        author="staff@hotmail.com",
        extra='Content-Type: multipart/mixed; boundary="b"\n',
    )
    complaint = read(letter).complaint
    assert complaint is not None
    assert (complaint.feedback_type, complaint.recipients) == ("abuse", ("bart@example.com",))


def test_a_report_of_thousands_is_read_up_to_its_limit() -> None:
    groups = "\n".join(per_recipient(f"u{number}@example.com", "5.1.1", "550 unknown") for number in range(1_500))
    assert len(read(dsn(groups)).failures) == 500


PIECES = st.sampled_from(
    [b"Final-Recipient: rfc822; ", b"Action: failed\n", b"<bart@example.com>:", b"\n\n", b"--b\n", b"550 5.1.1 unknown user ",
     b"RCPT TO:<", b"@", b"\x00\xff", b"----- Original message -----\n", b"Content-Type: message/delivery-status\n", b"{", b" "]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=40).map(b"".join))
def test_nothing_that_comes_raises(body: bytes) -> None:
    for head in (
        plain(""),
        b"Content-Type: multipart/report; boundary=b\n\n",
        b"Content-Type: message/delivery-status\n\n",
        b"",
    ):
        report = read(head + body)
        assert all("@" in failure.address and "\n" not in failure.address for failure in report.failures)


@needs_corpora
@pytest.mark.feature("core.bounce.corpus")
@pytest.mark.parametrize(("folder", "letters"), [("bounces-sisimai", "eml"), ("bounces-flufl", "txt")])
def test_labelled_bounces_give_the_labelled_addresses(folder: str, letters: str) -> None:
    """At least 95 of 100 files exactly, nobody named in automatic answers and complaints."""
    home = Path(os.environ["POSTHOUSE_CORPORA"]) / folder
    labels = json.loads((home / "labels.json").read_text())
    exact = judged = wrong_kind = kinds = 0
    for name, label in labels.items():
        want = {
            row["address"].lower(): row["kind"]
            for row in label["recipients"]
            if row["kind"] in ("failure", "delay", "either")
        }
        alias = {other.lower(): row["address"].lower() for row in label["recipients"] for other in row.get("also", [])}
        report = read((home / letters / name).read_bytes())
        found = {failure.address.lower(): failure.permanent for failure in report.failures}
        found = {alias.get(address, address): permanent for address, permanent in found.items()}
        if label["source"] == "none":
            continue
        if not want:
            assert not found, name
            continue
        judged += 1
        exact += set(found) == set(want)
        settled = [address for address in want if want[address] != "either" and address in found]
        kinds += len(settled)
        wrong_kind += sum((want[address] == "failure") != found[address] for address in settled)
    assert exact / judged >= 0.95
    assert wrong_kind / kinds <= 0.015


def test_the_envelope_tells_what_a_header_without_return_path_does_not() -> None:
    """Not every mail server writes Return-Path. A list's name in the header of a report makes it no list's letter."""
    letter = plain(
        "The post was not delivered to bart@example.com: no such user.",
        subject="Undeliverable: Plans",
        author="info@example.com",
        extra="List-Id: <dev.lists.example.org>\n",
    ).replace(b"Return-Path: <>\n", b"")
    assert read(letter).permanent == []
    assert read(letter, null_sender=True).permanent == ["bart@example.com"]


@pytest.mark.parametrize(
    ("author", "mark", "named"),
    [
        ("Dora <dora@example.com>", "X-Mailer: Example 1.3\n", []),
        ("Dora <dora@example.com>", "List-Id: <dev.example.org>\n", []),
        ("Dora <dora@example.com>", "", ["bart@example.com"]),
        ("postmaster@example.com", "X-Mailer: Example 1.3\n", ["bart@example.com"]),
    ],
    ids=["person", "post", "unknown-machine", "machine"],
)
def test_people_show_reports_to_others(author: str, mark: str, named: list[str]) -> None:
    fields = per_recipient("bart@example.com", "5.0.0", "mail forwarding loop")
    letter = plain(f"My post bounced:\n\n{fields}", subject="Locking?", author=author, extra=mark)

    assert read(letter.replace(b"Return-Path: <>\n", b"")).permanent == named
