"""Texts behind URIs: fetched ahead of need, kept, and never in a mail's way."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from lists import notices, wording
from lists.errors import InvalidText
from lists.models import FetchedText, MailingList, NoticeTemplate
from lists.services.text_uris import refresh, set_uri
from lists.services.texts import set_text
from suite.common import fetching
from tests.support.factories import make_list
from tests.support.webserver import WebServer

pytestmark = pytest.mark.django_db
HOLD, FOOTER = "list:user:notice:hold", "list:member:regular:footer"


@pytest.fixture
def dev() -> MailingList:
    return make_list("dev")


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.TEXTS_DIR = str(tmp_path / "texts")
    (tmp_path / "texts").mkdir()
    return tmp_path / "texts"


def footer(mlist: MailingList, language: str = "") -> str:
    """What the next mail has, and that it asked nobody for it."""
    wording.forget(mlist)
    return notices.render(FOOTER, mlist, language=language)[1]


@pytest.mark.feature("core.template.uri-fetch")
def test_uri_is_fetched_once_a_week_with_credentials_and_its_own_values(dev: MailingList, server: WebServer) -> None:
    for language in ("en", "fr"):
        server.pages[f"/dev.example.org/{language}/example.org/dev@example.org"] = (
            200,
            f"{language} of $listname\n".encode(),
        )
    uri = server.url + "/$list_id/${language}/$domain_name/$listname"
    set_uri(FOOTER, dev, uri, username="anne", password="geheim", trusted=True)

    assert footer(dev).startswith("___")  # not fetched yet
    assert refresh() == 2
    asked = len(server.requests)
    assert [footer(dev, language) for language in ("en", "fr")] == [
        "en of dev@example.org\n",
        "fr of dev@example.org\n",
    ]
    assert {request.headers["Authorization"] for request in server.requests} == {"Basic YW5uZTpnZWhlaW0="}

    refresh()
    fetched = FetchedText.objects.filter(fetched_at__isnull=False)
    assert len([request for request in server.requests[asked:] if "/en/" in request.path]) == 0
    fetched.update(fetched_at=timezone.now() - timedelta(days=7, seconds=1))
    refresh()
    assert len([request for request in server.requests[asked:] if "/en/" in request.path]) == 1


@pytest.mark.feature("core.template.uri-fetch")
@pytest.mark.parametrize("trouble", ["404", "500", "refused", "timeout"])
def test_where_nothing_comes_the_next_text_holds_and_no_mail_waits(
    trouble: str, dev: MailingList, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    set_text(FOOTER, dev.domain, "the domain's\n")
    uri = f"{server.url}/x" if trouble != "refused" else "http://127.0.0.1:1/x"
    if trouble.isdigit():
        server.pages["/x"] = (int(trouble), b"an error page")
    server.mode = "silent" if trouble == "timeout" else ""
    set_uri(FOOTER, dev, uri, trusted=True)

    assert refresh() == 0

    asked, began = len(server.requests), time.process_time()
    assert footer(dev) == "the domain's\n"
    assert len(server.requests) == asked
    assert time.process_time() - began < 1
    assert FetchedText.objects.get().failure


def test_text_that_came_once_outlives_trouble_but_not_its_file(dev: MailingList, server: WebServer) -> None:
    server.pages["/x"] = (200, b"tea\n")
    row = set_uri(FOOTER, dev, f"{server.url}/x", trusted=True)
    refresh()

    server.pages["/x"] = (503, b"")
    refresh([row])
    assert footer(dev) == "tea\n"
    del server.pages["/x"]
    refresh([row])
    assert footer(dev).startswith("___")


def test_uri_of_a_site_is_asked_once_for_each_list_only_where_it_names_it(dev: MailingList, server: WebServer) -> None:
    make_list("other")
    make_list("dev@example.net")
    for uri, urls in (("/all", 1), ("/$domain_name", 2), ("/$list_id", 3), ("/$list_id/$language", 12)):
        row = set_uri(FOOTER, None, server.url + uri, trusted=True)
        refresh()
        assert row.fetched.count() == urls


def test_text_in_the_database_replaces_what_was_fetched(dev: MailingList, server: WebServer) -> None:
    server.pages["/x"] = (200, b"from afar\n")
    set_uri(FOOTER, dev, f"{server.url}/x", username="anne", password="geheim", trusted=True)
    refresh()

    set_text(FOOTER, dev, "own\n")

    assert footer(dev) == "own\n"
    assert not FetchedText.objects.exists()
    assert NoticeTemplate.objects.values_list("uri", "username", "password", "trusted").get() == ("", "", "", False)


def test_fetched_mail_has_a_subject_of_ours(dev: MailingList, server: WebServer) -> None:
    server.pages["/x"] = (200, "Später.\r\n".encode())
    set_uri(HOLD, dev, f"{server.url}/x", language="de", trusted=True)
    refresh()

    assert notices.render(HOLD, MailingList.objects.get(), language="de") == (
        "Ihr Beitrag an dev@example.org wartet auf die Moderation",
        "Später.\n",
    )


@pytest.mark.feature("core.template.uri-safety")
@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/x",
        "http://localhost/x",
        "http://[::1]/x",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/x",
        "https://192.168.1.1/x",
        "http://2130706433/x",
        "http://$listname/x",
        "http://8.8.8.8:25/x",
        "file:///etc/passwd",
        "file:../../etc/passwd",
        "mailman:///list:member:regular:footer",
        "ftp://8.8.8.8/x",
    ],
)
def test_owner_cannot_point_a_text_into_our_network_or_files(uri: str, dev: MailingList, folder: Path) -> None:
    with pytest.raises(InvalidText):
        set_uri(FOOTER, dev, uri)
    assert not NoticeTemplate.objects.exists()


@pytest.mark.feature("core.template.uri-safety")
def test_what_leads_into_our_network_later_is_not_fetched(dev: MailingList, server: WebServer, folder: Path) -> None:
    """A name bound anew, a redirect, a link: no octet of it is in a mail."""
    server.pages["/secret"] = (200, b"secret\n")
    row = set_uri(FOOTER, dev, "http://8.8.8.8/x")
    NoticeTemplate.objects.update(uri=f"{server.url}/secret")
    assert refresh() == 0
    assert server.requests == []

    server.pages["/x"] = (302, b"")
    server.location = f"{server.url}/secret"
    row = set_uri(FOOTER, dev, f"{server.url}/x", trusted=True)
    assert refresh([row]) == 0

    (folder.parent / "passwd").write_text("secret\n")
    (folder / "link").symlink_to(folder.parent / "passwd")
    with pytest.raises(InvalidText):
        set_uri(FOOTER, dev, f"file://{folder}/link")
    assert "secret" not in footer(dev)


@pytest.mark.feature("core.template.uri-safety")
def test_file_of_the_folder_is_read_and_a_link_out_of_it_later_is_not(dev: MailingList, folder: Path) -> None:
    (folder / "dev.example.org").write_text("tea\n")
    row = set_uri(FOOTER, dev, f"file://{folder}/$list_id")
    assert refresh() == 1
    assert footer(dev) == "tea\n"

    (folder.parent / "passwd").write_text("secret\n")
    (folder / "dev.example.org").unlink()
    (folder / "dev.example.org").symlink_to(folder.parent / "passwd")
    assert refresh([row]) == 0
    assert footer(dev).startswith("___")
