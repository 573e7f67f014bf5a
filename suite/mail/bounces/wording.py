"""Reports without any fields: whose address stands where the words of mail systems put the one that failed.

An address counts by its place: alone on a line, before the colon of an explanation, behind RCPT TO, behind "could not
be delivered to". Those of senders, helpers and the machine itself are left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from suite.mail import addresses
from suite.mail.bounces import causes
from suite.mail.bounces.dsn import usable
from suite.mail.bounces.report import Cause, Failure

_LINES = 2_000
_LINE = 2_000  # characters of one line
_FOUND = 500
_AROUND = 6  # lines behind an address that may explain it
_ADDRESS = r"[^\s<>()\[\]\",;:|'`]{1,120}@[^\s<>()\[\]\",;:|'`@]{1,200}[^\s<>()\[\]\",;:|'`@.*!?]"
_FAILING = re.compile(
    r"undeliver|not (?:be |been )?(?:deliver|sent|send|reach|accept)|unable to|n.t able to|was ?n.t delivered"
    r"|not reach|can ?not|could ?n.t|could not|abort"
    r"|deliver\w* (?:to .{0,120})?(?:has |was |is )?(?:fail|abort|incomplete|delayed|error|suspend|problem)"
    r"|fail|fatal|error|reject|returned|bounced"
    r"|unknown|not found|no such|does ?n.t exist|not exist|invalid|not known|rejet|unbekannt|inconnu|desconocid"
    r"|sconosciut|nieznan"
    r"|did not|not recognized|quota|mailbox (?:is )?full|exceed|full:|disabled|no longer|refused|blocked|denied"
    r"|trouble|problem|delay|warning"
    r"|is full|not a valid|not (?:currently )?(?:active|available|valid|permitted|allowed)|inactive"
    r"|no (?:local )?(?:user|mailbox|account)"
    r"|nicht (?:zugestellt|zustell|erreich)|unzustellbar|fehlgeschlagen|fehler|konnte nicht|abgelehnt|voll\b"
    r"|n.a (?:pas )?pu|pas [ée]t[ée]|[ée]chec|[ée]chou[ée]|erreur|impossible|no (?:se )?(?:ha |pudo|pudieron"
    r"|podido)|no entreg|fall[oó]|rechazad|devuelt"
    r"|impossibile|non (?:è|e'|puo|può|[èe] stato)|errore|respint|n[ãa]o (?:foi|p[oô]de|pode)|falh|erro\b"
    r"|rejeitad|niet (?:worden )?(?:bezorgd|afgeleverd)"
    r"|nie (?:mo[żz]na|zosta|uda)|kunde inte|kunne ikke|не (?:может|удалось|был|доставлен)|ошибк|失敗|エラー|できません"
    r"|届け|不明|失败|退回|无法|無法",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"will (?:be |keep |continue |try |retry)+(?:trying|re-?tri|to (?:re)?try|retr|attempt|again|for|until)"
    r"|will (?:be )?retr|still being retried|being retried"
    r"|(?:has|have) not (?:yet )?been delivered|not yet been delivered|not yet delivered|(?:do not|don.t"
    r"|no) need to re-?send|warning (?:message )?only"
    r"|only a warning|temporary failure report|has been delayed|(?:is|are|was) delayed|delivery (?:is |was "
    r"|has been )?delayed|delayed for"
    r"|in the (?:mail )?queue (?:for|until)|continue (?:trying|to try|attempt)"
    r"|not be (?:able to )?deliver\w* (?:it |them )?(?:yet|for (?:at least|more than|the (?:last|past)))"
    r"|keep(?:s)? trying|retry (?:for|until)|try again (?:for|until|later|in)|could not send (?:mail"
    r"|message) for (?:the )?past|noch nicht zugestellt"
    r"|verz[oö]gert|weitere(?:r|n)? (?:zustell)?versuch|retard[ée]|encore|reintent|retrasad|ritard"
    r"|nuovi tentativi|atrasad|vertraag|opóźni",
    re.IGNORECASE,
)
_FINAL = re.compile(
    r"permanent(?:ly)? (?:error|fail)|fail\w* permanently|giving up|given up|gave up"
    r"|not (?:going to )?(?:be )?re-?tr(?:y|ied)|no further (?:delivery )?attempts"
    r"|fatal error|could not be delivered for more than \d+ days|retry time(?:out)? (?:not reached|exceeded)"
    r"|too long",
    re.IGNORECASE,
)

# The places, in the order of how much they tell. Each has the address in a group "a".
_PLACES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"RCPT TO\s*:\s*<?(?P<a>{_ADDRESS})",
        rf"(?:final[- ]|original[- ]|failed[- ]|intended[- ]"
        rf"|envelope[- ])?recipients?(?: address(?:es)?)?\s*(?:was|is)?\s*[:=]\s*(?:rfc822;)?\s*<?(?P<a>{_ADDRESS})",
        rf"^[\s>*•·\-]*(?:[45]\d\d[ -](?:[45]\.\d+\.\d+ )?)?(?:[^\s<>@]+@[^\s<>@]+ "
        rf"|[^<>@:]{{1,60}} )?<(?P<a>{_ADDRESS})>\s*(?::|\.\.\.|\(|$|-|\[|,$)",
        rf"^[\s>*•·\-]*(?P<a>{_ADDRESS})(?:\s*[<(](?:mailto:)?(?P=a)[>)])?\s*(?::|\.\.\.|\(|\[|\[?smtp|$|,$|-\s"
        rf"| on \w{{3}}, )",
        rf"\baddress\s*[:=]\s*<?(?P<a>{_ADDRESS})",
    )
)
_LEADING = re.compile(rf"^[\s>*•·\-]*<?(?P<a>{_ADDRESS})>?[\s:,]", re.IGNORECASE)
_ANY = re.compile(_ADDRESS)
_NOT_THE_RECIPIENT = re.compile(
    r"(?:mail from|\bfrom|sender|reply-?to|envelope-from|return-path|message-?id|references|in-reply-to"
    r"|https?:\S*|originator|submitted by"
    r"|contact|assistance|(?:send|write|forward|e-?mail|complain|report)\w*(?: \w+){0,4} to|help|abuse"
    r"|questions?|problems?|support\w*|by|mailto"
    r"|(?:as|helo|ehlo|host|via|id))\s*[:=]?\s*[<(\[\"']*\s*$",
    re.IGNORECASE,
)
_ROBOTS = frozenset(
    {"postmaster", "mailer-daemon", "abuse", "support", "helpdesk", "noreply", "no-reply", "hostmaster", "root"}
)


@dataclass(frozen=True, slots=True)
class _Sight:
    """An address, the line it was seen in, and whether its place says that it failed."""

    address: str
    line: int
    strong: bool


def read(words: str, *, own: frozenset[str]) -> list[Failure]:
    """The mailboxes that a text says have failed or wait, in its order.

    ``own`` are the keys of those who cannot be meant unless nobody else is named: sender and receiver of the report.
    """
    lines = [line[:_LINE] for line in words.split("\n")[:_LINES]]
    sights = list(_sights(lines))
    delayed = is_delayed(words)
    for wanted in (
        [sight for sight in sights if sight.strong and not _is_robot(sight, own)],
        [sight for sight in sights if sight.strong],
        [sight for sight in sights if not _is_robot(sight, own)],
    ):
        found = _first_of_each(wanted)
        if found and (wanted[0].strong or len(found) == 1):
            starts = {sight.line for sight in found}
            rest = words if len(found) == 1 else ""
            return [_failure(sight, _said(lines, sight.line, starts), rest, permanent=not delayed) for sight in found]
    return []


def is_failing(words: str) -> bool:
    """Whether any of it speaks of mail that did not arrive."""
    return bool(_FAILING.search(words))


def is_delayed(words: str) -> bool:
    """Whether the machine goes on trying."""
    return bool(_DELAYED.search(words)) and not _FINAL.search(words)


def _sights(lines: list[str]) -> Iterator[_Sight]:
    count = 0
    for number, line in enumerate(lines):
        if "@" not in line or count > _FOUND:
            continue
        for address, strong in _in_line(line):
            count += 1
            yield _Sight(address, number, strong)


def _in_line(line: str) -> list[tuple[str, bool]]:
    for place in _PLACES:
        found = [
            match["a"] for match in place.finditer(line) if not _NOT_THE_RECIPIENT.search(line[: match.start("a")])
        ]
        if found:
            return [(address, True) for address in _usable(found[:1] if place.pattern.startswith("^") else found)]
    leading = _LEADING.match(line)
    if leading and _FAILING.search(line[leading.end() :]):
        return [(address, True) for address in _usable([leading["a"]])]
    others = [match for match in _ANY.finditer(line) if not _NOT_THE_RECIPIENT.search(line[: match.start()])]
    failing = bool(_FAILING.search(_ANY.sub(" ", line)))
    return [(address, failing) for address in _usable([match.group() for match in others])]


def _usable(found: list[str]) -> list[str]:
    trimmed = (address.strip("'\"").removeprefix("mailto:").rstrip(".") for address in found)
    return [address for address in dict.fromkeys(trimmed) if usable(address)]


def _is_robot(sight: _Sight, own: frozenset[str]) -> bool:
    return addresses.key(sight.address) in own or addresses.split(sight.address)[0].lower() in _ROBOTS


def _first_of_each(sights: list[_Sight]) -> list[_Sight]:
    found: dict[str, _Sight] = {}
    for sight in sights:
        found.setdefault(addresses.key(sight.address), sight)
    return list(found.values())


def _said(lines: list[str], at: int, starts: set[int]) -> str:
    """The line of an address and those behind it, up to the next address's."""
    stop = next((line for line in range(at + 1, at + _AROUND + 1) if line in starts), at + _AROUND + 1)
    return " ".join(" ".join(lines[at:stop]).split())


def _failure(sight: _Sight, said: str, rest: str, *, permanent: bool) -> Failure:
    """``rest`` is the whole text where it speaks of one mailbox only: its reason may stand anywhere."""
    diagnostic = _ANY.sub("<>", said)
    if rest and causes.by_words(diagnostic) is Cause.OTHER:
        diagnostic = _ANY.sub("<>", rest)
    status = causes.status_in(diagnostic)
    return Failure(
        address=sight.address,
        permanent=permanent,
        cause=causes.cause(status, diagnostic),
        status=status,
        code=causes.code_in(diagnostic),
        diagnostic=said[:500],
    )
