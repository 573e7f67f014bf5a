"""What we say to a news server, and what we make of what it says."""

import dataclasses
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from delivery.news.errors import NewsError, Refused, TooLarge
from delivery.news.server import NewsServer
from delivery.news.session import Group, NewsSession, is_duplicate
from tests.support.certificates import Certificate, make_certificate
from tests.support.newsd import News, article, news_server
from tests.support.waiting import PATIENCE


@pytest.fixture
def newsd() -> Iterator[News]:
    with news_server() as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("newsd"), "127.0.0.1")


def connect(newsd: News, **words: object) -> NewsSession:
    return NewsSession.connect(dataclasses.replace(NewsServer.from_url(newsd.url), **words))  # type: ignore[arg-type]


@contextmanager
def saying(*pieces: bytes, timeout: float = PATIENCE) -> Iterator[NewsServer]:
    """A server that says this, whatever it hears, and then nothing more; and the client's patience."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.settimeout(PATIENCE)
                for piece in pieces:
                    sock.sendall(piece)
                while sock.recv(65536):
                    pass

        thread = threading.Thread(target=speak)
        thread.start()
        yield NewsServer("127.0.0.1", listener.getsockname()[1], timeout=timeout)
        thread.join()


# --- groups and articles ----------------------------------------------------------------------------------------------


def test_a_group_its_numbers_and_its_articles(newsd: News) -> None:
    for number in (3, 5, 9):
        newsd.add(article("Tea", number=number, body=f"Cup {number}\n"), number=number)

    with connect(newsd) as session:
        assert session.group("misc.test") == Group(3, 3, 9)
        assert session.numbers("misc.test", 4, 9) == [5, 9]
        assert session.article(5, 10_000) == article("Tea", number=5, body="Cup 5\n")
        assert session.article(4, 10_000) is None


def test_a_server_that_cannot_list_numbers_is_asked_for_each(newsd: News) -> None:
    newsd.no_listgroup = True

    with connect(newsd) as session:
        session.group("misc.test")
        assert session.numbers("misc.test", 4, 6) == [4, 5, 6]


def test_a_group_that_is_not_there(newsd: News) -> None:
    with connect(newsd) as session:
        with pytest.raises(Refused, match="411 no such group"):
            session.group("alt.none")
        with pytest.raises(Refused, match="is no word"):
            session.group("misc.test\r\nPOST")
        assert session.group("misc.test").count == 0


@pytest.mark.parametrize(
    "body", [".\n", "..\n", ".a\n..b\n...\n", "", "\n", "x" * 100_000 + "\n"], ids=["1", "2", "3", "0", "blank", "long"]
)
def test_dots_are_doubled_on_the_way_only(newsd: News, body: str) -> None:
    raw = article(body=body)

    with connect(newsd) as session:
        session.post(raw)
        session.group("misc.test")
        assert session.article(1, 1_000_000) == raw
    assert newsd.posted == [raw]


def test_an_article_without_line_ends_in_order_arrives_with_them(newsd: News) -> None:
    with connect(newsd) as session:
        session.post(article().replace(b"\r\n", b"\n") + b"no end")

    assert newsd.posted == [article() + b"no end\r\n"]


@pytest.mark.parametrize("over", [0, 1, 1_000_000])
def test_too_large_an_article_is_read_past(newsd: News, over: int) -> None:
    raw = article(body="x" * 70 + "\n" + "y" * 1_000_000 + "\n")
    newsd.add(raw)
    newsd.add(article("Cake"))

    with connect(newsd) as session:
        session.group("misc.test")
        if over:
            with pytest.raises(TooLarge):
                session.article(1, len(raw) - over)
        else:
            assert session.article(1, len(raw)) == raw
        assert session.article(2, 10_000) == article("Cake")


def test_where_an_article_is(newsd: News) -> None:
    newsd.add(article("Tea", newsgroups="misc.test,alt.tea", message_id="<a@news.example>"))

    with connect(newsd) as session:
        assert session.newsgroups_of("a@news.example") == {"misc.test", "alt.tea"}
        assert session.newsgroups_of("b@news.example") == set()


def test_a_refusal_and_a_duplicate(newsd: News) -> None:
    newsd.history.add("twice@news.example")

    with connect(newsd) as session:
        with pytest.raises(Refused) as duplicate:
            session.post(article(message_id="<twice@news.example>"))
        newsd.answers["refuse"] = "441 no\tFrom\0"
        with pytest.raises(Refused) as refused:
            session.post(article())
    assert [is_duplicate(found.value) for found in (duplicate, refused)] == [True, False]
    assert str(refused.value) == "441 no From"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"greeting": "502 go away"}, "does not let us in"),
        ({"greeting": "400 full"}, "does not let us in"),
        ({"greeting": "220 mail.example.com ESMTP"}, "does not let us in"),
        ({"greeting": "SSH-2.0"}, "does not speak NNTP"),
        ({"MODE": "502 no"}, "does not let us read"),
        ({"GROUP": "480 who?"}, "wants a user name"),
        ({"GROUP": "211 many"}, "answered GROUP with"),
        ({"GROUP": ""}, "has closed the connection"),
        ({"POST": "440 no"}, "lets us post nothing"),
        ({"posted": "480 who?"}, "wants a user name"),
        ({"posted": ""}, "has closed the connection"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_trouble_of_the_server_stops_the_session(newsd: News, answers: dict[str, str], why: str) -> None:
    newsd.answers.update(answers)

    with pytest.raises(NewsError, match=why), connect(newsd) as session:
        session.group("misc.test")
        session.post(article())


def test_a_server_that_says_nothing() -> None:
    with saying(timeout=0.3) as server, pytest.raises(NewsError, match="does not answer in time"):
        NewsSession.connect(server)


def test_a_line_without_end() -> None:
    with saying(b"200 " + b"x" * 10_000) as server, pytest.raises(NewsError, match="does not end"):
        NewsSession.connect(server)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(NewsError, match="cannot connect"):
        NewsSession.connect(NewsServer("127.0.0.1", port))


# --- login and TLS ----------------------------------------------------------------------------------------------------


def test_login(newsd: News) -> None:
    newsd.login = ("anne", "open sesame")

    with connect(newsd, username="anne", password="open sesame") as session:
        assert session.group("misc.test").count == 0
    with pytest.raises(NewsError, match="does not let anne in: 481 no"):
        connect(newsd, username="anne", password="wrong")
    with pytest.raises(NewsError, match="wants a user name"), connect(newsd) as session:
        session.group("misc.test")


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_tls(newsd: News, certificate: Certificate, security: str) -> None:
    newsd.certificate, newsd.tls_at_once = certificate, security == "tls"
    newsd.login = ("anne", "secret")

    with connect(
        newsd, security=security, ca_file=str(certificate.path), username="anne", password="secret"
    ) as session:
        assert session.group("misc.test").count == 0
    with connect(newsd, security=security, verify_certificate=False, username="anne", password="secret") as session:
        assert session.group("misc.test").count == 0
    with pytest.raises(NewsError, match="no TLS"):
        connect(newsd, security=security)


def test_without_tls_no_password_is_said(newsd: News) -> None:
    newsd.login = ("anne", "secret")

    with pytest.raises(NewsError, match="has no TLS"):
        connect(newsd, security="starttls", username="anne", password="secret")
    assert newsd.commands == ["MODE READER", "STARTTLS"]


def test_text_in_clear_behind_starttls_is_nobodys() -> None:
    said = b"200 hi\r\n200 reader\r\n382 go on\r\n281 welcome\r\n"
    with saying(said) as server, pytest.raises(NewsError, match="in clear behind"):
        NewsSession.connect(dataclasses.replace(server, security="starttls"))


# --- where it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("nntp://news.example.net", NewsServer("news.example.net", 119)),
        ("nntps://a%40b:c%3Ad@news.example.net", NewsServer("news.example.net", 563, "tls", "a@b", "c:d")),
        ("nntp+starttls://[::1]:1119", NewsServer("::1", 1119, "starttls")),
        (
            "nntps://h?ca_file=/ca.pem&verify_certificate=no&connect_timeout=1&timeout=2",
            NewsServer("h", 563, "tls", "", "", "/ca.pem", False, 1.0, 2.0),
        ),
    ],
    ids=["plain", "tls", "starttls", "options"],
)
def test_a_url(url: str, expected: NewsServer) -> None:
    assert NewsServer.from_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://secret@h",
        "nntp://",
        "nntp://h/misc.test",
        "nntp://h:99999",
        "nntp://h?x=secret",
        "nntp://a%20b@h",
        "nntp://a:b%0D%0Asecret@h",
    ],
    ids=["scheme", "host", "path", "port", "option", "user", "password"],
)
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        NewsServer.from_url(url)
    assert "secret" not in str(error.value)


def test_a_password_is_shown_to_nobody() -> None:
    assert "secret" not in repr(NewsServer.from_url("nntp://anne:secret@h"))


def test_an_authority_that_is_no_file(newsd: News, tmp_path: Path) -> None:
    with pytest.raises(NewsError, match="no TLS"):
        connect(newsd, security="tls", ca_file=str(tmp_path / "none"))
