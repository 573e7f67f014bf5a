"""Bans: who may neither join nor post, on a list or everywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import re2
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from lists import validators
from lists.errors import InvalidPattern
from lists.models import Ban, MailingList
from lists.patterns import IMPORTED, compiled, first_match
from suite.common.events import record
from suite.mail import addresses


@dataclass(frozen=True)
class Bans:
    """Every ban that holds on a list, loaded by one query for as long as a run of letters lasts."""

    exact: frozenset[str]
    patterns: Any = None
    """A re2.Set, which tries all patterns in one pass; None without patterns."""
    imported: tuple[str, ...] = ()
    """Patterns that RE2 does not take, each tried by itself and against a clock."""

    @classmethod
    def load(cls, mlist: MailingList | None) -> "Bans":
        """The bans of the list and of the site; without a list, the site's."""
        return cls.of(_holding(mlist).values_list("email", flat=True))

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Bans":
        every = set(entries)
        patterns = {entry for entry in every if entry.startswith("^")}
        imported = tuple(sorted(entry for entry in patterns if IMPORTED in entry))
        quick = patterns.difference(imported)
        return cls(frozenset(every - patterns), _compile(quick) if quick else None, imported)

    def matches(self, key: str) -> bool:
        """Whether this address, in any letter case, is banned. Time grows with the address, not with RE2's bans."""
        key = addresses.key(key)
        if key in self.exact or (self.patterns is not None and bool(self.patterns.Match(key))):
            return True
        return bool(self.imported) and first_match(self.imported, key) is not None


def is_banned(keys: Iterable[str], mlist: MailingList | None) -> bool:
    """Whether any of these addresses is banned on the list, or everywhere. Two queries at most."""
    keys = {addresses.key(key) for key in keys}
    holding = _holding(mlist)
    if holding.filter(email__in=keys).exists():
        return True
    bans = Bans.of(holding.filter(email__startswith="^").values_list("email", flat=True))
    return any(bans.matches(key) for key in keys)


def holds(entry: str, mlist: MailingList | None) -> bool:
    """Whether this address is banned on the list, or everywhere; of a pattern, whether it stands among the bans itself."""
    if "\0" in entry:  # which PostgreSQL takes for no text
        return False
    return _holding(mlist).filter(email=entry).exists() if entry.startswith("^") else is_banned([entry], mlist)


@transaction.atomic
def ban(email: str, mlist: MailingList | None = None, *, actor: str = "") -> Ban:
    """Ban an address or a pattern (`^.*@spam\\.example$`) from the list, or from all. Again changes nothing.

    Raises InvalidPattern for what is neither an address nor a pattern that RE2 takes.
    """
    entry = email if email.startswith("^") else addresses.key(email)
    try:
        validators.one_line(entry)
        Ban(email=entry, mlist=mlist).clean_fields()
    except ValidationError as error:
        raise InvalidPattern(" ".join(error.messages)) from error
    row, created = Ban.objects.get_or_create(email=entry, mlist=mlist)
    if created:
        record("ban.added", actor=actor, list_id=mlist.list_id if mlist else "", subject=entry[:320])
    return row


@transaction.atomic
def unban(email: str, mlist: MailingList | None = None, *, actor: str = "") -> bool:
    """Take the ban away; whether there was one."""
    if "\0" in email:
        return False
    entry = email if email.startswith("^") else addresses.key(email)
    count, _ = Ban.objects.filter(email=entry, mlist=mlist).delete()
    if count:
        record("ban.removed", actor=actor, list_id=mlist.list_id if mlist else "", subject=entry[:320])
    return bool(count)


def _holding(mlist: MailingList | None) -> Any:
    site_wide = Q(mlist__isnull=True)
    return Ban.objects.filter(site_wide | Q(mlist=mlist) if mlist else site_wide)


def _compile(patterns: Iterable[str]) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    every = re2.Set.SearchSet(options)
    for pattern in sorted(patterns):
        if compiled(pattern) is not None:
            every.Add(pattern)
    every.Compile()
    return every
