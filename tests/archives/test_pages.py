"""The archive's pages: what they show, and how many queries that costs."""

import base64
import hashlib
import re
import time
from email.utils import formatdate
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from archives.enums import Role
from archives.models import Post
from archives.services import intake
from archives.services.filing import archive_of
from archives.views import overview, threads
from lists.enums import ArchivePolicy
from lists.models import MailingList
from lists.services.mailing_lists import delete_list
from suite.mail.parse import parse
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.pages import publish, publish_thread
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db

DEV = "/lists/dev.example.org/"


def text_of(page: str) -> str:
    """What is to be read on a page: no markup, one line."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def hours_ago(hours: int) -> str:
    """A Date field's value."""
    return formatdate(time.time() - 3600 * hours - 60, usegmt=True)


def read(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return str(answer.content.decode())


def permalink(post: Post) -> str:
    return f"{DEV}message/{post.message_id_hash}/"


# --- overview ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("items", [1, 3])
def test_overview_queries(
    dev: MailingList, client: Client, django_assert_num_queries: DjangoAssertNumQueries, items: int
) -> None:
    for number in range(items):
        publish(dev, subject=f"Tea {number}")

    with django_assert_num_queries(4):  # list, archive, counts, threads
        page = read(client, DEV)

    assert page.count('class="thread-subject"') == items


@pytest.mark.parametrize("items", [1, 3])
def test_overview_queries_for_a_moderator(
    dev: MailingList, cris: User, client: Client, django_assert_num_queries: DjangoAssertNumQueries, items: int
) -> None:
    for number in range(items):
        publish(dev, subject=f"Tea {number}")
    client.force_login(cris)

    with django_assert_num_queries(8):  # and session, user, roles, what waits at the desk
        read(client, DEV)


def test_overview_of_a_list_without_posts(dev: MailingList, client: Client) -> None:
    assert "Nobody has written to this list yet." in text_of(read(client, DEV))


@pytest.mark.parametrize(
    ("served", "addresses"),
    [
        ([Role.POST], ["dev@example.org"]),
        (list(Role), ["dev@example.org", "dev-join@example.org", "dev-leave@example.org", "dev-owner@example.org"]),
    ],
)
def test_overview_names_the_addresses_that_are_answered(
    dev: MailingList, client: Client, monkeypatch: pytest.MonkeyPatch, served: list[Role], addresses: list[str]
) -> None:
    monkeypatch.setattr(intake, "SERVED_ROLES", served)

    page = read(client, DEV)

    assert re.findall(r"mailto:([^\"?]+)", page) == addresses


def test_latest_thread_comes_first_with_its_author_and_replies(dev: MailingList, client: Client) -> None:
    publish(dev, subject="Old", date=hours_ago(50))
    publish_thread(dev, 3, subject="[Dev] New", date=hours_ago(3))

    words = text_of(read(client, DEV))

    assert words.index("New") < words.index("Old")
    assert "[Dev]" not in words
    assert "B New Bart 3 hours ago 2 replies" in words


def test_threads_are_paged(dev: MailingList, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "PER_PAGE", 2)
    for number in range(5):
        publish(dev, subject=f"Tea {number}", date=hours_ago(9 - number))

    pages = [re.findall(r"Tea \d", read(client, f"{DEV}?page={page}")) for page in ("1", "2", "3", "x", "99", "-1")]

    assert pages == [["Tea 4", "Tea 3"], ["Tea 2", "Tea 1"], ["Tea 0"], ["Tea 4", "Tea 3"], ["Tea 0"], ["Tea 0"]]


def test_overview_of_a_private_archive_names_no_thread(dev: MailingList, client: Client) -> None:
    publish(dev, subject="Secret")
    MailingList.objects.update(archive_policy=ArchivePolicy.PRIVATE)

    page = read(client, DEV)

    assert "Secret" not in page
    assert f'href="/accounts/login/?next={DEV}"' in page


# --- threads ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("items", [1, 3])
def test_thread_queries(
    dev: MailingList, client: Client, django_assert_num_queries: DjangoAssertNumQueries, items: int
) -> None:
    [first, *_] = publish_thread(dev, items)

    with django_assert_num_queries(6):  # list, archive, thread, outline, posts, attachments
        page = read(client, f"{DEV}thread/{first.thread_id}/")

    assert page.count("<article") == items


def test_replies_are_indented_and_name_a_new_subject_only(dev: MailingList, client: Client) -> None:
    first = publish(dev, subject="Tea")
    second = publish(dev, subject="[Dev] Re: Tea", in_reply_to=f"<{first.message_id}>")
    publish(dev, subject="Coffee (was: Tea)", in_reply_to=f"<{second.message_id}>")

    page = read(client, f"{DEV}thread/{first.thread_id}/")

    assert re.findall(r"indent-(\d)", page) == ["0", "1", "2"]
    assert re.findall(r"New subject:</span> <bdi>([^<]*)", page) == ["Coffee (was: Tea)"]


@pytest.mark.feature("archive.thread-tree")
def test_twelve_posts_as_a_tree(dev: MailingList, client: Client) -> None:
    """Three levels; the second answers are older than the first's own."""
    part = "--b\n\nTea {0}\n--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=cup{0}.png\n\nPNG\n--b--\n"
    parents = [None, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3]
    posts: list[Post] = []
    for number, parent in enumerate(parents):
        fields: dict[str, Any] = {"in_reply_to": f"<{posts[parent].message_id}>"} if parent is not None else {}
        posts.append(
            publish(
                dev,
                sender=f"Guest {number} <guest{number}@example.com>",
                subject="[Dev] Re: Tea" if number != 8 else "Coffee",
                date=hours_ago(20 - number),
                body=part.format(number),
                content_type="multipart/mixed; boundary=b",
                **fields,
            )
        )

    page = read(client, f"{DEV}thread/{posts[0].thread_id}/")

    order = [0, 1, 4, 5, 6, 2, 7, 8, 3, 9, 10, 11]
    levels = [1, 2, 3, 3, 3, 2, 3, 3, 2, 3, 3, 3]
    assert list(map(int, re.findall(r'class="author"><bdi>Guest (\d+)', page))) == order
    assert list(map(int, re.findall(r"level (\d)", page))) == levels
    assert [int(indent) + 1 for indent in re.findall(r'"indent-(\d)', page)] == levels
    assert list(map(int, re.findall(r">Tea (\d+)</div>", page))) == order
    assert list(map(int, re.findall(r"download><bdi>cup(\d+)\.png", page))) == order
    assert re.findall(r'<a href="([^"]*)"><time', page) == [permalink(posts[number]) for number in order]
    dates = re.findall(r'<time datetime="([^"]*)"', page.partition('<div class="thread">')[2])
    assert dates == [date.isoformat() for number in order if (date := posts[number].date)]
    assert re.findall(r"New subject:</span> <bdi>([^<]*)", page) == ["Coffee"]


def test_deep_replies_stop_moving(dev: MailingList, client: Client) -> None:
    post = publish(dev)
    for _ in range(8):
        post = publish(dev, in_reply_to=f"<{post.message_id}>")

    page = read(client, f"{DEV}thread/{post.thread_id}/")

    assert re.findall(r"indent-(\d)", page) == list("012345666")


def test_a_long_post_is_cut_and_goes_on_on_its_own_page(
    dev: MailingList, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "TEXT", 20)
    post = publish(dev, body="One two three four five six seven.\n")

    thread, own = (read(client, url) for url in (f"{DEV}thread/{post.thread_id}/", permalink(post)))

    assert ("Read the whole message" in thread, "seven" in thread) == (True, False)
    assert ("Read the whole message" in own, "seven" in own) == (False, True)


def test_long_threads_are_paged(dev: MailingList, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PER_PAGE", 2)
    [first, *_] = publish_thread(dev, 3)

    pages = [read(client, f"{DEV}thread/{first.thread_id}/?page={page}").count("<article") for page in (1, 2)]

    assert pages == [2, 1]


def test_a_thread_of_another_list_is_not_found(dev: MailingList, client: Client) -> None:
    [other] = publish_thread(make_list("cooks"), 1)

    assert "no such page" in read(client, f"{DEV}thread/{other.thread_id}/", status=404)


# --- posts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("items", [1, 3])
def test_post_queries(
    dev: MailingList, client: Client, django_assert_num_queries: DjangoAssertNumQueries, items: int
) -> None:
    [first, *_] = publish_thread(dev, items)

    with django_assert_num_queries(6):  # list, archive, post, attachments, outline, neighbours
        read(client, permalink(first))


@pytest.mark.feature("archive.message")
def test_a_post_with_its_parent_replies_and_place(dev: MailingList, client: Client) -> None:
    first, second, _ = publish_thread(dev, 3, subject="Tea", body="Who makes it?\n")
    third = publish(
        dev, sender="Eve <eve@example.com>", subject="Re: Tea", body="I do.\n", in_reply_to=f"<{second.message_id}>"
    )

    page = read(client, permalink(second))

    words = text_of(page)
    assert "Message 2 of 4 in this conversation · in reply to Bart".replace(" ·", "") in words
    assert ("Who makes it?" in words, "I do." in words) == (True, False)
    assert "Replies: Eve" in words
    assert words.endswith("Before Bart After Eve")
    assert re.findall(r'href="(/lists/[^"]*message/[^"]*)"', page) == [
        permalink(one) for one in (first, third, first, third)
    ]
    assert f'href="{DEV}thread/{first.thread_id}/#post-{second.pk}"' in page
    assert not client.cookies


@pytest.mark.feature("archive.message-address")
@pytest.mark.django_db(transaction=True)
def test_archived_at_of_a_copy_opens_the_post(client: Client) -> None:
    """No HTTP request is needed to know it: a copy's header is made by the journey, which speaks SMTP only."""
    make_member(make_list("dev"), "cris@example.com")
    make_member(MailingList.objects.get(), "bart@example.com")
    arrive(letter(message_id="87myd2mdwc.fsf@example.com", body="Who makes the tea?\n"))
    with relay() as server:
        judge_all()
        send_all()

    [copy, *_] = server.mails
    archived_at = parse(copy.content).headers.text("Archived-At").strip("<>")

    assert archived_at == f"{settings.BASE_URL}{DEV}message/{base32_sha1('87myd2mdwc.fsf@example.com')}/"
    assert "Who makes the tea?" in read(client, archived_at.removeprefix(settings.BASE_URL))


def base32_sha1(text: str) -> str:
    return base64.b32encode(hashlib.sha1(text.encode()).digest()).decode()


def test_permalinks_work_in_any_letter_case(dev: MailingList, client: Client) -> None:
    post = publish(dev)

    assert read(client, permalink(post).replace(post.message_id_hash, post.message_id_hash.lower()))


def test_posts_that_share_a_message_id_are_all_shown(dev: MailingList, client: Client) -> None:
    post = publish(dev, message_id="same@example.com", body="Once.\n")
    publish(dev, message_id="same@example.com", body="Twice.\n")

    words = text_of(read(client, permalink(post)))

    assert "Several messages came with the same Message-ID." in words
    assert words.index("Once.") < words.index("Twice.")


def test_a_ghost_has_no_page(dev: MailingList, client: Client) -> None:
    publish(dev, in_reply_to="<unseen@example.com>")
    ghost = Post.objects.get(ghost=True)

    read(client, permalink(ghost), status=404)


def test_a_post_without_anything_is_shown(dev: MailingList, client: Client) -> None:
    post = publish(dev, b"\r\n")

    words = text_of(read(client, permalink(post)))

    assert "(no subject)" in words
    assert "(unknown)" in words
    assert "This message has no text." in words


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_outsiders_see_no_address_and_people_who_are_signed_in_do(dev: MailingList, dora: User, client: Client) -> None:
    """T28: names, bodies, quotes, subjects, file names, and what the answer link says."""
    raw = letter(
        sender="bart@example.com",
        subject="From anne@example.com",
        body="Ask cris@example.com\n> dora@example.com wrote\n-- \nBart <bart@example.com>\n",
    )
    post = publish(dev, raw)
    pages = (DEV, f"{DEV}thread/{post.thread_id}/", permalink(post))
    people = re.compile(r"\w+(?:@|%40)example\.com")

    anonymous = [people.findall(read(client, page)) for page in pages]
    client.force_login(dora)
    signed_in = {found for page in pages[1:] for found in people.findall(read(client, page))}

    assert anonymous == [[], [], []]
    assert signed_in >= {f"{name}@example.com" for name in ("anne", "bart", "cris", "dora")}


def test_rights_count_at_the_next_request(dev: MailingList, client: Client) -> None:
    post = publish(dev, subject="Tea")
    read(client, permalink(post))
    MailingList.objects.update(archive_policy=ArchivePolicy.PRIVATE)

    refused = client.get(permalink(post))

    assert refused.status_code == 404
    assert "Tea" not in refused.content.decode()
    assert 'href="/accounts/login/"' in refused.content.decode()


def test_what_is_not_there_looks_like_what_one_may_not_read(dev: MailingList, client: Client) -> None:
    post = publish(dev)
    MailingList.objects.update(archive_policy=ArchivePolicy.PRIVATE)
    elsewhere = DEV.replace("dev", "no-such-list")
    places = (f"message/{post.message_id_hash}/", f"message/{'A' * 32}/", f"thread/{post.thread_id}/", "thread/999999/")
    urls = [permalink(post), *(start + place for start in (DEV, elsewhere) for place in places)]

    answers = [client.get(url) for url in urls]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


@pytest.mark.parametrize(
    ("policy", "anonymous", "admin"),
    [(ArchivePolicy.PUBLIC, 200, 200), (ArchivePolicy.PRIVATE, 404, 200), (ArchivePolicy.NEVER, 404, 404)],
)
def test_an_archive_outlives_its_list(
    dev: MailingList, dora: User, client: Client, policy: ArchivePolicy, anonymous: int, admin: int
) -> None:
    post = publish(dev)
    MailingList.objects.update(archive_policy=policy)
    dev.refresh_from_db()
    delete_list(dev, keep_archive=True)
    urls = (DEV, f"{DEV}thread/{post.thread_id}/", permalink(post))

    assert [client.get(url).status_code for url in urls] == [anonymous] * 3
    dora.is_superuser = True
    dora.save()
    client.force_login(dora)
    assert [client.get(url).status_code for url in urls] == [admin] * 3


def test_a_list_that_keeps_no_archive_has_a_page_and_no_posts(dev: MailingList, client: Client) -> None:
    post = publish(dev)
    MailingList.objects.update(archive_policy=ArchivePolicy.NEVER)

    assert "This list keeps no archive." in text_of(read(client, DEV))
    read(client, permalink(post), status=404)


def test_search_engines_are_kept_from_what_is_not_public(dev: MailingList, bart: User, client: Client) -> None:
    post = publish(dev)
    assert "noindex" not in read(client, permalink(post))
    MailingList.objects.update(archive_policy=ArchivePolicy.PRIVATE)
    client.force_login(bart)

    assert "noindex" in read(client, permalink(post))


def test_a_list_with_an_empty_archive_row(dev: MailingList, client: Client) -> None:
    archive_of(dev)

    assert "Nobody has written to this list yet." in text_of(read(client, DEV))
