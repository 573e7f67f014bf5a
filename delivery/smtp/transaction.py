"""One mail to some recipients: what is said, what is heard, and what that means for each recipient.

No socket here. `Session` carries the bytes of a `Flight` to the relay and the replies back into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import repeat
from typing import NamedTuple

from delivery.smtp.errors import ProtocolError, SmtpError
from delivery.smtp.replies import Reply

TOO_LARGE = "5.3.4"
NEEDS_SMTPUTF8 = "5.6.7"

_START_DATA = 354
_INTERMEDIATE = frozenset(range(300, 400))
_DATA = "DATA\r\n"
_DOT = b".\r\n"
_RSET = b"RSET\r\n"
_FORBIDDEN = re.compile("[\x00-\x20<>\x7f-\xa0\u2028\u2029\ud800-\udfff]")


class Transaction(NamedTuple):
    """One mail. `data` is `prepare()`d content, whole or in segments, without the final dot.

    `size` is its size in octets, counted here when not given. `eight_bit` says that it has octets over 127, `smtputf8`
    that its headers have UTF-8 (RFC 6532); an address that is not ASCII asks for SMTPUTF8 by itself.
    """

    sender: str
    recipients: Sequence[str]
    data: bytes | Sequence[bytes]
    size: int | None = None
    eight_bit: bool = False
    smtputf8: bool = False


class Result(NamedTuple):
    """What became of it: one final reply for each recipient, in their order, and that to the transaction."""

    recipients: tuple[Reply, ...]
    reply: Reply


def check_addresses(addresses: Iterable[str]) -> None:
    """Raise ValueError for an address that would not stay in its angle brackets. Domains are in A-labels already."""
    _check("".join(addresses))


class Flight:
    """A transaction on its way.

    Its commands are written group by group (`next_group()`), and the `waiting` replies to each are put into `heard`.
    Then `payload()` is written, and `due` replies to it are put into `final`. `result()` sums up.
    """

    def __init__(
        self, transaction: Transaction, extensions: Mapping[str, str], *, window: int, max_size: int, lmtp: bool
    ) -> None:
        """`window` is how many commands a group may have. Raises ValueError for missing or malformed addresses."""
        recipients = transaction.recipients
        if not recipients or not all(recipients):
            raise ValueError("a transaction without a recipient, or with an empty one")
        addresses = "".join((transaction.sender, *recipients))
        _check(addresses)
        international = transaction.smtputf8 or not addresses.isascii()
        self._data = [transaction.data] if isinstance(transaction.data, bytes) else transaction.data
        size = sum(map(len, self._data)) if transaction.size is None else transaction.size
        self._lmtp = lmtp
        self._local: dict[int, Reply] = {}
        self._asked: Sequence[int] = range(len(recipients))
        if (max_size and size > max_size) or (international and "SMTPUTF8" not in extensions):
            self._local = _refused_here(transaction, size, max_size)
            self._asked = [at for at in self._asked if at not in self._local]
            recipients = [recipients[at] for at in self._asked]
            international = False
        self._envelope = 1 + len(recipients)
        """How many replies MAIL and RCPT have."""
        mail = _mail_command(transaction, extensions, size, international)
        self._commands = [mail, *[f"RCPT TO:<{recipient}>\r\n" for recipient in recipients], _DATA]
        self._said = 0 if recipients else len(self._commands)
        self._window = window
        self.waiting = 0
        self.data_asked = False
        self.heard: list[Reply] = []
        self.go = False
        """Whether the relay has said 354 and has accepted at least one recipient."""
        self.exposed = False
        """Whether the relay may have seen the final dot."""
        self.due = 0
        self.final: list[Reply] = []

    def next_group(self) -> bytes:
        """The next commands to write; empty when no more are to come, or nobody is left to send to.

        DATA is the last of its group (RFC 2920 §3.1).
        """
        start, end = self._said, self._said + self._window
        group = self._commands[start:end]
        if self.heard and group and (self.heard[0].code >= 400 or (group[0] is _DATA and self.settled)):
            group = []
        self._said = end
        self.waiting = len(group)
        self.data_asked = bool(group) and group[-1] is _DATA
        return "".join(group).encode()

    @property
    def settled(self) -> bool:
        """Whether what was heard decides for every recipient that this transaction brings him nothing."""
        refused = [reply.code >= 400 for reply in self.heard]
        return (
            not self._asked
            or any(refused[:1] + refused[self._envelope :])
            or (len(refused) >= self._envelope and all(refused[1 : self._envelope]))
        )

    def payload(self) -> Sequence[bytes]:
        """What follows the replies to the envelope. Raises ProtocolError when they make no sense."""
        codes = [reply.code for reply in self.heard]
        envelope, data = codes[: self._envelope], codes[self._envelope :]
        if not _INTERMEDIATE.isdisjoint(envelope):
            raise ProtocolError("an envelope was answered with 3xx")
        self.due = 1 if codes else 0
        if not data or data[0] >= 400:
            return [_RSET] if codes else []
        if data[0] != _START_DATA:
            raise ProtocolError(f"DATA was answered with {data[0]}")
        accepted = sum(code < 300 for code in envelope[1:]) if max(envelope) >= 400 else len(envelope) - 1
        if not accepted or envelope[0] >= 400:
            if self._lmtp or accepted:
                raise ProtocolError("DATA was welcome without an envelope")
            return [_DOT]  # RFC 2920 §3.1: the relay waits for a mail that nobody is to get
        self.go = True
        if self._lmtp:
            self.due = accepted  # RFC 2033 §4.2
        return [*self._data, _ending(self._data)]

    def result(self) -> Result:
        """Valid once every due reply is in `final`, or the flight is settled."""
        heard = self.heard
        if not heard:
            return Result(tuple(self._local.values()), self._local[0])
        if self.go:
            last = self.final[-1] if self.final[-1].code < 400 or self._lmtp else replace(self.final[-1], step="DATA")
        elif len(heard) > self._envelope and heard[-1].code >= 400:
            last = replace(heard[-1], step="DATA")
        else:
            last = next(reply for reply in reversed(heard) if reply.code >= 400)
        if heard[0].code >= 400:
            last = replace(heard[0], step="MAIL")
            replies = [last] * len(self._asked)
        else:
            fate = iter(self.final) if self._lmtp and self.go else repeat(last)
            replies = [next(fate) if reply.code < 300 else _of_recipient(reply) for reply in heard[1 : self._envelope]]
        if self._local:
            everybody = {**self._local, **dict(zip(self._asked, replies, strict=True))}
            replies = [everybody[at] for at in range(len(everybody))]
        return Result(tuple(replies), last)

    def explain(self, error: SmtpError) -> SmtpError:
        """Tell the error whose fate is known although the flight has failed."""
        fate = iter(self.final if self._lmtp else ())
        known = dict(self._local)
        for at, heard in zip(self._asked, self.heard[1 : self._envelope], strict=False):
            reply = next(fate, None) if heard.ok else _of_recipient(heard)
            if reply and (reply.ok or reply.permanent):
                known[at] = reply
        error.after_data, error.replies = self.exposed, known
        if error.reply is not None and self._asked and not self.go and 0 < len(self.heard) <= self._envelope:
            last = min(len(self.heard), len(self._asked)) - 1
            error.at = self._asked[last]
            if len(self.heard) == self._envelope:
                error.reply = replace(error.reply, step="DATA")
        return error


def _check(addresses: str) -> None:
    found = _FORBIDDEN.search(addresses)
    if found:
        raise ValueError(f"an envelope address with {found[0]!r}")


def _refused_here(transaction: Transaction, size: int, max_size: int) -> dict[int, Reply]:
    """Whom the relay, which sets a limit or lacks SMTPUTF8, need not be asked about, by position."""
    everybody = range(len(transaction.recipients))
    if max_size and size > max_size:  # RFC 1870 §6.1
        reply = Reply(552, TOO_LARGE, f"{size} octets are more than the {max_size} that our mail server takes")
        return dict.fromkeys(everybody, reply)
    reply = Reply(553, NEEDS_SMTPUTF8, "our mail server does not take internationalised mail (SMTPUTF8)")
    if transaction.smtputf8 or not transaction.sender.isascii():
        return dict.fromkeys(everybody, reply)
    return {at: reply for at, name in enumerate(transaction.recipients) if not name.isascii()}


def _mail_command(transaction: Transaction, extensions: Mapping[str, str], size: int, international: bool) -> str:
    command = f"MAIL FROM:<{transaction.sender}>"
    if "SIZE" in extensions:
        command += f" SIZE={size}"  # RFC 1870 §6
    if transaction.eight_bit and "8BITMIME" in extensions:
        command += " BODY=8BITMIME"  # RFC 6152 §2
    if international:
        command += " SMTPUTF8"  # RFC 6531 §3.4
    return command + "\r\n"


def _of_recipient(reply: Reply) -> Reply:
    """RFC 5321 §4.5.3.1.10: 552 to RCPT means too many recipients, or a mailbox that is full today."""
    return replace(reply, retry=True) if reply.code == 552 else reply


def _ending(data: Sequence[bytes]) -> bytes:
    """The final dot, on a line of its own (RFC 5321 §4.1.1.4)."""
    tail = b""
    for segment in reversed(data):
        tail = segment[-2:] + tail
        if len(tail) >= 2:
            break
    return _DOT if not tail or tail.endswith(b"\r\n") else b"\r\n" + _DOT
