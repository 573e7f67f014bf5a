"""A DNS server of a test's own, over UDP on loopback, which answers for what the test says and nothing else.

with dns_server({"_dmarc.example.com": ["v=DMARC1; p=reject"]}) as server:
    ...
    assert server.questions == ["_dmarc.example.com"]
"""

import socket
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
from django.test import override_settings

from suite.common import dns as resolver


@dataclass
class DnsServer:
    """`records` may change while it runs. Of names in `broken` it says SERVFAIL, of those in `silent` nothing.

    `aliases` are CNAMEs, name to name.
    """

    records: dict[str, Sequence[str]]
    broken: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    ttl: int = 300
    aliases: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)

    def answer(self, wire: bytes) -> bytes:
        query = dns.message.from_wire(wire)
        asked = query.question[0].name
        name = asked.to_text(omit_final_dot=True).lower()
        self.questions.append(name)
        if name in self.silent:
            return b""
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        while name in self.aliases:
            target = self.aliases[name]
            response.answer.append(dns.rrset.from_text(asked, self.ttl, "IN", "CNAME", f"{target}."))
            name, asked = target, dns.name.from_text(target)
        if name in self.broken:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.records:
            response.set_rcode(dns.rcode.NXDOMAIN)
        else:
            texts = [_quoted(text) for text in self.records[name]]
            response.answer.append(dns.rrset.from_text(asked, self.ttl, "IN", "TXT", *texts))
        return response.to_wire(max_size=65535)


def _quoted(text: str) -> str:
    """In strings of 255 octets."""
    escaped = [text[start : start + 255].replace('"', '\\"') for start in range(0, len(text), 255)]
    return " ".join(f'"{part}"' for part in escaped)


@contextmanager
def dns_server(
    records: Mapping[str, Sequence[str]],
    *,
    seconds: float = 5,
    broken: Collection[str] = (),
    silent: Collection[str] = (),
    ttl: int = 300,
    aliases: Mapping[str, str] | None = None,
) -> Iterator[DnsServer]:
    """The site's resolver asks this server, and nothing that was known before is remembered."""
    known = {name.lower(): texts for name, texts in records.items()}
    server = DnsServer(known, set(broken), set(silent), ttl, dict(aliases or {}))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.1)
        stopping = threading.Event()
        thread = threading.Thread(target=_serve, args=(sock, server, stopping), name="dns")
        thread.start()
        try:
            with override_settings(DNS_SERVERS=[f"127.0.0.1:{sock.getsockname()[1]}"], DNS_TIMEOUT=seconds):
                resolver.forget()
                yield server
        finally:
            stopping.set()
            thread.join()
            resolver.forget()


def _serve(sock: socket.socket, server: DnsServer, stopping: threading.Event) -> None:
    while not stopping.is_set():
        with suppress(TimeoutError):
            wire, client = sock.recvfrom(65535)
            if answer := server.answer(wire):
                sock.sendto(answer, client)
