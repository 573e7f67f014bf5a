"""Fetching from somebody else's server: limits, and hosts that are nobody's business."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from suite.common import fetching
from suite.common.fetching import FetchFailed, ForbiddenAddress, fetch, is_public, post
from tests.support.certificates import make_certificate
from tests.support.receiver import Receiver
from tests.support.webserver import WebServer


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


PRIVATE = [
    "127.0.0.1",
    "127.255.0.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a00:1::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_address_of_no_public_host(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_address_of_a_public_host(address: str) -> None:
    assert is_public(address)


FORBIDDEN = [
    "http://127.0.0.1/",
    "http://127.0.0.1:80/",
    "https://127.0.0.1/",
    "http://localhost/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://0/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[fe80::1]/",
    "http://10.1.2.3/",
    "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://8.8.8.8:22/",
    "http://8.8.8.8:8080/",
    "http://user:password@8.8.8.8/",
    "http://8.8.8.8 /",
    "http://8.8.8.8/\r\nHost: x",
    "http://",
    "http:///etc/passwd",
    "http://[::1",
    "http://8.8.8.8:99999/",
    "ftp://8.8.8.8/",
    "gopher://127.0.0.1:25/_x",
    "file:///etc/passwd",
    "data:text/plain,x",
    "",
    "//8.8.8.8/",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_url_that_may_not_be_asked_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **kwargs: connected.append(args))

    with pytest.raises(ForbiddenAddress):
        fetch(url)
    assert connected == []


def test_name_that_is_bound_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80))
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [public, entry])

    with pytest.raises(ForbiddenAddress):
        fetch("http://rebind.example.org/")


def test_address_that_was_looked_at_is_the_one_connected_to(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers differently the second time gets nothing of it."""
    server.pages["/x"] = (200, b"tea")
    asked: list[str] = []

    def once(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *args, **kwargs: (real if host == "127.0.0.1" else once)(host, *args, **kwargs),
    )

    assert fetch(f"http://texts.example.org:{server.port}/x", trusted=True).octets == b"tea"
    assert asked == ["texts.example.org"]
    assert server.requests[0].headers["Host"] == f"texts.example.org:{server.port}"


def test_page_comes_with_credentials_and_charset(server: WebServer) -> None:
    server.pages["/x?a=b"] = (200, "Größe".encode("latin-1"))
    server.content_type = "text/plain; charset=ISO-8859-1"

    fetched = fetch(f"{server.url}/x?a=b", username="dev", password="geheim:x", trusted=True)

    assert (fetched.octets.decode("latin-1"), fetched.charset) == ("Größe", "iso-8859-1")
    assert server.requests[0].headers["Authorization"] == "Basic ZGV2OmdlaGVpbTp4"


@pytest.mark.parametrize(
    ("status", "gone"), [(404, True), (410, True), (500, False), (301, False), (204, False), (401, False)]
)
def test_every_other_answer_is_a_failure(status: int, gone: bool, server: WebServer) -> None:
    server.pages["/x"] = (status, b"nothing of it")

    with pytest.raises(FetchFailed) as failed:
        fetch(f"{server.url}/x", trusted=True)
    assert failed.value.gone is gone
    assert "nothing" not in str(failed.value)


def test_redirect_is_not_followed(server: WebServer) -> None:
    server.pages["/x"] = (302, b"")
    server.location = f"{server.url}/secret"
    server.pages["/secret"] = (200, b"secret")

    with pytest.raises(FetchFailed, match="302"):
        fetch(f"{server.url}/x", trusted=True)
    assert [request.path for request in server.requests] == ["/x"]


def test_large_answer_is_refused(server: WebServer) -> None:
    server.pages["/x"] = (200, b"x" * 101)

    with pytest.raises(FetchFailed, match="larger than 100 octets"):
        fetch(f"{server.url}/x", trusted=True, limit=100)


