"""What archivers outside get of a post, which posts, and where members are told that it can be read."""

import re
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from accounts.enums import DeliveryMode
from archives.models import Post
from archives.services.redaction import redact
from delivery.models import ArchiverCopy
from delivery.services import digests, issues
from lists.enums import ArchivePolicy, ArchiveRenderingMode, DMARCMitigateAction
from lists.models import MailingList
from lists.services.mailing_lists import change_settings, create_list, delete_list
from tests.support.archiving import ALL, SCRIPT, archivers, command, maildir, mbox, post, work
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db

HASH = "FHSQ5W3QBEX4AYCLLF4CU2JW4HZ5CCXJ"  # of one@example.com
COMMAND = command(SCRIPT, "$archive_dir/mhonarc")
FOOTER = "Good morning.\n"


@pytest.fixture
def dev(tmp_path: Path) -> Any:
    """dev@example.org of a site with all archivers, with prefix and munged From; bart@example.com is a member."""
    with archivers(tmp_path, *ALL, MHONARC_COMMAND=COMMAND, MHONARC_URL="https://old.example.org/$fqdn_listname/"):
        mlist = make_list(
            "dev",
            dmarc_mitigate_action=DMARCMitigateAction.MUNGE_FROM,
            dmarc_mitigate_unconditionally=True,
            reply_to_address="x@example.org",
        )
        make_member(mlist, "bart@example.com")
        yield mlist


def mailed() -> dict[str, Message]:
    """Recipient -> what the relay took."""
    with relay() as server:
        send_all()
    return {one.recipient: message_from_bytes(one.content) for one in server.deliveries}


def piped(folder: Path) -> list[Message]:
    made = sorted((folder / "mhonarc").iterdir()) if (folder / "mhonarc").exists() else []
    return [message_from_bytes(path.read_bytes()) for path in made]


@pytest.mark.feature("core.archiver.prototype", "core.archiver.mhonarc", "core.archiver.mail-archive")
def test_all_archivers_get_the_post_once_from_its_author_and_undecorated(dev: MailingList, tmp_path: Path) -> None:
    post("Tea", message_id="one@example.com", list_id="<evil>", list_post="<mailto:evil@example.net>")
    work()
    work()
    mails = mailed()

    copies = [*maildir(tmp_path), *mbox(tmp_path), *piped(tmp_path), mails["archive@mail-archive.com"]]
    assert [copy["Subject"] for copy in copies] == ["Tea"] * 4
    for copy in copies:
        assert copy["From"] == "Bart <bart@example.com>"
        assert copy["Reply-To"] is None
        assert str(copy.get_payload()).replace("\r\n", "\n").rstrip("\n") + "\n" == FOOTER
        assert copy.get_all("List-Id") == ["<dev.example.org>"]
        assert copy.get_all("List-Post") == ["<mailto:dev@example.org>"]
        assert copy["Message-ID-Hash"] == copy["X-Message-ID-Hash"] == HASH
    assert mails["bart@example.com"]["Subject"] == "[Dev] Tea"
    assert not ArchiverCopy.objects.exists()


@pytest.mark.feature("core.archiver.mhonarc", "core.archiver.mail-archive")
def test_members_are_told_of_every_place_where_the_post_can_be_read(dev: MailingList) -> None:
    post("Tea", message_id="one@example.com")
    copy = mailed()["bart@example.com"]

    own = "http://127.0.0.1:8000/lists/dev.example.org/"
    assert copy.get_all("Archived-At") == [
        f"<{own}message/{HASH}/>",
        f"<https://old.example.org/dev@example.org/{HASH}>",
        f"<https://go.mail-archive.com/{HASH}>",
    ]
    assert [re.sub(r"\s+", " ", str(field)) for field in copy.get_all("List-Archive", [])] == [
        f"<{own}>, <https://old.example.org/dev@example.org/>, <https://go.mail-archive.com/dev%40example.org>"
    ]


@pytest.mark.feature("core.archiver.mail-archive")
@pytest.mark.parametrize("policy", [ArchivePolicy.PRIVATE, ArchivePolicy.NEVER])
def test_a_list_that_is_not_public_is_never_mailed_to_the_public(dev: MailingList, policy: ArchivePolicy) -> None:
    change_settings(dev, archive_policy=policy)
    post("Tea")
    work()
    mails = mailed()

    assert set(mails) == {"bart@example.com"}
    assert "mail-archive" not in str(mails["bart@example.com"])


@pytest.mark.feature("core.archiver.mail-archive")
def test_a_list_that_is_closed_before_its_post_is_mailed_sends_none(dev: MailingList) -> None:
    post("Tea")
    change_settings(dev, archive_policy=ArchivePolicy.PRIVATE)
    work()

    assert set(mailed()) == {"bart@example.com"}
    assert not ArchiverCopy.objects.exists()


