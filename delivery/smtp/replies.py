"""What an SMTP server says (RFC 5321 §4.2), read without trusting it.

`ReplyReader` knows no socket: `feed()` it whatever arrived, `take()` replies until there is None. A server may be
broken or hostile; it can make us raise ProtocolError, but not keep more than a few KiB of its words.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache

from delivery.smtp.errors import ProtocolError

MAX_LINE = 8192  # octets; RFC 5321 §4.5.3.1.5 asks for 512
MAX_LINES = 500  # of one reply
MAX_TEXT = 4096  # characters that we keep of one reply

CLOSING = 421

_Line = tuple[int, str, str]  # code, enhanced code, text

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:[ -](.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s+|$)")
# Spaces, C0 and C1 controls, separators, and what turns the direction of writing in an operator's terminal.
_UNPRINTABLE = re.compile("[\x00-\x20\x7f-\xa0\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: `code` 200..599, `enhanced` as "5.1.1" or "" (RFC 3463), `text` in one line of printable characters.

    `retry` marks a 5xx that has to be read as 4xx: a 552 to RCPT (RFC 5321 §4.5.3.1.10). `step` says which command was
    refused where it was not the recipient's own RCPT: "MAIL", or "DATA" for that and for the content.
    """

    code: int
    enhanced: str
    text: str
    retry: bool = False
    step: str = field(default="", compare=False)

    @property
    def ok(self) -> bool:
        return self.code < 300

    @property
    def temporary(self) -> bool:
        return 400 <= self.code < 500 or self.retry

    @property
    def permanent(self) -> bool:
        return self.code >= 500 and not self.retry

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.code), self.enhanced, self.text)))


class ReplyReader:
    """Cuts replies out of a stream of bytes. Lines may end in CRLF or LF."""

    def __init__(self) -> None:
        self.ready: deque[Reply] = deque()
        """Whole replies that nobody has taken."""
        self.lines: list[str] = []
        """The lines of the last multi-line reply without their code: what EHLO offers."""
        self._rest = b""
        self._begun: list[_Line] = []
        self._error: ProtocolError | None = None

    @property
    def pending(self) -> bool:
        """Whether there is something that nobody has taken."""
        return bool(self.ready or self._rest or self._begun or self._error)

    def feed(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        try:
            for line in lines:
                if line[3:4] == b"-" or self._begun:
                    self._read_one_of_several(line)
                else:
                    self.ready.append(_single_line(line))
            _check_length(self._rest)
        except ProtocolError as error:
            self._error = error

    def take(self) -> Reply | None:
        """The next whole reply, or None when more has to be fed. Raises ProtocolError behind the last good reply."""
        if self.ready:
            return self.ready.popleft()
        if self._error:
            raise self._error
        return None

    def _read_one_of_several(self, raw: bytes) -> None:
        self._begun.append(_parse_line(raw))
        code, enhanced, _ = self._begun[-1]
        if code != self._begun[0][0]:
            raise ProtocolError("a reply with several codes")  # RFC 5321 §4.2.1
        if len(self._begun) > MAX_LINES:
            raise ProtocolError(f"a reply of more than {MAX_LINES} lines")
        if raw[3:4] != b"-":
            self.lines = [text for _, _, text in self._begun]
            self._begun = []
            self.ready.append(Reply(code, enhanced, " ".join(filter(None, self.lines))[:MAX_TEXT]))


@lru_cache(maxsize=256)  # a server says "250 2.1.5 Ok" to nearly everybody
def _single_line(line: bytes) -> Reply:
    return Reply(*_parse_line(line))


def _parse_line(line: bytes) -> _Line:
    _check_length(line)
    match = _LINE.fullmatch(line.rstrip(b"\r"))
    if match is None:
        raise ProtocolError(f"not an SMTP reply: {line[:40]!r}")
    code, text = int(match[1]), _printable(match[2] or b"")
    enhanced = _ENHANCED.match(text)
    if enhanced is None or enhanced[1][0] != str(code)[0]:  # RFC 2034 §4: both classes agree
        return code, "", text
    return code, enhanced[1], text[enhanced.end() :]


def _check_length(line: bytes) -> None:
    if len(line) > MAX_LINE:
        raise ProtocolError(f"a reply line of more than {MAX_LINE} octets")


def _printable(text: bytes) -> str:
    return _UNPRINTABLE.sub(" ", text[:MAX_TEXT].decode("utf-8", "replace")).strip()
