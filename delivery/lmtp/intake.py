"""The plain function inside the door: letters with envelopes in, a reply for every recipient out."""

import logging
from collections.abc import Sequence

from django.db import connection

from archives.services.intake import Incoming, Kept, keep
from delivery.lmtp import replies
from suite.common.patience import is_away

log = logging.getLogger(__name__)


def accept(letters: Sequence[Incoming]) -> list[list[str]]:
    """Keep these letters in one commit; for each letter the replies to its recipients, in their order. Never raises.

    A connection that has died since the last group is replaced without a word: what its last transaction did is either
    undone or recognised as a repeat. A group that fails for one letter's fault is kept letter by letter.
    """
    try:
        return _keep(letters)
    except Exception as error:
        if not is_away(error):
            return [_accept_alone(letter) for letter in letters]
        connection.close()
    try:
        return _keep(letters)
    except Exception:
        return _refused(letters)


def _accept_alone(letter: Incoming) -> list[str]:
    try:
        return _keep([letter])[0]
    except Exception:
        return _refused([letter])[0]


def _keep(letters: Sequence[Incoming]) -> list[list[str]]:
    return [[reply(kept) for kept in results] for results in keep(letters)]


def reply(kept: Kept) -> str:
    if kept.gone:
        return replies.UNKNOWN_MAILBOX
    if kept.refused:
        return replies.REFUSED.format(why=kept.refused)
    return replies.KEPT_ALREADY if kept.repeat else replies.KEPT.format(arrival=kept.arrival_id)


def _refused(letters: Sequence[Incoming]) -> list[list[str]]:
    """Inside an except block. The senders keep their mail and come again."""
    log.exception("%d letters could not be kept; first from=<%s>", len(letters), letters[0].sender)
    connection.close()
    return [[replies.TROUBLE] * len(letter.destinations) for letter in letters]
