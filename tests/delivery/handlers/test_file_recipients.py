from pathlib import Path
from typing import Any

import pytest

from lists.models import MailingList
from lists.services.mailing_lists import change_settings
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev(settings: Any, tmp_path: Path) -> MailingList:
    settings.STATE = tmp_path
    mlist = make_list("dev")
    make_member(mlist, "bart@example.com")
    change_settings(mlist, posting_pipeline="file-posting-pipeline")
    return mlist


def got() -> list[str]:
    arrive(letter())
    with relay() as server:
        judge_all()
        send_all()
    return sorted(one.recipient for one in server.deliveries)


@pytest.mark.feature("core.handler.file-recipients")
def test_the_file_says_who_gets_a_post(dev: MailingList, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "lists" / "dev.example.org" / "members.txt"
    path.parent.mkdir(parents=True)
    path.write_text("# kept elsewhere\n\nZoe@example.com\n  Größe <cris@example.com>\nzoe@example.com\nno address\n")

    assert got() == ["Zoe@example.com", "cris@example.com"]
    assert "'no address' in its file is no address" in caplog.text


@pytest.mark.feature("core.handler.file-recipients")
def test_without_the_file_nobody_gets_it(dev: MailingList) -> None:
    assert got() == []