@pytest.mark.parametrize("mode", ["silent", "drip-header", "drip-body", "cut"])
def test_slow_or_broken_server_is_left(mode: str, server: WebServer) -> None:
    server.mode = mode

    with pytest.raises(FetchFailed, match="does not answer"):
        fetch(f"{server.url}/x", trusted=True, seconds=0.3)


def test_a_deadline_that_comes_before_tls_stands_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else who is slow to connect and to shake hands could drip his answer for ever."""
    certificate = make_certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.path, certificate.key)
    connect = socket.create_connection
    read_to_the_end: list[bool] = []

    def slowly(*args: Any) -> socket.socket:
        time.sleep(0.3)
        return connect(*args)

    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            client, _ = server.accept()
            time.sleep(0.4)
            with contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) as secure:
                secure.sendall(b"HTTP/1.1 200 OK\r\n")
                for _ in range(90):
                    secure.sendall(b"X: y\r\n")
                    time.sleep(0.01)
                secure.sendall(b"Content-Length: 0\r\n\r\n")
                read_to_the_end.append(True)

        thread = threading.Thread(target=drip)
        thread.start()
        monkeypatch.setattr(socket, "create_connection", slowly)
        with pytest.raises(FetchFailed, match="does not answer: TimeoutError"):
            post(f"https://127.0.0.1:{server.getsockname()[1]}/", b"", {}, trusted=True, seconds=0.5)
        thread.join()
    assert read_to_the_end == []


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        with pytest.raises(FetchFailed, match="does not answer: ConnectionRefusedError"):
            fetch(f"http://127.0.0.1:{port}/", trusted=True)


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "http://[::1]/", "http://2130706433/", "ftp://8.8.8.8/"])
def test_nothing_is_posted_where_nothing_may_be_asked_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **kwargs: connected.append(args))

    with pytest.raises(ForbiddenAddress):
        post(url, b"tea", {}, seconds=1)
    assert connected == []


@pytest.mark.parametrize("status", [200, 202, 301, 400, 410, 429, 500])
def test_whatever_a_post_is_answered_is_told(status: int) -> None:
    with Receiver(answers=[status]) as receiver:
        answer = post(f"{receiver.url}?a=b", b"tea\r\n", {"Content-Type": "text/plain"}, trusted=True, seconds=20)

    assert (answer.status, answer.retry_after) == (status, None)
    [got] = receiver.got
    assert (got.path, got.body, got.headers["Content-Type"]) == ("/posts?a=b", b"tea\r\n", "text/plain")


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [("120", 120, 120), ("-1", None, None), ("soon", None, None), ("Fri, 31 Dec 2100 23:59:59 GMT", 1e9, 1e10)],
)
def test_when_the_server_wants_to_be_asked_again(said: str, least: float | None, most: float | None) -> None:
    with Receiver(answers=[503], fields={"Retry-After": said}) as receiver:
        answer = post(receiver.url, b"", {}, trusted=True, seconds=20)

    if least is None or most is None:
        assert answer.retry_after is None
    else:
        assert answer.retry_after is not None and least <= answer.retry_after <= most


def test_a_server_that_answers_before_it_has_read_all_is_heard() -> None:
    """As one that refuses what is too large, and closes the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            client, _ = server.accept()
            client.recv(1000)
            client.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass
            client.close()

        thread = threading.Thread(target=refuse)
        thread.start()
        port = server.getsockname()[1]
        assert post(f"http://127.0.0.1:{port}/", bytes(1_000_000), {}, trusted=True, seconds=20).status == 413
        thread.join()


@pytest.mark.parametrize("mode", ["silent", "drip-header"])
def test_a_server_that_never_answers_a_post_is_left(mode: str, server: WebServer) -> None:
    server.mode = mode

    with pytest.raises(FetchFailed, match="does not answer"):
        post(f"{server.url}/x", b"tea", {}, trusted=True, seconds=0.3)


def test_limits_are_those_of_the_papers() -> None:
    assert (fetching.SECONDS, fetching.LIMIT) == (5.0, 65_536)
