"""Addresses: reading address fields, telling valid from invalid, comparing, writing (RFC 5322 §3.4, RFC 6531).

The parser is one pass over the text. What two readers could understand differently yields nothing at all: who may post
is decided by these addresses (compare CVE-2023-27043).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import idna

from suite.mail import charsets, limits, words
from suite.mail.headers import HeaderBlock

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<quoted>"(?:[^"\\]++|\\.)*+")
      | (?P<word>=\?[^?\s]{1,80}\?[bBqQ]\?[^?\s"()<>@]*\?=)
      | (?P<literal>\[[^\[\]\\\r\n]*\])
      | (?P<atom>[^\s"()<>\[\]:;@\\,.\x00-\x1f\x7f]+)
      | (?P<special>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_PAREN = re.compile(r"\\.|[()]", re.DOTALL)
# RFC 5322 §3.2.3 atext; dots are allowed anywhere, as some mobile carriers hand out such addresses.
_DOT_ATOM = re.compile(r"[-A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\U0010ffff]+")
_STRICT_DOT_ATOM = re.compile(r"[-\w!#$%&'*+/=?^`{|}~\x80-\U0010ffff]+(?:\.[-\w!#$%&'*+/=?^`{|}~\x80-\U0010ffff]+)*")
_VALID_LOCAL = re.compile(r"[-A-Za-z0-9!#$%&'*+./=?@_`{}~\x80-\U0010ffff]+")
_VALID_LABEL = re.compile(r"[A-Za-z0-9][-A-Za-z0-9]{0,62}")
_PHRASE = re.compile(r"[-A-Za-z0-9!#$%&'*+/=?^_`{|}~]+(?: [-A-Za-z0-9!#$%&'*+/=?^_`{|}~]+)*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPED = re.compile(r'(["\\])')
_LONG_NAME = 300
_AUTHORS = 20  # that are read; nobody names more in good faith


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, decoded and possibly empty, and an address ``local@domain`` as it was written."""

    name: str
    address: str


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Item:
    """What stands between two commas: tokens outside and inside of <>, comments aside."""

    outer: list[tuple[str, str]]
    angle: list[tuple[str, str]] | None = None
    in_angle: bool = False
    comment: str = ""
    broken: bool = False


def parse_mailboxes(value: str | bytes, limit: int = limits.ADDRESSES) -> list[Mailbox]:
    """The mailboxes of an address list, at most ``limit``. Groups are opened, ambiguous or broken entries left out.

    Never raises; time grows linearly with the value.
    """
    text = charsets.to_text(value) if isinstance(value, bytes) else value
    found: list[Mailbox] = []
    for item in _items(words.unfold(text)):
        mailbox = _mailbox(item)
        if mailbox is not None:
            found.append(mailbox)
            if len(found) >= limit:
                break
    return found


def _items(text: str) -> Iterator[_Item]:
    item = _Item([])
    position = 0
    while position < len(text):
        if position > limits.HEADER_BLOCK:
            return
        match = _TOKEN.match(text, position)
        if match is None:  # pragma: no cover - the last alternative takes any character
            return
        kind, word = str(match.lastgroup), match.group()
        position = match.end()
        if kind != "special" or word in ".@":
            (item.angle if item.in_angle and item.angle is not None else item.outer).append((kind, word))
        elif word == "(":
            end = _comment_end(text, position)
            if end < 0:
                return  # never closed: nobody can say what follows
            item.comment = text[position : end - 1]
            position = end
        elif word in ",;" and not item.in_angle:
            yield item
            item = _Item([])
        elif word == ":" and not item.in_angle:
            item = _group_start(item)
        elif word == "<":
            item.broken = item.broken or item.angle is not None
            item.angle, item.in_angle = [], True
        elif word == ">":
            item.broken = item.broken or not item.in_angle
            item.in_angle = False
        elif item.in_angle and word in ",:" and item.angle is not None:
            item.angle.append((kind, word))  # a source route
        else:
            item.broken = True
            if word == '"':
                return  # never closed
    yield item


def _comment_end(text: str, position: int) -> int:
    depth = 1
    for match in _PAREN.finditer(text, position):
        if match.group() == "(":
            depth += 1
        elif match.group() == ")":
            depth -= 1
            if not depth:
                return match.end()
    return -1


