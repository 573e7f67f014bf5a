"""Plugins come into the house: what they bring goes to the tables of all floors, once a process, before any work begins.

All of a plugin is taken or nothing. What is wrong with one becomes a sentence (`sentences()`, which the system checks tell at
start) and is nobody else's trouble. Behind the plugins come the site's own lines: rules put into chains, handlers into pipelines.
"""

import atexit
import os
import re
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import get_commands

from delivery.archivers.table import ARCHIVERS
from delivery.checks import problems
from delivery.pipelines import HANDLERS, PIPELINES, with_handler
from delivery.robots import commands as commands  # ours are registered before others
from delivery.robots.base import COMMANDS, Command
from lists.settings_table import SETTINGS, read_value
from lists.styles import BUILT_IN
from moderation.chains import CHAINS, CONDITIONS, Link, LinkAction, with_link
from moderation.checks import check_chains
from moderation.registry import BY_NAME
from moderation.verdicts import Disposition
from suite.common import events
from suite.common.plugins import Found, Plugin, Unfit, found, hooks, loading

NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
Entries = dict[str, Any]
HOUSE = "posthouse"
ORIGINS: dict[tuple[str, str], str] = {}
"""Kind and name of what plugins have brought -> the plugin's name. All else is the house's own."""

_left_out: list[str] = []


@dataclass(frozen=True, slots=True)
class Table:
    """Where one kind of thing goes. `brought` names what a plugin has of it, `troubles` says what is wrong with that."""

    kind: str
    entries: Callable[[], MutableMapping[str, Any]]
    brought: Callable[[Plugin], Sequence[tuple[str, Any]]]
    troubles: Callable[[Plugin, Entries], Iterator[str]]
    house: Callable[[Any], str] = lambda entry: HOUSE

    def origin(self, name: str) -> str:
        """The plugin that brought it; else `posthouse`, or of a manage command the app that has it."""
        return ORIGINS.get((self.kind, name)) or self.house(self.entries()[name])


def load() -> None:
    """Look at every installed plugin, and take in those that fit. Then the site's lines. Never raises for a plugin's fault."""
    for entry in loading.installed():
        one = Found(entry.name, loading.package_of(entry), off=entry.name in settings.PLUGINS_OFF)
        try:
            one.plugin = None if one.off else _take(entry)
        except Unfit as why:
            one.trouble = str(why)
        loading.note(one)
    if any(one.plugin for one in found()):
        atexit.register(loading.stop_all, os.getpid())
    for name, lines, put in (
        ("CHAIN_RULES", settings.CHAIN_RULES, _put_rule),
        ("PIPELINE_HANDLERS", settings.PIPELINE_HANDLERS, _put_handler),
    ):
        for line in lines:
            try:
                put(*line.strip().split(":"))
            except (TypeError, ValueError) as why:
                reason = str(why) if isinstance(why, ValueError) else "too few or too many parts"
                _left_out.append(f"POSTHOUSE_{name}: {line} is left out: {reason}.")


def sentences() -> tuple[list[str], list[str]]:
    """What is wrong: with plugins, and with the site's lines."""
    return [one.sentence for one in found() if one.trouble], list(_left_out)


def _take(entry: EntryPoint) -> Plugin:
    """Raises Unfit, and then nothing of it is left anywhere."""
    plugin = loading.make(entry)
    try:
        wrong = next(_troubles(plugin), None)
    except Exception as error:
        raise Unfit(f"what it brings cannot be read ({type(error).__name__}: {error}).") from error
    if wrong:
        raise Unfit(wrong)
    loading.start(plugin)
    for table in TABLES:
        brought = dict(table.brought(plugin))
        table.entries().update(brought)
        ORIGINS.update({(table.kind, name): plugin.name for name in brought})
    hooks.connect(plugin)
    for kind in plugin.listens:
        events.listen(kind, plugin.event)
    return plugin


def _troubles(plugin: Plugin) -> Iterator[str]:
    for table in TABLES:
        pairs = table.brought(plugin)
        names = [name for name, _ in pairs]
        for name in dict.fromkeys(names):
            if not NAME.fullmatch(name):
                yield f"no {table.kind} can be called {name!r}: small letters, digits, and - or _ between them are wanted."
            if name in table.entries():
                yield f"there is a {table.kind} {name} already ({table.origin(name)})."
            if names.count(name) > 1:
                yield f"it brings the {table.kind} {name} twice."
        yield from table.troubles(plugin, dict(pairs))


def _named(objects: Sequence[Any]) -> list[tuple[str, Any]]:
    return [(one.name, one) for one in objects]


def _rules(plugin: Plugin, rules: Entries) -> Iterator[str]:
    for name, rule in rules.items():
        if not all(getattr(rule, attribute, None) for attribute in ("title", "check")):
            yield f"{name} is no rule: one has name, title and check(letter, mlist)."
        if name in CONDITIONS:
            yield f"no rule can be called {name}: that is a condition."


