"""Whether the tables agree: names are unique, every link asks a rule there is and leads to a chain there is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ValidationError

from lists import validators
from lists.enums import Action
from moderation.chains import CHAINS, CONDITIONS, Chain, Link, LinkAction
from moderation.registry import BY_NAME, RULES
from moderation.rules.base import Rule
from moderation.verdicts import Disposition


@register("moderation")
def check_tables(**kwargs: Any) -> list[CheckMessage]:
    return [*check_rules(RULES), *check_chains(CHAINS, set(BY_NAME))]


@register("moderation")
def check_site_settings(**kwargs: Any) -> Iterator[CheckMessage]:
    """What POSTHOUSE_HEADER_CHECKS, POSTHOUSE_HEADER_CHECKS_ACTION and POSTHOUSE_SENDER_HEADERS may say."""
    try:
        validators.header_checks(settings.HEADER_CHECKS)
    except ValidationError as error:
        yield Error(f"HEADER_CHECKS: {' '.join(error.messages)}", id="moderation.E008")
    ends = [action.wire for action in Action if action is not Action.DEFER]
    if settings.HEADER_CHECKS_ACTION not in ends:
        yield Error(f"HEADER_CHECKS_ACTION is one of {', '.join(ends)}.", id="moderation.E009")
    if not settings.SENDER_HEADERS or not all(map(validators.is_field_name, settings.SENDER_HEADERS)):
        yield Error("SENDER_HEADERS names header fields, and from_ for the envelope.", id="moderation.E010")


def check_rules(rules: Sequence[Rule]) -> Iterator[Error]:
    names = [rule.name for rule in rules]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Error(f"Two rules are called {name}.", id="moderation.E001")
    for name in sorted(set(names) & CONDITIONS.keys()):
        yield Error(f"No rule can be called {name}: that is a condition.", id="moderation.E002")


def check_chains(chains: Mapping[str, Chain], rules: set[str]) -> Iterator[Error]:
    for name, chain in chains.items():
        if isinstance(chain, Disposition):
            continue
        for place, link in enumerate(chain, 1):
            yield from _check_link(f"Link {place} of chain {name}", link, chains, rules)
    for disposition in Disposition:
        if chains.get(disposition.value) is not disposition:
            yield Error(f"The chain {disposition.value} must be the end {disposition!r}.", id="moderation.E006")
    for name in _circular(chains):
        yield Error(f"The chain {name} leads back to itself.", id="moderation.E007")


def _check_link(where: str, link: Link, chains: Mapping[str, Chain], rules: set[str]) -> Iterator[Error]:
    if link.rule not in rules and link.rule not in CONDITIONS:
        yield Error(f"{where} asks {link.rule}, which is no rule.", id="moderation.E003")
    leads_on = link.action in (LinkAction.JUMP, LinkAction.DETOUR)
    if leads_on and link.chain not in chains:
        yield Error(f"{where} leads to {link.chain or 'nowhere'}, which is no chain.", id="moderation.E004")
    if (link.action is LinkAction.RUN) != (link.function is not None) or (link.chain and not leads_on):
        yield Error(f"{where} has a target that its action {link.action} does not use.", id="moderation.E005")


def _circular(chains: Mapping[str, Chain]) -> list[str]:
    """Chains from which jumps and detours lead back to them. Where a function leads is its own matter."""
    follows = {
        name: {link.chain for link in chain if link.chain in chains} if isinstance(chain, tuple) else set()
        for name, chain in chains.items()
    }
    return [name for name in chains if name in _reachable(name, follows)]


def _reachable(start: str, follows: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(follows[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(follows[name])
    return found
