from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.enums import DeliveryMode, DeliveryStatus
from lists.enums import MemberRole
from lists.management.named import list_named, role_named
from lists.models import Membership
from lists.queries import members
from suite.common.commands import as_json


class Command(BaseCommand):
    help = "Names the members of a list, one mailbox a line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", help="Posting address or list-id.")
        parser.add_argument("--role", default="member", help="member, owner, moderator or nonmember.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        roster = members(list_named(options["list"]), role_named(options["role"])).order_by("pk")
        if options["json"]:
            self.stdout.write(as_json([describe(membership) for membership in roster]))
            return
        for membership in roster.iterator(chunk_size=2000):
            self.stdout.write(str(membership.subscriber_address or membership.user))


def describe(membership: Membership) -> dict[str, Any]:
    address = membership.subscriber_address
    return {
        "member_id": membership.member_id,
        "address": address.original_email if address else None,
        "display_name": address.display_name if address else "",
        "role": MemberRole(membership.role).wire,
        "subscription_mode": membership.subscription_mode.wire,
        "delivery_mode": DeliveryMode(membership.effective("delivery_mode")).wire,
        "delivery_status": DeliveryStatus(membership.effective("delivery_status")).wire,
        "joined_at": membership.joined_at,
    }
