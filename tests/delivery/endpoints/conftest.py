"""A site with HTTP delivery, and a list."""

from collections.abc import Iterator

import pytest

from delivery import retry
from lists.enums import MemberRole
from lists.models import MailingList
from tests.support.endpoint import http_delivery
from tests.support.factories import make_list, make_member, make_user


@pytest.fixture(autouse=True)
def _site(outbox: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An endpoint that fails rests for longer than any test takes."""
    monkeypatch.setattr(retry, "ENDPOINT_REST", (600,))
    with http_delivery():
        yield


@pytest.fixture
def dev(db: None) -> MailingList:
    """dev@example.org of Anne, with bart, cris and eve as members."""
    mlist = make_list("dev", subject_prefix="[Dev] ")
    make_member(mlist, make_user("Anne"), MemberRole.OWNER)
    for name in ("bart", "cris", "eve"):
        make_member(mlist, f"{name}@example.com")
    return mlist
