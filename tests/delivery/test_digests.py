"""Digests from the post to the mailbox: what is collected, when it goes out, who gets what."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from accounts.enums import DeliveryStatus
from accounts.models import User
from archives.models import Letter, Post
from archives.services.redaction import redact
from delivery import tasks
from delivery.enums import BatchState
from delivery.models import Batch, DigestEntry, DigestIssue, DigestRoster, Rendering
from delivery.services import cleaning, digests, issues
from lists.enums import ArchivePolicy, DigestFrequency, Personalization
from lists.models import MailingList, Membership
from lists.services.mailing_lists import change_settings, delete_list
from lists.services.memberships import remove_member
from lists.services.texts import set_text
from suite.common.models import Event
from tests.support.digests import MIME, PLAIN, REGULAR, SUMMARY, deliver, post, shown
from tests.support.factories import make_list, make_member, make_user
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def dev(db: None) -> MailingList:
    """dev@example.org, whose digests go out by hand; bart@example.com is a member."""
    mlist = make_list("dev", digest_size_threshold=0)
    make_member(mlist, "bart@example.com")
    return mlist


# --- collecting -------------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.handler.to-digest")
def test_a_post_is_collected_with_prefix_and_without_footer(dev: MailingList) -> None:
    post("One")

    entry = DigestEntry.objects.get()
    assert b"Subject: [Dev] One\r\n" in bytes(entry.header)
    assert entry.letter == Letter.objects.get() == Post.objects.get().letter
    make_member(dev, "anne@example.com", **MIME)
    post("Two")
    issues.close(dev)
    [anne] = [mail for recipient, mail in deliver() if recipient == "anne@example.com"]
    [digest] = [part for part in anne.walk() if part.get_content_type() == "multipart/digest"]
    [two] = [part.get_content() for part in digest.iter_parts()]
    assert (two["Subject"], two.get_content()) == ("[Dev] Two", "Good morning.\r\n")


@pytest.mark.feature("core.handler.to-digest")
def test_without_digests_enabled_none_is_collected(dev: MailingList) -> None:
    change_settings(dev, digests_enabled=False)
    post("One")

    assert not DigestEntry.objects.exists()


def test_a_held_post_is_collected_when_it_is_accepted(dev: MailingList) -> None:
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()

    assert not DigestEntry.objects.exists()


@pytest.mark.parametrize("fields", [{}, {"approved": "secret"}])
def test_a_list_without_archive_keeps_a_letter_for_its_digest(dev: MailingList, fields: dict[str, str]) -> None:
    change_settings(dev, archive_policy=ArchivePolicy.NEVER)
    make_member(dev, "anne@example.com", **MIME)
    post("One", body="Approved: secret\nHello.\n" if fields else "Hello.\n")
    issues.close(dev)

    assert not Post.objects.exists()
    [mail] = [mail for recipient, mail in deliver() if recipient == "anne@example.com"]
    assert b"secret" not in mail.as_bytes()
    assert b"Hello." in mail.as_bytes()


@override_settings(BASE_URL="https://lists.example.org")
def test_a_fully_personal_list_shows_to_as_it_was_written(dev: MailingList) -> None:
    change_settings(dev, personalize=Personalization.FULL)
    make_member(dev, "anne@example.com", **MIME)
    post("One")
    issues.close(dev)

    [anne] = [mail for recipient, mail in deliver() if recipient == "anne@example.com"]
    [digest] = [part for part in anne.walk() if part.get_content_type() == "multipart/digest"]
    [one] = [part.get_content() for part in digest.iter_parts()]
    assert one["To"] == "dev@example.org"
    assert anne["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert b"=#" not in anne.as_bytes()


@pytest.mark.parametrize("form", [MIME, PLAIN, SUMMARY])
def test_an_anonymous_lists_digest_names_nobody(dev: MailingList, form: dict[str, Any]) -> None:
    change_settings(dev, anonymous_list=True)
    make_member(dev, "anne@example.net", **form)
    post("One", sender="Bart the Poster <bart@example.com>", organization="Posting Inc", message_id="id@example.com")
    issues.close(dev)

    [mail] = [mail for recipient, mail in deliver() if recipient == "anne@example.net"]
    assert not re.search(rb"bart|poster|posting inc|example\.com", mail.as_bytes(), re.IGNORECASE)
    assert b"One" in mail.as_bytes()


def test_a_filtered_posts_digest_has_what_was_left(dev: MailingList) -> None:
    change_settings(dev, filter_content=True, filter_types=["text/html"])
    make_member(dev, "anne@example.com", **MIME)
    boundary = 'multipart/mixed; boundary="b"'
    body = "--b\n\nKept.\n--b\nContent-Type: text/html\n\n<p>Dropped.</p>\n--b--\n"
    post("One", body=body, mime_version="1.0", content_type=boundary)
    issues.close(dev)

    [mail] = [mail for recipient, mail in deliver() if recipient == "anne@example.com"]
    assert (b"Kept." in mail.as_bytes(), b"Dropped." in mail.as_bytes()) == (True, False)
    assert DigestEntry.objects.get().letter == Post.objects.get().letter


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.digest.threshold")
def test_an_issue_is_closed_at_the_threshold_and_not_before(dev: MailingList) -> None:
    change_settings(dev, digest_size_threshold=30.0)
    size = len(letter(subject="Post 0", body=""))
    arrive(letter(subject="Post 0", body="x" * (20_000 - size)))
    judge_all()
    missing = 30 * 1024 - DigestEntry.objects.get().size
    size = len(letter(subject="Post 1", body=""))
    arrive(letter(subject="Post 1", body="x" * (missing - size - 1)))
    judge_all()
    assert issues.collected(dev) == (2, 30 * 1024 - 1)
    assert not DigestIssue.objects.exists()

    post("Post 2")

    assert DigestIssue.objects.get().entries.count() == 3
    assert issues.collected(dev) == (0, 0)


@pytest.mark.feature("core.digest.threshold")
def test_posts_that_come_together_fill_one_issue_after_the_other(dev: MailingList) -> None:
    change_settings(dev, digest_size_threshold=2.0)
    for number in range(5):
        arrive(letter(subject=f"Post {number}", body="x" * 1000))
    judge_all()

    assert [issue.entries.count() for issue in DigestIssue.objects.order_by("number")] == [2, 2]
    assert issues.collected(dev)[0] == 1


@pytest.mark.feature("core.digest.threshold")
def test_threshold_0_is_never_by_size(dev: MailingList) -> None:
    post("Big", body="x" * 500_000)

    assert not DigestIssue.objects.exists()
    assert digests.is_due() is False


@pytest.mark.feature("core.digest.periodic")
def test_the_schedule_takes_lists_that_want_it_once_the_hour_has_come(dev: MailingList, settings: Any) -> None:
    settings.DIGEST_HOUR = 12
    for name in ("quiet", "manual"):
        make_list(name, digest_size_threshold=0, digest_send_periodic=name == "quiet")
    manual = MailingList.objects.get(list_name="manual")
    make_member(manual, "bart@example.com")
    post("One")
    arrive(letter(to="manual@example.org"), "manual@example.org")
    judge_all()
    DigestEntry.objects.update(collected_at=datetime(2026, 11, 20, 11, 59, tzinfo=UTC))

    assert issues.close_periodic(datetime(2026, 11, 20, 11, 59, 59, tzinfo=UTC)) == 0
    assert issues.close_periodic(datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)) == 1
    assert issues.close_periodic(datetime(2026, 11, 20, 13, 0, 5, tzinfo=UTC)) == 0
    assert [issue.mlist for issue in DigestIssue.objects.all()] == [dev]


@pytest.mark.feature("core.digest.periodic")
def test_what_is_collected_after_the_hour_waits_for_the_next_day(dev: MailingList, settings: Any) -> None:
    settings.DIGEST_HOUR = 6
    post("One")
    DigestEntry.objects.update(collected_at=datetime(2026, 11, 20, 6, 30, tzinfo=UTC))

    assert issues.close_periodic(datetime(2026, 11, 20, 23, 0, tzinfo=UTC)) == 0
    assert issues.close_periodic(datetime(2026, 11, 21, 5, 59, tzinfo=UTC)) == 0
    assert issues.close_periodic(datetime(2026, 11, 23, 2, 0, tzinfo=UTC)) == 1  # nobody was there on the 21st and 22nd


@pytest.mark.feature("core.digest.periodic")
def test_housekeeping_has_the_schedule() -> None:
    assert issues.close_periodic in tasks.HOUSEKEEPING


@pytest.mark.feature("core.digest.volume")
def test_issues_are_counted_and_volumes_begin(dev: MailingList) -> None:
    change_settings(dev, digest_volume_frequency=DigestFrequency.MONTHLY)

    def issue() -> str:
        post("Hello")
        [made] = issues.close(dev)
        return str(made)

    assert [issue(), issue()] == ["Vol 1, Issue 1", "Vol 1, Issue 2"]
    MailingList.objects.update(digest_last_sent_at=timezone.now() - timedelta(days=32))
    assert [issue(), issue()] == ["Vol 2, Issue 1", "Vol 2, Issue 2"]
    assert issues.bump(dev) == (3, 1)
    assert [issue(), issue()] == ["Vol 3, Issue 1", "Vol 3, Issue 2"]
    dev.refresh_from_db()
    assert (dev.volume, dev.next_digest_number) == (3, 3)
    assert dev.digest_last_sent_at is not None
    assert list(Event.objects.filter(kind="digest.bumped").values_list("data", flat=True)) == [{"volume": 3}]


def test_counters_that_were_set_back_give_no_number_twice(dev: MailingList) -> None:
    post("One")
    issues.close(dev)
    MailingList.objects.update(volume=1, next_digest_number=1)
    post("Two")

    assert [str(issue) for issue in issues.close(dev)] == ["Vol 1, Issue 2"]


def test_what_is_too_large_for_one_issue_becomes_several(dev: MailingList, settings: Any) -> None:
    make_member(dev, "anne@example.com", **MIME)
    post("A", "B", "C", body="x" * 1000)
    post("D", body="x" * 5000)
    post("E")
    settings.DIGEST_SIZE_LIMIT = 3000

    made = issues.close(dev)

    assert [str(issue) for issue in made] == [f"Vol 1, Issue {number}" for number in (1, 2, 3, 4)]
    mails = [shown(mail) for recipient, mail in deliver() if recipient == "anne@example.com"]
    assert mails == [["[Dev] A", "[Dev] B"], ["[Dev] C"], ["[Dev] D"], ["[Dev] E"]]


def test_nothing_collected_is_no_issue(dev: MailingList) -> None:
    assert issues.close(dev) == []
    dev.refresh_from_db()
    assert (dev.next_digest_number, dev.digest_last_sent_at) == (1, None)


# --- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.digest.recipients")
def test_each_gets_his_form_once(dev: MailingList) -> None:
    forms = {"mime": MIME, "plain": PLAIN, "summary": SUMMARY}
    for name, preference in forms.items():
        make_member(dev, f"{name}@example.com", **preference)
        make_member(dev, f"{name}-off@example.com", delivery_status=DeliveryStatus.BY_USER, **preference)
    cris = make_user("Cris")
    make_member(dev, cris)
    User.objects.filter(pk=cris.pk).update(**MIME)
    post("One", "Two")
    deliver()
    issues.close(dev)

    mails = dict(received := deliver())
    assert sorted(recipient for recipient, _ in received) == [
        "cris@example.com",
        "mime@example.com",
        "plain@example.com",
        "summary@example.com",
    ]
    assert shown(mails["mime@example.com"]) == shown(mails["cris@example.com"]) == ["[Dev] One", "[Dev] Two"]
    plain = mails["plain@example.com"]
    assert plain.get_content_type() == "text/plain"
    assert "\r\nSubject: [Dev] Two\r\n" in plain.get_content()
    summary = mails["summary@example.com"]
    assert [part.get_content_type() for part in summary.walk()] == ["multipart/mixed", *["text/plain"] * 3]
    assert "   1. One (Bart)\n   2. Two (Bart)\n" in summary.as_string()
    assert "Good morning." not in summary.as_string()


@pytest.mark.feature("core.model.address-case")
def test_posts_and_digests_go_to_the_address_as_it_is_written(dev: MailingList) -> None:
    make_member(dev, "Ann@Example.org")
    make_member(dev, "Dora@Example.COM", **MIME)
    post("One")
    issues.close(dev)

    recipients = {recipient for recipient, _ in deliver()}
    assert recipients == {"bart@example.com", "Ann@Example.org", "Dora@Example.COM"}


@pytest.mark.feature("core.digest.last-one")
def test_who_turns_to_single_posts_gets_one_last_issue_and_no_post_twice_or_never(dev: MailingList) -> None:
    anne = make_member(dev, "anne@example.com", **MIME)
    make_member(dev, "cris@example.com", **MIME)
    post("One", "Two")
    Membership.objects.filter(pk=anne.pk).update(**REGULAR)
    post("Three")
    issues.close(dev)
    post("Four")
    issues.close(dev)

    mails = deliver()
    of_anne = [shown(mail) for recipient, mail in mails if recipient == "anne@example.com"]
    of_cris = [shown(mail) for recipient, mail in mails if recipient == "cris@example.com"]
    assert sorted(of_anne) == sorted([["[Dev] One", "[Dev] Two"], ["[Dev] Three"], ["[Dev] Four"]])
    assert of_cris == [["[Dev] One", "[Dev] Two", "[Dev] Three"], ["[Dev] Four"]]


def test_who_turns_to_digests_finds_no_post_in_them_that_he_has(dev: MailingList) -> None:
    bart = Membership.objects.get()
    post("One")
    Membership.objects.filter(pk=bart.pk).update(**PLAIN)
    post("Two")
    Membership.objects.filter(pk=bart.pk).update(**MIME)
    post("Three")
    issues.close(dev)

    assert [shown(mail) for _, mail in deliver()] == [["[Dev] One"], ["[Dev] Two", "[Dev] Three"]]


def test_to_and_fro_between_two_issues(dev: MailingList) -> None:
    bart = Membership.objects.get()
    for subject, mode in [("A", MIME), ("B", REGULAR), ("C", MIME), ("D", REGULAR), ("E", MIME)]:
        Membership.objects.filter(pk=bart.pk).update(**mode)
        post(subject)
    issues.close(dev)

    single_and_digest = [shown(mail) for _, mail in deliver()]
    assert single_and_digest == [["[Dev] B"], ["[Dev] D"], ["[Dev] A", "[Dev] C", "[Dev] E"]]


def test_who_turns_to_digests_while_a_post_is_on_its_way_still_gets_that(dev: MailingList) -> None:
    bart = Membership.objects.get()
    post("One")
    Batch.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    Membership.objects.filter(pk=bart.pk).update(**MIME)
    issues.close(dev)

    assert [shown(mail) for _, mail in deliver()] == [["[Dev] One"]]


def test_who_left_or_stopped_gets_no_digest(dev: MailingList) -> None:
    anne, cris = (make_member(dev, f"{name}@example.com", **MIME) for name in ("anne", "cris"))
    post("One")
    deliver()
    remove_member(anne)
    Membership.objects.filter(pk=cris.pk).update(delivery_status=DeliveryStatus.BY_MODERATOR)
    issues.close(dev)

    assert deliver() == []
    assert DigestIssue.objects.get().sent_at is not None


def test_no_post_waits_for_a_digest(dev: MailingList) -> None:
    make_member(dev, "anne@example.com", **MIME)
    post("One")
    issues.close(dev)
    digests.work()
    post("Two")

    assert [recipient for recipient, _ in deliver()] == ["bart@example.com", "bart@example.com", "anne@example.com"]


# --- header -----------------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.digest.headers")
@pytest.mark.parametrize("form", [MIME, PLAIN, SUMMARY])
def test_header_of_a_digest(dev: MailingList, form: dict[str, Any]) -> None:
    make_member(dev, "anne@example.com", **form)
    post("One")
    issues.close(dev)

    [mail] = [mail for recipient, mail in deliver() if recipient == "anne@example.com"]
    assert {name: mail[name] for name in ("Subject", "From", "To", "Reply-To", "Auto-Submitted", "Precedence")} == {
        "Subject": "Dev Digest, Vol 1, Issue 1",
        "From": "Dev <dev-request@example.org>",
        "To": "dev@example.org",
        "Reply-To": "dev@example.org",
        "Auto-Submitted": "auto-generated",
        "Precedence": "list",
    }
    assert mail["Message-ID"].endswith("@example.org>")
    assert mail["List-Id"] == "<dev.example.org>"
    assert {name for name in mail.keys() if name.startswith("List-")} == {  # noqa: SIM118 - a message is no dictionary
        *("List-Id", "List-Help", "List-Owner", "List-Post", "List-Subscribe", "List-Unsubscribe", "List-Archive")
    }
    assert "Archived-At" not in mail


@pytest.mark.feature("core.template.digest-decoration")
@pytest.mark.parametrize("form", [MIME, PLAIN])
def test_masthead_header_and_footer_are_the_lists_own(dev: MailingList, form: dict[str, Any]) -> None:
    make_member(dev, "anne@example.com", **form)
    names = "$got_list_email $got_request_email $got_owner_email"
    for part in ("masthead", "header", "footer"):
        set_text(f"list:member:digest:{part}", dev, text=f"The {part}: {names}\n")
    post("One")
    issues.close(dev)

    [mail] = [mail for recipient, mail in deliver() if recipient == "anne@example.com"]
    texts = "".join(part.get_content() for part in mail.walk() if part.get_content_type() == "text/plain")
    filled = "dev@example.org dev-request@example.org dev-owner@example.org"
    assert [line for line in texts.splitlines() if line.startswith("The ")] == [
        f"The masthead: {filled}",
        f"The header: {filled}",
        f"The footer: {filled}",
    ]


@pytest.mark.feature("core.template.digest-decoration")
@pytest.mark.parametrize("own", [False, True])
def test_the_generic_footer_stands_below_posts_and_digests(dev: MailingList, own: bool) -> None:
    make_member(dev, "anne@example.com", **PLAIN)
    set_text("list:member:generic:footer", dev, text="Both: $listname\n")
    if own:
        set_text("list:member:digest:footer", dev, text="Digests: $listname\n")
    post("One")
    issues.close(dev)

    bart, anne = (mail.get_content() for _, mail in deliver())
    assert bart.endswith("Both: dev@example.org\r\n")
    assert ("Digests: dev@example.org" in anne, "Both: dev@example.org" in anne) == (own, not own)


# --- what becomes of it -----------------------------------------------------------------------------------------------


def test_a_digest_is_not_archived(dev: MailingList) -> None:
    make_member(dev, "anne@example.com", **MIME)
    post("One")
    issues.close(dev)
    deliver()

    assert list(Post.objects.values_list("subject", flat=True)) == ["One"]


def test_issues_and_their_entries_are_forgotten_in_time(dev: MailingList) -> None:
    make_member(dev, "anne@example.com", **MIME)
    post("One")
    issues.close(dev)
    digests.work()
    DigestIssue.objects.update(sent_at=timezone.now() - timedelta(days=31))
    assert cleaning.sweep_digests() == 0  # not yet sent

    deliver()
    DigestIssue.objects.update(sent_at=timezone.now() - timedelta(days=29))
    assert cleaning.sweep_digests() == 0
    DigestIssue.objects.update(sent_at=timezone.now() - timedelta(days=31))
    make_member(dev, "cris@example.com", **MIME)
    post("Two")
    assert DigestRoster.objects.count() == 2
    assert cleaning.sweep_digests() == 1
    assert [bytes(entry.header).count(b"[Dev] Two") for entry in DigestEntry.objects.all()] == [1]
    assert DigestRoster.objects.count() == 1


# --- words taken back -------------------------------------------------------------------------------------------------


def take_back(subject: str) -> None:
    redact(Post.objects.get(subject=subject), by="anne@example.com")


def test_a_redacted_post_is_in_no_digest(dev: MailingList) -> None:
    make_member(dev, "anne@example.com", **MIME)
    post("One", "Two", "Three")
    deliver()
    take_back("One")
    issues.close(dev)
    take_back("Two")

    assert [shown(mail) for _, mail in deliver()] == [["[Dev] Three"]]


def test_a_digest_on_its_way_is_made_again_without_the_redacted_post(dev: MailingList) -> None:
    for name in ("anne", "cris"):
        make_member(dev, f"{name}@example.com", **MIME)
    make_member(dev, "dora@example.com", **PLAIN)
    post("One", "Two")
    deliver()
    issues.close(dev)
    digests.work()
    Batch.objects.filter(size=2, state=BatchState.PENDING).update(done=1)  # anne has hers
    take_back("One")

    assert [(recipient, shown(mail)) for recipient, mail in deliver() if recipient != "dora@example.com"] == [
        ("cris@example.com", ["[Dev] Two"])
    ]
    assert not any(b"<post1@" in bytes(rendering.body or b"") for rendering in Rendering.objects.all())
    assert DigestIssue.objects.get().sent_at is not None
    assert deliver() == []


def test_who_is_left_with_no_post_gets_no_digest(dev: MailingList) -> None:
    make_member(dev, "anne@example.com", **MIME)
    post("One")
    make_member(dev, "cris@example.com", **MIME)
    post("Two")
    deliver()
    issues.close(dev)
    digests.work()
    take_back("Two")

    assert [(recipient, shown(mail)) for recipient, mail in deliver()] == [("anne@example.com", ["[Dev] One"])]


def test_a_deleted_list_takes_its_digests_along(dev: MailingList) -> None:
    make_member(dev, "anne@example.com", **MIME)
    post("One")
    issues.close(dev)
    post("Two")
    delete_list(dev)

    assert (DigestEntry.objects.count(), DigestRoster.objects.count(), DigestIssue.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(("language", "topics"), [("en", "Today's Topics"), ("fr", "Sujets du jour")])
def test_a_digest_speaks_the_language_of_its_list(dev: MailingList, language: str, topics: str) -> None:
    change_settings(dev, preferred_language=language)
    make_member(dev, "anne@example.com", **PLAIN)
    post("One")
    issues.close(dev)

    [anne] = [mail for recipient, mail in deliver() if recipient == "anne@example.com"]
    assert f"{topics}:" in anne.get_content()
    assert anne["Subject"] == "Dev Digest, Vol 1, Issue 1"
