"""A list that leaves signed mail intact, and what it says of that."""

import json
from io import StringIO
from typing import Any

import dkim
import pytest
from django.core.management import call_command

from lists.enums import DMARCMitigateAction, Personalization, ReplyToMunging
from lists.models import MailingList
from lists.services import signed_mail
from lists.services.mailing_lists import change_settings
from tests.support.dkim import public_record, sign
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

ALL: dict[str, Any] = {
    "subject_prefix": "[Dev] ",
    "reply_goes_to_list": ReplyToMunging.POINT_TO_LIST,
    "first_strip_reply_to": True,
    "personalize": Personalization.FULL,
    "filter_content": True,
    "anonymous_list": True,
    "dmarc_mitigate_action": DMARCMitigateAction.MUNGE_FROM,
}
FOOTER = "list:member:regular:footer"


@pytest.fixture
def dev() -> MailingList:
    """As lists are made, with a member."""
    mlist = make_list("dev")
    make_member(mlist, "anne@example.com")
    make_member(mlist, "bart@example.com")
    return mlist


def said(*words: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("signed_mail", "dev@example.org", *words, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


def verified(raw: bytes) -> bool:
    return bool(dkim.verify(raw, dnsfunc=lambda name, timeout=5: public_record()))


def delivered() -> list[bytes]:
    fields = {
        "reply_to": "bart@example.com",
        "cc": "Dora <dora@example.com>",
        "content_type": "text/plain; charset=utf-8",
    }
    arrive(sign(letter(subject="Re: Grüße", body="Good  morning.  \n\nÄ\n\n", **fields)))
    with relay() as server:
        judge_all()
        send_all()
    return [mail.content for mail in server.mails]


def test_a_list_as_it_is_made_breaks_signatures_and_says_why(dev: MailingList) -> None:
    assert [change.setting for change in signed_mail.changes(dev)] == ["subject_prefix", FOOTER]
    assert not any(map(verified, delivered()))


@pytest.mark.parametrize("setting", ALL)
def test_each_setting_is_named_with_its_cost(dev: MailingList, setting: str) -> None:
    signed_mail.leave_intact(dev)
    change_settings(dev, **{setting: ALL[setting]})

    [change] = signed_mail.changes(MailingList.objects.get())
    assert change.setting == setting
    assert change.does.endswith(".")
    assert change.cost.endswith(".")


def test_what_is_switched_off_leaves_signatures_whole(dev: MailingList) -> None:
    change_settings(dev, **ALL)

    assert signed_mail.leave_intact(dev, actor="anne@example.com") == []

    copies = delivered()
    assert len(copies) == 2
    assert all(map(verified, copies))


def test_a_list_for_all_or_each_alike_keeps_them_whole(dev: MailingList) -> None:
    signed_mail.leave_intact(dev)
    for personalize in (Personalization.NONE, Personalization.INDIVIDUAL):
        MailingList.objects.update(personalize=personalize)
        assert all(map(verified, delivered()))


def test_the_site_may_still_remove_them(dev: MailingList, settings: Any) -> None:
    settings.REMOVE_DKIM_HEADERS = True

    [change] = signed_mail.leave_intact(dev)

    assert change.setting == "POSTHOUSE_REMOVE_DKIM_HEADERS"


def test_the_command_says_applies_and_says_so(dev: MailingList) -> None:
    text, status = said()
    assert status == 1
    assert (
        "  subject_prefix\n    It puts the list's prefix before each subject.\n    Without it: Readers no longer see"
        in text
    )
    assert json.loads(said("--json")[0])["intact"] is False

    assert said("--apply") == ("dev@example.org leaves signed mail intact.\n", 0)
    assert json.loads(said("--json")[0]) == {"intact": True, "changes": []}
