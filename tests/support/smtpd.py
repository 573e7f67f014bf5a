"""An SMTP server for tests: keeps what it is given, and misbehaves as told.

    with CapturingServer() as server:
        ...  # send to 127.0.0.1, server.port; or to server.relay(), for our own client
    assert [delivery.recipient for delivery in server.deliveries] == ["anne@example.com", "bart@example.com"]

It listens on a free port of 127.0.0.1 and serves each connection in a thread. What it has seen:

    server.mails         list[Mail], one per accepted transaction, in order: sender, recipients, content, parameters
    server.deliveries    list[Delivery], one per recipient of each mail
    server.dialogues     list[list[str]], the command lines of each connection; of AUTH too
    server.steps         Counter of the steps (see below) it has come to
    server.most_open     how many connections were open at once at most; one ends with its QUIT
    server.wait_for(n)   waits until there are n deliveries and returns them; raises TimeoutError
    server.wait_until_closed()   waits until no connection is open; raises TimeoutError

What it can be told (keywords of CapturingServer):

    pipelining, eight_bit, smtputf8, enhanced   offer these extensions (all True)
    size=N                offer SIZE N (but take any size, so that a test sees what the client decides)
    esmtp=False           know no EHLO, only HELO
    lmtp=True             know LHLO only; one reply per accepted recipient after the dot (RFC 2033)
    tls=certificate       TLS from the first byte
    starttls=certificate  offer STARTTLS
    auth=(user, password) offer AUTH with `mechanisms` and refuse MAIL before it
    refuse={regex: reply}           answer RCPT for matching addresses; the first match wins
    refuse_sender={regex: reply}    answer MAIL
    refuse_content={regex: reply}   answer the final dot, by sender; LMTP: by recipient
    welcome=True          say 354 to DATA although all recipients were refused (RFC 2920 §3.1)
    max_recipients=N      answer 452 4.5.3 to more in one transaction
    max_refused=N         say `last_words` and close with the Nth refused RCPT of a connection
    stall=True            read no mail, but keep the connection
    max_transactions=N    say 421 to the MAIL after the Nth transaction of a connection, and close
    close_after=N         close without a word after the Nth transaction of a connection
    delay={step: seconds}           wait before a reply
    pause={step: event}             keep back the replies to a step until the event is set
    together=N            keep back the replies to the final dot until N connections have been open at once
    hold=True             keep back the replies to MAIL and RCPT until DATA: only a client that pipelines gets through
    hold_dot=True         keep back the replies to the final dot as well
    narrow=True           have small buffers: take no commands while replies are not read
    drop={step: n}        cut the connection at the nth such step of the whole server, once, without a reply
    say={step: bytes}     say this instead, as it is; b"" says nothing. For hostile servers

A step is a verb ("MAIL"), "GREETING", "BODY" (the first octets of a mail have come, its end has not been read), or "."
(the mail is there whole; it is kept before delay and drop, as a server does that loses the connection at that moment).
A reply is a text like "550 5.1.1 no such user".
"""

import base64
import hmac
import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple, Self

from delivery.smtp.relay import Relay, Security, Timeouts
from tests.support.certificates import Certificate
from tests.support.waiting import PATIENCE

Rules = Mapping[str, str]


class Mail(NamedTuple):
    """`content` is as it was before dot-stuffing, `wire` as it came. `parameters` are those of MAIL, in capitals."""

    sender: str
    recipients: list[str]
    content: bytes
    wire: bytes
    parameters: list[str]
    connection: int


class Delivery(NamedTuple):
    sender: str
    recipient: str
    content: bytes


class Hangup(Exception):
    """This connection is over."""


