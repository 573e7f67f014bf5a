"""One search of the log gives a message's whole way."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from archives.models import Arrival
from archives.services import parking
from delivery.enums import BatchState
from delivery.models import Batch, Outcome
from lists.enums import Action
from lists.models import MailingList
from moderation.models import HeldMessage
from moderation.services import desk
from suite.common.logs import about
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

ID = "journey@example.com"


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev", default_nonmember_action=Action.HOLD)
    for name in ("bart", "eve"):
        make_member(mlist, f"{name}@example.com")
    return mlist


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def found(log: pytest.LogCaptureFixture, word: str) -> list[str]:
    """What a grep for this word finds: module and line."""
    said = [f"{record.name} {record.getMessage()}" for record in log.records]
    return [line for line in said if word in line]


@pytest.mark.feature("ops.logs")
@pytest.mark.parametrize("by", ["msg", "arrival"])
def test_one_search_gives_a_posts_whole_way(dev: MailingList, log: pytest.LogCaptureFixture, by: str) -> None:
    """Kept, kept again, held, let through by a moderator, put off by one mailbox, tried again, done with."""
    raw = letter(sender="Dora <dora@example.com>", message_id=ID)
    [arrival] = arrive(raw, sender="dora@example.com")
    arrive(raw, sender="dora@example.com")
    arrive(letter(message_id="another@example.com", sender="Zoe <zoe@example.com>"), sender="zoe@example.com")
    judge_all()
    desk.accept(HeldMessage.objects.get(arrival=arrival), make_user("Anne"))
    judge_all()
    with relay(refuse={"eve": "451 4.2.2 mailbox is full"}) as server:
        send_all()
        server.refuse = {}
        past = timezone.now() - timedelta(seconds=1)
        Outcome.objects.update(due_at=past)
        Batch.objects.filter(state=BatchState.PENDING).update(due_at=past)
        send_all()

    named = f"msg={ID} list=dev.example.org arrival={arrival.pk} "
    word = f"msg={ID} " if by == "msg" else f" arrival={arrival.pk} "
    repeated = [line for line in found(log, word) if "arrival=repeat" in line]
    lines = [line for line in found(log, word) if line not in repeated]
    assert len(repeated) == (1 if by == "msg" else 0)
    assert [line.split(named)[0].strip() for line in lines] == [
        "archives.services.intake",
        "delivery.services.distribution",
        "moderation.services.desk",
        "delivery.services.distribution",
        "delivery.log",
        "delivery.log",
        "delivery.log",
    ]
    told = [line.split(named)[1] for line in lines]
    assert told[0].startswith("role=post from=dora@example.com ")
    assert told[1] == "verdict=hold rule=nonmember-moderation number="
    assert told[2].endswith("state=accepted by=anne@example.com")
    assert told[3] == "verdict=accept rule= number=1"
    assert told[4] == "to=eve@example.com dsn=4.2.2 code=451 status=deferred: mailbox is full"
    assert told[5].startswith("to=eve@example.com ")
    assert told[5].split(":")[0].endswith("status=sent")
    assert told[6].startswith("recipients=2 ")


@pytest.mark.feature("ops.logs")
def test_what_failed_is_found_with_what_the_operator_did(dev: MailingList, log: pytest.LogCaptureFixture) -> None:
    [arrival] = arrive(letter(message_id=ID))
    Arrival.objects.update(attempts=6)
    judge_all()
    arrival.refresh_from_db()
    parking.retry(arrival, by="operator")
    judge_all()

    lines = found(log, f"msg={ID} list=dev.example.org arrival={arrival.pk} ")
    assert [line.split()[4] for line in lines] == ["role=post", "state=shunted:", "state=received", "verdict=accept"]


@pytest.mark.feature("ops.logs")
def test_mail_to_a_robot_is_found_likewise(dev: MailingList, log: pytest.LogCaptureFixture) -> None:
    raw = letter(to="dev-request@example.org", subject="help", message_id=ID)
    [arrival] = arrive(raw, "dev-request@example.org")
    judge_all()

    lines = found(log, f"msg={ID} list=dev.example.org arrival={arrival.pk} ")
    assert [line.split()[0] for line in lines] == ["archives.services.intake", "delivery.services.distribution"]
    assert " role=request state=distributed" in lines[1]


@pytest.mark.parametrize(
    ("message_id", "line"),
    [
        ("a@b", "msg=a@b list=dev.example.org arrival=7"),
        ("", "msg=- list=dev.example.org arrival=7"),
        ("a\n2026 msg=b@c", "msg=a_2026_msg=b@c list=dev.example.org arrival=7"),
        ("ä@b", "msg=ä@b list=dev.example.org arrival=7"),
    ],
)
def test_no_message_id_writes_lines_or_words_of_its_own(message_id: str, line: str) -> None:
    assert about(message_id, "dev.example.org", 7) == line


def test_what_is_of_no_list_and_no_arrival_has_dashes() -> None:
    assert about("a@b") == "msg=a@b list=- arrival=-"
