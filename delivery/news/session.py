"""What we ask a news server for (RFC 3977), once it has let us in (RFC 4642, RFC 4643)."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from delivery.news.errors import NewsError, Refused
from delivery.news.line import Line
from delivery.news.server import NewsServer
from suite.mail import limits, news
from suite.mail.headers import HeaderBlock

_WORD = re.compile(r"[^\x00-\x20\x7f]+")
_DUPLICATE = re.compile(r"\b435\b|duplicate|already (?:have|exists|posted|here)|in history", re.IGNORECASE)
WAY_IN = {480: "wants a user name and password", 483: "wants TLS", 400: "is about to close", 502: "does not let us in"}
"""Answers that any command may get, and what they say of our whole session (RFC 3977 §3.2.1)."""
NUMBERS = 512 * 1024
"""Octets of a list of article numbers."""


@dataclass(frozen=True, slots=True)
class Group:
    """A newsgroup as the server has it now: numbers of the first and the last article. An empty one may have 0 and 0."""

    count: int
    low: int
    high: int


class NewsSession:
    """A connection that is ready for work. Use it in a `with`; after a NewsError it is of no more use."""

    def __init__(self, line: Line, server: NewsServer) -> None:
        self._line = line
        self._server = server

    @classmethod
    def connect(cls, server: NewsServer) -> Self:
        """Raises NewsError."""
        session = cls(Line.connect(server), server)
        try:
            session._enter()
        except BaseException:
            session._line.close()
            raise
        return session

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye where the server may still listen, and wait for no answer."""
        with contextlib.suppress(NewsError):
            if kind is None:
                self._line.send("QUIT")
        self._line.close()

    def _enter(self) -> None:
        code, text = self._answer()
        if code not in (200, 201):
            raise NewsError(f"{self._server} does not let us in: {code} {text}")
        # A server of two programs must know whom we want before all else (RFC 3977 §5.3); others may not know the command.
        self._line.send("MODE READER")
        code, text = self._answer()
        if code in (400, 502):
            raise NewsError(f"{self._server} does not let us read: {code} {text}")
        if self._server.security == "starttls":
            code, text = self._command("STARTTLS")
            if code != 382:
                raise NewsError(f"{self._server} has no TLS: {code} {text}")
            self._line.encrypt()
        if self._server.username:
            self._log_in()

    def _log_in(self) -> None:
        self._line.send(f"AUTHINFO USER {self._server.username}")
        code, text = self._answer()
        if code == 381:
            self._line.send(f"AUTHINFO PASS {self._server.password}")
            code, text = self._answer()
        if code != 281:
            raise NewsError(f"{self._server} does not let {self._server.username} in: {code} {text}")

    def group(self, name: str) -> Group:
        """Look into a newsgroup. Raises Refused where the server has none of this name."""
        self._line.send(f"GROUP {_word(name)}")
        code, text = self._answer()
        if code in WAY_IN and code != 502:
            raise NewsError(f"{self._server} {WAY_IN[code]}: {code} {text}")
        if code != 211:  # 502: this group is not for us, others may be
            raise Refused(code, text)
        numbers = text.split()[:3]
        if len(numbers) < 3 or not all(number.isdecimal() for number in numbers):
            raise NewsError(f"{self._server} answered GROUP with {code} {text}")
        return Group(*map(int, numbers))

    def numbers(self, name: str, first: int, last: int) -> list[int]:
        """The articles of the newsgroup, which was looked into, with these numbers; where the server cannot tell, all numbers."""
        code, _ = self._command(f"LISTGROUP {_word(name)} {first}-{last}")
        if code != 211:
            return list(range(first, last + 1))
        words = self._line.read_block(NUMBERS).split()
        return sorted({int(word) for word in words if word.isdigit() and first <= int(word) <= last})

    def article(self, number: int, limit: int) -> bytes | None:
        """The article, None where there is none (any more). Raises TooLarge beyond so many octets."""
        code, text = self._command(f"ARTICLE {number}")
        if code == 220:
            return self._line.read_block(limit)
        if code in (423, 430, 420):
            return None
        raise NewsError(f"{self._server} answered ARTICLE with {code} {text}")

    def newsgroups_of(self, message_id: str) -> set[str]:
        """The newsgroups in which the server shows the article with this Message-ID (without brackets)."""
        code, _ = self._command(f"HEAD <{_word(message_id)}>")
        if code != 221:
            return set()
        return news.newsgroups(HeaderBlock.parse(self._line.read_block(limits.HEADER_BLOCK) + b"\r\n"))

    def post(self, article: bytes) -> str:
        """Post it; what the server says. Raises Refused where it does not want this one, NewsError where it wants none."""
        code, text = self._command("POST")
        if code != 340:
            raise NewsError(f"{self._server} lets us post nothing: {code} {text}")
        self._line.send_block(article)
        code, text = self._answer()
        if code == 240:
            return f"{code} {text}".strip()
        if code in WAY_IN:
            raise NewsError(f"{self._server} {WAY_IN[code]}: {code} {text}")
        raise Refused(code, text)

    def _command(self, command: str) -> tuple[int, str]:
        self._line.send(command)
        code, text = self._answer()
        if code in WAY_IN:
            raise NewsError(f"{self._server} {WAY_IN[code]}: {code} {text}")
        return code, text

    def _answer(self) -> tuple[int, str]:
        line = self._line.read()
        if not line[:3].isdecimal():
            raise NewsError(f"{self._server} does not speak NNTP: {line[:100]!r}")
        return int(line[:3]), line[3:].strip()


def is_duplicate(refusal: Refused) -> bool:
    """Whether an article was refused because the server has seen its Message-ID (441, mostly with its peers' 435 inside)."""
    return refusal.code == 435 or _DUPLICATE.search(refusal.text) is not None


def _word(text: str) -> str:
    """Nothing that could end a command. Raises Refused."""
    if not _WORD.fullmatch(text):
        raise Refused(501, f"{text!r} is no word")
    return text
