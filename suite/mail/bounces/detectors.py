"""flufl.bounce: the odd formats of thirty years, each with a detector of its own."""

import logging

from flufl.bounce import all_failures

from suite.mail import addresses
from suite.mail.addresses import parse_mailboxes
from suite.mail.bounces.dsn import usable
from suite.mail.parse import Parsed, parse

READ = 64 * 1024
"""Octets that are looked at: most detectors hold each line against dozens of patterns."""

log = logging.getLogger(__name__)
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # what a stranger's letter trips over is no error of ours

NOBODY = "nobody@invalid"
"""Stands in for an author who cannot be read: one detector trips over such a field, and keeps the rest from looking."""


def read(parsed: Parsed, *, own: frozenset[str]) -> dict[str, bool]:
    """Addresses it found -> whether for good; none where it stumbles, or names what cannot be a member's mailbox.

    Its detectors look for words in any line, so whatever they find beside a plain address makes all of it doubtful.
    """
    msg = (parsed if len(parsed.raw) <= READ else parse(parsed.raw[:READ])).message
    if msg is None:
        return {}
    if not any(parse_mailboxes(str(value)) for value in msg.get_all("From", ())):
        del msg["From"]
        msg["From"] = NOBODY
    try:
        temporary, permanent = all_failures(msg)
    except Exception as error:  # a detector may trip over anything a stranger sends
        log.info("flufl.bounce: %r", error)
        return {}
    found = {name.decode("ascii", "replace"): False for name in temporary} | {
        name.decode("ascii", "replace"): True for name in permanent
    }
    if not all(usable(name) for name in found) or any(addresses.key(name) in own for name in found):
        return {}
    return found
