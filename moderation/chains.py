"""Chains as tables, and the small machine that walks them.

A chain is a table of links, or an end. A link asks a rule, or one of the two CONDITIONS, and on a hit acts:

    jump    goes on in the target chain and never returns
    detour  goes through the target chain and, undecided, returns
    defer   records the hit and goes on
    run     calls a function with the letter; it may name a chain to jump to
    stop    ends here, undecided

What ends undecided is held, for nothing may vanish without a word.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lists.enums import Role
from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.registry import BY_NAME
from moderation.verdicts import Disposition, Hit, Note, Verdict
from suite.common.failpoints import failpoint

log = logging.getLogger(__name__)


class LinkAction(StrEnum):
    JUMP = "jump"
    DETOUR = "detour"
    DEFER = "defer"
    RUN = "run"
    STOP = "stop"


@dataclass
class Findings:
    """What was found on the way through the chains, in the order it was asked."""

    hits: dict[str, Hit] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    undecided: str = ""

    def asked(self, rule: str, letter: Candidate, mlist: MailingList) -> bool:
        """Whether this rule or condition hits; a rule's answer is recorded, a condition's never."""
        if rule in CONDITIONS:
            return CONDITIONS[rule](self)
        failpoint(f"rule.{rule}")
        answer = BY_NAME[rule].check(letter, mlist)
        if isinstance(answer, Hit):
            self.hits[rule] = answer
            return True
        if isinstance(answer, Note):
            self.notes[answer.key] = answer.value
        self.misses.append(rule)
        return False

    def deciding(self, rule: str) -> str:
        """Who decides where this link leads on: the rule; for `any` the first that hit; for `truth` nobody."""
        if rule == "any":
            return next(iter(self.hits))
        return "" if rule in CONDITIONS else rule

    def verdict(self, disposition: Disposition, rule: str) -> Verdict:
        hits = self.hits.values()
        undecided = (self.undecided,) if self.undecided else ()
        return Verdict(
            disposition=disposition,
            rule=rule,
            hits=tuple(self.hits),
            misses=tuple(self.misses),
            reasons=(*(hit.reason for hit in hits), *undecided),
            sender_reasons=tuple(hit.to_sender or hit.reason for hit in hits),
            notes=self.notes,
        )


Function = Callable[[Candidate, MailingList, Findings], str]
"""What a `run` link calls: it may look, and returns the name of the chain to jump to, or the empty string to go on."""


@dataclass(frozen=True, slots=True)
class Link:
    """One row of a chain: which rule is asked, what then. `chain` belongs to jump and detour, `function` to run."""

    rule: str
    action: LinkAction
    chain: str = ""
    function: Function | None = None

    def target(self, letter: Candidate, mlist: MailingList, found: Findings) -> str:
        """The chain to go to; empty where the present one goes on."""
        return self.function(letter, mlist, found) if self.function else self.chain


CONDITIONS: dict[str, Callable[[Findings], bool]] = {"any": lambda found: bool(found.hits), "truth": lambda found: True}
"""Not rules, for they look at what was found and not at the letter; never recorded. `any`: some rule has hit before."""


def as_moderated(letter: Candidate, mlist: MailingList, found: Findings) -> str:
    """The chain that the last hit which knows how the matter ends asks for; without one, hold."""
    known = (hit.disposition for hit in reversed(found.hits.values()) if hit.disposition is not None)
    return next(known, Disposition.HOLD).value


Chain = tuple[Link, ...] | Disposition

POSTING = "default-posting-chain"

CHAINS: dict[str, Chain] = {
    POSTING: (
        Link("dmarc-mitigation", LinkAction.JUMP, "dmarc"),
        Link("no-senders", LinkAction.JUMP, "discard"),
        Link("approved", LinkAction.JUMP, "accept"),
        Link("loop", LinkAction.JUMP, "discard"),
        Link("banned-address", LinkAction.JUMP, "discard"),
        Link("truth", LinkAction.DETOUR, "header-match"),
        Link("truth", LinkAction.DETOUR, "scanners"),
        Link("emergency", LinkAction.JUMP, "hold"),
        Link("flood", LinkAction.JUMP, "hold"),
        Link("sender-limit", LinkAction.JUMP, "hold"),
        Link("member-moderation", LinkAction.JUMP, "moderation"),
        Link("nonmember-moderation", LinkAction.JUMP, "moderation"),
        Link("probation-limits", LinkAction.JUMP, "moderation"),
        Link("probation", LinkAction.DEFER),
        Link("administrivia", LinkAction.DEFER),
        Link("implicit-dest", LinkAction.DEFER),
        Link("max-recipients", LinkAction.DEFER),
        Link("max-size", LinkAction.DEFER),
        Link("news-moderation", LinkAction.DEFER),
        Link("no-subject", LinkAction.DEFER),
        Link("digests", LinkAction.DEFER),
        Link("suspicious-header", LinkAction.DEFER),
        Link("any", LinkAction.JUMP, "hold"),
        Link("truth", LinkAction.JUMP, "accept"),
    ),
    "default-owner-chain": (
        Link("banned-address", LinkAction.JUMP, "discard"),
        Link("truth", LinkAction.DETOUR, "header-match"),
        Link("truth", LinkAction.DETOUR, "scanners"),
        Link("truth", LinkAction.JUMP, "accept"),
    ),
    "header-match": (
        Link("header-checks", LinkAction.JUMP, "moderation"),
        Link("header-match", LinkAction.JUMP, "moderation"),
    ),
    "scanners": (
        Link("clamav", LinkAction.JUMP, "moderation"),
        Link("spamassassin", LinkAction.JUMP, "moderation"),
        Link("rspamd", LinkAction.JUMP, "moderation"),
    ),
    "moderation": (Link("truth", LinkAction.RUN, function=as_moderated),),
    "dmarc": (Link("truth", LinkAction.RUN, function=as_moderated),),
    "accept": Disposition.ACCEPT,
    "hold": Disposition.HOLD,
    "reject": Disposition.REJECT,
    "discard": Disposition.DISCARD,
}
"""By the names that lists' settings and the API use."""


