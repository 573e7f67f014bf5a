"""`manage.py texts`: what operators read and write."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from lists.models import MailingList, NoticeTemplate
from lists.texts.names import NAMES
from tests.support.factories import make_list, make_member
from tests.support.webserver import WebServer

pytestmark = pytest.mark.django_db
WELCOME, FOOTER = "list:user:notice:welcome", "list:member:regular:footer"


@pytest.fixture
def dev() -> MailingList:
    return make_list("dev")


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


def texts(*words: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("texts", *words, stdout=out, stderr=options.pop("stderr", io.StringIO()), **options)
    return out.getvalue()


def test_text_is_written_shown_previewed_and_taken_back(dev: MailingList, tmp_path: Path) -> None:
    make_member(dev, "bart@example.com", display_name="Bart")
    (tmp_path / "welcome.txt").write_text("Hello $user_name, this is $listname.\n")

    texts(
        "set", WELCOME, str(tmp_path / "welcome.txt"), "--list", "dev@example.org", "--subject", "Tea for $user_email"
    )

    assert texts("show", WELCOME, "--list", "dev.example.org") == (
        "# from: list, language: (all)\nSubject: Tea for $user_email\n\nHello $user_name, this is $listname.\n"
    )
    assert texts("preview", WELCOME, "--list", "dev.example.org") == (
        "# from: list, language: (all)\nSubject: Tea for bart@example.com\n\nHello Bart, this is dev@example.org.\n"
    )
    assert json.loads(texts("preview", WELCOME, "--list", "dev.example.org", "--to", "Dora@example.com", "--json")) == {
        "name": WELCOME,
        "scope": "list",
        "language": "",
        "subject": "Tea for Dora@example.com",
        "text": "Hello , this is dev@example.org.\n",
        "unknown": [],
    }
    assert texts("reset", WELCOME, "--list", "dev.example.org") == "Done.\n"
    assert texts("show", WELCOME, "--list", "dev.example.org").startswith(
        "# from: built-in, language: en\nSubject: Welcome"
    )
    with pytest.raises(CommandError, match="no such text"):
        texts("reset", WELCOME, "--list", "dev.example.org")


def test_scopes_and_languages_are_told_apart(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    for where in ((), ("--domain", "example.org"), ("--list", "dev@example.org")):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{where[1:]}"))
        texts("set", FOOTER, *where, "--language", "de")

    shown = [
        json.loads(texts("show", FOOTER, *where, "--language", "de", "--json"))["scope"]
        for where in ((), ("--domain", "example.org"), ("--list", "dev@example.org"))
    ]
    assert shown == ["site", "domain", "list"]
    assert [row["language"] for row in json.loads(texts("show", "--json"))["texts"]] == ["de"]
    assert json.loads(texts("show", FOOTER, "--json"))["scope"] == "built-in"
    assert FOOTER in texts("show", "--domain", "example.org")


def test_placeholders_that_nobody_fills_in_are_told(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("$listname $lisname"))
    complaint = io.StringIO()

    texts("set", FOOTER, stderr=complaint)

    assert complaint.getvalue() == "Nobody fills in: $lisname\n"


def test_uri_is_fetched_at_once_and_failures_are_told(dev: MailingList, server: WebServer, tmp_path: Path) -> None:
    server.pages["/good"] = (200, b"from afar\n")
    (tmp_path / "password").write_text("geheim\n")
    credentials = ("--username", "anne", "--password-file", str(tmp_path / "password"))
    complaint = io.StringIO()

    good = texts("set", FOOTER, "--list", "dev@example.org", "--uri", f"{server.url}/good", *credentials, "--json")
    assert json.loads(good) == {"name": FOOTER, "fetched": 1, "failures": []}
    assert server.requests[0].headers["Authorization"] == "Basic YW5uZTpnZWhlaW0="
    assert "from afar" in texts("preview", FOOTER, "--list", "dev@example.org")

    texts("set", FOOTER, "--list", "dev@example.org", "--uri", f"{server.url}/bad", stderr=complaint)
    assert complaint.getvalue() == "Not fetched, the next text holds: The server answers 404.\n"
    assert "geheim" not in texts("show", "--list", "dev@example.org", "--json")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("show", "list:nobody"), "There is no text list:nobody."),
        (("show", "--list", "tea@example.org"), "There is no list tea@example.org."),
        (("show", "--domain", "example.net"), "There is no domain example.net."),
        (("show", "--domain", "example.org", "--list", "dev@example.org"), "A list or a domain, not both."),
        (("preview", FOOTER), "A preview is that of a list: --list is wanted."),
        (("set", FOOTER, "/nowhere"), "/nowhere cannot be read"),
        (("set", FOOTER, "--uri", "ftp://example.com/x"), "An http or https URL is wanted."),
        (("set", FOOTER, "/dev/null", "--language", "tlh"), "One of these languages is wanted: en, de, fr, es"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(words: tuple[str, ...], error: str, dev: MailingList) -> None:
    with pytest.raises(CommandError, match=error.replace(".", r"\.")):
        texts(*words)
    assert not NoticeTemplate.objects.exists()


@pytest.mark.parametrize("name", NAMES)
def test_every_text_has_a_preview_with_nothing_left_open(name: str, dev: MailingList) -> None:
    seen = json.loads(texts("preview", name, "--list", "dev@example.org", "--language", "de", "--json"))

    assert "$" not in seen["subject"] + seen["text"]
    assert seen["unknown"] == []
