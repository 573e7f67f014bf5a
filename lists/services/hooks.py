"""What lists do when users become one (suite.common.hooks)."""

from accounts.models import User
from lists.models import Membership


def user_absorbed(user: User, other: User) -> None:
    """Memberships by user and domains of `other` become `user`'s, but for those he holds already, which go.

    Memberships under `other`'s addresses come along with the addresses; of two for one list and role the one that `user`
    held stays.
    """
    held = set(_held_by(user))
    for membership in Membership.objects.filter(user=other):
        if (membership.mlist_id, membership.role) not in held:
            membership.user = user
            membership.save(update_fields=["user"])
        else:
            membership.delete()
    for membership in Membership.objects.filter(address__user=other):
        if (membership.mlist_id, membership.role) in held:
            membership.delete()
    user.owned_domains.add(*other.owned_domains.all())


def _held_by(user: User) -> list[tuple[int, int]]:
    by_user = Membership.objects.filter(user=user).values_list("mlist_id", "role")
    by_address = Membership.objects.filter(address__user=user).values_list("mlist_id", "role")
    return [*by_user, *by_address]
