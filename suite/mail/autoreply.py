"""Whether a letter may be answered by a machine (RFC 3834 §2)."""

from suite.mail import addresses
from suite.mail.headers import HeaderBlock

# Mailboxes behind which a program reads.
_ROBOTS = frozenset({"mailer-daemon", "listserv", "majordomo"})
_ROBOT_PREFIXES = ("owner-", "mailer-daemon", "bounce-", "bounces-", "bounces+")
_ROBOT_SUFFIXES = ("-request", "-owner", "-bounces", "-bounce")
# What Exchange asks not to be sent; the other values speak of receipts only.
_SUPPRESSED = frozenset({"all", "oof", "autoreply"})
_BULK = frozenset({"bulk", "junk", "list"})
# What mail programs write when a person presses their button "unsubscribe"; Apple Mail calls its letter auto-replied, too.
_BUTTONS = {"X-Apple-Unsubscribe": "true"}


def may_answer(headers: HeaderBlock, envelope_sender: str) -> bool:
    """Whether notices about this letter (held, rejected) may go to its sender; the null sender is ``""`` or ``<>``.

    No answer to any Precedence, X-No-Ack, ``X-Ack: no``, Auto-Submitted other than ``no``, a null or robot's return
    path, a report, or mail of a list.
    """
    return "Precedence" not in headers and "X-No-Ack" not in headers and _from_a_person(headers, envelope_sender)


def may_autorespond(headers: HeaderBlock, envelope_sender: str) -> bool:
    """The milder question of the autoresponder: ``X-Ack: yes`` outweighs Precedence bulk, junk and list."""
    if headers.text("X-Ack").lower() != "yes" and headers.text("Precedence").lower() in _BULK:
        return False
    return _from_a_person(headers, envelope_sender)


def may_obey(headers: HeaderBlock, envelope_sender: str) -> bool:
    """Whether a person has sent this: what a vacation program sends back to a robot is no command, whatever it quotes.

    Precedence bulk, junk and list speak against it, unless ``X-Ack: yes`` stands beside them. A person who wants no answer
    is still one.
    """
    if headers.text("X-Ack").lower() != "yes" and headers.text("Precedence").lower() in _BULK:
        return False
    return _is_by_hand(headers, envelope_sender)


def is_unsubscribing(headers: HeaderBlock) -> bool:
    """Whether a person has pressed a button of his mail program, which wrote to where List-Unsubscribe (RFC 2369 §3.2) says."""
    return any(headers.text(name).strip().lower() == value for name, value in _BUTTONS.items())


def _from_a_person(headers: HeaderBlock, envelope_sender: str) -> bool:
    if headers.text("X-Ack").lower() == "no":
        return False
    if not _SUPPRESSED.isdisjoint(headers.text("X-Auto-Response-Suppress").lower().replace(",", " ").split()):
        return False
    return _is_by_hand(headers, envelope_sender)


def _is_by_hand(headers: HeaderBlock, envelope_sender: str) -> bool:
    if _is_robot(envelope_sender.strip().removeprefix("<").removesuffix(">").lower()):
        return False
    if (headers.get("Return-Path") or b"").replace(b" ", b"") == b"<>":
        return False
    if headers.text("Auto-Submitted").partition(";")[0].partition("(")[0].strip().lower() not in ("", "no"):
        return False
    if headers.text("Content-Type").lower().startswith("multipart/report"):
        return False
    return not any(name.lower().startswith("list-") for name in headers.names())


def _is_robot(sender: str) -> bool:
    local = addresses.split(sender)[0]
    return not local or local in _ROBOTS or local.startswith(_ROBOT_PREFIXES) or local.endswith(_ROBOT_SUFFIXES)
