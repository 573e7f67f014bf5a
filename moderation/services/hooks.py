"""What moderation does when users become one and when a post is redacted (suite.common.hooks)."""

from accounts.models import User
from moderation.models import HeldMessage


def user_absorbed(user: User, other: User) -> None:
    """Decisions and claims of `other` are `user`'s."""
    HeldMessage.objects.filter(claimed_by=other).update(claimed_by=user)
    HeldMessage.objects.filter(decided_by=other).update(decided_by=user)


def post_redacted(arrival_id: int, author: bool) -> None:
    """The desk forgets who wrote it and about what; that it was held, and who decided, stays."""
    if author:
        HeldMessage.objects.filter(arrival=arrival_id).update(sender="", sender_name="", subject="", reasons=[])
