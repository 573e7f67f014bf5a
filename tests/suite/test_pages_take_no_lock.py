"""Reading takes no write lock: pages open while somebody else is writing for a long time."""

import sqlite3
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client

from accounts.models import User
from archives.models import Post
from lists.links import unsubscribe_token
from lists.models import MailingList
from lists.services.joining import join
from moderation.models import HeldMessage
from tests.support.factories import make_list, make_member, make_user
from tests.support.pages import hold, publish
from tests.support.requires import on_sqlite

pytestmark = [on_sqlite, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def held() -> HeldMessage:
    """A held post of a list that has a published one, too."""
    mlist = make_list("dev")
    make_member(mlist, "bart@example.com")
    publish(mlist)
    return hold(mlist)


@pytest.fixture
def somebody_writes(held: HeldMessage) -> Iterator[None]:
    """Holds the database's only write lock, from another connection."""
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()
    connection.close()


def pages(held: HeldMessage) -> list[str]:
    mlist, post = MailingList.objects.get(), Post.objects.get()
    front = f"/lists/{mlist.list_id}/"
    token = join(mlist, "dora@example.com").token
    return [
        "/",
        "/robots.txt",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        front,
        f"{front}thread/{post.thread_id}/",
        f"{front}message/{post.message_id_hash}/",
        f"{front}message/{post.message_id_hash}/raw",
        f"{front}join/",
        f"{front}members/",
        f"{front}requests/",
        f"{front}confirm/{token}/",
        f"{front}held/",
        f"{front}held/{held.pk}/",
        f"{front}held/{held.pk}/raw",
        f"{front}unsubscribe/{unsubscribe_token(mlist.memberships.get(role=1).pk, mlist.list_id)}/",
        "/accounts/email/",
        "/sandbox/",
        "/admin/",
    ]


@pytest.mark.parametrize("role", ["anonymous", "site owner"])
def test_pages_open_while_somebody_writes(held: HeldMessage, role: str, request: pytest.FixtureRequest) -> None:
    person: User | AnonymousUser = make_user("Root", superuser=True) if role == "site owner" else AnonymousUser()
    client = Client()
    if isinstance(person, User):
        client.force_login(person)
    urls = pages(held)
    request.getfixturevalue("somebody_writes")

    answers = {url: client.get(url).status_code for url in urls}

    assert set(answers.values()) <= {200, 302, 403, 404}
    with pytest.raises(Exception, match="locked"):  # the lock would have been noticed
        MailingList.objects.update(description="x")
