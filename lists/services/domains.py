"""Domains: made, changed and deleted."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from accounts.models import User
from lists.errors import DuplicateDomain
from lists.models import Domain
from lists.services.mailing_lists import delete_list
from suite.common import hooks
from suite.common.events import ask, record


@transaction.atomic
def create_domain(
    mail_host: str,
    *,
    description: str = "",
    alias_domain: str = "",
    base_url: str = "",
    owners: Iterable[User] = (),
    actor: str = "",
) -> Domain:
    """A mail host that lists may live on. Raises DuplicateDomain, and ValidationError for what is no host name."""
    domain = Domain(
        mail_host=mail_host.strip().lower(),
        description=description,
        alias_domain=alias_domain.strip().lower(),
        base_url=base_url,
    )
    if Domain.objects.filter(mail_host=domain.mail_host).exists():
        raise DuplicateDomain(f"Duplicate email host: {domain.mail_host}")
    domain.full_clean()
    ask("domain.creating", actor=actor, subject=domain.mail_host)
    domain.save()
    domain.owners.set(owners)
    hooks.call("domain-changed", domain=domain)
    record("domain.created", actor=actor, subject=domain.mail_host)
    return domain


@transaction.atomic
def change_domain(domain: Domain, *, owners: Iterable[User] | None = None, actor: str = "", **values: Any) -> None:
    """Set description, alias_domain and base_url as far as they are given, and who owns it. Raises ValidationError."""
    before = {name: getattr(domain, name) for name in values}
    for name, value in values.items():
        setattr(domain, name, value.strip().lower() if name == "alias_domain" else value)
    changed = {name: [old, getattr(domain, name)] for name, old in before.items() if getattr(domain, name) != old}
    if changed:
        domain.full_clean()
        domain.save(update_fields=list(changed))
        hooks.call("domain-changed", domain=domain)
    if owners is not None:
        domain.owners.set(owners)
    record("domain.changed", actor=actor, subject=domain.mail_host, settings=changed)


@transaction.atomic
def add_owners(domain: Domain, owners: Iterable[User], *, actor: str = "") -> None:
    """These own it from now on, beside those who do."""
    new = list(owners)
    domain.owners.add(*new)
    record("domain.changed", actor=actor, subject=domain.mail_host, owners=[user.email for user in new])


@transaction.atomic
def delete_domain(domain: Domain, *, keep_archives: bool = False, actor: str = "") -> None:
    """The domain with its lists and all that hangs on them; archives stay if wanted."""
    ask("domain.deleting", actor=actor, subject=domain.mail_host)
    for mlist in domain.lists.select_related("domain"):
        delete_list(mlist, keep_archive=keep_archives, actor=actor)
    hooks.call("domain-changed", domain=domain)
    record("domain.deleted", actor=actor, subject=domain.mail_host)
    domain.delete()
