"""Who gets posts over HTTP, and what he gets."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import DeliveryMode, DeliveryStatus
from archives.models import Arrival
from delivery.enums import BatchState
from delivery.models import Batch, Endpoint
from delivery.services import invariants, tracing
from lists.enums import MemberRole, Personalization, Relation
from lists.models import MailingList, Membership
from lists.services import relations
from lists.services.mailing_lists import change_settings
from lists.services.memberships import remove_member
from suite.common import signed_posts
from suite.common.models import Event
from tests.support.archiving import post
from tests.support.endpoint import CRIS, ids, letter_of, mailed, member, point, states, work
from tests.support.environment import ROOT
from tests.support.factories import make_list, make_member
from tests.support.posting import arrive, judge_all, letter
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

OVER_HTTP = pytest.mark.feature("ext.http-delivery")


@OVER_HTTP
def test_a_member_with_an_endpoint_gets_each_post_signed_and_no_mail(dev: MailingList) -> None:
    with Receiver() as receiver:
        key = point(dev, receiver.url, member("cris"))
        post("One", "Two", body="A line\n.and a dot\n..and two\n")
        work()
        assert mailed() == ["bart@example.com"] * 2 + ["eve@example.com"] * 2

    assert [str(letter_of(got)["Subject"]) for got in receiver.got] == ["[Dev] One", "[Dev] Two"]
    first, second = receiver.got
    assert first.signed_by(key) and second.signed_by(key)
    assert not first.signed_by("whsec_" + "A" * 43 + "=")
    assert first.id != second.id
    assert abs(int(first.headers["webhook-timestamp"]) - timezone.now().timestamp()) < 600
    assert first.headers["Content-Type"] == "message/rfc822"
    assert first.headers["List-Id"] == "<dev.example.org>"
    assert first.headers["Message-ID-Hash"] == letter_of(first)["Message-ID-Hash"]
    assert b"\r\n.and a dot\r\n..and two\r\n" in first.body
    assert states() == [BatchState.SENT] * 2
    assert Endpoint.objects.get().taken_at is not None
    assert invariants.complaints() == []


def test_what_the_papers_say_of_signatures_works(dev: MailingList) -> None:
    text = (ROOT / "docs" / "owner.md").read_text()
    [example] = [block.partition("```")[0] for block in text.split("```python\n")[1:] if "webhook-id" in block]
    known: dict[str, Any] = {}
    exec(example, known)
    with Receiver() as receiver:
        key = point(dev, receiver.url)
        post("One")
        work()

    [got] = receiver.got
    assert known["is_genuine"](got.headers, got.body, key)
    assert not known["is_genuine"](got.headers, got.body + b"more", key)
    assert not known["is_genuine"](got.headers, got.body, signed_posts.new_secret())
    got.headers.replace_header("webhook-timestamp", str(int(timezone.now().timestamp()) - 3600))
    assert not known["is_genuine"](got.headers, got.body, key)


@OVER_HTTP
def test_a_list_with_an_endpoint_has_its_posts_there_instead_of_in_mail(dev: MailingList) -> None:
    with Receiver() as receiver:
        key = point(dev, receiver.url)
        post("One")
        work()
        assert mailed() == []

    [got] = receiver.got
    assert got.signed_by(key)
    assert letter_of(got)["Subject"] == "[Dev] One"
    assert letter_of(got)["To"] == "dev@example.org"
    assert invariants.complaints() == []


@OVER_HTTP
def test_a_lists_endpoint_can_come_beside_mail(dev: MailingList) -> None:
    with Receiver() as receiver:
        point(dev, receiver.url, with_mail=True)
        post("One")
        work()
        assert mailed() == ["bart@example.com", "cris@example.com", "eve@example.com"]

    assert len(receiver.got) == 1


def test_a_list_without_members_has_its_posts_there(dev: MailingList) -> None:
    for name in ("bart", "cris", "eve"):
        remove_member(member(name))
    make_member(dev, "bart@example.com", MemberRole.NONMEMBER)
    change_settings(dev, default_nonmember_action=3)
    with Receiver() as receiver:
        point(dev, receiver.url)
        post("One")
        work()

    assert len(receiver.got) == 1


def test_list_and_member_have_each_their_own(dev: MailingList) -> None:
    with Receiver() as first, Receiver() as second:
        of_list, of_member = point(dev, first.url), point(dev, second.url, member("cris"))
        post("One")
        work()
        assert mailed() == []

    assert first.got[0].signed_by(of_list) and second.got[0].signed_by(of_member)
    assert ids(first) != ids(second)
    assert (len(first.got), len(second.got)) == (1, 1)


def test_a_member_has_the_copy_that_he_would_have_had_by_mail(dev: MailingList) -> None:
    """On a fully personal list it is written to him; the list's own is written to the list."""
    change_settings(dev, personalize=Personalization.FULL)
    with Receiver() as of_member, Receiver() as of_list:
        point(dev, of_member.url, member("cris"))
        point(dev, of_list.url, with_mail=True)
        post("One")
        work()

    assert letter_of(of_member.got[0])["To"] == "cris@example.com"
    assert "dev@example.org" in letter_of(of_list.got[0])["To"]
    assert "=#" not in of_list.got[0].body.decode()


