"""A news server for tests: newsgroups, articles and the commands of RFC 3977 that we use, over a real socket."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from suite.mail import ids, news, wire
from suite.mail.headers import HeaderBlock, split_letter
from tests.support.certificates import Certificate


def article(
    subject: str = "Tea",
    *,
    author: str = "Nora <nora@news.example>",
    number: int = 0,
    body: str = "Good evening.\n",
    **fields: str,
) -> bytes:
    """What somebody has posted to misc.test; further words are header fields, `list_id` being List-Id."""
    names = {name.replace("_", "-").title(): value for name, value in fields.items()}
    head = {
        "Path": "news.example.net!not-for-mail",
        "From": author,
        "Newsgroups": "misc.test",
        "Subject": subject,
        "Date": "Fri, 20 Nov 2026 12:00:00 +0000",
        "Message-Id": f"<{subject.lower().replace(' ', '-')}{number}@news.example>",
    } | names
    return wire.normalise_newlines(
        ("".join(f"{name}: {value}\n" for name, value in head.items()) + "\n" + body).encode()
    )


@dataclass
class News:
    """What the server has and has heard; tests change it while it runs."""

    port: int = 0
    groups: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"misc.test": {}})
    """Group -> number -> article; None of them is ever numbered anew."""
    highest: dict[str, int] = field(default_factory=dict)
    history: set[str] = field(default_factory=set)
    """Message-IDs that are taken for duplicates, shown or not."""
    commands: list[str] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    login: tuple[str, str] | None = None
    certificate: Certificate | None = None
    tls_at_once: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    """A command, or its first word -> what is answered instead; empty: the connection ends. `greeting`, and what is said of an
    article: `refuse`, or `refuse <its id>`, instead of taking it, `posted` once it is there."""
    no_listgroup: bool = False

    @property
    def url(self) -> str:
        return f"nntp://127.0.0.1:{self.port}"

    def add(self, raw: bytes, *, number: int | None = None, groups: tuple[str, ...] = ()) -> None:
        """File an article as the newsgroups' next, or under a number."""
        headers = HeaderBlock.parse(split_letter(raw)[0])
        self.history.add(ids.message_id(headers))
        for group in groups or sorted(news.newsgroups(headers)):
            shelf = self.groups.setdefault(group, {})
            given = number or self.high(group) + 1
            shelf[given] = raw
            self.highest[group] = max(self.high(group), given)

    def high(self, group: str) -> int:
        return self.highest.get(group, max(self.groups.get(group, {}), default=0))

    def find(self, message_id: str) -> bytes | None:
        for shelf in self.groups.values():
            for raw in shelf.values():
                if ids.message_id(HeaderBlock.parse(split_letter(raw)[0])) == message_id:
                    return raw
        return None


@contextmanager
def news_server(**options: object) -> Iterator[News]:
    """A server on a free port, as its News says; ended behind the `with`."""
    news_ = News(**options)  # type: ignore[arg-type]
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        news_.port = listener.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(listener, news_, stopping), name="newsd")
        thread.start()
        try:
            yield news_
        finally:
            stopping.set()
            thread.join()


def _serve(listener: socket.socket, news_: News, stopping: threading.Event) -> None:
    sessions: list[threading.Thread] = []
    while not stopping.is_set():
        with suppress(TimeoutError):
            sock, _ = listener.accept()
            session = threading.Thread(target=_converse, args=(sock, news_, stopping), name="newsd-session")
            session.start()
            sessions.append(session)
    for session in sessions:
        session.join()


class _Over(Exception):
    """The connection ends."""


def _converse(sock: socket.socket, news_: News, stopping: threading.Event) -> None:
    with suppress(_Over, OSError):
        if news_.tls_at_once:
            sock = _encrypted(sock, news_)
        _Session(sock, news_, stopping).run()
    sock.close()


def _encrypted(sock: socket.socket, news_: News) -> socket.socket:
    assert news_.certificate is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(news_.certificate.path, news_.certificate.key)
    sock.settimeout(5)
    return context.wrap_socket(sock, server_side=True)


