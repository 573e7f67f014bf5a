"""Each rule against the raw messages of its case file, and what the default posting chain then makes of them."""

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts.models import Address
from accounts.services.addresses import add_address
from lists.enums import Action, MemberRole
from lists.models import MailingList
from lists.services.bans import ban
from moderation import chains
from moderation.models import HeaderMatch
from moderation.registry import BY_NAME, RULES
from moderation.scanning.finding import Finding
from moderation.verdicts import Hit
from tests.support.cases import Case, read_cases
from tests.support.dns import dns_server
from tests.support.factories import make_list, make_member, make_user
from tests.support.letters import make_arrival, make_candidate

CASES = {path.stem: read_cases(path) for path in sorted((Path(__file__).parent / "cases").glob("*.txt"))}

FEATURES = {
    "no-senders": pytest.mark.feature("core.rule.no-senders"),
    "loop": pytest.mark.feature("core.rule.loop"),
    "banned-address": pytest.mark.feature("core.rule.banned-address"),
    "member-moderation": pytest.mark.feature("core.rule.member-moderation"),
    "nonmember-moderation": pytest.mark.feature("core.rule.nonmember-moderation"),
    "implicit-dest": pytest.mark.feature("core.rule.implicit-dest"),
    "max-recipients": pytest.mark.feature("core.rule.max-recipients"),
    "administrivia": pytest.mark.feature("core.rule.administrivia"),
    "digests": pytest.mark.feature("core.rule.digests"),
    "max-size": pytest.mark.feature("core.rule.max-size"),
    "header-checks": pytest.mark.feature("core.rule.header-match-site"),
    "header-match": pytest.mark.feature("core.rule.header-match"),
    "news-moderation": pytest.mark.feature("core.rule.news-moderation"),
    "suspicious-header": pytest.mark.feature("core.rule.suspicious-header"),
    "no-subject": pytest.mark.feature("core.rule.no-subject"),
}
"""Rules whose case files show all that is asked of them; written out, so that whoever reads the source finds each."""

PARAMETERS = [
    pytest.param(case, id=str(case), marks=[FEATURES[rule]] if rule in FEATURES else [])
    for rule, cases in CASES.items()
    for case in cases
]


@pytest.fixture
def dev(db: None) -> MailingList:
    make_list("friends")
    return make_list("dev")


@pytest.mark.parametrize("case", PARAMETERS)
def test_rule(
    case: Case, dev: MailingList, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    arrange(case, dev)
    for name, value in case.site.items():
        setattr(settings, name, value)
    with dns_server(case.records) if case.records else nullcontext():
        letter = make_candidate(dev, case.raw, sender=case.envelope)
    letter = replace(letter, scans=scans(case))

    with django_assert_num_queries(0):
        answer = BY_NAME[case.rule].check(letter, dev)
        verdict = chains.run("default-posting-chain", letter, dev)

    assert isinstance(answer, Hit) is case.hits
    if isinstance(answer, Hit):
        assert answer.reason.endswith(".")
        assert case.once.get("reason", "") in answer.reason
    if "verdict" in case.once:
        assert verdict.disposition == case.once["verdict"]
        assert (case.rule in verdict.hits) is case.hits


def arrange(case: Case, mlist: MailingList) -> None:
    """Give the list its settings and people."""
    for name, value in case.settings.items():
        setattr(mlist, name, value)
    if "password" in case.once:
        mlist.moderator_password = make_password(case.once["password"])
    mlist.clean_fields()
    mlist.save()
    for line in case.often["same-user"]:
        first, *others = line.split()
        user = make_user(first.partition("@")[0].capitalize(), first)
        for address in others:
            add_address(user, address, verified=True)
    for role in (MemberRole.MEMBER, MemberRole.NONMEMBER):
        for line in case.often[role.wire]:
            address, *action = line.split()
            join(mlist, address, role, Action.from_wire(action[0]) if action else None)
    for line in case.often["came"]:
        count, sender, seconds = line.split()
        for _ in range(int(count)):
            make_arrival(mlist, sender=sender, received_at=timezone.now() - timedelta(seconds=int(seconds)))
    for position, line in enumerate(case.often["header"]):
        match_header(mlist, position, line)
    for entry in case.often["ban"]:
        ban(entry, mlist)
    for entry in case.often["site-ban"]:
        ban(entry)


def join(mlist: MailingList, address: str, role: MemberRole, action: Action | None) -> None:
    """`dora@example.com`; `dora@example.com@friends` joins the other list; an address of a user joins as itself."""
    name = address.removesuffix("@friends")
    target = MailingList.objects.get(list_name="friends") if address.endswith("@friends") else mlist
    known = Address.objects.filter(email=name).first()
    make_member(target, known or name, role, moderation_action=action)


def scans(case: Case) -> dict[str, Finding]:
    """What scanners say of the letter, by their names."""
    told = [json.loads(line) for line in case.often["scan"]]
    return {one.pop("name"): Finding(**one | {"names": tuple(one.get("names", ()))}) for one in told}


def match_header(mlist: MailingList, position: int, line: str) -> None:
    """`X-Spam ~ yes discard`; without the last word the site decides."""
    header, _, wish = line.partition(" ~ ")
    pattern, _, wire = wish.rpartition(" ")
    known = wire in Action.wire_names()
    action = Action.from_wire(wire) if known else None
    row = HeaderMatch(mlist=mlist, position=position, header=header, pattern=pattern if known else wish, action=action)
    row.full_clean()
    row.save()


def test_every_rule_has_cases_of_both_kinds() -> None:
    assert {rule.name: {case.hits for case in CASES.get(rule.name, [])} for rule in RULES} == {
        rule.name: {True, False} for rule in RULES
    }
