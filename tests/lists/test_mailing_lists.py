"""Lists: their names and identity, and what is left when they go."""

import pytest
from django.contrib.auth.models import AnonymousUser
from model_bakery import baker
from pytest_django import Settings

from archives.models import Archive, Arrival, Letter, Post, Thread
from lists.access import get_list_or_404
from lists.addressing import resolve
from lists.enums import ArchivePolicy, MemberRole
from lists.errors import InvalidListName, ListExists, MembershipBanned, UnknownStyle
from lists.models import Ban, MailingList, Membership
from lists.services.bans import ban
from lists.services.mailing_lists import create_list, delete_list
from moderation.models import HeaderMatch, HeldMessage
from suite.common.errors import UnknownMailbox
from tests.support.factories import make_domain, make_list, make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.feature("core.model.list-identity")
def test_a_list_has_one_identity_for_ever() -> None:
    make_domain("example.org")

    mlist = create_list("Dev@Example.ORG")

    assert (mlist.list_name, mlist.mail_host) == ("dev", "example.org")
    assert (mlist.list_id, mlist.display_name) == ("dev.example.org", "Dev")
    for name in ("dev.example.org", "DEV.Example.org", "dev@example.org", "Dev@EXAMPLE.org"):
        assert get_list_or_404(AnonymousUser(), name) == mlist
    assert resolve("DEV@example.org").mlist_id == mlist.pk

    mlist.list_name, mlist.domain = "developers", make_domain("example.com")
    mlist.save()
    moved = MailingList.objects.get()
    assert (moved.posting_address, moved.list_id) == ("developers@example.com", "dev.example.org")


@pytest.mark.feature("core.model.list-names")
@pytest.mark.parametrize(
    "name", ["", "de v", "de/v", ".dev", "dev.", "d..v", "dev!", "d+v", "dév", "dev\n", "d\x00v", "x" * 65, "dev\udc80"]
)
def test_names_beyond_the_usual_characters_are_refused(name: str) -> None:
    make_domain()

    with pytest.raises(InvalidListName):
        create_list(f"{name}x@example.org" if name == "dev\n" else f"{name}@example.org")
    assert not MailingList.objects.exists()


@pytest.mark.feature("core.model.list-names")
def test_a_site_may_allow_more_characters_and_not_all(settings: Settings) -> None:
    make_domain()
    settings.LISTNAME_CHARS = r"-_.+=!$*{}~0-9a-z/ "

    assert create_list("d+e=v!$*{}~@example.org").list_name == "d+e=v!$*{}~"
    for name in ("d/v", "d v"):
        with pytest.raises(InvalidListName):
            create_list(f"{name}@example.org")


@pytest.mark.feature("core.model.list-names")
@pytest.mark.parametrize("again", ["dev@example.org", "Dev@Example.org"])
def test_a_second_list_of_a_name_is_refused(dev: MailingList, again: str) -> None:
    with pytest.raises(ListExists, match=r"^Mailing list exists$"):
        create_list(again)


def test_two_lists_never_share_a_list_id() -> None:
    make_list("dev.lists@example.org")
    make_domain("lists.example.org")

    with pytest.raises(ListExists):
        create_list("dev@lists.example.org")


@pytest.mark.parametrize("name", ["postmaster", "abuse", "Mailer-Daemon", "noreply"])
def test_names_that_must_reach_a_person_or_nobody_are_reserved(name: str) -> None:
    make_domain()

    with pytest.raises(InvalidListName):
        create_list(f"{name}@example.org", force=True)


@pytest.mark.parametrize(("first", "second"), [("dev", "dev-owner"), ("dev-request", "dev")])
def test_no_list_takes_an_address_of_another_unless_forced(first: str, second: str) -> None:
    make_list(first)

    with pytest.raises(InvalidListName, match=f"^{second} and {first} would share an address"):
        make_list(second)
    assert make_list(second, force=True).list_name == second
    assert make_list(f"{second}@example.com").list_name == second


