"""A list that is deleted leaves nothing behind on any floor, and takes nothing from others."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.enums import DeliveryMode
from accounts.models import Address, User
from archives.models import Archive, Letter, Post
from archives.services.housekeeping import sweep_letters
from delivery.models import (
    AutoResponse,
    Batch,
    BounceEvent,
    DigestEntry,
    DigestIssue,
    DigestRoster,
    DigestShare,
    Notice,
    Outcome,
)
from delivery.services import digests, issues
from lists.enums import MemberRole, ResponseAction
from lists.models import AskedAddress, Ban, MailingList, Membership, NoticeTemplate, Pending
from lists.services.bans import ban
from lists.services.joining import join
from lists.services.mailing_lists import delete_list
from lists.services.texts import set_text
from moderation.models import HeaderMatch, HeldMessage
from suite.common.models import Event
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

STAYS = (Event, Address, AskedAddress, User)
"""The audit trail, and people, who may be on other lists; whom we have lately asked something is theirs, too."""


FILLED = (
    *(Membership, Ban, HeaderMatch, Pending, NoticeTemplate, AutoResponse, HeldMessage, Post, Letter),
    *(Batch, Outcome, BounceEvent, Notice, DigestEntry, DigestRoster, DigestIssue, DigestShare),
)
"""What a busy list has rows of."""


def counts() -> dict[str, int]:
    ours = ("accounts", "lists", "archives", "moderation", "delivery")
    models = [model for app in ours for model in apps.get_app_config(app).get_models() if model not in STAYS]
    return {model._meta.label: model._default_manager.count() for model in models}


def make_busy_list() -> MailingList:
    """Members of all roles, a ban, a header match, somebody who waits, own texts, an automatic answer, digests sent and
    collected; a post that was refused and deferred, one on its way, one held."""
    mlist = make_list(
        "busy",
        acceptable_aliases=["alias@example.org"],
        filter_content=True,
        filter_types=["image"],
        autorespond_postings=ResponseAction.RESPOND_AND_CONTINUE,
        autoresponse_postings_text="Thank you.",
        digest_size_threshold=0,
    )
    for name, role in zip(("bart", "anne", "cris", "eve"), MemberRole, strict=True):
        make_member(mlist, f"{name}@example.com", role)
    make_member(mlist, "zoe@example.com")
    ban("^spam.*@", mlist)
    HeaderMatch.objects.create(mlist=mlist, header="x-spam", pattern="yes")
    make_member(mlist, "digest@example.com", delivery_mode=DeliveryMode.MIME_DIGESTS)
    join(mlist, "dora@example.com")
    set_text("list:member:regular:footer", mlist, "Our own footer.\n")
    post("busy@example.org")
    issues.close(mlist)
    digests.work()
    with relay(refuse={"^bart": "550 5.1.1 no such user", "^zoe": "450 4.2.1 later"}):
        send_all()
    post("busy@example.org")
    post("busy@example.org", sender="dora@example.com")
    return mlist


def post(*lists: str, sender: str = "bart@example.com") -> None:
    arrive(letter(to=", ".join(lists), sender=sender), *lists, sender=sender)
    judge_all()


@pytest.mark.feature("core.model.list-delete")
def test_nothing_of_it_stays_but_people_and_the_audit_trail() -> None:
    make_list("other")
    before = counts()
    mlist = make_busy_list()
    filled = {name for name, count in counts().items() if count > before[name]}
    assert filled >= {model._meta.label for model in FILLED}

    delete_list(mlist)

    Letter.objects.update(created_at=timezone.now() - timedelta(days=1))
    sweep_letters()
    assert counts() == before
    assert Event.objects.filter(kind="list.deleted", list_id="busy.example.org").count() == 1


def test_no_notice_about_it_goes_out_any_more() -> None:
    make_busy_list()
    other = make_list("other")
    make_member(other, "anne@example.com", MemberRole.OWNER)
    post("other@example.org", sender="dora@example.com")
    about_other = Notice.objects.filter(mlist=other).count()
    assert 0 < about_other < Notice.objects.count()

    delete_list(MailingList.objects.get(list_id="busy.example.org"))

    with relay() as server:
        send_all()
    assert len(server.mails) == about_other


@pytest.mark.feature("core.model.list-delete")
def test_a_letter_that_another_list_has_too_is_still_read_there() -> None:
    mlist, other = make_busy_list(), make_list("other")
    make_member(other, "bart@example.com")
    post("busy@example.org", "other@example.org")

    delete_list(mlist)

    Letter.objects.update(created_at=timezone.now() - timedelta(days=1))
    sweep_letters()
    [kept] = Post.objects.select_related("letter")
    assert kept.letter is not None
    assert b"Good morning." in bytes(kept.letter.raw)
    assert kept.archive.list_id == "other.example.org"


def test_an_archive_that_was_kept_still_has_its_letters() -> None:
    mlist = make_busy_list()

    delete_list(mlist, keep_archive=True)

    Letter.objects.update(created_at=timezone.now() - timedelta(days=1))
    sweep_letters()
    archive = Archive.objects.get(list_id="busy.example.org")
    assert (archive.mlist, archive.posts.filter(letter__isnull=False).count()) == (None, 2)
    assert Letter.objects.count() == 2
