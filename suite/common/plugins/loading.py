"""From an entry point to a plugin, or to the sentence why not; and the register of all that were found."""

import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from suite.common.plugins.base import ListSetting, Plugin
from suite.common.version import PRODUCT, VERSION

log = logging.getLogger(__name__)

GROUP = "posthouse.plugins"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Unfit(Exception):
    """Why a plugin is left out, to be read behind "The plugin ... is left out: "."""


@dataclass(slots=True)
class Found:
    """An entry point and what became of it. `package` is its distribution with the version."""

    name: str
    package: str
    plugin: Plugin | None = None
    trouble: str = ""
    off: bool = False
    """The site has switched it off."""

    @property
    def state(self) -> str:
        return "off" if self.off else "in use" if self.plugin else "left out"

    @property
    def sentence(self) -> str:
        return f"The plugin {self.name} ({self.package}) is left out: {self.trouble}"


_found: list[Found] = []


def found() -> list[Found]:
    """All that were looked at when this process started."""
    return list(_found)


def note(one: Found) -> None:
    _found.append(one)


def active(name: str) -> Plugin | None:
    """The plugin of this name, where it is in use."""
    return next((one.plugin for one in _found if one.plugin and one.name == name), None)


def installed() -> list[EntryPoint]:
    """The entry points of all installed packages, by name and package."""
    return sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, package_of(entry)))


def package_of(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown package"


def make(entry: EntryPoint) -> Plugin:
    """Import the plugin and make its object. Raises Unfit."""
    if there := next((one for one in _found if one.plugin and one.name == entry.name), None):
        raise Unfit(f"there is a plugin {entry.name} already ({there.package}).")
    try:
        kind = entry.load()
    except (Exception, SystemExit) as error:
        raise Unfit(f"it cannot be imported ({_what(error)}).") from error
    if not isinstance(kind, type) or not issubclass(kind, Plugin):
        raise Unfit(f"{entry.value} is no subclass of suite.common.plugins.Plugin.")
    for trouble in _troubles(entry.name, kind):
        raise Unfit(trouble)
    try:
        return kind()
    except (Exception, SystemExit) as error:
        raise Unfit(f"its object cannot be made ({_what(error)}).") from error


def start(plugin: Plugin) -> None:
    """Raises Unfit."""
    try:
        plugin.start()
    except (Exception, SystemExit) as error:
        raise Unfit(f"it failed as it started ({_what(error)}).") from error


def stop_all(pid: int) -> None:
    """Stop those in use, the last that started first; in the process `pid` alone, not in those that it has forked."""
    for one in reversed(_found) if os.getpid() == pid else ():
        try:
            if one.plugin:
                one.plugin.stop()
        except Exception:
            log.exception("plugin=%s failed as it stopped", one.name)


def _troubles(entry: str, kind: type[Plugin]) -> Iterator[str]:
    if not NAME.fullmatch(entry):
        yield "its name is not of small letters, digits and single hyphens."
    if kind.name != entry:
        yield f"it calls itself {kind.name or '(nothing)'}, unlike its entry point."
    yield from _version_troubles(kind.works_with)
    odd = [
        name for name, setting in dict[str, object](kind.list_settings).items() if not isinstance(setting, ListSetting)
    ]
    if odd:
        yield f"its list_settings are no ListSetting: {', '.join(odd)}."
    if isinstance(kind.listens, str):
        yield f"listens is a single text; ({kind.listens!r},) is wanted."


def _version_troubles(wanted: str) -> Iterator[str]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # costs 10 ms, and few sites have plugins

    if not wanted:
        yield f"it does not say which versions of {PRODUCT} it works with (works_with)."
        return
    try:
        fits = SpecifierSet(wanted).contains(VERSION, prereleases=True)
    except InvalidSpecifier:
        yield f"works_with is {wanted!r}; something like >=0.1,<0.2 is wanted."
        return
    if not fits:
        yield f"it works with {PRODUCT} {wanted}, and this is {VERSION}."


def _what(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
