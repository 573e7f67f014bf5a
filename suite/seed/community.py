"""Seeding: `community.toml` made real. Its posts come in through the door everybody's posts come in through, and are judged."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from accounts.services.users import create_user
from archives.enums import Origin
from archives.models import Archive, Arrival
from archives.services import intake
from delivery import tasks
from delivery.services import control
from lists import addressing
from lists.enums import Action, MemberRole
from lists.models import Domain, MailingList
from lists.services.domains import create_domain
from lists.services.mailing_lists import create_list
from lists.services.memberships import add_member
from suite.common.enums import BellKind
from suite.mail.addresses import parse_mailboxes
from suite.seed import letters, login

ACTOR = "first_run"
PATIENCE = 120.0  # seconds in which the posts must be judged

Plan = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Post:
    """A letter of the seed, on its way to a list."""

    at: datetime
    sender: str
    list_address: str
    raw: bytes


def is_wanted() -> bool:
    """Only into an empty house: nobody there, and nothing to belong to."""
    return not User.objects.exists() and not Domain.objects.exists()


def plant() -> None:
    """Everything up to the letters in one transaction; then they are judged, as the processes would do, and go nowhere."""
    plan = tomllib.loads((Path(__file__).parent / "community.toml").read_text())
    with transaction.atomic():
        settle(plan)
        correspond(plan)
    tasks.DRAINS[BellKind.JUDGE](PATIENCE)
    for arrival in Arrival.objects.filter(renderings__isnull=False).distinct():
        control.cancel(arrival, by=ACTOR)  # nobody wants last week's mail
    for mlist in MailingList.objects.all():
        mlist.last_post_at = Archive.objects.filter(mlist=mlist).aggregate(last=Max("threads__last_post_at"))["last"]
        mlist.save(update_fields=["last_post_at"])


def settle(plan: Plan) -> None:
    """People, domains, lists and who is what on them."""
    known = login.make(parse_mailboxes(plan["superuser"])[0].address)
    for mailbox in people(plan):
        password, superuser = (known.password, True) if mailbox.address == known.email else (None, False)
        create_user(mailbox.address, display_name=mailbox.name, password=password, superuser=superuser, verified=True)
    users = {name: User.objects.get(email=address(plan, name)) for name in plan["people"]}
    for domain in plan["domains"]:
        create_domain(**domain, owners=[users["anne"]], actor=ACTOR)
    for entry in plan["lists"]:
        mlist = create_list(
            entry["address"],
            style=entry.get("style", ""),
            owners=[users[name] for name in entry["owners"]],
            display_name=entry["display_name"],
            description=entry["description"],
            actor=ACTOR,
        )
        enrol(mlist, entry, users)


def enrol(mlist: MailingList, entry: Plan, users: dict[str, User]) -> None:
    for name in entry.get("moderators", ()):
        add_member(mlist, users[name], MemberRole.MODERATOR, actor=ACTOR)
    for name in entry["members"]:
        add_member(mlist, users[name], actor=ACTOR)
    for name in entry.get("trusted", ()):
        add_member(mlist, users[name], moderation_action=Action.ACCEPT, actor=ACTOR)


def correspond(plan: Plan) -> None:
    """Let the posts come in, oldest first."""
    for post in sorted(posts(plan, timezone.now()), key=lambda post: post.at):
        destination = addressing.resolve(post.list_address)
        intake.keep(
            [
                intake.Incoming(
                    raw=post.raw,
                    sender=post.sender,
                    destinations=(destination,),
                    recipients=(post.list_address,),
                    origin=Origin.IMPORT,
                    received_at=post.at,
                )
            ]
        )


def posts(plan: Plan, now: datetime) -> Iterator[Post]:
    for number, thread in enumerate(plan["threads"], start=1):
        lines: list[list[str]] = []  # for each post the Message-IDs from the thread's first to itself
        for index, post in enumerate(thread["posts"]):
            before = lines[post.get("answers", index - 1)] if index else []
            message_id = f"{number}.{index + 1}.{now:%Y%m%d}@{address(plan, post['from']).partition('@')[2]}"
            at = now - timedelta(hours=post["hours"])
            sender = plan["people"][post["from"]]
            raw = letters.write(post, sender, thread["list"], thread["subject"], at, message_id, before)
            lines.append([*before, message_id])
            yield Post(at, address(plan, post["from"]), thread["list"], raw)


def people(plan: Plan) -> list[Any]:
    return [parse_mailboxes(written)[0] for written in plan["people"].values()]


def address(plan: Plan, name: str) -> str:
    return str(parse_mailboxes(plan["people"][name])[0].address)
