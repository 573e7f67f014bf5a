"""A program that gets POSTs, for tests, and reads their signatures as anybody could."""

import base64
import hmac
import threading
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Got:
    """One POST."""

    path: str
    headers: Message
    body: bytes

    @property
    def id(self) -> str:
        return str(self.headers["webhook-id"])

    def signed_by(self, secret: str) -> bool:
        """Whether one of its signatures is what this key makes of id, time and body."""
        key = base64.b64decode(secret.partition("_")[2])
        told = b".".join([self.id.encode(), self.headers["webhook-timestamp"].encode(), self.body])
        wanted = "v1," + base64.b64encode(hmac.new(key, told, "sha256").digest()).decode()
        return wanted in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """Listens on 127.0.0.1. `answers` are the statuses of the next POSTs; afterwards it is 200. `fields` go with each."""

    answers: list[int] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/posts"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.got.append(
                Got(self.path, self.headers, self.rfile.read(int(self.headers.get("Content-Length", 0))))
            )
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            for name, value in receiver.fields.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