def _group_start(item: _Item) -> _Item:
    """A colon ends a group's name (RFC 5322 §3.4); behind anything else it is garbage."""
    is_name = item.angle is None and all(
        kind in ("space", "atom", "word", "quoted") or word == "." for kind, word in item.outer
    )
    return _Item([], broken=item.broken or not is_name)


def _mailbox(item: _Item) -> Mailbox | None:
    if item.broken or item.in_angle:
        return None
    if item.angle is None:
        address = _addr_spec(item.outer)
        return Mailbox(words.decode(_PAIR.sub(r"\1", item.comment)), address) if address else None
    address = _addr_spec(_without_route(item.angle))
    other = _addr_spec(item.outer)  # "ann@example.org <ann@example.org>" is common, two different ones are a trap
    glued = item.outer[-1:] == [("special", "@")]
    if not address or glued or (other and key(other) != key(address)):
        return None
    return Mailbox(_phrase(item.outer), address)


def _without_route(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """RFC 5322 §4.4: ``<@one,@two:ann@example.org>`` is ``ann@example.org``."""
    solid = [token for token in tokens if token[0] != "space"]
    if solid and solid[0] == ("special", "@") and ("special", ":") in solid:
        return solid[solid.index(("special", ":")) + 1 :]
    return tokens


def _addr_spec(tokens: list[tuple[str, str]]) -> str:
    """``local@domain`` or nothing. White space is allowed around dots and the at sign only (RFC 5322 §4.4)."""
    solid: list[tuple[str, str]] = []
    gap = False
    for kind, word in tokens:
        if kind == "space":
            gap = bool(solid)
            continue
        if kind == "word" or (gap and word not in (".", "@") and solid[-1][1] not in (".", "@")):
            return ""
        gap = False
        solid.append((kind, word))
    at_signs = [index for index, token in enumerate(solid) if token == ("special", "@")]
    if len(at_signs) != 1:
        return ""
    local = _local(solid[: at_signs[0]])
    domain = _domain(solid[at_signs[0] + 1 :])
    return f"{local}@{domain}" if local and domain and not _CONTROLS.search(local) else ""


def _local(tokens: list[tuple[str, str]]) -> str:
    if any(kind == "literal" or word in (",", ":") for kind, word in tokens):
        return ""
    if all(kind != "quoted" for kind, _ in tokens):
        return "".join(word for _, word in tokens)
    if any((left[1] == ".") == (right[1] == ".") for left, right in pairwise(tokens)):
        return ""
    return quote_local("".join(unquote_local(word) for _, word in tokens))


def _domain(tokens: list[tuple[str, str]]) -> str:
    if len(tokens) == 1 and tokens[0][0] == "literal":
        return tokens[0][1]
    is_name = all(kind == "atom" if index % 2 == 0 else word == "." for index, (kind, word) in enumerate(tokens))
    return "".join(word for _, word in tokens) if is_name and len(tokens) % 2 else ""


def _phrase(tokens: list[tuple[str, str]]) -> str:
    """A display name. Unquoted dots, at signs and the like are not allowed there but common (RFC 5322 §4.1)."""
    plain = [
        " " if kind == "space" else _PAIR.sub(r"\1", token[1:-1]) if kind == "quoted" else token
        for kind, token in tokens
    ]
    return words.decode(" ".join("".join(plain).split()) if plain else "")


def authors(headers: HeaderBlock) -> list[Mailbox]:
    """Who a letter is From (RFC 5322 §3.6.2): the mailboxes of all From fields, where it has several."""
    values = headers.get_all("From")[:_AUTHORS]
    return [mailbox for value in values for mailbox in parse_mailboxes(value, _AUTHORS)][:_AUTHORS]


# --- judging and comparing -------------------------------------------------------------------------------------------


def is_valid(address: str) -> bool:
    """Whether somebody may be subscribed under this address.

    The local part holds letters, digits and ``!#$%&'*+-./=?@_`{}~`` (quotes around it are ignored) or printable
    non-ASCII characters; the domain has at least two labels, none empty or led by a dash, U-labels included (RFC 6531).
    """
    local, domain = split(address)
    if local[:1] == '"' == local[-1:] and len(local) > 1:
        local = local[1:-1]
    if not _VALID_LOCAL.fullmatch(local) or len(address.encode("utf-8", "replace")) > limits.ADDRESS:
        return False
    if not local.isascii() and not local.isprintable():
        return False
    labels = _a_labels(domain).split(".")
    return len(labels) >= 2 and all(_VALID_LABEL.fullmatch(label) for label in labels)


def split(address: str) -> tuple[str, str]:
    """(local part, domain), divided at the last at sign; without one the domain is empty."""
    local, at, domain = address.rpartition("@")
    return (local, domain) if at else (address, "")


@lru_cache(maxsize=4096)
def _a_labels(domain: str) -> str:
    """The domain in lower case, U-labels as A-labels (UTS #46); what cannot be converted only in lower case."""
    if domain.isascii() or len(domain) > limits.ADDRESS:
        return domain.lower()
    domain = unicodedata.normalize("NFC", domain.lower())
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return domain


def key(address: str) -> str:
    """What two spellings of one address have in common: for look-ups and uniqueness, never for delivery."""
    if address.isascii() and address[:1] != '"':
        return address.lower()
    local, domain = split(address)
    local = quote_local(unquote_local(local)) if local[:1] == '"' else local
    local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())
    return f"{local}@{_a_labels(domain)}" if domain else local


