"""A web server for tests of whoever fetches: pages, odd answers, and answers that never end."""

import threading
import time
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self


class Request(NamedTuple):
    path: str
    headers: Message


@dataclass
class WebServer:
    """`pages` has status and body by path; 404 for all others. `mode`: "", silent, drip-header, drip-body, cut."""

    pages: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    content_type: str = "text/plain; charset=utf-8"
    location: str = ""
    mode: str = ""
    stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.stop.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def _handler(site: WebServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append(Request(self.path, self.headers))
            if site.mode:
                getattr(self, site.mode.replace("-", "_"))()
                self.close_connection = True
                return
            status, body = site.pages.get(self.path, (404, b"no such page"))
            self.send_response(status)
            self.send_header("Content-Type", site.content_type)
            if site.location:
                self.send_header("Location", site.location)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # what is posted is left unread

        def silent(self) -> None:
            site.stop.wait(5)

        def drip_header(self) -> None:
            self.drip(b"HTTP/1.0 200 OK\r\nX-Slow: " + b"x" * 1000)

        def drip_body(self) -> None:
            self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
            self.drip(b"x" * 1000)

        def drip(self, octets: bytes) -> None:
            for position in range(len(octets)):
                if site.stop.is_set():
                    return
                try:
                    self.wfile.write(octets[position : position + 1])
                except OSError:
                    return
                time.sleep(0.02)

        def cut(self) -> None:
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