@pytest.mark.feature("core.handler.to-archive", "core.archiver.prototype")
@pytest.mark.parametrize("field", [{"x_no_archive": "yes"}, {"x_no_archive": ""}, {"x_archive": "No"}])
def test_no_archiver_gets_what_the_poster_keeps_back(dev: MailingList, field: dict[str, str]) -> None:
    post("Tea", **field)

    assert (ArchiverCopy.objects.count(), Post.objects.count()) == (0, 0)
    assert "bart@example.com" in mailed()


@pytest.mark.feature("core.handler.to-archive")
def test_no_archiver_gets_anything_of_a_list_without_archive(dev: MailingList) -> None:
    change_settings(dev, archive_policy=ArchivePolicy.NEVER)
    post("Tea")

    assert (ArchiverCopy.objects.count(), Post.objects.count()) == (0, 0)


@pytest.mark.feature("core.handler.to-archive")
@pytest.mark.parametrize("policy", [ArchivePolicy.PUBLIC, ArchivePolicy.PRIVATE])
def test_a_post_is_archived_once_undecorated_and_a_digest_never(
    dev: MailingList, policy: ArchivePolicy, tmp_path: Path
) -> None:
    change_settings(dev, archive_policy=policy, digest_size_threshold=0)
    make_member(dev, "anne@example.com", delivery_mode=DeliveryMode.MIME_DIGESTS)
    raw = letter(subject="Tea")
    arrive(raw)
    judge_all()
    issues.close(dev)
    digests.work()
    work()
    mails = mailed()

    assert mails["anne@example.com"]["Subject"] == "Dev Digest, Vol 1, Issue 1"
    [filed] = Post.objects.all()
    assert filed.letter is not None
    assert bytes(filed.letter.raw) == raw
    assert [copy["Subject"] for copy in maildir(tmp_path)] == ["Tea"]
    assert mails["bart@example.com"]["From"] != "Bart <bart@example.com>"


@pytest.mark.feature("core.handler.to-archive")
@pytest.mark.parametrize("mode", ArchiveRenderingMode)
def test_the_rendering_mode_is_handed_to_the_archiver_and_changes_no_mail(
    dev: MailingList, tmp_path: Path, mode: ArchiveRenderingMode
) -> None:
    source = 'import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(os.environ["RENDERING_MODE"])'
    change_settings(dev, archive_rendering_mode=mode)
    with override_settings(MHONARC_COMMAND=command(source, "$archive_dir/mode")):
        post("Tea", body="*Tea* is made at four.\n")
        work()

    assert (tmp_path / "mode").read_text() == mode.wire
    mails = mailed()
    for copy in (*maildir(tmp_path), mails["archive@mail-archive.com"], mails["bart@example.com"]):
        assert str(copy.get_payload()).startswith("*Tea* is made at four.")
        assert copy.get_content_type() == "text/plain"


@pytest.mark.feature("core.runner.archive")
@pytest.mark.parametrize(
    ("site", "mlist", "used"),
    [
        (["prototype", "mbox"], ["prototype"], ["prototype"]),
        (["prototype"], ["prototype", "mbox"], ["prototype"]),
        ([], ["prototype"], []),
        (["prototype"], [], []),
    ],
)
def test_an_archiver_works_where_site_and_list_have_it_on(
    dev: MailingList, site: list[str], mlist: list[str], used: list[str]
) -> None:
    change_settings(dev, archivers=mlist)
    with override_settings(ARCHIVERS=site):
        post("Tea")

    assert [copy.archiver for copy in ArchiverCopy.objects.all()] == used


def test_a_new_list_uses_what_the_site_has_then(dev: MailingList) -> None:
    assert dev.archivers == ALL
    with override_settings(ARCHIVERS=["mbox"]):
        assert make_list("tea").archivers == ["mbox"]
        assert create_list("cake@example.org", archivers=[]).archivers == []
        assert dev.archivers == ALL


def test_an_anonymous_lists_copies_tell_nothing_of_the_poster(dev: MailingList, tmp_path: Path) -> None:
    change_settings(dev, anonymous_list=True)
    post("Tea", sender="Bart the Poster <bart@example.com>", message_id="id@example.com", organization="Posting Inc")
    work()
    copies = [*maildir(tmp_path), *mbox(tmp_path), *piped(tmp_path), mailed()["archive@mail-archive.com"]]

    assert len(copies) == 4
    for copy in copies:
        assert not re.search(r"bart|poster|posting inc|example\.com", str(copy), re.IGNORECASE)