@dataclass
class CapturingServer:
    pipelining: bool = True
    eight_bit: bool = True
    smtputf8: bool = True
    enhanced: bool = True
    size: int | None = None
    esmtp: bool = True
    lmtp: bool = False
    tls: Certificate | None = None
    starttls: Certificate | None = None
    auth: tuple[str, str] | None = None
    mechanisms: str = "PLAIN LOGIN CRAM-MD5"
    refuse: Rules = field(default_factory=dict)
    refuse_sender: Rules = field(default_factory=dict)
    refuse_content: Rules = field(default_factory=dict)
    welcome: bool = False
    max_recipients: int | None = None
    max_refused: int | None = None
    last_words: str = "421 4.7.0 too many errors"
    stall: bool = False
    max_transactions: int | None = None
    close_after: int | None = None
    delay: Mapping[str, float] = field(default_factory=dict)
    pause: Mapping[str, threading.Event] = field(default_factory=dict)
    together: int = 0
    hold: bool = False
    hold_dot: bool = False
    narrow: bool = False
    drop: dict[str, int] = field(default_factory=dict)
    say: dict[str, bytes] = field(default_factory=dict)

    host: str = field(default="127.0.0.1", init=False)
    port: int = field(default=0, init=False)
    mails: list[Mail] = field(default_factory=list, init=False)
    dialogues: list[list[str]] = field(default_factory=list, init=False)
    most_open: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.changed = threading.Condition()
        self.stopping = threading.Event()
        self.steps: Counter[str] = Counter()
        self.connections: dict[threading.Thread, socket.socket] = {}
        self.open: set[int] = set()

    def __enter__(self) -> Self:
        self.listener = socket.create_server((self.host, 0), backlog=128)
        if self.narrow:  # what is accepted inherits it
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port = self.listener.getsockname()[1]
        self.acceptor = threading.Thread(target=self._accept, daemon=True)
        self.acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the door and every connection: who connects from now on is refused."""
        self.stopping.set()
        _shut(self.listener)
        self.acceptor.join(5)
        self.listener.close()
        with self.changed:
            threads = dict(self.connections)
        for thread, connection in threads.items():
            _shut(connection)
            thread.join(5)

    def relay(self, **changes: Any) -> Relay:
        """This server as a relay, with less patience than a site's."""
        security: Security = "tls" if self.tls else "starttls" if self.starttls else "none"
        patience = Timeouts(greeting=30, command=30, data=30, block=30, dot=30)
        defaults = {
            "security": security,
            "lmtp": self.lmtp,
            "timeouts": patience,
            "local_hostname": "lists.example.org",
        }
        return Relay(**{"host": self.host, "port": self.port, **defaults, **changes})

    @property
    def deliveries(self) -> list[Delivery]:
        return [Delivery(mail.sender, name, mail.content) for mail in list(self.mails) for name in mail.recipients]

    def wait_for(self, count: int) -> list[Delivery]:
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.deliveries) >= count, PATIENCE):
                raise TimeoutError(f"{len(self.deliveries)} deliveries, not {count}, within {PATIENCE} s")
        return self.deliveries

    def wait_until_closed(self) -> None:
        """Until no connection is open; raises TimeoutError."""
        with self.changed:
            if not self.changed.wait_for(lambda: not self.connections, PATIENCE):
                raise TimeoutError(f"{len(self.connections)} connections are open after {PATIENCE} s")

    def keep(self, mail: Mail) -> None:
        with self.changed:
            self.mails.append(mail)
            self.changed.notify_all()

    def passes(self, step: str) -> bool:
        """Count the step; false when the connection has to be cut at it."""
        with self.changed:
            self.steps[step] += 1
            return self.drop.get(step) != self.steps[step]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            number = len(self.dialogues)
            thread = threading.Thread(target=self._serve, args=(connection, number), daemon=True)
            with self.changed:
                self.connections[thread] = connection
                self.open.add(number)
                self.most_open = max(self.most_open, len(self.open))
                self.dialogues.append([])
                self.changed.notify_all()
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        dialogue = _Dialogue(self, connection, number)
        try:
            dialogue.run()
        except (Hangup, OSError):
            pass
        finally:
            _shut(dialogue.socket)
            dialogue.socket.close()
            with self.changed:
                self.open.discard(number)
                del self.connections[threading.current_thread()]
                self.changed.notify_all()


