"""Stalwart (0.16 and later): a plan for `stalwart-cli apply`, for all it is told stands in its database.

The hosts of the lists are none of its own domains, or it would look for mailboxes there.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from delivery.mta.book import Book, Door
from delivery.mta.patterns import pattern
from delivery.smtp import Relay

Plan = dict[str, Any]
ROUTE = "posthouse"


def files(book: Book, door: Door, folder: Path, *, size: int, account: Relay) -> dict[str, str]:
    """`account` is who we are to Stalwart when we send. One operation a line; the format knows no comments."""
    return {"stalwart.ndjson": "".join(json.dumps(line) + "\n" for line in _plan(book, door, account.username))}


def _plan(book: Book, door: Door, login: str) -> Iterator[Plan]:
    plain = {"implicitTls": False, "allowInvalidCerts": False, "authSecret": {"@type": "None"}}
    route = {"@type": "Relay", "name": ROUTE, "address": door.host, "port": door.port, "protocol": "lmtp", **plain}
    yield {"@type": "upsert", "object": "MtaRoute", "matchOn": ["name"], "value": {ROUTE: route}}
    to_lists = [(f"rcpt_domain == '{host}'", f"'{ROUTE}'") for host in book.every_host()]
    yield _update(
        "MtaOutboundStrategy", route=_expression([*to_lists, ("is_local_domain(rcpt_domain)", "'local'")], "'mx'")
    )
    # It asks nobody about an address of another domain, so it must know them: a pattern for each list.
    known = [(f"matches('{pattern(name)}', rcpt)", "true") for name in book.every_name()]
    yield _update("MtaStageRcpt", allowRelaying=_expression(known, "!is_empty(authenticated_as)"))
    # Whoever sends for lists sends in many names, and one mail after another.
    yield _update("MtaStageAuth", mustMatchSender=_expression([], f"authenticated_as != '{login}'"))
    yield _update("MtaStageData", maxMessages=_expression([(f"authenticated_as == '{login}'", "1000000")], "10"))


def _update(singleton: str, **fields: Plan) -> Plan:
    return {"@type": "update", "object": singleton, "value": fields}


def _expression(conditions: list[tuple[str, str]], otherwise: str) -> Plan:
    """Lists are objects there, with the places as keys. What is not ours stays as Stalwart comes."""
    match = {str(place): {"if": condition, "then": then} for place, (condition, then) in enumerate(conditions)}
    return {"match": match, "else": otherwise}