class _Session:
    def __init__(self, sock: socket.socket, news_: News, stopping: threading.Event) -> None:
        self.sock = sock
        self.news = news_
        self.stopping = stopping
        self.buffer = b""
        self.group = ""
        self.user = ""
        self.known = news_.login is None

    def run(self) -> None:
        self.say(self.news.answers.get("greeting", "200 ready"))
        while True:
            line = self.line()
            self.news.commands.append(line)
            word, *words = line.split(" ")
            instead = [self.news.answers[key] for key in (line, word) if key in self.news.answers]
            if instead:
                self.say(instead[0])
            elif word == "QUIT":
                return self.say("205 bye")
            elif not self.known and word not in ("MODE", "STARTTLS", "AUTHINFO"):
                self.say("480 who are you?")
            else:
                COMMANDS.get(word, _Session.unknown)(self, words)

    def line(self) -> str:
        while b"\r\n" not in self.buffer:
            self.receive()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode()

    def receive(self) -> None:
        self.sock.settimeout(0.05)
        while not self.stopping.is_set():
            with suppress(TimeoutError):
                octets = self.sock.recv(65536)
                if not octets:
                    raise _Over
                self.buffer += octets
                return
        raise _Over

    def say(self, text: str) -> None:
        if not text:
            raise _Over
        self.sock.settimeout(5)
        self.sock.sendall(f"{text}\r\n".encode())

    def say_block(self, text: str, block: bytes) -> None:
        self.sock.settimeout(5)
        self.sock.sendall(f"{text}\r\n".encode() + wire.dot_stuff(block) + b".\r\n")

    # --- commands -----------------------------------------------------------------------------------------------------

    def unknown(self, words: list[str]) -> None:
        self.say("500 what?")

    def mode(self, words: list[str]) -> None:
        self.say("200 posting allowed" if self.known else "201 posting prohibited")

    def starttls(self, words: list[str]) -> None:
        if self.news.certificate is None:
            return self.say("580 no")
        self.say("382 go on")
        self.sock = _encrypted(self.sock, self.news)
        return None

    def authinfo(self, words: list[str]) -> None:
        if words[0].upper() == "USER":
            self.user = words[1]
            return self.say("381 and the password?")
        self.known = self.news.login == (self.user, " ".join(words[1:]))
        return self.say("281 welcome" if self.known else "481 no")

    def choose(self, words: list[str]) -> None:
        if words[0] not in self.news.groups:
            return self.say("411 no such group")
        self.group = words[0]
        shelf, high = self.news.groups[self.group], self.news.high(self.group)
        return self.say(f"211 {len(shelf)} {min(shelf, default=high + 1)} {high} {self.group}")

    def listgroup(self, words: list[str]) -> None:
        if self.news.no_listgroup:
            return self.say("500 what?")
        first, _, last = words[1].partition("-")
        numbers = sorted(number for number in self.news.groups[words[0]] if int(first) <= number <= int(last))
        return self.say_block("211 list follows", b"".join(b"%d\r\n" % number for number in numbers))

    def article(self, words: list[str]) -> None:
        raw = self.news.groups[self.group].get(int(words[0]))
        if raw is None:
            return self.say("423 no such number")
        return self.say_block("220 here it is", raw)

    def head(self, words: list[str]) -> None:
        raw = self.news.find(words[0].strip("<>"))
        if raw is None:
            return self.say("430 no such article")
        return self.say_block("221 here it is", split_letter(raw)[0])

    def post(self, words: list[str]) -> None:
        self.say("340 go on")
        while not re.search(rb"(?:\A|\r\n)\.\r\n", self.buffer):
            self.receive()
        [end] = [found.end() for found in re.finditer(rb"(?:\A|\r\n)\.\r\n", self.buffer)][:1]
        raw, self.buffer = wire.dot_unstuff(self.buffer[: end - 3]), self.buffer[end:]
        identifier = ids.message_id(HeaderBlock.parse(split_letter(raw)[0]))
        for key in ("refuse", f"refuse {identifier}"):
            if key in self.news.answers:
                return self.say(self.news.answers[key])
        if identifier in self.news.history:
            return self.say("441 435 Duplicate")
        self.news.posted.append(raw)
        self.news.add(raw)
        return self.say(self.news.answers.get("posted", "240 thank you"))


COMMANDS: dict[str, Callable[[_Session, list[str]], None]] = {
    "MODE": _Session.mode,
    "STARTTLS": _Session.starttls,
    "AUTHINFO": _Session.authinfo,
    "GROUP": _Session.choose,
    "LISTGROUP": _Session.listgroup,
    "ARTICLE": _Session.article,
    "HEAD": _Session.head,
    "POST": _Session.post,
}
