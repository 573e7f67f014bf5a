"""Who may open and post what: every address of the site, for everybody, on a public and on a private list.

A page that is not in the table fails the test. Each is asked for as the table says; asking for a page changes no row.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from accounts.models import User
from archives.models import Post
from delivery.sandbox import store
from lists.enums import ArchivePolicy, MemberRole, PendingKind
from lists.links import unsubscribe_token
from lists.models import MailingList
from lists.services import pending, resuming
from lists.services.joining import join
from moderation.links import decide_token
from moderation.models import HeldMessage
from tests.support.factories import make_list, make_member, make_user
from tests.support.pages import everything, hold, publish, undone
from tests.support.posting import letter

pytestmark = pytest.mark.django_db

WHO = ("anonymous", "stranger", "member", "moderator", "owner", "owner elsewhere", "site owner")

#                                                anon strgr memb modr  ownr  other admin
ALL_SEE = "                                      200  200   200  200   200   200   200"
MODERATORS = "                                   403  403   403  200   200   403   200"
MEMBERS = "                                      404  404   200  200   200   404   200"
SIGNED_IN = "                                    403  200   200  200   200   200   200"
SITE_OWNERS = "                                  404  404   404  404   404   404   200"
OWNERS = "                                       403  403   403  403   200   403   200"
TO_OWNERS_AND_SENDERS = "                        404  200   404  404   200   404   200"
TO_SIGN_IN_OR_MODERATORS = "                     302  403   403  200   200   403   200"
CONTROLLERS = "                                  403  403   403  403   302   403   302"
DECIDERS = "                                     403  403   403  302   302   403   302"
NO_GETTING = "                                   405  405   405  405   405   405   405"
TO_SIGN_IN = "                                   302  200   200  200   200   200   200"
TO_STRANGERS = "                                 200  302   302  302   302   302   302"
ANONYMOUS_OR_AWAY = "                            200  302   302  302   302   302   302"
AWAY = "                                         302  302   302  302   302   302   302"
OUR_ADMIN = "                                    302  302   302  302   302   302   200"


@dataclass(frozen=True)
class Row:
    """A page: what stands in its address, and what is answered on a public and on a private list."""

    arguments: str
    public: str
    private: str = ""
    post: str = ""
    """What a POST with `form` is answered on a public list; empty where pages are only read."""
    form: tuple[tuple[str, str], ...] = ()


TABLE = {
    "lists:list-index": Row("", ALL_SEE),
    "lists:list-join": Row(
        "list_id", ALL_SEE, post=ANONYMOUS_OR_AWAY, form=(("wish", "join"), ("email", "hal@example.com"))
    ),
    "lists:request-confirm": Row("list_id request", ALL_SEE, post=ALL_SEE, form=(("answer", "confirm"),)),
    "lists:member-index": Row("list_id", TO_SIGN_IN_OR_MODERATORS),
    "lists:request-index": Row("list_id", MODERATORS),
    "lists:request-decide": Row("list_id pk", NO_GETTING, post=DECIDERS, form=(("decision", "accept"),)),
    "lists:membership-resume": Row("list_id resuming", ALL_SEE, post=ALL_SEE),
    "lists:membership-unsubscribe": Row("list_id token", ALL_SEE, post=ALL_SEE),
    "archives:archive-show": Row("list_id", ALL_SEE),
    "archives:thread-show": Row("list_id thread", ALL_SEE, MEMBERS),
    "archives:post-show": Row("list_id message_hash", ALL_SEE, MEMBERS),
    "archives:post-raw": Row("list_id message_hash", SIGNED_IN, MEMBERS),
    "archives:attachment-download": Row("list_id message_hash part", ALL_SEE, MEMBERS),
    "moderation:held-link": Row("list_id linked", ALL_SEE, post=ALL_SEE, form=(("decision", "accept"),)),
    "moderation:held-index": Row("list_id", MODERATORS),
    "moderation:held-show": Row("list_id held", MODERATORS),
    "moderation:held-decide": Row("list_id held", NO_GETTING, post=DECIDERS, form=(("decision", "accept"),)),
    "moderation:held-raw": Row("list_id held", MODERATORS),
    "moderation:held-attachment": Row("list_id held part", MODERATORS),
    "underway:post-index": Row("list_id", OWNERS),
    "underway:post-trace": Row("list_id arrival", TO_OWNERS_AND_SENDERS),
    "underway:post-control": Row("list_id arrival", NO_GETTING, post=CONTROLLERS, form=(("action", "pause"),)),
    "delivery:sandbox-index": Row("", SITE_OWNERS),
    "delivery:sandbox-mailbox": Row("recipient", SITE_OWNERS),
    "delivery:sandbox-mail": Row("mail", SITE_OWNERS),
    "delivery:sandbox-raw": Row("mail", SITE_OWNERS),
    "account_login": Row("", TO_STRANGERS),
    "account_logout": Row("", TO_SIGN_IN),
    "account_signup": Row("", TO_STRANGERS),
    "account_inactive": Row("", ALL_SEE),
    "account_reauthenticate": Row("", TO_SIGN_IN),
    "account_email": Row("", TO_SIGN_IN),
    "account_email_verification_sent": Row("", ALL_SEE),
    "account_confirm_email": Row("nonsense", ALL_SEE),
    "account_change_password": Row("", TO_SIGN_IN),
    "account_set_password": Row("", AWAY),
    "account_confirm_login_code": Row("", AWAY),
    "account_reset_password": Row("", ALL_SEE),
    "account_reset_password_done": Row("", ALL_SEE),
    "account_reset_password_from_key": Row("uidb36 nonsense", ALL_SEE),
    "account_reset_password_from_key_done": Row("", ALL_SEE),
    "robots": Row("", ALL_SEE),
    "favicon": Row("", AWAY),
}
"""Everything but Django's admin and the API, for each of which one rule holds."""


