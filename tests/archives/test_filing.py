"""Filing: what of a post is kept, and where in its thread it stands."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archives.models import Arrival, Attachment, Letter, Post, Thread
from archives.services.filing import Filing, file_posts
from lists.models import MailingList
from suite.mail.parse import parse
from tests.support.factories import make_list
from tests.support.posting import arrive, letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def dev() -> MailingList:
    return make_list("dev")


def filing(raw: bytes, number: int = 1) -> Filing:
    [arrival] = arrive(raw)
    arrival = Arrival.objects.get(pk=arrival.pk)
    parsed = parse(bytes(arrival.letter.raw))
    return Filing(arrival, parsed.raw, parsed, number)


def file(mlist: MailingList, *raws: bytes) -> list[Post]:
    return file_posts(mlist, [filing(raw, number) for number, raw in enumerate(raws, 1)])


def tree(mlist: MailingList) -> dict[str, str | None]:
    """Message-ID -> the parent's, ghosts in brackets."""

    def name(post: Post | None) -> str | None:
        return None if post is None else f"({post.message_id})" if post.ghost else post.message_id

    posts = Post.objects.filter(archive__mlist=mlist).select_related("parent")
    return {name(post) or "": name(post.parent) for post in posts}


def test_what_is_kept_of_a_post(dev: MailingList) -> None:
    raw = letter(
        sender="=?utf-8?q?B=C3=A4rt?= <Bart@Example.com>",
        subject="[Dev] Re: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
        message_id="two@example.com",
        in_reply_to="<one@example.com>",
        body="Good\x00 morning.\n",
    )
    [post] = file(dev, raw)
    assert (post.author_name, post.author_email) == ("Bärt", "Bart@Example.com")
    assert post.subject == "[Dev] Re: Grüße"
    assert post.thread.subject == "Re: Grüße"
    assert (post.message_id, post.references) == ("two@example.com", ["one@example.com"])
    assert "\0" not in post.text
    assert post.letter_id == post.arrival.letter_id if post.arrival else False
    assert post.size == len(raw)


def test_published_bytes_of_their_own_are_a_letter_of_their_own(dev: MailingList) -> None:
    came = filing(letter())
    published = came.raw.replace(b"Good", b"Bad!")
    [post] = file_posts(dev, [Filing(came.arrival, published, came.parsed, 1)])
    assert post.letter is not None
    assert bytes(post.letter.raw) == published
    assert post.text == "Bad! morning."
    assert Letter.objects.count() == 2


def test_attachments_are_listed(dev: MailingList) -> None:
    body = (
        '--b\nContent-Type: text/plain\n\nSee the picture.\n--b\nContent-Type: image/png; name="a.png"\n'
        'Content-Disposition: attachment; filename="../../dog.png"\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n--b--\n'
    )
    [post] = file(dev, letter(body=body, mime_version="1.0", content_type='multipart/mixed; boundary="b"'))
    [attachment] = Attachment.objects.filter(post=post)
    assert (attachment.name, attachment.content_type, attachment.size) == ("dog.png", "image/png", 5)
    assert post.attachment_count == 1


def test_replies_stand_below_what_they_answer(dev: MailingList) -> None:
    file(
        dev,
        letter(message_id="a@x.example"),
        letter(message_id="b@x.example", in_reply_to="<a@x.example>"),
        letter(message_id="c@x.example", references="<a@x.example> <b@x.example>"),
        letter(message_id="other@x.example", subject="Else"),
    )
    assert tree(dev) == {
        "a@x.example": None,
        "b@x.example": "a@x.example",
        "c@x.example": "b@x.example",
        "other@x.example": None,
    }
    assert sorted(Thread.objects.values_list("post_count", "author_count")) == [(1, 1), (3, 1)]
    thread = Thread.objects.get(post_count=3)
    assert thread.root is not None
    assert thread.root.message_id == "a@x.example"


def test_an_unseen_parent_is_a_ghost_until_it_comes(dev: MailingList) -> None:
    file(dev, letter(message_id="b@x.example", references="<a@x.example>"))
    file(dev, letter(message_id="c@x.example", references="<a@x.example>"))
    assert tree(dev) == {"(a@x.example)": None, "b@x.example": "(a@x.example)", "c@x.example": "(a@x.example)"}
    assert Thread.objects.get().post_count == 2
    file(dev, letter(message_id="a@x.example"))
    assert tree(dev) == {"a@x.example": None, "b@x.example": "a@x.example", "c@x.example": "a@x.example"}
    thread = Thread.objects.get()
    assert (thread.post_count, thread.root and thread.root.ghost) == (3, False)


def test_a_late_parent_joins_two_threads(dev: MailingList) -> None:
    file(dev, letter(message_id="root@x.example"))
    file(dev, letter(message_id="leaf@x.example", references="<middle@x.example>"))
    assert Thread.objects.count() == 2
    file(dev, letter(message_id="middle@x.example", references="<root@x.example>"))
    assert tree(dev) == {
        "root@x.example": None,
        "middle@x.example": "root@x.example",
        "leaf@x.example": "middle@x.example",
    }
    assert Thread.objects.get().post_count == 3


def test_references_in_a_circle_end(dev: MailingList) -> None:
    file(dev, letter(message_id="a@x.example", references="<b@x.example>"))
    file(dev, letter(message_id="b@x.example", references="<a@x.example>"))
    assert tree(dev) == {"b@x.example": None, "a@x.example": "b@x.example"}
    assert Thread.objects.get().post_count == 2


def test_a_reply_without_references_joins_a_recent_thread_of_its_subject(dev: MailingList) -> None:
    file(dev, letter(message_id="a@x.example", subject="Lunch"))
    file(dev, letter(message_id="b@x.example", subject="AW: Lunch"))
    file(dev, letter(message_id="c@x.example", subject="Lunch"))
    assert sorted(Thread.objects.values_list("post_count", flat=True)) == [1, 2]


def test_the_same_id_twice_is_two_posts(dev: MailingList) -> None:
    file(dev, letter(message_id="a@x.example", body="One.\n"))
    file(dev, letter(message_id="a@x.example", body="Two.\n"))
    assert sorted(Post.objects.values_list("text", flat=True)) == ["One.", "Two."]


def test_clocks_that_cannot_be_right(dev: MailingList) -> None:
    for text in ("Mon, 1 Jan 2001 00:00:00 +0000", "Tue, 99 Foo 20000 99:99", "", "x" * 100_000):
        raw = letter().replace(b"Date: ", b"X-Date: ", 1).replace(b"\r\n\r\n", f"\r\nDate: {text}\r\n\r\n".encode(), 1)
        [post] = file(dev, raw)
        assert post.arrival is not None
        assert post.date == post.arrival.received_at


@pytest.mark.parametrize(("length", "statements"), [(1, 5), (3, 9)])
def test_statements(dev: MailingList, length: int, statements: int) -> None:
    file(dev, letter())
    filings = [filing(letter(subject=f"Number {number}")) for number in range(length)]
    with CaptureQueriesContext(connection) as queries:
        file_posts(dev, filings)
    assert len(queries) == statements
