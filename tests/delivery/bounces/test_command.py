"""manage.py bounces"""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from lists.models import MailingList, Membership
from tests.support.bouncing import bounce, dsn, signed

pytestmark = pytest.mark.django_db(transaction=True)


def run(*words: str) -> str:
    out = StringIO()
    call_command("bounces", *words, stdout=out)
    return out.getvalue()


def test_it_tells_who_bounces_and_why(dev: MailingList, member: Membership) -> None:
    assert run("dev@example.org") == "No mail has come back.\n"
    bounce(dsn(), signed(dev))
    told = json.loads(run("dev.example.org", "--json"))
    assert [(row["address"], row["score"], row["cause"]) for row in told["members"]] == [
        ("bart@example.com", 1, "there is no such mailbox")
    ]
    assert told["causes"] == {"there is no such mailbox": 1}
    assert "bart@example.com" in run("dev@example.org")


@pytest.mark.feature("beyond.bounce-cause")
def test_one_member(dev: MailingList, member: Membership) -> None:
    bounce(dsn(status="5.7.26", diagnostic="550 5.7.26 DMARC"), signed(dev))
    [row] = json.loads(run("dev@example.org", "--member", "Bart@example.com", "--json"))
    assert (row["points"], row["code"], row["said"]) == (0, "5.7.26", "550 5.7.26 DMARC")
    assert row["cause"].startswith("the author's domain does not let others send its mail")
    assert "5.7.26" in run("dev@example.org", "--member", "bart@example.com")


def test_strangers_are_named(dev: MailingList) -> None:
    with pytest.raises(CommandError, match=r"dora@example\.com is no member"):
        run("dev@example.org", "--member", "dora@example.com")
