"""Memberships found by what programs know of them, filtered and ordered by the database, so that a page costs a page."""

from functools import reduce
from typing import Any

from django.db.models import BooleanField, Case, CharField, F, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from accounts.models import Address, User, system_preferences
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from suite.common.collation import Bytewise, Small
from suite.mail import addresses

ROLES = (MemberRole.OWNER, MemberRole.MODERATOR, MemberRole.MEMBER, MemberRole.NONMEMBER)
"""In the order in which a list's people are named."""
_SHOWN = (
    "member_id",
    "mlist__list_id",
    "role",
    "moderation_action",
    "delivery_mode",
    "bounce_score",
    "last_bounce_received",
    "last_warning_sent",
    "total_warnings_sent",
    "address__email",
    "address__display_name",
    "address__delivery_mode",
    "address__user__display_name",
    "address__user__delivery_mode",
    "user__display_name",
    "user__delivery_mode",
    "user__preferred_address__email",
    "user__preferred_address__display_name",
    "user__preferred_address__delivery_mode",
)
_LONGEST = 400


def overview(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    """These memberships by list, role and address, with the columns that tell who each is and no others."""
    rank = Case(*(When(role=role, then=place) for place, role in enumerate(ROLES)))
    mailbox = Coalesce("address__email", "user__preferred_address__email", Value(""), output_field=CharField())
    return (
        rows.select_related("mlist", "address__user", "user__preferred_address")
        .only(*_SHOWN)
        .annotate(mailbox=mailbox)
        .order_by(Bytewise("mlist__list_id"), rank, Bytewise("mailbox"), "pk")
    )


def membership_at(mlist: MailingList, role: MemberRole, email: str) -> Membership | None:
    """The membership of this role under this address, else of the user whose preferred one it is. Two queries at most."""
    if not addresses.is_valid(email):  # and maybe no text to a database
        return None
    held = mlist.memberships.filter(role=role)
    held = held.select_related("mlist__domain", "address__user", "user__preferred_address")
    key = addresses.key(email)
    return held.filter(address__email=key).first() or held.filter(user__preferred_address__email=key).first()


def memberships_under(address: Address) -> QuerySet[Membership]:
    """All that hangs on this address: under itself, and of the user who prefers it."""
    return Membership.objects.filter(_either(Address.objects.filter(pk=address.pk)))


def find_memberships(
    *, mlist: MailingList | None = None, subscriber: User | str = "", roles: tuple[MemberRole, ...] = (), **wanted: Any
) -> QuerySet[Membership]:
    """Memberships that fulfil each condition given; all of them without any.

    `subscriber` is a user, or an address, or a pattern for addresses and the names at them in which `*` stands for anything.
    `wanted`: moderation_action (None = the list's default), and preferences by their effective value.
    """
    rows = Membership.objects.all()
    if subscriber:
        rows = rows.filter(_subscribed(subscriber))
    if mlist is not None:
        # Plus zero: else SQLite, which takes a list to be short, reads through all of its memberships.
        rows = rows.filter(Exact(F("mlist_id") + 0, mlist.pk)) if subscriber else rows.filter(mlist=mlist)
    if roles:
        rows = rows.filter(role__in=roles)
    if "moderation_action" in wanted:
        rows = rows.filter(moderation_action=wanted.pop("moderation_action"))
    return reduce(lambda found, each: found.filter(Exact(_effective(each[0]), each[1])), wanted.items(), rows)


def _subscribed(subscriber: User | str) -> Q:
    if isinstance(subscriber, User):
        return Q(user=subscriber) | Q(address__in=subscriber.addresses.values("pk"))
    if "*" not in subscriber:
        return _either(Address.objects.filter(email=addresses.key(subscriber)))
    if len(subscriber) > _LONGEST:  # than any address or name
        return Q(pk__in=())
    pattern = Value(_like(subscriber))
    return _either(Address.objects.filter(Q(_Like(F("email"), pattern)) | Q(_Like(Small("display_name"), pattern))))


def _either(found: QuerySet[Address]) -> Q:
    return Q(address__in=found.values("pk")) | Q(user__in=User.objects.filter(preferred_address__in=found).values("pk"))


def _like(pattern: str) -> str:
    """The pattern as SQL has it, where `!` takes its meaning from what follows."""
    plain = pattern.lower()
    for special in "!%_":
        plain = plain.replace(special, f"!{special}")
    return plain.replace("*", "%")


class _Like(Func):
    template = "%(expressions)s ESCAPE '!'"
    arg_joiner = " LIKE "
    output_field = BooleanField()


def _effective(name: str) -> Coalesce:
    """`Membership.effective(name)` in SQL, for what does not end with the list's own."""
    holders = ("", "address__", "address__user__", "user__preferred_address__", "user__")
    values = (f"{holder}{name}" for holder in holders)
    return Coalesce(*values, Value(system_preferences()[name]), output_field=IntegerField())
