"""A database whose clock is behind ours: what we call due at once is due for its workers."""

from pathlib import Path

import pytest
from django.db.models.functions import Now

from delivery import tasks
from delivery.services import archiving, digests, issues, pacing, personal_digests, sending
from lists.models import Membership
from suite.common.enums import BellKind
from tests.support.archiving import archivers
from tests.support.digests import MIME, post
from tests.support.factories import make_list, make_member
from tests.support.outgoing import at_domains, put, relay

pytestmark = pytest.mark.django_db

LAG = 0.5
"""Seconds: more than the millisecond that SQLite's clock leaves out, and less than anybody waits."""


@pytest.fixture(autouse=True)
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite = f"STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW', '-{LAG} seconds')"
    postgresql = f"(STATEMENT_TIMESTAMP() - INTERVAL '{LAG} seconds')"
    for method, template in (("as_sqlite", sqlite), ("as_postgresql", postgresql)):

        def told(now: Now, compiler: object, connection: object, template: str = template, **extra: object) -> object:
            return now.as_sql(compiler, connection, template=template, **extra)  # type: ignore[arg-type]

        monkeypatch.setattr(Now, method, told)


def test_each_bell_finds_what_it_was_rung_for(tmp_path: Path) -> None:
    dev = make_list("dev", digest_size_threshold=0, archivers=["prototype"])
    make_member(dev, "bart@example.com")
    anne = make_member(dev, "anne@example.com")
    with archivers(tmp_path, "prototype"), relay() as server:
        post("One")
        assert tasks.due(BellKind.ARCHIVE) and tasks.due(BellKind.SEND)
        archiving.work()
        sending.send()
        assert not tasks.due(BellKind.ARCHIVE) and not tasks.due(BellKind.SEND)
        assert len(server.deliveries) == 2

        pacing.set_pace("big.example", 10, None, actor="test")
        put(dev, at_domains(big=1))
        sending.send()
        assert len(server.deliveries) == 3

        Membership.objects.filter(pk=anne.pk).update(**MIME)
        personal_digests.choose(anne, time_zone="UTC", hour=0)
        post("Two")
        issues.close(dev)
        personal_digests.end(anne)
        assert digests.is_due() and personal_digests.is_due()
