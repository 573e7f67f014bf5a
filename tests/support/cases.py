"""Case files: one for each rule, with many raw messages and what the rule must say of each.

    === A blank subject counts as none
    expect: hit
    verdict: hold
    ---
    From: Bart <bart@example.com>
    ...

What stands before the first === is prose. Every line of a message is sent with CR LF. The words before --- are:

expect: hit or miss                  what the rule says
verdict: accept, hold, reject ...    how the default posting chain ends; left out where it does not matter
set: NAME = JSON                     a setting of the list
member: ADDRESS [ACTION]             somebody's membership, with a moderation action of its own or without
nonmember: ADDRESS [ACTION]          the same for a nonmember's
ban: ADDRESS or PATTERN              on the list
site-ban: ADDRESS or PATTERN         everywhere
header: NAME ~ PATTERN [ACTION]      a header check of the list's, in their order
site: NAME = JSON                    a setting of the site
dns: NAME = TEXT                     a TXT record; with one, DNS knows these and nothing else
came: COUNT ADDRESS SECONDS          posts of that envelope sender, so long ago
scan: JSON                           what a scanner says: its name, and what moderation.scanning.finding.Finding holds
same-user: ADDRESS ADDRESS ...       addresses of one person
envelope: ADDRESS or <>              the envelope sender; bart@example.com without it
size: BYTES                          the letter is filled up to this
reason: TEXT                         occurs in what the moderator is told
password: TEXT                       the moderators', which is stored as a hash
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ONCE = {"expect", "verdict", "envelope", "size", "reason", "password"}
OFTEN = {"set", "site", "header", "dns", "came", "scan", "member", "nonmember", "ban", "site-ban", "same-user"}


@dataclass
class Case:
    """One message and what is expected of it; `often` holds the words that may stand several times."""

    rule: str
    title: str
    raw: bytes = b""
    once: dict[str, str] = field(default_factory=dict)
    often: dict[str, list[str]] = field(default_factory=lambda: {word: [] for word in OFTEN})

    def __str__(self) -> str:
        return f"{self.rule}: {self.title}"

    @property
    def hits(self) -> bool:
        return {"hit": True, "miss": False}[self.once["expect"]]

    @property
    def envelope(self) -> str:
        return self.once.get("envelope", "bart@example.com").removeprefix("<>")

    @property
    def settings(self) -> dict[str, Any]:
        return _pairs(self.often["set"])

    @property
    def site(self) -> dict[str, Any]:
        return _pairs(self.often["site"])

    @property
    def records(self) -> dict[str, list[str]]:
        pairs = (line.partition(" = ") for line in self.often["dns"])
        return {name: [text] for name, _, text in pairs}


def _pairs(lines: list[str]) -> dict[str, Any]:
    return {name.strip(): json.loads(value) for name, _, value in (line.partition("=") for line in lines)}


def read_cases(path: Path) -> list[Case]:
    """The cases of one file, which is called after its rule. Whatever is not understood is an error."""
    _, *chunks = f"\n{path.read_text()}".split("\n=== ")
    return [_read(path.stem, chunk) for chunk in chunks]


def _read(rule: str, chunk: str) -> Case:
    head, _, message = chunk.partition("\n---\n")
    title, *lines = head.splitlines()
    case = Case(rule, title)
    for line in lines:
        word, colon, value = line.partition(":")
        if not colon or word not in ONCE | OFTEN:
            raise ValueError(f"{case}: {line!r} is no word of a case")
        if word in OFTEN:
            case.often[word].append(value.strip())
        else:
            case.once[word] = value.strip()
    case.raw = _filled(message.strip("\n") + "\n", int(case.once.get("size", 0)))
    return case


def _filled(message: str, size: int) -> bytes:
    raw = message.replace("\n", "\r\n").encode()
    if not size:
        return raw
    missing = size - len(raw)
    line = b"x" * 70 + b"\r\n"
    return raw + (line * (missing // len(line) + 1))[: missing - 2] + b"\r\n"