def with_link(chain: tuple[Link, ...], link: Link, before: str = "") -> tuple[Link, ...]:
    """The chain with one link more: before the one that asks the rule `before`, else where all rules have been asked.

    That is before the first `any`, or before a last `truth`, or at the end. Raises ValueError where no link asks `before`.
    """
    asked = [row.rule for row in chain]
    if before and before not in asked:
        raise ValueError(f"no link asks {before}")
    place = asked.index(before or "any") if (before or "any") in asked else len(chain)
    if place == len(chain) and asked[-1:] == ["truth"]:
        place -= 1
    return (*chain[:place], link, *chain[place:])


DEFAULTS = {Role.OWNER: "default-owner-chain"}
"""What judges letters to a role when the list names no chain that exists; all other roles: POSTING."""


def run(name: str, letter: Candidate, mlist: MailingList, chains: Mapping[str, Chain] = CHAINS) -> Verdict:
    """Walk the chain to its end. No queries. A name that no chain has: the role's default judges, and an error is logged."""
    if name not in chains:
        default = DEFAULTS.get(Role(letter.arrival.role), POSTING)
        log.error("list=%s chain=%r does not exist; %s judges instead", mlist.list_id, name, default)
        name = default
    found, rule = Findings(), ""
    road: list[Iterator[Link]] = [iter([Link("truth", LinkAction.JUMP, name)])]
    while road:
        link = next(road[-1], None)
        if link is None:
            road.pop()
        elif not found.asked(link.rule, letter, mlist):
            continue
        elif link.action is LinkAction.STOP:
            break
        elif target := link.target(letter, mlist, found):
            rule = found.deciding(link.rule) or rule
            if link.action is not LinkAction.DETOUR:
                road.clear()
            chain = chains[target]
            if isinstance(chain, Disposition):
                return found.verdict(chain, rule)
            road.append(iter(chain))
    found.undecided = f"The chain {name} ended without a decision."
    return found.verdict(Disposition.HOLD, "")
