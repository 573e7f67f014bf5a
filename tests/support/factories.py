"""Lists and people for tests, made by the same services as on a site."""

from typing import Any

from accounts.models import User
from accounts.services.addresses import add_address
from accounts.services.users import create_user
from lists.enums import MemberRole
from lists.models import Domain, MailingList, Membership
from lists.services.domains import create_domain
from lists.services.mailing_lists import create_list
from lists.services.memberships import add_member, add_members
from suite.mail.addresses import Mailbox


def make_domain(host: str = "example.org", **fields: Any) -> Domain:
    """The domain, made when it is not there yet."""
    return Domain.objects.filter(mail_host=host).first() or create_domain(host, **fields)


def make_list(name: str = "dev", **settings: Any) -> MailingList:
    """`dev@example.org`, or the address given; with its domain. Further words are those of `create_list`."""
    fqdn = name if "@" in name else f"{name}@example.org"
    make_domain(fqdn.rpartition("@")[2])
    return create_list(fqdn, **settings)


def make_user(name: str = "Dora", *emails: str, **fields: Any) -> User:
    """A user with these verified addresses (`dora@example.com` without any), the first of them preferred."""
    first, *others = emails or (f"{name.lower()}@example.com",)
    user = create_user(first, display_name=name, verified=True, **fields)
    for email in others:
        add_address(user, email, verified=True)
    return user


def make_member(
    mlist: MailingList, subscriber: Any = "bart@example.com", role: MemberRole = MemberRole.MEMBER, **preferences: Any
) -> Membership:
    """A membership of an address (as text or row) or a user. Further words are those of `add_member`."""
    return add_member(mlist, subscriber, role, **preferences)


def make_members(mlist: MailingList, count: int, pattern: str = "member{}@example.com") -> None:
    """Many members: member0@example.com and so on."""
    add_members(mlist, (Mailbox(f"Member {number}", pattern.format(number)) for number in range(count)))
