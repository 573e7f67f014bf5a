"""Why: enhanced status codes (RFC 3463, 5248, 7372, 7505) and what people write beside them -> a cause."""

import re

from suite.mail.bounces.report import Cause

STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
"""An enhanced status code. Addresses of hosts have four numbers."""
CODE = re.compile(r"(?<![\d.])([45][0-5]\d)(?=[ -]|$)")
"""A reply code (RFC 5321 §4.2)."""

_BY_STATUS = {
    "1.1": Cause.NO_MAILBOX,
    "1.2": Cause.NO_DOMAIN,
    "1.3": Cause.NO_MAILBOX,
    "1.4": Cause.NO_MAILBOX,
    "1.6": Cause.NO_MAILBOX,
    "1.7": Cause.POLICY,
    "1.8": Cause.AUTHENTICATION,
    "1.10": Cause.NO_DOMAIN,
    "2.1": Cause.DISABLED,
    "2.2": Cause.FULL,
    "2.3": Cause.TOO_BIG,
    "3.1": Cause.FULL,
    "3.4": Cause.TOO_BIG,
    "4.1": Cause.UNREACHABLE,
    "4.2": Cause.UNREACHABLE,
    "4.3": Cause.UNREACHABLE,
    "4.4": Cause.UNREACHABLE,
    "4.5": Cause.UNREACHABLE,
    "4.6": Cause.LOOP,
    "4.7": Cause.UNREACHABLE,
}
_BY_SUBJECT = {"6": Cause.CONTENT, "7": Cause.POLICY}
# The first that is found wins: what speaks of a mailbox comes behind what speaks of the message.
_PHRASES: tuple[tuple[Cause, str], ...] = (
    (
        Cause.AUTHENTICATION,
        r"\bdmarc\b|\bdkim\b|\bspf\b|unauthenticated|authentication (?:level|requirements|check)|not authenticated"
        r"|5\.7\.(?:2[0-7]|509|515)\b",
    ),
    (
        Cause.BLOCKLIST,
        r"black-?list|block-?list|\bdnsbl|\brbl\b|spamhaus|spamcop|barracuda|abuseat|poor reputation|reputation"
        r"|(?:ip|host|address|sender|client) \S{0,60}\s?(?:is |was |has been )?(?:blocked|listed|banned)",
    ),
    (Cause.CONTENT, r"\bspam\b|\bvirus|malware|phish|content (?:rejected|denied|filter)|unsolicited|\bbulk mail"),
    (
        Cause.FULL,
        r"mail ?box (?:is |was |has been |size |storage )*(?:full|exceed)|over (?:the )?quota"
        r"|quota (?:is )?exceed|exceed\w* \S{0,20}\s?quota"
        r"|quota full|full mailbox|mailbox exceeds|insufficient (?:system )?storage|mailfolder is full|out of storage"
        r"|postfach (?:ist )?voll|bo[iî]te\W.{0,20} pleine|buz[oó]n (?:est[aá] )?lleno|casella .{0,10}piena",
    ),
    (
        Cause.TOO_BIG,
        r"message (?:size|is too|too) (?:exceed|big|large|long)|too (?:large|big) |size (?:limit )?exceed"
        r"|exceed\w* .{0,30}(?:size|maximum)"
        r"|max(?:imum)? message size|message length",
    ),
    (
        Cause.NO_DOMAIN,
        r"host (?:or domain )?(?:name )?(?:not found|unknown)|unknown (?:host|domain)"
        r"|domain (?:\S+ )?(?:not found|does not exist)"
        r"|unrouteable|unroutable|no (?:such )?(?:domain|host)|(?:no|find a|find an?y) (?:mx|mail exchanger)"
        r"|nxdomain|null mx",
    ),
    (
        Cause.DISABLED,
        r"(?:account|mailbox|address|user|recipient)\b.{0,40}(?:disabled|inactive|suspended|locked|deactivated"
        r"|discontinued|closed|expired)",
    ),
    (
        Cause.NO_MAILBOX,
        r"user (?:is )?unknown|unknown (?:\w+ )?(?:user|recipient|local|address|mailbox|account)"
        r"|no such (?:\w+ )?(?:user|recipient|mailbox|address|person|account)"
        r"|(?:user|recipient|mailbox|address|account|alias)\b.{0,60}(?:unknown|(?:does ?n.t|does not"
        r"|doesn.t) exist|not found|unavailable|invalid|not recognized|not known)"
        r"|invalid (?:recipient|mailbox|user|address)|no mailbox|not (?:our|a valid|a known) (?:customer|user"
        r"|recipient|mailbox)|not listed in"
        r"|recipnotfound|doesn.t have an? \S+ account|unbekannt|inconnu|desconocid|sconosciut|not a valid",
    ),
    (Cause.LOOP, r"too many hops|mail loop|loops back|hop count|routing loop|forwarding loop"),
    (
        Cause.UNREACHABLE,
        r"timed? ?out|timeout|connection (?:refused|reset|lost|closed)|no route|unreachable|not reachable"
        r"|could not connect"
        r"|couldn.t (?:connect|reach)|retry time|too long in|in the queue|delivery expired|aborted after"
        r"|unable to connect|did not respond",
    ),
    (
        Cause.POLICY,
        r"polic(?:y|ies)|denied|not allowed|prohibited|blocked|rejected by|refused|not permitted|restricted|relay",
    ),
)
_TABLE = tuple((cause, re.compile(phrase, re.IGNORECASE)) for cause, phrase in _PHRASES)
_TELLING = 2_000  # characters of a diagnostic that are looked at


def cause(status: str, diagnostic: str) -> Cause:
    """A code of its own meaning wins, except that a policy's words tell which policy; else the words decide."""
    by_code = _by_status(status)
    words = diagnostic[:_TELLING]
    if by_code in (Cause.POLICY, Cause.CONTENT):
        spoken = by_words(words)
        return by_code if spoken in (Cause.OTHER, Cause.POLICY, Cause.UNREACHABLE, Cause.LOOP) else spoken
    return by_words(words) if by_code is Cause.OTHER else by_code


def _by_status(status: str) -> Cause:
    _, _, detail = status.partition(".")
    subject = detail.partition(".")[0]
    return _BY_STATUS.get(detail) or _BY_SUBJECT.get(subject) or Cause.OTHER


def by_words(words: str) -> Cause:
    """What a sentence says; OTHER where it says nothing that we know."""
    return next((cause for cause, phrase in _TABLE if phrase.search(words)), Cause.OTHER)


def status_in(words: str) -> str:
    """The last enhanced code of a text that is no success: relays quote others before they add their own."""
    return next((code for code in reversed(STATUS.findall(words[:_TELLING])) if code[0] != "2"), "")


def code_in(words: str) -> int:
    """The first reply code of a text, 0 when there is none."""
    found = CODE.search(words[:_TELLING])
    return int(found.group(1)) if found else 0
