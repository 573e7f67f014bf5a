"""The join shield behind all doors at once: mail to -join, and the API as scripts and web forms use it.

POSTHOUSE_TEST_WHOLE_FLOOD=1 takes the whole numbers, which take their minutes.
"""

import os
import random
import re
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import F

from archives.enums import Origin, State
from archives.models import Arrival
from archives.services.intake import Incoming, keep
from lists.addressing import resolve
from lists.models import AskedAddress, MailingList, Membership, Pending
from lists.services.join_shield import mailbox_of
from lists.services.requests import confirm, disown
from tests.support.api import Api
from tests.support.factories import make_list
from tests.support.notices import told
from tests.support.posting import judge_all, letter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]

DAY = timedelta(days=1)
SCALE = 10 if os.environ.get("POSTHOUSE_TEST_WHOLE_FLOOD") else 1
Wish = tuple[str, MailingList]


def by_mail(wishes: list[Wish]) -> None:
    """A letter to -join each, kept as the door keeps them; then all are worked on."""
    for group in (wishes[start : start + 100] for start in range(0, len(wishes), 100)):
        letters = []
        for email, mlist in group:
            raw = letter(sender=email, to=mlist.join_address, subject="join")
            letters.append(Incoming(raw, email, (resolve(mlist.join_address),), (mlist.join_address,), Origin.LMTP))
        keep(letters)
    judge_all()
    assert not Arrival.objects.filter(state=State.RECEIVED).exists()


def by_api(api: Api, wishes: list[Wish]) -> set[int]:
    """What it answered."""
    return {api.post("members", list_id=mlist.list_id, subscriber=email).status_code for email, mlist in wishes}


def asked() -> Counter[str]:
    """How many mails each mailbox got."""
    return Counter(mailbox_of(mail.recipient) for mail in told())


def tokens() -> dict[str, str]:
    """Of each mailbox, that of the last question to it."""
    found = {}
    for mail in told("confirmation"):
        token = re.search(r"[0-9a-f]{40}", str(mail.msg))
        assert token is not None
        found[mailbox_of(mail.recipient)] = token[0]
    return found


def a_day_passes() -> None:
    AskedAddress.objects.update(asked_at=F("asked_at") - DAY)
    Pending.objects.update(created_at=F("created_at") - DAY)


@pytest.mark.feature("beyond.join-shield")
def test_a_flood_by_mail_and_api_reaches_each_victim_once_a_day(api: Api) -> None:
    """1,000 wishes in the names of 50 people over 20 lists, or 10,000 of 500 over 200; and real people among them."""
    chance = random.Random(1)
    lists = [make_list(f"list{number}") for number in range(20 * SCALE)]
    victims = [f"victim{number}@host{number % (10 * SCALE)}.example" for number in range(50 * SCALE)]

    def flood(count: int) -> list[Wish]:
        names = [victim.replace("@", tag) for victim in victims for tag in ("@", "+a@", "+b@")]
        return [(chance.choice(names), chance.choice(lists)) for _ in range(count)]

    by_mail(flood(250 * SCALE))
    assert by_api(api, flood(250 * SCALE)) <= {202, 409}
    by_mail([("dora@example.com", lists[0])])
    by_api(api, [("erna@example.com", lists[1])])
    by_mail(flood(250 * SCALE))
    assert by_api(api, flood(250 * SCALE)) <= {202, 409}

    real = ["dora@example.com", "erna@example.com"]
    assert asked() == Counter([*victims, *real])
    answers = tokens()
    for email in real:
        assert confirm(answers[email]).done
    by_api(api, [("dora@example.com", lists[2])])
    assert confirm(tokens()["dora@example.com"]).done, "who has answered may join further lists today"
    assert Membership.objects.count() == 3

    angry, others = victims[: 10 * SCALE], victims[10 * SCALE :]
    for email in angry:
        disown(answers[email])
    before = asked()
    a_day_passes()
    by_mail([(email, chance.choice(lists)) for email in victims])
    by_api(api, [(email, mlist) for email in angry for mlist in chance.sample(lists, 20)])
    by_api(api, [(email, chance.choice(lists)) for email in others])
    assert asked() - before == Counter(others)
