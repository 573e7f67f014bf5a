"""What owners and moderators hear of their lists: a new one, what waits, who came and went; `manage.py notify`."""

import json
from datetime import timedelta

import pytest

from accounts.models import User
from delivery.models import Notice
from lists.enums import SubscriptionPolicy
from lists.models import MailingList
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.mailing_lists import change_settings
from tests.lists.test_commands import fails, run
from tests.support.factories import make_domain, make_list
from tests.support.notices import told
from tests.support.pages import everything, hold
from tests.support.posting import arrive, judge_all, letter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]


@pytest.fixture
def waiting(dev: MailingList, anne: User) -> MailingList:
    """Two posts and somebody who wants to join wait for Anne, who was told of none."""
    change_settings(dev, admin_immed_notify=False, subscription_policy=SubscriptionPolicy.MODERATE)
    for subject in ("Coffee", "Milk"):
        hold(dev, letter(sender="dora@example.com", subject=subject))
    join(dev, "Eve@example.net", pre_verified=True)
    join(dev, "gil@example.net")
    Notice.objects.all().delete()
    return dev


@pytest.mark.feature("core.template.admin-requests")
def test_one_summary_counts_and_names_what_waits(waiting: MailingList) -> None:
    assert run("notify") == "dev@example.org: posts 2, requests 1\n"

    [mail] = told()
    assert (mail.recipient, mail.subject) == ("anne@example.com", "dev@example.org: requests waiting (3)")
    lines = [line.strip() for line in mail.text.splitlines() if line.startswith("    - ")]
    assert lines == ["- dora@example.com: Coffee", "- dora@example.com: Milk", "- join: Eve@example.net"]
    assert "/lists/dev.example.org/held/" in mail.text
    assert "$" not in mail.text + mail.subject


def test_a_day_has_one_summary(waiting: MailingList) -> None:
    run("notify")
    run("notify", "-l", "dev.example.org")
    assert len(told()) == 1

    notice = Notice.objects.get()
    kind, number, day = notice.subject.split(":")
    Notice.objects.update(subject=f"{kind}:{number}:{notice.created_at - timedelta(days=1):%Y-%m-%d}")
    run("notify")

    assert (len(told()), len(day)) == (2, 10)


def test_a_dry_run_only_says_it(waiting: MailingList) -> None:
    before = everything()

    assert json.loads(run("notify", "--dry-run", "--json")) == [{"list": "dev@example.org", "posts": 2, "requests": 1}]
    assert everything() == before


def test_nothing_waits_nobody_is_told(dev: MailingList, anne: User) -> None:
    assert run("notify") == ""
    assert told() == []
    assert fails("notify", "--list", "nowhere@example.org") == "There is no list nowhere@example.org."


def test_only_the_lists_named_are_looked_at(waiting: MailingList) -> None:
    make_list("cooks")

    assert json.loads(run("notify", "-l", "cooks@example.org", "--json")) == [
        {"list": "cooks@example.org", "posts": 0, "requests": 0}
    ]
    assert told() == []


@pytest.mark.feature("core.template.admin-requests")
@pytest.mark.parametrize("wanted", [True, False])
def test_owners_of_a_new_list_are_told_where_they_want(db: None, wanted: bool) -> None:
    make_domain()

    run("createlist", "Tea@example.org", "--owner", "anne@example.com", *(["--notify"] if wanted else []))

    mails = told()
    assert [mail.recipient for mail in mails] == ["anne@example.com"] * wanted
    for mail in mails:
        assert "tea@example.org" in mail.subject
        assert "/lists/tea.example.org/" in mail.text
        assert "$" not in mail.text + mail.subject


@pytest.mark.feature("core.template.admin-requests")
def test_notices_say_who_what_why_and_where(dev: MailingList, anne: User, bart: User) -> None:
    moderate = SubscriptionPolicy.MODERATE
    change_settings(dev, subscription_policy=moderate, unsubscription_policy=moderate, admin_notify_mchanges=True)
    arrive(letter(sender="dora@example.com", subject="Coffee"), sender="dora@example.com")
    judge_all()
    join(dev, "Eve@example.net", pre_verified=True)
    leave(dev, "bart@example.com")
    join(dev, "gil@example.net", pre_verified=True, pre_approved=True)
    leave(dev, "gil@example.net", pre_approved=True)

    mails = [mail for mail in told() if mail.recipient == "anne@example.com"]
    texts = [(mail.subject, mail.text) for mail in mails]
    expected = [
        ("dora@example.com", "Coffee", "not a member", "/lists/dev.example.org/held/"),
        ("Eve@example.net", "join", "/lists/dev.example.org/requests/"),
        ("bart@example.com", "leave", "/lists/dev.example.org/requests/"),
        ("gil@example.net", "joined", "dev@example.org"),
        ("gil@example.net", "left", "dev@example.org"),
    ]
    assert len(texts) == len(expected)
    for (subject, text), words in zip(texts, expected, strict=True):
        assert "dev@example.org" in subject
        assert [word for word in words if word not in text + subject] == []
