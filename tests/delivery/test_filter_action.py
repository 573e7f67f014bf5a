"""What becomes of a post of which content filtering leaves nothing."""

import logging
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from archives.enums import State
from archives.models import Arrival, Post
from delivery.models import Batch, Notice
from lists.enums import FilterAction
from lists.models import MailingList
from moderation.models import HeldMessage
from moderation.services import desk
from suite.mail.parse import parse
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.smtpd import CapturingServer

pytestmark = pytest.mark.django_db(transaction=True)

PICTURE = letter(subject="Look", content_type="image/png", body="\u0100 not really a picture\n")
WHY = "The message's content type was explicitly disallowed."


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def filtering(dev: MailingList, anne: User, bart: User) -> MailingList:
    MailingList.objects.update(filter_content=True, filter_types=["image"])
    return dev


def post(action: FilterAction) -> tuple[Arrival, CapturingServer]:
    MailingList.objects.update(filter_action=action)
    [arrival] = arrive(PICTURE)
    with relay() as server:
        judge_all()
        send_all()
    arrival.refresh_from_db()
    assert not Post.objects.exists()
    assert MailingList.objects.get().post_id == 1
    return arrival, server


@pytest.mark.feature("core.handler.mime-delete-action")
def test_reject_tells_the_sender(filtering: MailingList) -> None:
    arrival, server = post(FilterAction.REJECT)

    assert (arrival.state, arrival.reason) == (State.REJECTED, WHY)
    assert (arrival.verdict["disposition"], arrival.verdict["rule"]) == ("reject", "mime-delete")
    [mail] = server.mails
    assert mail.recipients == ["bart@example.com"]
    assert WHY.encode() in mail.content


def test_reject_answers_no_machine(filtering: MailingList) -> None:
    MailingList.objects.update(filter_action=FilterAction.REJECT)
    arrive(letter(content_type="image/png", auto_submitted="auto-replied"))
    judge_all()

    assert not Notice.objects.exists()


@pytest.mark.feature("core.handler.mime-delete-action")
def test_discard_is_silent(filtering: MailingList) -> None:
    arrival, server = post(FilterAction.DISCARD)

    assert (arrival.state, arrival.reason) == (State.DISCARDED, WHY)
    assert server.mails == []
    assert not Batch.objects.exists()


@pytest.mark.feature("core.handler.mime-delete-action")
def test_forward_sends_the_original_to_the_owners(filtering: MailingList, cris: User) -> None:
    arrival, server = post(FilterAction.FORWARD)

    assert arrival.state == State.DISCARDED
    assert {one for mail in server.mails for one in mail.recipients} == {"anne@example.com", "cris@example.com"}
    assert {mail.sender for mail in server.mails} == {""}
    [content] = {mail.content for mail in server.mails}
    whole = parse(content)
    assert whole.structure is not None
    assert whole.headers.text("Auto-Submitted") == "auto-generated"
    _, enclosed = whole.structure.children
    assert enclosed.content_type == "message/rfc822"
    assert content[enclosed.start : enclosed.end] == PICTURE
    assert WHY.encode() in content


@pytest.mark.feature("core.handler.mime-delete-action")
def test_preserve_keeps_it_where_it_can_be_found(filtering: MailingList, settings: Any) -> None:
    settings.PRESERVE_FILTERED = True
    arrival, server = post(FilterAction.PRESERVE)
    [second] = arrive(letter(content_type="image/png"))
    judge_all()

    assert (arrival.state, server.mails) == (State.PARKED, [])
    listed = said("queue", "parked")
    assert f"Preserved by content filtering: {WHY}" in listed
    assert bytes(arrival.letter.raw) == PICTURE
    assert "not really a picture" in said("show", str(arrival.pk))

    said("discard", str(second.pk))
    MailingList.objects.update(filter_content=False)
    said("retry", str(arrival.pk))
    with relay() as server:
        judge_all()
        send_all()
    assert dict(Arrival.objects.values_list("pk", "state")) == {
        arrival.pk: State.DISTRIBUTED,
        second.pk: State.DISCARDED,
    }
    assert [one.recipient for one in server.deliveries] == ["bart@example.com"]


@pytest.mark.feature("core.handler.mime-delete-action")
@pytest.mark.parametrize(
    "action", [FilterAction.HOLD, FilterAction.ACCEPT, FilterAction.DEFER, FilterAction.PRESERVE], ids=str
)
def test_actions_that_are_not_possible_discard_and_say_so(
    filtering: MailingList, action: FilterAction, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        arrival, server = post(action)

    assert (arrival.state, server.mails) == (State.DISCARDED, [])
    assert f"filter_action={action.wire} is not possible here" in caplog.text


def test_a_moderators_yes_does_not_bring_it_through(filtering: MailingList, anne: User) -> None:
    """Accepted from the desk it resumes at the pipeline, whose filter still has its say."""
    MailingList.objects.update(emergency=True, filter_action=FilterAction.REJECT)
    [arrival] = arrive(PICTURE)
    judge_all()
    desk.accept(HeldMessage.objects.get(), anne)
    judge_all()

    arrival.refresh_from_db()
    assert arrival.state == State.REJECTED
