"""A site that only tries things out: one mailbox gets everything."""

from typing import Any

import pytest

from delivery.models import Batch
from lists.enums import MemberRole, Personalization
from lists.models import MailingList
from tests.support.factories import make_list, make_member, make_members
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

TESTER = "tester@example.net"


@pytest.mark.feature("core.outgoing.devmode")
@pytest.mark.parametrize("personalize", list(Personalization))
def test_nobody_else_is_contacted(personalize: Personalization, settings: Any) -> None:
    settings.DEVMODE_RECIPIENT = TESTER
    mlist = make_list("dev", personalize=personalize)
    make_members(mlist, 60)
    make_member(mlist, "bart@example.com", acknowledge_posts=True)
    make_member(mlist, "anne@example.com", MemberRole.OWNER)
    arrive(letter())
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    arrive(letter(to="dev-owner@example.org"), "dev-owner@example.org")
    with relay() as server:
        judge_all()
        send_all()

    assert {recipient for mail in server.mails for recipient in mail.recipients} == {TESTER}
    senders = {mail.sender for mail in server.mails}
    assert not any("member" in sender or "bart" in sender or "anne" in sender for sender in senders)
    assert len(server.deliveries) >= 61 + 3
    assert not Batch.objects.exclude(state="sent").exists()
    assert MailingList.objects.get().post_id == 2
