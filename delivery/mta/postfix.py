"""Postfix: transport_maps, relay_domains and virtual_alias_maps, as tables (hash, lmdb, btree, texthash) or patterns (regexp).

Alias domains become virtual alias domains (VIRTUAL_README), so that the lists' own addresses are all that we see.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from delivery.mta.book import Book, Door, addresses
from delivery.mta.patterns import escape, pattern

COMPILED = {"hash": ".db", "btree": ".db", "lmdb": ".lmdb"}
"""Map types that postmap makes a file of, and what that is called."""
MAP_TYPES = (*COMPILED, "texthash", "regexp")
LMTP, DOMAINS, ALIASES = "postfix_lmtp", "postfix_domains", "postfix_vmap"
MAPS = (LMTP, DOMAINS, ALIASES)

_MAIN = """\
# Lines for Postfix's main.cf.
relay_domains = {type}:{folder}/{DOMAINS}
relay_recipient_maps = {type}:{folder}/{LMTP}
transport_maps = {type}:{folder}/{LMTP}
{virtual}recipient_delimiter = +
# A post to several lists is handed over once, and answered for each of them.
lmtp_destination_recipient_limit = 50
# "owner-" and "-request" are Posthouse's business.
owner_request_special = no
smtputf8_enable = yes
message_size_limit = {size}
"""


def files(book: Book, door: Door, folder: Path, *, map_type: str, size: int) -> dict[str, str]:
    """`postfix_vmap` is there only where a domain has an alias."""
    lines = _patterns(book, door) if map_type == "regexp" else _tables(book, door)
    virtual = f"virtual_alias_maps = {map_type}:{folder}/{ALIASES}\n" if book.aliases else ""
    names = {"LMTP": LMTP, "DOMAINS": DOMAINS}
    main = _MAIN.format(type=map_type, folder=folder, virtual=virtual, size=size, **names)
    return {**{name: _text(content) for name, content in lines.items()}, "postfix_main.cf": main}


def target(door: Door) -> str:
    """The transport (transport(5)): it names the host in brackets only where that is an IPv6 address."""
    if door.is_socket:
        return f"lmtp:unix:{door.host}"
    return f"lmtp:inet:{door.bracketed if ':' in door.host else door.host}:{door.port}"


def _tables(book: Book, door: Door) -> dict[str, Iterable[str]]:
    to = target(door)
    lmtp = dict.fromkeys(f"{address} {to}" for name in book.lists for address in addresses(name))
    found: dict[str, Iterable[str]] = {LMTP: lmtp, DOMAINS: [f"{host} {host}" for host in book.hosts]}
    if book.aliases:
        found[ALIASES] = dict.fromkeys(_virtual(book))
    return found


def _virtual(book: Book) -> Iterator[str]:
    yield from (f"{alias} {host}" for alias, host in book.aliases)
    for shown, own in book.aliased():
        yield from (f"{there} {here}" for there, here in zip(addresses(shown), addresses(own), strict=True))


def _patterns(book: Book, door: Door) -> dict[str, Iterable[str]]:
    to = target(door)
    found: dict[str, Iterable[str]] = {
        LMTP: [f"/{pattern(name)}/ {to}" for name in book.lists],
        DOMAINS: [f"/^{escape(host)}$/ {host}" for host in book.hosts],
    }
    if book.aliases:
        found[ALIASES] = [
            *(f"/^{escape(alias)}$/ {host}" for alias, host in book.aliases),
            *(f"/{pattern(shown)}/ ${{1}}@{own[1]}" for shown, own in book.aliased()),
        ]
    return found


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in ("# Written by Posthouse whenever lists come or go. Do not edit.", *lines))
