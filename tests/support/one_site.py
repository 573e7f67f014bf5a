"""One site, the same to the last number whenever and wherever it is made: to compare what is said of it.

Its names differ in letter case, accents, digits and punctuation alone, which databases may sort in many ways.
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest import mock

from django.apps import apps
from django.db import models

from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.models import Address, User
from accounts.services.addresses import add_address, get_or_create_address, verify
from archives.enums import Role, State
from archives.models import Arrival
from archives.services.letters import store_letters
from lists.enums import Action, MemberRole, SubscriptionPolicy
from lists.models import MailingList, Pending
from lists.services.bans import ban
from lists.services.domains import create_domain
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.mailing_lists import change_settings, create_list
from lists.services.memberships import add_member
from lists.services.text_uris import set_uri
from moderation.models import HeldMessage
from moderation.services import filters
from tests.support.factories import make_user
from tests.support.posting import letter

BEGINNING = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)
FIRST = 1001
"""The number of the first arrival, and of the first held post."""

HOSTS = ("a-b.example", "a.b.example", "ab.example", "ab2.example", "ab10.example", "z.example")
LISTS = ("tea", "tea-room", "tea.room", "tea_room", "tearoom", "tea2", "tea10", "zz")
PEOPLE = {
    "emile@example.com": "emile",
    "a.b@example.com": "Émile",
    "ab@example.com": "EMILE",
    "a-b@example.com": "ÉMILE zola",
    "a_b@example.com": "Ångström",
    "a+b@example.com": "Angstrom",
    "9@example.com": "9 Teas",
    "10@example.com": "10 Teas",
    "é@example.com": "Zoë",
    "zoe@example.com": "zoe",
    "ZZ@Example.com": "ßtraße",
    "straße@example.com": "STRASSE",
    "'quoted@example.com": "'Quoted'",
    "%percent@example.com": "100%_!",
    "я@example.com": "Яна",
    "nobody@example.com": "",
}


@contextmanager
def same_numbers() -> Iterator[None]:
    """Random UUIDs are always the same ones, in the order in which they are asked for."""
    dice = random.Random(4711)
    with mock.patch.object(os, "urandom", dice.randbytes):
        yield


def make_one_site() -> None:
    """All of it, in an empty database."""
    with same_numbers():
        domains = [create_domain(host, description=f"Lists at {host}") for host in reversed(HOSTS)]
        people = [make_user(name, email) for email, name in PEOPLE.items()]
        _addresses(people)
        lists = [create_list(f"{name}@{HOSTS[0]}", display_name=name.title()) for name in reversed(LISTS)]
        lists += [create_list(f"tea@{host}") for host in HOSTS[1:]]
        domains[0].owners.set(people[:3])
        User.objects.filter(pk__in=[people[2].pk, people[5].pk]).update(is_superuser=True)
        _members(lists, people)
        tea = MailingList.objects.get(list_id=f"tea.{HOSTS[0]}")
        _settings(tea)
        _arrivals(tea)
        _requests(tea, people)
        for scope in (None, domains[-1], tea):
            for name in ("list:user:notice:welcome", "list:user:notice:goodbye", "list:member:regular:footer"):
                set_uri(name, scope, f"https://texts.example.org/{name}")
    _at_their_times()


def _addresses(people: list[User]) -> None:
    for number, user in enumerate(people[:6]):
        add_address(user, f"other.{number}@example.net", display_name=f"Other {number}", verified=number % 2 == 0)
    for email in ("stray@example.net", "Stray.2@example.net", "ä@example.net"):
        get_or_create_address(email, email.partition("@")[0].upper())
    verify(Address.objects.get(email="stray@example.net"))
    people[1].preferred_language, people[2].delivery_mode = "de", DeliveryMode.MIME_DIGESTS
    for user in people[1:3]:
        user.save()


def _members(lists: list[MailingList], people: list[User]) -> None:
    roles = (MemberRole.MEMBER, MemberRole.OWNER, MemberRole.MODERATOR, MemberRole.NONMEMBER)
    for place, mlist in enumerate(lists):
        for number, user in enumerate(people):
            if (number + place) % 3 == 0:
                subscriber = user.preferred_address if number % 2 == 0 else None
                add_member(mlist, subscriber or user, roles[(number + place) // 3 % 4])
    tea = next(mlist for mlist in lists if mlist.list_id == f"tea.{HOSTS[0]}")
    for number, user in enumerate(people):
        if not tea.memberships.filter(role=MemberRole.MEMBER, user=user).exists():
            address = user.preferred_address
            if address and not tea.memberships.filter(role=MemberRole.MEMBER, address=address).exists():
                status = DeliveryStatus.BY_USER if number % 4 == 0 else None
                mode = DeliveryMode.PLAINTEXT_DIGESTS if number % 5 == 0 else None
                action = Action.HOLD if number % 2 else None
                add_member(tea, address, moderation_action=action, delivery_status=status, delivery_mode=mode)


def _settings(tea: MailingList) -> None:
    change_settings(
        tea,
        description="Ånything about tea",
        advertised=False,
        subscription_policy=SubscriptionPolicy.MODERATE,
        unsubscription_policy=SubscriptionPolicy.MODERATE,
        acceptable_aliases=["tee@example.org", "^thé@.*"],
    )
    for entry in ("^b.*@bad.example", "B.a@bad.example", "ba@bad.example", "b-a@bad.example", "é@bad.example"):
        ban(entry, tea)
        ban(entry.replace("bad", "worse"))
    for header, pattern, action in (
        ("X-Spam", "yes", Action.HOLD),
        ("Subject", "^thé", None),
        ("x-a", "b", Action.DISCARD),
    ):
        filters.add(tea, header, pattern, action)


def _arrivals(tea: MailingList) -> None:
    states = [*[State.HELD] * 7, State.PARKED, State.SHUNTED, State.RECEIVED, State.ACCEPTED]
    for number, state in enumerate(states):
        raw = letter(
            subject=f"Thé {number}", message_id=f"post-{number}@example.com", date="Mon, 5 Jan 2026 10:00:00 GMT"
        )
        [stored] = store_letters([raw])
        arrival = Arrival.objects.create(
            pk=FIRST + number,
            mlist=tea,
            letter=stored,
            recipient=tea.posting_address,
            sender="é@example.com",
            message_id=f"post-{number}@example.com",
            state=state,
            role=Role.POST,
            reason="" if state in (State.HELD, State.RECEIVED, State.ACCEPTED) else "A reason",
            verdict={"hits": ["no-subject"], "misses": ["loop"], "disposition": "hold"},
        )
        if state is State.HELD:
            HeldMessage.objects.create(
                pk=FIRST + number,
                arrival=arrival,
                mlist=tea,
                sender="é@example.com",
                subject=f"Thé {number}",
                reasons=["Why."],
            )


def _requests(tea: MailingList, people: list[User]) -> None:
    for number, email in enumerate(("Dora@example.net", "d.ora@example.net", "é@example.net", "zora@example.net")):
        join(tea, email, display_name=f"Dora {number}", pre_verified=True, pre_confirmed=number % 3 != 0, actor="test")
    for member in tea.memberships.filter(role=MemberRole.MEMBER).order_by("pk")[:2]:
        leave(tea, member)
    for number, row in enumerate(Pending.objects.order_by("pk")):
        Pending.objects.filter(pk=row.pk).update(fingerprint=f"{number:040x}")


def _at_their_times() -> None:
    """Every moment is a fixed one: a minute after that of the row before; what ends, ends in a far future."""
    for model in apps.get_models():
        fields = [field.name for field in model._meta.local_fields if isinstance(field, models.DateTimeField)]
        if model._meta.proxy or not fields:
            continue
        for number, row in enumerate(model._default_manager.order_by("pk")):
            moment = BEGINNING + timedelta(minutes=number)
            values = {name: _moment(name, moment) for name in fields if getattr(row, name) is not None}
            model._default_manager.filter(pk=row.pk).update(**values)


def _moment(name: str, moment: datetime) -> datetime:
    return FAR if name.endswith(("expires_at", "_until", "expire_date")) else moment
