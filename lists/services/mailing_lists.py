"""Mailing lists: made, changed and deleted."""

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings as site
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Address, User
from lists.addressing import shadowed_by
from lists.enums import MemberRole
from lists.errors import InvalidListName, ListExists, NoSuchDomain, ReadOnlySetting, UnknownSetting
from lists.models import Domain, MailingList
from lists.services.memberships import add_member
from lists.settings_table import SETTINGS, read_value
from lists.styles import apply_default_prefix, style_settings
from suite.common import hooks
from suite.common.events import ask, record
from suite.common.failpoints import failpoint
from suite.mail import addresses

RESERVED = frozenset({"postmaster", "abuse", "mailer-daemon", "noreply"})
"""Mailboxes that must reach a person or nobody (RFC 2142, RFC 5321 §4.5.1), never a list."""
KEPT_PASSWORD = "(unchanged)"  # noqa: S105 - what a set password reads as
_POSSIBLE = re.compile(r"[-_.+=!$*{}~0-9a-z]{1,64}")  # RFC 5321 §4.5.3.1.1 has the length
_MISPLACED_DOT = re.compile(r"^\.|\.\.|\.$")


@transaction.atomic
def create_list(
    fqdn: str,
    *,
    style: str = "",
    owners: Iterable[User | Address | str] = (),
    force: bool = False,
    actor: str = "",
    **values: Any,
) -> MailingList:
    """A list with the settings of its style (empty = the site's default style), and `values` above them.

    It uses the site's archivers where neither says something else.

    `force` allows a name that takes a sub-address of another list, as `dev-request` beside `dev`. Raises InvalidListName,
    NoSuchDomain, ListExists, UnknownStyle, what `change_settings` raises, and what `add_member` raises for an owner.
    """
    fqdn = fqdn.strip().lower()
    if not addresses.is_valid(fqdn):
        raise InvalidListName(f"Invalid list posting address: {fqdn}")
    list_name, _, host = fqdn.rpartition("@")
    _check_name(list_name)
    domain = Domain.objects.filter(mail_host=host).first()
    if domain is None:
        raise NoSuchDomain(f"Domain does not exist: {host}")
    check_new_name(list_name, domain, force=force)

    mlist = MailingList(list_name=list_name, domain=domain)
    values = {"archivers": [*site.ARCHIVERS]} | style_settings(style or site.DEFAULT_STYLE) | values
    display_name = values.get("display_name") or list_name.capitalize()
    _assign(mlist, apply_default_prefix({**values, "display_name": display_name}, display_name))
    ask("list.creating", actor=actor, list_id=f"{list_name}.{host}", subject=mlist.posting_address)
    try:
        with transaction.atomic():
            mlist.save()
    except IntegrityError as error:
        raise ListExists("Mailing list exists") from error
    hooks.call("list-created", mlist=mlist)
    for owner in owners:
        add_member(mlist, owner, MemberRole.OWNER, actor=actor)
    record("list.created", actor=actor, list_id=mlist.list_id, style=style or site.DEFAULT_STYLE)
    return mlist


@transaction.atomic
def change_settings(mlist: MailingList, *, actor: str = "", **values: Any) -> list[str]:
    """Set these settings, all or none, and return the names of those that really changed.

    Raises UnknownSetting, ReadOnlySetting, and ValidationError with a sentence for each name.
    """
    before = {name: getattr(mlist, name, None) for name in values}
    _assign(mlist, values)
    changed = [name for name in values if getattr(mlist, name) != before[name]]
    if changed:
        mlist.save(update_fields=changed)
        old_and_new = {name: [_spell(name, before[name]), _spell(name, getattr(mlist, name))] for name in changed}
        record("list.changed", actor=actor, list_id=mlist.list_id, settings=old_and_new)
    return changed


@transaction.atomic
def delete_list(mlist: MailingList, *, keep_archive: bool = False, actor: str = "") -> None:
    """The list with its members of every role, bans, header matches, held posts and mail on its way; the archive if wanted."""
    ask("list.deleting", actor=actor, list_id=mlist.list_id, subject=mlist.posting_address)
    hooks.call("list-deleted", mlist=mlist, keep_archive=keep_archive)
    record("list.deleted", actor=actor, list_id=mlist.list_id, archive_kept=keep_archive)
    mlist.delete()
    failpoint("list.deleted")


def check_new_name(list_name: str, domain: Domain, *, force: bool = False) -> None:
    """Raise InvalidListName or ListExists where no list of this name (in lower case) can be made on the domain.

    `a.b@c.example` and `a@b.c.example` would have one list-id, so that is asked for, too.
    """
    _check_name(list_name)
    list_id = f"{list_name}.{domain.mail_host}"
    if MailingList.objects.filter(list_id=list_id).exists() or domain.lists.filter(list_name=list_name).exists():
        raise ListExists("Mailing list exists")
    if not force:
        beside = domain.lists.filter(list_name__in=shadowed_by(list_name)).values_list("list_name", flat=True).first()
        if beside:
            raise InvalidListName(f"{list_name} and {beside} would share an address: choose another name.")


def _check_name(list_name: str) -> None:
    allowed = re.compile(f"[{site.LISTNAME_CHARS}]+")
    well_formed = _POSSIBLE.fullmatch(list_name) and not _MISPLACED_DOT.search(list_name)
    if not well_formed or not allowed.fullmatch(list_name):
        raise InvalidListName(f"Invalid list name: {list_name}")
    if list_name in RESERVED:
        raise InvalidListName(f"{list_name} is reserved: mail to it must reach a person.")


def _assign(mlist: MailingList, values: dict[str, Any]) -> None:
    """Put checked values on the object; on any error it is as it was."""
    before = {name: getattr(mlist, name, None) for name in values}
    try:
        errors: dict[str, Any] = {}
        for name, value in values.items():
            if name not in SETTINGS:
                raise UnknownSetting(f"Unknown setting: {name}")
            if SETTINGS[name].read_only:
                raise ReadOnlySetting(f"Read-only attribute: {name}")
            try:
                setattr(
                    mlist, name, _password(mlist, value) if name == "moderator_password" else read_value(name, value)
                )
            except ValidationError as error:
                errors[name] = error
            except ValueError as error:
                errors[name] = ValidationError(str(error))
        if errors:
            raise ValidationError(errors)
        mlist.clean_fields(exclude={field.name for field in mlist._meta.fields} - set(values))
    except Exception:
        for name in before.keys() & SETTINGS.keys():
            if not SETTINGS[name].read_only:
                setattr(mlist, name, before[name])
        raise


def _password(mlist: MailingList, value: str) -> str:
    """A password's hash; empty clears it, and what a set password reads as leaves it."""
    if value == KEPT_PASSWORD:
        return mlist.moderator_password
    return make_password(value) if value else ""


def _spell(name: str, value: Any) -> Any:
    """A value for the audit trail, which holds JSON and no password."""
    if name == "moderator_password":
        return KEPT_PASSWORD if value else ""
    return value if value is None or isinstance(value, bool | int | float | str | list) else str(value)
