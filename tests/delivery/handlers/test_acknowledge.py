from typing import Any

import pytest

from delivery import pipelines
from delivery.draft import Draft, Tell
from delivery.handlers.acknowledge import Acknowledge
from delivery.models import Notice
from suite.mail.parse import parse
from tests.delivery.handlers.shaping import POST, apply, make_draft, make_list, subscribe
from tests.support import factories
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db


def told(draft: Draft) -> list[Tell]:
    return [intent for intent in draft.intents if isinstance(intent, Tell)]


@pytest.mark.feature("core.handler.acknowledge")
@pytest.mark.django_db(transaction=True)
def test_who_wants_it_is_told_once_in_his_language() -> None:
    mlist = factories.make_list("dev")
    factories.make_member(mlist, "bart@example.com", acknowledge_posts=True, preferred_language="de")
    factories.make_member(mlist, "anne@example.com")
    arrive(letter(subject="Größe"))
    arrive(letter(sender="anne@example.com"), sender="anne@example.com")
    with relay() as server:
        judge_all()
        judge_all()
        send_all()

    [mail] = [mail for mail in server.mails if b"auto-replied" in mail.content]
    answer = parse(mail.content)
    assert mail.recipients == ["bart@example.com"]
    assert "Größe" in answer.body.decode()
    assert "Ihr Beitrag" in answer.headers.text("Subject")
    assert Notice.objects.filter(kind="acknowledged").count() == 1


@pytest.mark.parametrize(
    "field", ["Auto-Submitted: auto-generated", "Precedence: bulk", "X-No-Ack: yes", "List-Id: <a.example.net>"]
)
def test_no_machine_is_told(field: str) -> None:
    mlist = make_list()
    subscribe(mlist, "bart@example.com", acknowledge_posts=True)

    assert told(apply(Acknowledge(), mlist, field.encode() + b"\r\n" + POST)) == []


def test_strangers_are_not_told() -> None:
    assert told(apply(Acknowledge(), make_list())) == []


def test_who_does_not_want_it_costs_no_statement(django_assert_num_queries: Any) -> None:
    mlist = make_list()
    subscribe(mlist, "bart@example.com")
    draft = make_draft(mlist)

    with django_assert_num_queries(1):
        pipelines.run(mlist.posting_pipeline, draft, mlist)
    assert told(draft) == []
