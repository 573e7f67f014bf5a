"""The sandbox's pages: open on a demonstration site and to the site's owners, absent for everybody else."""

import time

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from delivery.sandbox import store
from tests.support.factories import make_user
from tests.support.posting import letter

pytestmark = pytest.mark.django_db

RAW = letter(subject="Tea", body="Who makes it?\n", x_mood="fine")


@pytest.fixture(autouse=True)
def taken(settings: Settings, tmp_path: object) -> None:
    """A sandbox of this test's own, that took one mail for two people."""
    settings.STATE = tmp_path
    store.keep(time.time(), "dev-bounces@example.org", ["bart@example.com", "odd/box@example.com"], "Tea", RAW)


@pytest.fixture
def demo(settings: Settings) -> None:
    settings.DEMO = True


PAGES = ("/sandbox/", "/sandbox/to/bart@example.com/", "/sandbox/mail/1/", "/sandbox/mail/1/raw")


def statuses(client: Client) -> list[int]:
    return [client.get(page).status_code for page in PAGES]


def test_absent_for_everybody_but_the_sites_owners(client: Client, dora: User) -> None:
    anonymous = statuses(client)
    client.force_login(dora)
    stranger = statuses(client)
    client.force_login(make_user("Root", superuser=True))

    assert (anonymous, stranger, statuses(client)) == ([404] * 4, [404] * 4, [200] * 4)


def test_open_on_a_demonstration_site(demo: None, client: Client) -> None:
    assert statuses(client) == [200] * 4
    assert 'href="/sandbox/"' in client.get("/").content.decode()


def test_not_in_the_menu_where_it_is_closed(client: Client) -> None:
    assert "sandbox" not in client.get("/").content.decode().lower()


def test_mailboxes_and_newest_mail(demo: None, client: Client) -> None:
    page = client.get("/sandbox/").content.decode()

    assert 'href="/sandbox/to/bart@example.com/"' in page
    assert page.count('class="thread-subject"') == 2


def test_a_mailbox_holds_its_own_mail_only(demo: None, client: Client) -> None:
    page = client.get("/sandbox/to/odd/box@example.com/").content.decode()

    assert page.count('class="thread-subject"') == 1
    assert client.get("/sandbox/to/anne@example.com/").status_code == 404


def test_a_mail_with_envelope_header_and_text(demo: None, client: Client) -> None:
    page = client.get("/sandbox/mail/1/").content.decode()

    for words in ("dev-bounces@example.org", "X-Mood", "Who makes it?"):
        assert words in page


def test_the_bytes_that_were_sent(demo: None, client: Client) -> None:
    answer = client.get("/sandbox/mail/1/raw")

    assert answer.content == RAW
    assert answer["Content-Disposition"] == 'attachment; filename="sandbox-1.eml"'


@pytest.mark.parametrize("number", ["0", "3", "9" * 30])
def test_no_such_mail(demo: None, client: Client, number: str) -> None:
    assert client.get(f"/sandbox/mail/{number}/").status_code == 404


def test_an_empty_sandbox(
    demo: None, client: Client, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings.STATE = tmp_path_factory.mktemp("empty")

    assert "Nothing has been sent yet." in client.get("/sandbox/").content.decode()