def _chains(plugin: Plugin, chains: Entries) -> Iterator[str]:
    for name, chain in chains.items():
        if not isinstance(chain, tuple) or not all(isinstance(link, Link) for link in chain):
            yield f"{name} is no chain: a tuple of Link is wanted."
            return
    for error in check_chains({**CHAINS, **chains}, {*BY_NAME, *(rule.name for rule in plugin.rules)}):
        yield error.msg


def _handlers(plugin: Plugin, handlers: Entries) -> Iterator[str]:
    for name, handler in handlers.items():
        if problems("", [handler]):
            yield f"{name} is no handler: one has name, title and apply(draft, mlist)."


def _pipelines(plugin: Plugin, pipelines: Entries) -> Iterator[str]:
    for name, handlers in pipelines.items():
        for problem in problems(name, handlers):
            yield problem.msg


def _styles(plugin: Plugin, styles: Entries) -> Iterator[str]:
    for name, (_description, values) in styles.items():
        for setting, value in values.items():
            if setting not in SETTINGS or SETTINGS[setting].read_only:
                yield f"the style {name} sets {setting}, which is no setting that a style could set."
                continue
            try:
                read_value(setting, value)
            except (ValueError, ValidationError) as error:
                yield f"the style {name} cannot set {setting}: {error}."


def _archivers(plugin: Plugin, archivers: Entries) -> Iterator[str]:
    for name, archiver in archivers.items():
        if not all(getattr(archiver, part, None) for part in ("title", "takes", "list_url", "permalink", "file")):
            yield f"{name} is no archiver: one has name, title, takes(), list_url(), permalink() and file()."


def _words(plugin: Plugin) -> list[tuple[str, Any]]:
    """A mail command by its name and by its aliases."""
    return [(word, command) for command in plugin.mail_commands for word in (command.name, *command.aliases)]


def _mail_commands(plugin: Plugin, commands: Entries) -> Iterator[str]:
    for name, command in commands.items():
        if not isinstance(command, Command):
            yield f"{name} is no mail command: a delivery.robots.base.Command is wanted."


def _package(plugin: Plugin) -> str:
    """The package in which the plugin's class stands: `load_command_class` looks for management/commands/ there."""
    module = find_spec(type(plugin).__module__)
    return (module.name if module.submodule_search_locations is not None else module.parent or "") if module else ""


def _manage_commands(plugin: Plugin, commands: Entries) -> Iterator[str]:
    for name, package in commands.items():
        module = f"{package}.management.commands.{name}"
        if not package or not _is_module(module):
            yield f"there is no module {module.lstrip('.')} for its manage command."


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


TABLES = (
    Table("rule", lambda: BY_NAME, lambda plugin: _named(plugin.rules), _rules),
    Table("chain", lambda: CHAINS, lambda plugin: list(plugin.chains.items()), _chains),
    Table("handler", lambda: HANDLERS, lambda plugin: _named(plugin.handlers), _handlers),
    Table("pipeline", lambda: PIPELINES, lambda plugin: list(plugin.pipelines.items()), _pipelines),
    Table("style", lambda: BUILT_IN, lambda plugin: list(plugin.styles.items()), _styles),
    Table("archiver", lambda: ARCHIVERS, lambda plugin: _named(plugin.archivers), _archivers),
    Table("mail command", lambda: COMMANDS, _words, _mail_commands),
    Table(
        "manage command",
        get_commands,
        lambda plugin: [(name, _package(plugin)) for name in plugin.manage_commands],
        _manage_commands,
        house=str,
    ),
)
"""A kind of thing that plugins may bring is a row here. A chain may ask the rules of its plugin: rules come first."""


def _put_rule(chain: str, rule: str, then: str = "", before: str = "") -> None:
    """Raises ValueError with the reason why it cannot stand there."""
    links = CHAINS.get(chain)
    if links is None or isinstance(links, Disposition):
        raise ValueError(f"there is no chain {chain} with links")
    jumps = then not in ("", LinkAction.DEFER)
    link = Link(rule, LinkAction.JUMP, then) if jumps else Link(rule, LinkAction.DEFER)
    longer = with_link(links, link, before)
    for error in check_chains({**CHAINS, chain: longer}, set(BY_NAME)):
        raise ValueError(error.msg.rstrip("."))
    CHAINS[chain] = longer


def _put_handler(pipeline: str, handler: str, before: str) -> None:
    """Raises ValueError with the reason why it cannot stand there."""
    if pipeline not in PIPELINES:
        raise ValueError(f"there is no pipeline {pipeline}")
    if handler not in HANDLERS:
        raise ValueError(f"there is no handler {handler}")
    longer = with_handler(PIPELINES[pipeline], HANDLERS[handler], before)
    for problem in problems(pipeline, longer):
        raise ValueError(problem.msg.rstrip("."))
    PIPELINES[pipeline] = longer
