"""Texts that somebody wrote for a list, on the way of a post."""

import pytest

from delivery.models import Rendering
from lists.models import MailingList
from lists.services.texts import reset_text, set_text
from tests.support.factories import make_list, make_member
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev")
    make_member(mlist, "bart@example.com")
    return mlist


def post(sender: str) -> str:
    """What was written because of a post: a copy's or a notice's text."""
    arrive(letter(sender=sender), sender=sender)
    judge_all()
    return bytes(Rendering.objects.latest("pk").body or b"").decode()


@pytest.mark.feature("core.template.stored")
def test_text_holds_from_the_next_mail_on(dev: MailingList) -> None:
    assert "Dev mailing list: dev@example.org" in post("bart@example.com")

    set_text("list:member:regular:footer", dev, "-- Tea at four --\n")
    assert post("bart@example.com") == "\r\nGood morning.\r\n-- Tea at four --\r\n"

    set_text("list:user:notice:hold", dev, "$listname drinks tea first.\n")
    dev.admin_immed_notify = False
    dev.save()
    assert post("dora@example.com") == "\r\ndev@example.org drinks tea first.\r\n"

    reset_text("list:member:regular:footer", dev)
    assert "Dev mailing list: dev@example.org" in post("bart@example.com")
