"""The default posting chain asks in Mailman's order: each link alone and in pairs."""

import itertools
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import override_settings

from lists.enums import Action, DMARCMitigateAction, NewsgroupModeration
from lists.models import MailingList
from lists.services.bans import ban
from moderation import chains
from moderation.models import HeaderMatch
from moderation.verdicts import Verdict
from tests.support.dns import dns_server
from tests.support.factories import make_list, make_member
from tests.support.letters import make_arrival, make_candidate


@pytest.fixture
def dev(db: None) -> MailingList:
    mlist = make_list("dev")
    make_member(mlist, "bart@example.com")
    return mlist


@dataclass
class Recipe:
    """A post in the making; without more it hits nothing."""

    mlist: MailingList
    sender: str = "Bart <bart@example.com>"
    envelope: str = "bart@example.com"
    to: str = "dev@example.org"
    subject: str = "Tea"
    body: str = ""
    fields: list[str] = field(default_factory=list)
    site: dict[str, Any] = field(default_factory=dict)
    records: dict[str, list[str]] = field(default_factory=dict)

    def set(self, **values: Any) -> None:
        vars(self).update(values)

    def judged(self) -> Verdict:
        lines = [*self.fields, f"From: {self.sender}", f"To: {self.to}", f"Subject: {self.subject}", "", self.body, ""]
        with override_settings(**self.site), dns_server(self.records) if self.records else nullcontext():
            letter = make_candidate(self.mlist, "\r\n".join(lines).encode(), sender=self.envelope)
            return chains.run("default-posting-chain", letter, self.mlist)


def moderate_bart(recipe: Recipe) -> None:
    recipe.mlist.default_member_action = Action.REJECT


def ban_dora(recipe: Recipe) -> None:
    ban("dora@example.com", recipe.mlist)
    recipe.fields.append("Sender: dora@example.com")


def approve(recipe: Recipe) -> None:
    recipe.mlist.moderator_password = make_password("sesame")
    recipe.fields.append("Approved: sesame")


def forbid(recipe: Recipe) -> None:
    recipe.mlist.dmarc_mitigate_action = DMARCMitigateAction.REJECT
    recipe.records["_dmarc.example.com"] = ["v=DMARC1; p=reject"]


def flood(recipe: Recipe) -> None:
    recipe.mlist.flood_posts = 1
    make_arrival(recipe.mlist, sender="cris@example.com")


def post_often(recipe: Recipe) -> None:
    recipe.mlist.sender_posts_per_hour = 1
    make_arrival(recipe.mlist, sender=recipe.envelope)


def check_site(recipe: Recipe) -> None:
    recipe.site.update(HEADER_CHECKS="X-Site: bad", HEADER_CHECKS_ACTION="reject")
    recipe.fields.append("X-Site: bad")


def check_header(recipe: Recipe) -> None:
    HeaderMatch.objects.create(mlist=recipe.mlist, header="x-list", pattern="bad", action=Action.DISCARD)
    recipe.fields.append("X-List: bad")


def answer_digest(recipe: Recipe) -> None:
    recipe.site["HOLD_DIGEST"] = True
    recipe.set(subject="Re: Dev Digest, Vol 1, Issue 2")


TRIPS: dict[str, tuple[Callable[[Recipe], object], str]] = {
    "dmarc-mitigation": (forbid, "reject"),
    "no-senders": (lambda recipe: recipe.set(sender="", envelope=""), "discard"),
    "approved": (approve, "accept"),
    "loop": (lambda recipe: recipe.fields.append("List-Post: <mailto:dev@example.org>"), "discard"),
    "banned-address": (ban_dora, "discard"),
    "header-checks": (check_site, "reject"),
    "header-match": (check_header, "discard"),
    "emergency": (lambda recipe: setattr(recipe.mlist, "emergency", True), "hold"),
    "flood": (flood, "hold"),
    "sender-limit": (post_often, "hold"),
    "member-moderation": (moderate_bart, "reject"),
    "nonmember-moderation": (lambda recipe: recipe.set(sender="dora@example.com", envelope=""), "hold"),
    "probation": (lambda recipe: setattr(recipe.mlist, "probation_posts", 1), "hold"),
    "administrivia": (lambda recipe: recipe.set(body="unsubscribe\r\n" + recipe.body), "hold"),
    "implicit-dest": (lambda recipe: recipe.set(to="a@example.com"), "hold"),
    "max-recipients": (lambda recipe: setattr(recipe.mlist, "max_num_recipients", 1), "hold"),
    "max-size": (lambda recipe: recipe.set(body=recipe.body + "x" * 50_000), "hold"),
    "news-moderation": (
        lambda recipe: setattr(recipe.mlist, "newsgroup_moderation", NewsgroupModeration.MODERATED),
        "hold",
    ),
    "no-subject": (lambda recipe: recipe.set(subject=""), "hold"),
    "digests": (answer_digest, "hold"),
    "suspicious-header": (lambda recipe: setattr(recipe.mlist, "bounce_matching_headers", "To: ."), "hold"),
}
"""What makes each rule hit, in the order in which they are asked, and how the post then ends."""

AT_ODDS = [
    {"no-senders", "probation"},
    {"nonmember-moderation", "probation"},
    {"no-subject", "digests"},
    {"dmarc-mitigation", "no-senders"},
    {"no-senders", "banned-address"},
    {"no-senders", "member-moderation"},
    {"no-senders", "nonmember-moderation"},
    {"member-moderation", "nonmember-moderation"},
]
"""Pairs that no post can trip."""

PAIRS = [pair for pair in itertools.combinations(TRIPS, 2) if set(pair) not in AT_ODDS]


@pytest.mark.feature("core.chain.default-posting")
@pytest.mark.parametrize("name", TRIPS)
def test_each_link_alone(name: str, dev: MailingList) -> None:
    trip, end = TRIPS[name]
    recipe = Recipe(dev)
    trip(recipe)

    verdict = recipe.judged()

    assert (verdict.rule, verdict.hits, verdict.disposition.value) == (name, (name,), end)


@pytest.mark.feature("core.chain.default-posting")
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_links_the_first_decides(first: str, second: str, dev: MailingList) -> None:
    recipe = Recipe(dev)
    for name in (second, first):
        TRIPS[name][0](recipe)

    verdict = recipe.judged()

    assert (verdict.rule, verdict.disposition.value) == (first, TRIPS[first][1])
