"""C31: a worker dies while a post is filed. The archive becomes what it would have been."""

from email.message import EmailMessage
from email.utils import formatdate
from typing import Any

import pytest

from archives.models import Archive, Attachment, Post, Thread
from delivery import journey
from delivery.services import invariants
from lists.models import MailingList
from tests.support.dying import dies_at
from tests.support.factories import make_list, make_member
from tests.support.posting import arrive, judge_all

pytestmark = pytest.mark.django_db(transaction=True)

BART = "bart@example.com"
TO = "dev@example.org, calm@example.org"


@pytest.fixture
def dev() -> MailingList:
    return make_archived_list("dev")


@pytest.fixture
def calm() -> MailingList:
    """Gets the same posts, and nobody dies."""
    return make_archived_list("calm")


def make_archived_list(name: str) -> MailingList:
    """What it publishes is not what came in: of two forms of a text one is kept."""
    mlist = make_list(name, filter_content=True)
    make_member(mlist, BART)
    return mlist


def conversation() -> list[bytes]:
    """A thread whose first two posts come last, one of them with a drawing; each in two forms of the same text."""
    return [
        written("answer", "Re: Tea", references="<tea@example.com> <question@example.com>"),
        written("other", "Cake"),
        written("question", "Re: Tea", references="<tea@example.com>", drawing=b"\x89PNG\r\n"),
        written("tea", "Tea"),
    ]


def written(name: str, subject: str, references: str = "", drawing: bytes = b"") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = BART, TO, subject, f"<{name}@example.com>"
    mail["Date"] = formatdate(usegmt=True)
    if references:
        mail["References"] = references
    mail.set_content(f"The text of {name}.\n")
    mail.add_alternative(f"<p>The text of {name}.</p>\n", subtype="html")
    if drawing:
        mail.add_attachment(drawing, maintype="image", subtype="png", filename="cup.png")
    return mail.as_bytes().replace(b"\n", b"\r\n")


def archive_of(mlist: MailingList) -> dict[str, Any]:
    """All that its pages, downloads and threads are made of, without keys."""
    archive = Archive.objects.get(mlist=mlist)
    threads = Thread.objects.filter(archive=archive).order_by("subject")
    posts = Post.objects.filter(archive=archive).order_by("message_id")
    files = Attachment.objects.filter(post__archive=archive).order_by("post__message_id", "part")
    return {
        "threads": list(threads.values("subject", "root__message_id", "post_count", "author_count", "last_post_at")),
        "posts": list(
            posts.values(
                *(
                    "message_id",
                    "date",
                    "ghost",
                    "number",
                    "subject",
                    "text",
                    "size",
                    "attachment_count",
                    "letter__sha256",
                ),
                *("parent__message_id", "thread__subject"),
            )
        ),
        "files": list(files.values("post__message_id", "part", "name", "content_type", "size")),
    }


@pytest.mark.parametrize("failpoint", ["filing.stored", "filing.threaded", "filing.attached"])
def test_dying_while_filing_leaves_the_archive_as_it_would_be(
    dev: MailingList, calm: MailingList, failpoint: str
) -> None:
    for number, raw in enumerate(conversation()):
        arrive(raw, "dev@example.org", sender=BART)
        dies_at(failpoint, lambda: journey.judge(seconds=20))
        assert Post.objects.filter(archive__mlist=dev, ghost=False).count() == number
        judge_all()
        arrive(raw, "calm@example.org", sender=BART)
        judge_all()

    found = archive_of(dev)
    assert found == archive_of(calm)
    assert [(row["subject"], row["post_count"]) for row in found["threads"]] == [("Cake", 1), ("Re: Tea", 3)]
    assert [row["name"] for row in found["files"]] == ["cup.png"]
    assert not any(row["ghost"] or "<p>" in row["text"] for row in found["posts"])
    assert invariants.complaints() == []