class _Dialogue:
    """One connection."""

    def __init__(self, server: CapturingServer, connection: socket.socket, number: int) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server = server
        self.socket = connection
        self.number = number
        self.buffer = b""
        self.held = b""
        self.greeted = False
        self.signed_in = False
        self.refused = 0
        self.transactions = 0
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.parameters: list[str] = []

    def run(self) -> None:
        if self.server.tls:
            self._encrypt(self.server.tls)
        self._answer("GREETING", "220 mx.example.org ready")
        while True:
            line = self._line().decode("utf-8", "surrogateescape")
            self.server.dialogues[self.number].append(line)
            verb = line[:4].upper().strip()
            if verb == "STAR":
                verb = "STARTTLS"
            if not self.server.pipelining and self.buffer:
                self._answer(verb, "503 5.5.1 you did not wait for my reply")
                raise Hangup
            command = getattr(self, f"do_{verb.lower()}", None)
            if command:
                command(verb, line)
            else:
                self._answer(verb, "500 5.5.2 what?")

    def do_ehlo(self, verb: str, line: str) -> None:
        if self.server.lmtp == (verb == "LHLO") and self.server.esmtp:
            self.greeted = True
            self._answer(verb, *self._extensions())
        else:
            self._answer(verb, "502 5.5.1 unknown")

    do_lhlo = do_ehlo

    def do_helo(self, verb: str, line: str) -> None:
        self.greeted = True
        self._answer(verb, "250 mx.example.org")

    def do_starttls(self, verb: str, line: str) -> None:
        if not self.server.starttls or self.encrypted:
            self._answer(verb, "502 5.5.1 no TLS here")
            return
        self._answer(verb, "220 2.0.0 go ahead")
        self._encrypt(self.server.starttls)
        self.greeted = False

    def do_auth(self, verb: str, line: str) -> None:
        _, mechanism, *initial = line.split(" ")
        user, password = self.server.auth or ("", "")
        if mechanism == "PLAIN":
            given = _decoded(initial[0] if initial else self._challenge(b""))
            self.signed_in = given == f"\0{user}\0{password}".encode()
        elif mechanism == "LOGIN":
            name, secret = _decoded(self._challenge(b"Username:")), _decoded(self._challenge(b"Password:"))
            self.signed_in = (name, secret) == (user.encode(), password.encode())
        elif mechanism == "CRAM-MD5":
            challenge = b"<1@mx.example.org>"
            digest = hmac.new(password.encode(), challenge, "md5").hexdigest()
            self.signed_in = _decoded(self._challenge(challenge)) == f"{user} {digest}".encode()
        self._answer(verb, "235 2.7.0 welcome" if self.signed_in else "535 5.7.8 wrong user or password")

    def do_mail(self, verb: str, line: str) -> None:
        limit = self.server.max_transactions
        address, *parameters = line[len("MAIL FROM:") :].split(" ")
        sender = address.strip("<>")
        refusal = _match(self.server.refuse_sender, sender)
        if limit is not None and self.transactions >= limit:
            self._answer(verb, "421 4.7.0 enough for one session")
            raise Hangup
        if not self.greeted:
            self._answer(verb, "503 5.5.1 who are you?")
        elif self.server.auth and not self.signed_in:
            self._answer(verb, "530 5.7.0 sign in first")
        elif self.sender is not None:
            self._answer(verb, "503 5.5.1 one mail at a time")
        elif refusal:
            self._answer(verb, refusal)
        else:
            self.sender, self.parameters = sender, [word.upper() for word in parameters]
            self._answer(verb, "250 2.1.0 Ok")

    def do_rcpt(self, verb: str, line: str) -> None:
        recipient = line[len("RCPT TO:") :].strip().strip("<>")
        limit = self.server.max_recipients
        refusal = _match(self.server.refuse, recipient)
        if self.sender is None:
            refusal = "503 5.5.1 MAIL first"
        elif limit is not None and len(self.recipients) >= limit:
            refusal = "452 4.5.3 too many recipients"
        if not refusal:
            self.recipients.append(recipient)
            self._answer(verb, "250 2.1.5 Ok")
            return
        self.refused += 1
        if self.refused == self.server.max_refused:
            self._answer(verb, *filter(None, (refusal, self.server.last_words)), several=True)
            raise Hangup
        self._answer(verb, refusal)

    def do_data(self, verb: str, line: str) -> None:
        self._release()
        if not self.recipients and not (self.server.welcome and self.sender is not None):
            self._answer(verb, "503 5.5.1 no valid recipients" if self.sender is not None else "503 5.5.1 MAIL first")
            return
        if self._answer(verb, "354 end with a dot")[:3] != b"354":
            return
        mail = self._mail()
        names = mail.recipients if self.server.lmtp else [mail.sender]
        replies = [_match(self.server.refuse_content, name) or "250 2.0.0 Ok: queued" for name in names]
        kept = [name for name, reply in zip(names, replies, strict=True) if reply.startswith("2")]
        if kept:
            self.server.keep(mail._replace(recipients=kept) if self.server.lmtp else mail)
        self._forget()
        self.transactions += 1
        self._answer(".", *replies, several=True)
        if self.transactions == self.server.close_after:
            raise Hangup

    def do_rset(self, verb: str, line: str) -> None:
        self._forget()
        self._answer(verb, "250 2.0.0 Ok")

    def do_noop(self, verb: str, line: str) -> None:
        self._answer(verb, "250 2.0.0 Ok")

    def do_quit(self, verb: str, line: str) -> None:
        with self.server.changed:  # before the client hears it, for then it may call again
            self.server.open.discard(self.number)
        self._answer(verb, "221 2.0.0 bye")
        raise Hangup

    @property
    def encrypted(self) -> bool:
        return isinstance(self.socket, ssl.SSLSocket)

    def _extensions(self) -> list[str]:
        server = self.server
        offered = {
            "PIPELINING": server.pipelining,
            "8BITMIME": server.eight_bit,
            "SMTPUTF8": server.smtputf8,
            "ENHANCEDSTATUSCODES": server.enhanced,
            f"SIZE {server.size}": server.size is not None,
            "STARTTLS": server.starttls and not self.encrypted,
            f"AUTH {server.mechanisms}": server.auth,
        }
        return ["250 mx.example.org", *(f"250 {keyword}" for keyword, is_offered in offered.items() if is_offered)]

    def _mail(self) -> Mail:
        """Read up to the final dot (RFC 5321 §4.5.2). A line end before the first line makes all lines alike."""
        assert self.sender is not None
        self.buffer = b"\r\n" + (self.buffer or self._receive())
        if self.server.stall:
            self.server.stopping.wait(PATIENCE)
        if not self.server.passes("BODY"):
            raise Hangup
        if "BODY" in self.server.say:
            self._send(self.server.say["BODY"])
            raise Hangup
        while b"\r\n.\r\n" not in self.buffer:
            self.buffer += self._receive()
        lines, _, self.buffer = self.buffer.partition(b"\r\n.\r\n")
        wire = lines + b"\r\n"
        content = wire.replace(b"\r\n.", b"\r\n")
        return Mail(self.sender, self.recipients, content[2:], wire[2:], self.parameters, self.number)

    def _forget(self) -> None:
        self.sender, self.recipients, self.parameters = None, [], []

    def _challenge(self, text: bytes) -> str:
        self._send(b"334 " + base64.b64encode(text) + b"\r\n")
        line = self._line().decode()
        self.server.dialogues[self.number].append(line)
        return line

    def _answer(self, step: str, *lines: str, several: bool = False) -> bytes:
        """Say one reply of many lines, or several replies; or what the test wants said. Returns it."""
        time.sleep(self.server.delay.get(step, 0))
        if step in self.server.pause:
            self.server.pause[step].wait(PATIENCE)
        if step == ".":
            with self.server.changed:
                self.server.changed.wait_for(lambda: self.server.most_open >= self.server.together, PATIENCE)
        if self.server.stopping.is_set() or not self.server.passes(step):
            raise Hangup
        if not self.server.enhanced:
            lines = tuple(re.sub(r"^(\d{3}) \d\.\d+\.\d+", r"\1", line) for line in lines)
        if not several:
            lines = (*(f"{line[:3]}-{line[4:]}" for line in lines[:-1]), lines[-1])
        said = self.server.say.get(step, "".join(f"{line}\r\n" for line in lines).encode())
        if (self.server.hold and step in ("MAIL", "RCPT")) or (self.server.hold_dot and step == "."):
            self.held += said
        else:
            self._send(said)
        return said

    def _release(self) -> None:
        if self.held:
            self._send(self.held)
            self.held = b""

    def _send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def _line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            self.buffer += self._receive()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def _receive(self) -> bytes:
        chunk = self.socket.recv(65536)
        if not chunk:
            raise Hangup
        return chunk

    def _encrypt(self, certificate: Certificate) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.path, certificate.key)
        self.buffer = b""
        self.socket = context.wrap_socket(self.socket, server_side=True)


def _match(rules: Rules, text: str) -> str | None:
    return next((reply for pattern, reply in rules.items() if re.search(pattern, text)), None)


def _decoded(text: str) -> bytes:
    return base64.b64decode(text)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
