"""What a list's addresses answer by themselves."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from archives.enums import State
from archives.models import Arrival, Post
from archives.services.redaction import redact
from delivery.models import AutoResponse, Notice
from delivery.services import autoresponder
from lists.enums import Action, ResponseAction
from lists.models import MailingList
from lists.services.mailing_lists import delete_list
from moderation.models import HeldMessage
from moderation.services import desk
from suite.mail.parse import parse
from tests.support.letters import make_candidate
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

NONE, DISCARD, CONTINUE = ResponseAction
DOORS = {
    "dev@example.org": ("autorespond_postings", "autoresponse_postings_text"),
    "dev-owner@example.org": ("autorespond_owner", "autoresponse_owner_text"),
    "dev-request@example.org": ("autorespond_requests", "autoresponse_request_text"),
}
TEXT = "You wrote to $list_name ($display_name, $listname); see $requestemail, $owneremail. $nothing costs $5.\n"


@pytest.fixture(autouse=True)
def roster(dev: MailingList, anne: User, bart: User) -> None:
    pass


def settle(address: str, action: ResponseAction, **more: Any) -> None:
    action_setting, text_setting = DOORS[address]
    MailingList.objects.update(**{action_setting: action, text_setting: TEXT}, **more)


def write(address: str = "dev@example.org", sender: str = "bart@example.com", **fields: str) -> Arrival:
    fields.setdefault("subject", "help" if "request" in address else "Hello")
    [arrival] = arrive(letter(sender=sender, to=address, **fields), address, sender=sender)
    judge_all()
    arrival.refresh_from_db()
    return arrival


def answers() -> int:
    return Notice.objects.filter(kind="autoresponse").count()


@pytest.mark.feature("core.handler.replybot")
@pytest.mark.parametrize("address", DOORS)
@pytest.mark.parametrize(
    ("action", "answered", "state"),
    [(NONE, 0, State.DISTRIBUTED), (DISCARD, 1, State.DISCARDED), (CONTINUE, 1, State.DISTRIBUTED)],
)
def test_each_address_answers_as_it_is_set(address: str, action: ResponseAction, answered: int, state: State) -> None:
    settle(address, action)

    arrival = write(address)

    assert (answers(), arrival.state) == (answered, state)
    assert Post.objects.exists() == (address == "dev@example.org" and action != DISCARD)
    if action == DISCARD:
        assert arrival.reason == "answered automatically"


@pytest.mark.feature("core.handler.replybot")
@pytest.mark.parametrize("address", DOORS)
def test_the_answer_is_the_owners_text_filled_in(address: str) -> None:
    settle(address, DISCARD)

    with relay() as server:
        arrival = write(address, subject="Größe")
        send_all()

    [mail] = server.mails
    answer = parse(mail.content)
    assert (mail.sender, mail.recipients) == ("dev-bounces@example.org", ["bart@example.com"])
    assert answer.headers.text("Subject") == "Auto: Größe"
    assert answer.headers.text("Auto-Submitted") == "auto-replied"
    assert answer.headers.text("In-Reply-To") == f"<{arrival.message_id}>"
    assert answer.body == (
        b"\r\nYou wrote to dev (Dev, dev@example.org); see dev-request@example.org, dev-owner@example.org. "
        b"$nothing costs $5.\r\n"
    )


@pytest.mark.feature("core.handler.replybot")
@pytest.mark.parametrize(
    ("fields", "answered"),
    [
        ({"x_ack": "no"}, 0),
        ({"precedence": "bulk"}, 0),
        ({"precedence": "junk"}, 0),
        ({"precedence": "list"}, 0),
        ({"precedence": "list", "x_ack": "yes"}, 1),
        ({"precedence": "first-class"}, 1),
        ({"auto_submitted": "auto-replied"}, 0),
        ({"list_id": "<other.example.net>"}, 0),
        ({"x_auto_response_suppress": "All"}, 0),
    ],
)
def test_machines_get_no_answer_and_their_mail_goes_on(fields: dict[str, str], answered: int) -> None:
    settle("dev-owner@example.org", DISCARD)

    arrival = write("dev-owner@example.org", **fields)

    assert answers() == answered
    assert arrival.state == (State.DISCARDED if answered else State.DISTRIBUTED)


@pytest.mark.parametrize("sender", ["", "mailer-daemon@example.com", "dev@example.org", "other-bounces@example.net"])
def test_nobody_and_robots_get_no_answer(sender: str) -> None:
    settle("dev-owner@example.org", CONTINUE)
    raw = letter(sender=sender or "bart@example.com", to="dev-owner@example.org")
    arrive(raw, "dev-owner@example.org", sender=sender)
    judge_all()

    assert answers() == 0


@pytest.mark.feature("core.handler.replybot-grace")
def test_one_answer_for_each_address_within_the_grace_period() -> None:
    for address in DOORS:
        settle(address, DISCARD)
        for _ in range(3):
            assert write(address).state == State.DISCARDED
        write(address, sender="dora@example.com")
    assert answers() == 6

    AutoResponse.objects.filter(role="post").update(answered_at=timezone.now() - timedelta(days=90, seconds=1))
    for address in DOORS:
        write(address)
    assert answers() == 7


def test_a_run_of_posts_is_answered_once() -> None:
    settle("dev@example.org", CONTINUE)
    for _ in range(3):
        arrive(letter())
    judge_all()

    assert (answers(), Post.objects.count()) == (1, 3)


@pytest.mark.feature("core.handler.replybot-grace")
def test_without_grace_period_everything_is_answered_up_to_ten_times_a_day() -> None:
    settle("dev@example.org", CONTINUE, autoresponse_grace_period=timedelta(0))
    for _ in range(12):
        write()

    assert answers() == 10


@pytest.mark.feature("core.runner.in")
@pytest.mark.parametrize(
    ("action", "state", "disposition"),
    [
        (Action.HOLD, State.HELD, "hold"),
        (Action.REJECT, State.REJECTED, "reject"),
        (Action.DISCARD, State.DISCARDED, "discard"),
        (Action.ACCEPT, State.DISTRIBUTED, "accept"),
    ],
)
def test_a_post_is_answered_and_then_judged(action: Action, state: State, disposition: str) -> None:
    settle("dev@example.org", CONTINUE, default_nonmember_action=action)

    arrival = write(sender="dora@example.com")

    assert (answers(), arrival.state) == (1, state)
    assert (arrival.verdict["disposition"], arrival.verdict["hits"]) == (disposition, ["nonmember-moderation"])


def test_what_a_moderator_lets_through_is_not_answered_again() -> None:
    settle("dev@example.org", CONTINUE, emergency=True, autoresponse_grace_period=timedelta(0))
    arrival = write()
    assert (arrival.state, answers()) == (State.HELD, 1)

    desk.accept(HeldMessage.objects.get(), None)
    judge_all()

    arrival.refresh_from_db()
    assert (arrival.state, answers()) == (State.DISTRIBUTED, 1)


def test_rows_go_when_they_say_nothing_any_more() -> None:
    settle("dev@example.org", CONTINUE)
    write()
    write(sender="dora@example.com")
    AutoResponse.objects.filter(address="bart@example.com").update(answered_at=timezone.now() - timedelta(days=91))

    assert [autoresponder.forget(), autoresponder.forget()] == [1, 0]
    assert AutoResponse.objects.get().address == "dora@example.com"


def test_rows_go_with_the_author_and_with_the_list(dev: MailingList) -> None:
    settle("dev@example.org", CONTINUE)
    write()
    write(sender="dora@example.com")
    redact(Post.objects.get(), author=True, by="anne@example.com")
    assert [row.address for row in AutoResponse.objects.all()] == ["dora@example.com"]

    delete_list(dev)
    assert not AutoResponse.objects.exists()


def test_without_answers_there_is_no_statement(dev: MailingList, django_assert_num_queries: Any) -> None:
    candidate = make_candidate(dev)
    with django_assert_num_queries(0):
        assert autoresponder.respond(candidate, dev, timezone.now()) is None
