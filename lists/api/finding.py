"""What a path of the API names: a list, a domain."""

from django.db.models import QuerySet

from lists.models import Domain, MailingList
from suite.common.rest.errors import NotFound


def list_of(list_id: str, among: QuerySet[MailingList] | None = None) -> MailingList:
    """The list of this list-id or posting address, in any letter case, with its domain. One query. Raises NotFound."""
    name, at, host = list_id.lower().rpartition("@")
    known_by = {"list_name": name, "domain__mail_host": host} if at else {"list_id": host}
    lists = MailingList.objects.select_related("domain") if among is None else among
    # What is not printable is no text to PostgreSQL (NUL), or none at all (lone surrogates).
    mlist = lists.filter(**known_by).first() if list_id.isprintable() else None
    if mlist is None:
        raise NotFound("")
    return mlist


def domain_of(mail_host: str) -> Domain:
    """The domain of this mail host, in any letter case. One query. Raises NotFound."""
    domain = Domain.objects.filter(mail_host=mail_host.lower()).first() if mail_host.isprintable() else None
    if domain is None:
        raise NotFound("")
    return domain