def routes(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """The full names of all routes below, admin's and the API's left out; an unnamed one is its pattern."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield namespace + (pattern.name or str(pattern.pattern))
        elif pattern.namespace not in ("admin", "api"):
            yield from routes(pattern, namespace + (f"{pattern.namespace}:" if pattern.namespace else ""))


@dataclass
class World:
    """dev@example.org with a post and a held post, everybody there is, and a browser."""

    mlist: MailingList
    post: Post
    held: HeldMessage
    people: dict[str, User | AnonymousUser]
    arguments: dict[str, object]


@pytest.fixture
def world(
    dev: MailingList,
    dora: User,
    bart: User,
    cris: User,
    anne: User,
    settings: Settings,
    tmp_path: object,
) -> World:
    settings.STATE = tmp_path
    store.keep(time.time(), "", ["bart@example.com"], "Tea", letter())
    elsewhere = make_user("Eve")
    make_member(make_list("cooks"), elsewhere.preferred_address, MemberRole.OWNER)
    parts = (
        "--b\n\nTea\n--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=cup.png\n\nPNG\n--b--\n"
    )
    raw = letter(body=parts, content_type="multipart/mixed; boundary=b")
    post, held = publish(dev, raw), hold(dev, raw.replace(b"Bart <bart@", b"Dora <dora@"))
    everybody = (AnonymousUser(), dora, bart, cris, anne, elsewhere, make_user("Root", superuser=True))
    people: dict[str, User | AnonymousUser] = dict(zip(WHO, everybody, strict=True))
    for person in people.values():
        if isinstance(person, User):
            person.set_password("a good long pass phrase")
            person.save()
    arguments = {
        "list_id": "dev.example.org",
        "thread": post.thread_id,
        "message_hash": post.message_id_hash,
        "part": "2",
        "held": held.pk,
        "linked": decide_token(held.pk, dev.memberships.get(role=MemberRole.MODERATOR).pk, "dev.example.org"),
        "arrival": held.arrival_id,
        "token": unsubscribe_token(dev.memberships.get(role=MemberRole.MEMBER).pk, "dev.example.org"),
        "resuming": resuming.offer(dev.memberships.get(role=MemberRole.MEMBER)).token,
        "request": join(dev, "eve@example.com").token,
        "pk": pending.create(PendingKind.SUBSCRIPTION, dev, email="gil@example.com").pending.pk,
        "recipient": "bart@example.com",
        "mail": 1,
        "uidb36": "abc",
        "nonsense": "nonsense",
    }
    return World(dev, post, held, people, arguments)


def address(world: World, name: str) -> str:
    return reverse(name, args=[world.arguments[word] for word in TABLE[name].arguments.split()])


def browser(person: User | AnonymousUser) -> Client:
    client = Client()
    if isinstance(person, User):
        client.force_login(person)
    return client


def expected(row: str) -> dict[str, int]:
    return dict(zip(WHO, map(int, row.split()), strict=True))


def test_every_route_is_in_the_table() -> None:
    assert sorted(set(routes(get_resolver()))) == sorted(TABLE)


@pytest.mark.parametrize("policy", [ArchivePolicy.PUBLIC, ArchivePolicy.PRIVATE], ids=lambda policy: policy.wire)
@pytest.mark.parametrize("name", TABLE)
def test_who_may_open_what(world: World, name: str, policy: ArchivePolicy) -> None:
    MailingList.objects.filter(pk=world.mlist.pk).update(archive_policy=policy)
    row, url = TABLE[name], address(world, name)
    browsers = {who: browser(person) for who, person in world.people.items()}
    before = everything()

    answers = {who: client.get(url).status_code for who, client in browsers.items()}

    assert answers == expected(row.private or row.public if policy == ArchivePolicy.PRIVATE else row.public)
    assert everything() == before


@pytest.mark.parametrize("name", [name for name in TABLE if TABLE[name].post])
def test_who_may_post_what(world: World, name: str) -> None:
    row, url = TABLE[name], address(world, name)

    answers = {}
    for who, person in world.people.items():
        with undone():
            answers[who] = browser(person).post(url, dict(row.form)).status_code

    assert answers == expected(row.post)


@pytest.mark.parametrize("name", [name for name in TABLE if not name.startswith("account")])
def test_who_may_not_post_changes_nothing(world: World, name: str) -> None:
    """What is only read takes no POST; what a role may not do leaves every row as it was."""
    row, url = TABLE[name], address(world, name)
    allowed = {who for who, status in expected(row.post or ALL_SEE).items() if row.post and status in (200, 302)}
    browsers = {who: browser(person) for who, person in world.people.items() if who not in allowed}
    before = everything()

    answers = {client.post(url, dict(row.form)).status_code for client in browsers.values()}

    assert answers <= {403, 404, 405}
    assert everything() == before


def test_admin_is_for_the_sites_owners(world: World) -> None:
    answers = {who: browser(person).get("/admin/").status_code for who, person in world.people.items()}

    assert answers == expected(OUR_ADMIN)


@pytest.mark.parametrize(
    "name", ["archives:thread-show", "moderation:held-show", "moderation:held-raw", "moderation:held-attachment"]
)
def test_ids_of_another_list_are_not_found(world: World, name: str) -> None:
    owner = world.people["owner elsewhere"]
    world.arguments["list_id"] = "cooks.example.org"

    assert browser(owner).get(address(world, name)).status_code == 404


def test_roles_count_at_the_next_request(world: World) -> None:
    client = browser(world.people["moderator"])
    url = address(world, "moderation:held-index")
    first = client.get(url).status_code
    world.mlist.memberships.filter(role=MemberRole.MODERATOR).delete()

    assert (first, client.get(url).status_code) == (200, 403)
