"""Delivery status fields (RFC 3464), read tolerantly: without their part, without blank lines, with types left out."""

import re

from suite.mail import addresses
from suite.mail.bounces import causes
from suite.mail.bounces.report import Cause, Failure

RECIPIENTS = 500  # of one report; the rest is ignored
_FIELD = re.compile(r"([A-Za-z][-A-Za-z0-9]{1,40})[ \t]*:[ \t]*(.*)")
_TYPED = re.compile(r"\s*[-A-Za-z0-9/]+\s*;\s*")
_WANTED = frozenset(
    {"final-recipient", "original-recipient", "action", "status", "diagnostic-code", "x-actual-recipient"}
)
_FAILED = ("fail", "error")
_PASSED = ("deliver", "relay", "expand")
_WITHOUT_SOURCE_ROUTE = re.compile(r"@[^:@]+(?:,@[^:@]+)*:")

Group = dict[str, str]


def read(status: str) -> tuple[list[Failure], list[str]]:
    """(failures, mailboxes said to have got it) of the fields, in order. Groups without a usable address are left out."""
    failures: dict[str, Failure] = {}
    delivered: list[str] = []
    for group in _groups(status):
        names = _names(group)
        if not names:
            continue
        action = group.get("action", "").lower()
        if action.startswith(_PASSED) or (not action and group.get("status", "").startswith("2.")):
            delivered.append(names[0])
        elif failure := _failure(names, action, group):
            failures.setdefault(addresses.key(failure.address), failure)
    return list(failures.values()), delivered


def _groups(status: str) -> list[Group]:
    """Fields by recipient. A blank line or a second field of the same name begins the next one (RFC 3464 §2.3)."""
    groups: list[Group] = []
    group: Group = {}
    last = ""
    for line in [*status.split("\n"), ""]:
        line = line.rstrip("\r")
        if line[:1] in (" ", "\t") and last and line.strip():
            group[last] = f"{group[last]} {line.strip()}"
            continue
        found = _FIELD.match(line)
        last = found.group(1).lower() if found else ""
        if last not in _WANTED:
            last = ""
        if group and (not line.strip() or (last and last in group)):
            groups.append(group)
            group = {}
        if last and found:
            group[last] = found.group(2).strip()
        if len(groups) >= RECIPIENTS:
            break
    return _whole(groups)


def _whole(groups: list[Group]) -> list[Group]:
    """Recipients only; what a blank line has torn off (a status behind its recipient) is given back."""
    found: list[Group] = []
    for group in groups:
        named = "final-recipient" in group or "original-recipient" in group
        if named:
            found.append(group)
        elif found and not found[-1].keys() & group.keys():
            found[-1].update(group)
    return found


def _names(group: Group) -> list[str]:
    """The mailbox as it was written to first, then as it was in the end."""
    fields = (
        group.get("original-recipient", ""),
        group.get("final-recipient", ""),
        group.get("x-actual-recipient", ""),
    )
    return list(dict.fromkeys(name for name in map(_mailbox, fields) if name))


def _mailbox(value: str) -> str:
    """The address of ``rfc822; <ann@example.com>``; empty for commands, files and other names."""
    bare = _TYPED.sub("", value, count=1).strip()
    if bare.startswith(("|", "/", '"|')) or " " in bare.strip("<>"):
        found = addresses.parse_mailboxes(bare, 1) if bare[:1] not in ("|", "/", '"') else []
        bare = found[0].address if len(found) == 1 else ""
    bare = bare.strip("<>").strip()
    bare = _WITHOUT_SOURCE_ROUTE.sub("", bare) if bare.startswith("@") else bare
    return bare if usable(bare) else ""


def usable(address: str) -> bool:
    """Whether it can be the address of a mailbox; longer or stranger ones are those of programs."""
    local, domain = addresses.split(address)
    return bool(local and domain) and len(address) <= 320 and not re.search(r"[\s<>(),;:\\\"/|]", address)


def _failure(names: list[str], action: str, group: Group) -> Failure | None:
    diagnostic = _TYPED.sub("", group.get("diagnostic-code", ""), count=1)
    given = causes.STATUS.search(group.get("status", ""))
    status = given.group(1) if given else ""
    if not status or status.endswith(".0.0"):
        status = causes.status_in(diagnostic) or status
    code = causes.code_in(diagnostic)
    if not action and not status and not code:
        return None
    return Failure(
        address=names[0],
        permanent=_is_permanent(action, status, code),
        cause=causes.cause(status, diagnostic) if status or diagnostic else Cause.OTHER,
        status=status,
        code=code,
        diagnostic=diagnostic,
        also=tuple(names[1:]),
    )


def _is_permanent(action: str, status: str, code: int) -> bool:
    """Action decides (RFC 3464 §2.3.3): who gave up says ``failed``, even where the last answer was a 4xx."""
    if action.startswith("delay"):
        return False
    if action.startswith(_FAILED):
        return True
    return not (status.startswith("4") or 400 <= code < 500)