def test_who_is_named_in_to_has_it_over_http_all_the_same(dev: MailingList) -> None:
    """Spared is who has the poster's own mail; a program has none."""
    Membership.objects.filter(mlist=dev).update(receive_list_copy=False)
    with Receiver() as receiver:
        point(dev, receiver.url, member("cris"))
        post("One", cc="cris@example.com, eve@example.com")
        work()
        assert mailed() == ["bart@example.com"]

    assert len(receiver.got) == 1


def test_who_takes_digests_and_sets_an_endpoint_gets_each_post(dev: MailingList) -> None:
    cris = member("cris")
    cris.delivery_mode = DeliveryMode.MIME_DIGESTS
    cris.save()
    with Receiver() as receiver:
        point(dev, receiver.url, cris)
        post("One")
        work()

    assert len(receiver.got) == 1
    assert Event.objects.filter(kind="member.preferences", actor="test").count() == 1


def test_who_stops_his_mail_or_leaves_gets_nothing(dev: MailingList) -> None:
    with Receiver() as receiver:
        for name in ("cris", "eve"):
            point(dev, receiver.url, member(name))
        Membership.objects.filter(pk=member("cris").pk).update(delivery_status=DeliveryStatus.BY_USER)
        post("One")
        remove_member(member("eve"))
        assert Endpoint.objects.count() == 1
        work()
        Batch.objects.update(created_at=timezone.now() - timedelta(minutes=2))
        assert mailed() == ["bart@example.com"]

    assert receiver.got == []


def test_members_of_an_included_list_have_theirs(dev: MailingList) -> None:
    umbrella = make_list("all", default_nonmember_action=3)
    make_member(umbrella, "dora@example.com")
    relations.relate(umbrella, dev, Relation.INCLUDE)
    with Receiver() as of_member, Receiver() as of_list:
        point(dev, of_member.url, member("cris"))
        point(dev, of_list.url, with_mail=True)
        post("One", to="all@example.org")
        work()
        assert mailed() == ["bart@example.com", "dora@example.com", "eve@example.com"]

    assert [got.headers["List-Id"] for got in of_member.got + of_list.got] == ["<all.example.org>"] * 2
    stories = [tracing.story(Arrival.objects.get()), tracing.story_for_owners(Arrival.objects.get())]
    named = [sum("endpoint" in step.details for step in story) for story in stories]
    assert named == [2, 0]  # the umbrella's owners are not told where another list's members have theirs


def test_a_letter_to_siblings_is_not_mailed_to_who_had_it_over_http(dev: MailingList) -> None:
    ops = make_list("ops", default_nonmember_action=3)
    make_member(ops, CRIS)
    relations.relate(dev, ops, Relation.EXCLUDE)
    with Receiver() as receiver:
        point(dev, receiver.url, Membership.objects.get(mlist=dev, address__email=CRIS))
        arrive(letter(to="dev@example.org, ops@example.org"), "dev@example.org", "ops@example.org")
        judge_all()
        work()
        assert mailed() == ["bart@example.com", "eve@example.com"]

    assert len(receiver.got) == 1


def test_mail_to_the_owners_goes_to_no_endpoint(dev: MailingList) -> None:
    with Receiver() as receiver:
        point(dev, receiver.url)
        post("Help", to="dev-owner@example.org")
        work()
        assert mailed() == ["anne@example.com"]

    assert receiver.got == []
