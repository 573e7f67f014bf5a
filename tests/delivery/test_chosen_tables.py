"""A list chooses which chain judges and which pipeline shapes its posts and its owners' mail."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from archives.enums import State
from archives.models import Arrival
from delivery import pipelines
from delivery.handlers.owner_recipients import OwnerRecipients
from delivery.handlers.subject_prefix import SubjectPrefix
from delivery.handlers.to_outgoing import ToOutgoing
from delivery.models import Batch
from lists.enums import MemberRole
from lists.models import MailingList
from lists.services.mailing_lists import change_settings
from tests.support.factories import make_member
from tests.support.posting import arrive, judge_all, letter

pytestmark = [pytest.mark.django_db, pytest.mark.feature("core.setting.pipeline-and-chains")]


@pytest.fixture
def dev(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> MailingList:
    """With Anne as owner and Bart as member; beside the built-in pipelines there is `short`."""
    make_member(dev, "anne@example.com", MemberRole.OWNER)
    make_member(dev, "bart@example.com")
    monkeypatch.setitem(pipelines.PIPELINES, "short", (OwnerRecipients(), SubjectPrefix(), ToOutgoing()))
    return dev


def sent(address: str = "dev@example.org") -> tuple[Arrival, list[str], str]:
    """What becomes of Bart's mail: its arrival, who gets it, under which subject."""
    [arrival] = arrive(letter(to=address, subject="Tea"), address)
    judge_all()
    arrival.refresh_from_db()
    rows = list(Batch.objects.select_related("rendering").filter(rendering__notices=None))
    header = bytes(rows[0].rendering.header).decode() if rows else ""
    subject = next((line[9:] for line in header.splitlines() if line.startswith("Subject: ")), "")
    return arrival, sorted(address for row in rows for _, address, _ in row.recipients), subject


@pytest.mark.parametrize("chain", ["hold", "discard", "reject"])
@pytest.mark.parametrize(
    ("setting", "address"), [("posting_chain", "dev@example.org"), ("owner_chain", "dev-owner@example.org")]
)
def test_the_chosen_chain_judges(chain: str, setting: str, address: str, dev: MailingList) -> None:
    change_settings(dev, **{setting: chain})

    arrival, recipients, _ = sent(address)

    ends = {"hold": State.HELD, "discard": State.DISCARDED, "reject": State.REJECTED}
    assert (arrival.state, arrival.verdict["misses"], recipients) == (ends[chain], [], [])


@pytest.mark.parametrize(
    ("setting", "address"), [("posting_pipeline", "dev@example.org"), ("owner_pipeline", "dev-owner@example.org")]
)
def test_the_chosen_pipeline_shapes_and_no_other(setting: str, address: str, dev: MailingList) -> None:
    change_settings(dev, **{setting: "short", "subject_prefix": "[short] "})

    arrival, recipients, subject = sent(address)

    assert (arrival.state, arrival.changes) == (State.DISTRIBUTED, ["owner-recipients", "subject-prefix"])
    assert (recipients, subject) == (["anne@example.com"], "[short] Tea")


@pytest.mark.parametrize("setting", ["posting_chain", "posting_pipeline", "owner_chain", "owner_pipeline"])
@pytest.mark.parametrize("value", ["nonsense", "", "Hold"])
def test_only_registered_names_are_taken(setting: str, value: str, dev: MailingList) -> None:
    before = getattr(dev, setting)

    with pytest.raises(ValidationError) as raised:
        change_settings(dev, **{setting: value})

    assert getattr(MailingList.objects.get(), setting) == before
    known: dict[str, Any] = raised.value.message_dict
    assert list(known) == [setting]