def test_a_list_without_list_fields_has_none_in_its_copies(dev: MailingList, tmp_path: Path) -> None:
    change_settings(dev, include_rfc2369_headers=False)
    post("Tea")
    work()

    [copy] = maildir(tmp_path)
    assert [name for name in copy if name.lower().startswith(("list-", "archived"))] == []


def test_a_post_that_is_taken_back_goes_to_no_archiver_any_more(dev: MailingList, tmp_path: Path) -> None:
    post("Tea", "Cake")
    redact(Post.objects.get(subject="Tea"), by="test")
    work()
    assert [copy["Subject"] for copy in (*maildir(tmp_path), *mbox(tmp_path), *piped(tmp_path))] == ["Cake"] * 3

    redact(Post.objects.get(subject="Cake"), by="test")
    assert mailed() == {}


def test_a_list_that_goes_takes_its_copies_along(dev: MailingList) -> None:
    post("Tea")
    delete_list(dev, keep_archive=True)

    assert not ArchiverCopy.objects.exists()


@pytest.mark.feature("core.archiver.mhonarc")
def test_the_command_gets_the_posts_bytes_and_nothing_of_it_in_its_words(dev: MailingList, tmp_path: Path) -> None:
    source = 'import sys; open(sys.argv[1], "w").write(repr(sys.argv[2:]))'
    words = ["$archive_dir/words", "$list_id", "$listname", "$hostname", "$fqdn_listname", "$subject", "\\;", '"a b"']
    raw_body = "Grüße\n.\nFrom here; `id` $(id)\n"
    with override_settings(MHONARC_COMMAND=command(source, *words)):
        post("$(touch /tmp/pwned) `id`")
        work()
    post("Raw", body=raw_body, content_type="text/plain; charset=utf-8", message_id="raw@example.com")
    work()

    assert (tmp_path / "words").read_text() == repr(
        ["dev.example.org", "dev", "example.org", "dev@example.org", "$subject", ";", "a b"]
    )
    [piped_raw] = [copy for copy in piped(tmp_path) if copy["Subject"] == "Raw"]
    assert piped_raw.get_payload(decode=True) == raw_body.encode()


def test_the_command_may_have_a_folder_for_each_list(dev: MailingList, tmp_path: Path) -> None:
    with override_settings(MHONARC_COMMAND=command(SCRIPT, "${list_dir}")):
        post("Tea", message_id="one@example.com")
        work()

    assert (tmp_path / "mhonarc" / "dev.example.org" / HASH).exists()


def test_the_command_sees_no_settings_of_ours(
    dev: MailingList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTHOUSE_DATABASE_URL", "postgres://user:secret@host/name")
    source = 'import os, sys; open(sys.argv[1], "w").write(" ".join(sorted(os.environ)))'
    with override_settings(MHONARC_COMMAND=command(source, "$archive_dir/seen")):
        post("Tea")
        work()

    assert "POSTHOUSE" not in (tmp_path / "seen").read_text()
    assert "MESSAGE_ID_HASH" in (tmp_path / "seen").read_text()


@pytest.mark.feature("core.archiver.mhonarc")
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (command('import sys; sys.stdin.read(); sys.exit("no room")'), "ended with 1: no room"),
        ("false", "false ended with 1: without a word"),
        ("/nonexistent/mhonarc -add", "/nonexistent/mhonarc cannot be run: No such file or directory."),
        (command("import time; time.sleep(60)"), "took longer than 0.5 s."),
        ("sh -c 'sleep 60 & sleep 60'", "sh took longer than 0.5 s."),
        ("", "POSTHOUSE_MHONARC_COMMAND names no command."),
    ],
    ids=["says-why", "silent", "missing", "hangs", "hangs-with-a-child", "none"],
)
def test_a_command_that_fails_is_asked_again(dev: MailingList, words: str, error: str) -> None:
    change_settings(dev, archivers=["mhonarc"])
    post("Tea")
    with override_settings(MHONARC_COMMAND=words, ARCHIVER_SECONDS=0.5 if "took longer" in error else PATIENCE):
        work()

    [copy] = ArchiverCopy.objects.all()
    assert copy.last_error.endswith(error)
    assert (copy.attempts, copy.lease_token) == (1, "")
    assert "bart@example.com" in mailed()


def test_a_command_that_reads_nothing_and_is_content_is_taken_at_its_word(dev: MailingList) -> None:
    change_settings(dev, archivers=["mhonarc"])
    post("Tea", body="x" * 70 + "\n" + "Line\n" * 50_000)
    with override_settings(MHONARC_COMMAND="true"):
        work()

    assert not ArchiverCopy.objects.exists()