def wire_domain(address: str) -> str:
    """The domain as DNS and SMTP want it: A-labels, lower case."""
    return _a_labels(split(address)[1])


def is_plain(address: str) -> bool:
    """Whether it is an ASCII dot-atom at a domain, as nearly all are: such an address goes over the wire as it is."""
    return _PLAIN.fullmatch(address) is not None


_PLAIN = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*", re.ASCII
)


def wire(address: str) -> str:
    """The address for MAIL and RCPT: A-labels in the domain, the local part quoted where SMTP wants it.

    The case of the local part is kept. RFC 5321 §4.1.2, RFC 6531 §3.2.
    """
    if is_plain(address):
        return address
    local, domain = split(address)
    return f"{quote_local(unquote_local(local), strict=True)}@{domain if domain.isascii() else _a_labels(domain)}"


def needs_smtputf8(address: str) -> bool:
    """Whether the address can travel only with SMTPUTF8 (RFC 6531): A-labels save a domain, nothing a local part."""
    return not address.isascii() and not wire(address).isascii()


def unquote_local(local: str) -> str:
    return _PAIR.sub(r"\1", local[1:-1]) if len(local) > 1 and local[0] == local[-1] == '"' else local


def quote_local(local: str, *, strict: bool = False) -> str:
    """Quotes around a local part that is no dot-atom; ``strict`` also around one with misplaced dots."""
    plain = (_STRICT_DOT_ATOM if strict else _DOT_ATOM).fullmatch(local)
    return local if plain else '"' + _ESCAPED.sub(r"\\\1", local) + '"'


# --- writing ---------------------------------------------------------------------------------------------------------


def format_mailbox(name: str, address: str) -> str:
    """``name <address>`` for an address field; the name quoted or in encoded words as needed, the bare address
    without a name.

    Raises ValueError for control characters and for an address that would read as something else.
    """
    if _CONTROLS.search(name) or _CONTROLS.search(address):
        raise ValueError("control character in a mailbox")
    local, domain = split(address)
    if local[:1] != '"' and not _VALID_LOCAL.fullmatch(local) and not _DOT_ATOM.fullmatch(local):
        raise ValueError("not an address")
    spec = f"{quote_local(unquote_local(local))}@{domain}"
    if [mailbox.address for mailbox in parse_mailboxes(f"<{spec}>")] != [spec]:
        raise ValueError("not an address")
    name = name.strip()
    if not name:
        return spec
    return f"{format_phrase(name)} <{spec}>"


def format_phrase(name: str) -> str:
    """``name`` as it stands before an address or a list-id: bare, quoted, or in encoded words (RFC 5322 §3.2.5)."""
    if not name.isascii() or "=?" in name or len(name) > _LONG_NAME:
        return " ".join(words.encode(name))
    if _PHRASE.fullmatch(name):
        return name
    return '"' + _ESCAPED.sub(r"\\\1", name) + '"'