def test_a_list_is_made_whole_or_not_at_all() -> None:
    make_domain()
    ban("anne@example.com")

    with pytest.raises(MembershipBanned):
        create_list("dev@example.org", owners=["bart@example.com", "anne@example.com"])
    with pytest.raises(UnknownStyle):
        create_list("dev@example.org", style="fancy")
    assert not MailingList.objects.exists()
    assert not Membership.objects.exists()


def test_owners_are_given_as_addresses_or_users() -> None:
    anne = make_user("Anne")

    mlist = make_list("dev", owners=[anne, "bart@example.com"])

    owners = Membership.objects.filter(mlist=mlist, role=MemberRole.OWNER)
    assert {str(owner.subscriber_address) for owner in owners} == {"anne@example.com", "bart@example.com"}


def furnish(mlist: MailingList) -> Letter:
    """A list with something in every table that hangs on it."""
    for role in MemberRole:
        make_member(mlist, f"{role.wire}@example.com", role)
    ban("spam@example.net", mlist)
    baker.make(HeaderMatch, mlist=mlist)
    letter = baker.make(Letter, raw=b"From: bart@example.com\r\n\r\n")
    arrival = baker.make(Arrival, mlist=mlist, letter=letter)
    baker.make(HeldMessage, arrival=arrival, mlist=mlist)
    archive = baker.make(Archive, mlist=mlist, list_id=mlist.list_id)
    thread = baker.make(Thread, archive=archive)
    baker.make(Post, archive=archive, thread=thread, letter=letter, arrival=arrival)
    return letter


HANGING = (Membership, Ban, HeaderMatch, Arrival, HeldMessage, Archive, Thread, Post)


def test_deleting_a_list_leaves_nothing_of_it(dev: MailingList) -> None:
    letter, other = furnish(dev), make_list("other")
    make_member(other)
    baker.make(Arrival, mlist=other, letter=letter)

    delete_list(dev)

    assert {model.__name__: model.objects.count() for model in HANGING} == {
        **dict.fromkeys((model.__name__ for model in HANGING), 0),
        "Membership": 1,
        "Arrival": 1,
    }
    assert bytes(Arrival.objects.get().letter.raw) == b"From: bart@example.com\r\n\r\n"
    with pytest.raises(UnknownMailbox):
        resolve("dev@example.org")


def test_an_archive_may_outlive_its_list(dev: MailingList) -> None:
    furnish(dev)
    dev.display_name, dev.archive_policy = "Developers", ArchivePolicy.PRIVATE
    dev.save()

    delete_list(dev, keep_archive=True)

    archive = Archive.objects.get()
    assert (archive.mlist, archive.list_id) == (None, "dev.example.org")
    assert (archive.display_name, archive.policy) == ("Developers", ArchivePolicy.PRIVATE)
    letter = Post.objects.get(archive=archive).letter
    assert letter is not None and bytes(letter.raw) == b"From: bart@example.com\r\n\r\n"
    assert not Arrival.objects.exists()


@pytest.mark.parametrize(
    ("left", "wanted", "then"),
    [
        (ArchivePolicy.PRIVATE, ArchivePolicy.PUBLIC, ArchivePolicy.PRIVATE),
        (ArchivePolicy.NEVER, ArchivePolicy.PUBLIC, ArchivePolicy.PRIVATE),
        (ArchivePolicy.PRIVATE, ArchivePolicy.NEVER, ArchivePolicy.NEVER),
        (ArchivePolicy.PUBLIC, ArchivePolicy.PUBLIC, ArchivePolicy.PUBLIC),
        (ArchivePolicy.PUBLIC, ArchivePolicy.PRIVATE, ArchivePolicy.PRIVATE),
    ],
)
def test_a_new_list_takes_over_the_archive_and_publishes_nothing_private(
    dev: MailingList, left: ArchivePolicy, wanted: ArchivePolicy, then: ArchivePolicy
) -> None:
    furnish(dev)
    dev.archive_policy = left
    delete_list(dev, keep_archive=True)

    again = make_list("dev", archive_policy=wanted)

    assert Archive.objects.get().mlist == again
    assert MailingList.objects.get().archive_policy == again.archive_policy == then
