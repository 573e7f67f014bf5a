import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import PREFERENCES, Address, Preferences, User, system_preferences
from lists.enums import Action, MemberRole, SubscriptionMode
from lists.models.mailing_list import MailingList


class Membership(Preferences):
    """Somebody's role on a list. The subscriber is an address, or a user, whose preferred address it then follows."""

    member_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    mlist = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=MemberRole, default=MemberRole.MEMBER)
    address = models.ForeignKey(Address, null=True, blank=True, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="memberships")
    moderation_action = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        choices=Action,
        help_text="What happens to this person's posts; empty = the list's default.",
    )
    joined_at = models.DateTimeField(default=timezone.now)

    bounce_score = models.PositiveIntegerField(default=0)
    last_bounce_received = models.DateTimeField(null=True, blank=True)
    last_warning_sent = models.DateTimeField(null=True, blank=True)
    total_warnings_sent = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["mlist", "role"], name="membership_roster")]
        constraints = [
            models.CheckConstraint(
                name="membership_one_subscriber",
                condition=Q(address__isnull=False, user__isnull=True) | Q(address__isnull=True, user__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["mlist", "role", "address"],
                condition=Q(address__isnull=False),
                name="membership_address_unique",
            ),
            models.UniqueConstraint(
                fields=["mlist", "role", "user"], condition=Q(user__isnull=False), name="membership_user_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_address} {self.get_role_display().lower()} of {self.mlist_id}"

    @property
    def subscription_mode(self) -> SubscriptionMode:
        return SubscriptionMode.AS_USER if self.user_id else SubscriptionMode.AS_ADDRESS

    @property
    def subscriber_address(self) -> Address | None:
        """Where mail goes; None for a user without preferred address. Costs queries unless relations are loaded."""
        return self.address or (self.user.preferred_address if self.user else None)

    @property
    def display_name(self) -> str:
        """What people call the member: the name that came with the address, else the user's; may be empty."""
        address = self.subscriber_address
        user = self.user or (address.user if address else None)
        return (address.display_name if address else "") or (user.display_name if user else "")

    @property
    def hides_address(self) -> bool:
        """Whether the person has asked not to be named. What nobody has said hides nobody, whatever the system's default."""
        address = self.subscriber_address
        for holder in (self, address, self.user or (address.user if address else None)):
            if holder is not None and holder.hide_address is not None:
                return holder.hide_address
        return False

    def effective(self, name: str) -> Any:
        """The preference `name` as it holds: member, address, user, then the system's, as Mailman looks it up.

        `preferred_language` ends with the list's language. Costs queries unless address and user are loaded.
        """
        if name not in PREFERENCES:
            raise KeyError(name)
        address = self.subscriber_address
        for holder in (self, address, self.user or (address.user if address else None)):
            value = getattr(holder, name, None) if holder else None
            if value is not None:
                return value
        return self.mlist.preferred_language if name == "preferred_language" else system_preferences()[name]
