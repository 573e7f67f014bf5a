"""Plugin packages for tests: on the path with the metadata that an installer writes, and taken in as a start takes them in."""

import importlib
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from suite import plugging
from suite.common import events
from suite.common.plugins import hooks, loading
from tests.support.environment import ROOT

EXAMPLE = ROOT / "tests" / "plugins" / "example"
Plug = Callable[..., AbstractContextManager[None]]
"""Of the fixture `plug` (tests/suite/conftest.py)."""


def install(site: Path, name: str, version: str = "1.0", **entry_points: str) -> None:
    """Write the .dist-info folder of a package with these plugins (name -> module:class) into `site`."""
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [f"{plugin} = {where}\n" for plugin, where in entry_points.items()]
    (folder / "entry_points.txt").write_text(f"[{loading.GROUP}]\n{''.join(lines)}")


def install_example(site: Path) -> tuple[Path, Path]:
    """As its pyproject.toml says. Returns what has to be on the path."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    install(site, project["name"], project["version"], **project["entry-points"][loading.GROUP])
    return site, EXAMPLE


def pythonpath(*paths: Path) -> str:
    """The same for a process of its own."""
    return ":".join(map(str, paths))


@contextmanager
def plugged(*paths: Path) -> Iterator[None]:
    """Take in the plugins on these paths; afterwards everything is as it was."""
    tables: list[Any] = [table.entries() for table in plugging.TABLES]
    tables += [plugging.ORIGINS, hooks._hooked, events._listeners]
    before = [dict(table) for table in tables]
    sys.path[:0] = map(str, paths)
    importlib.invalidate_caches()
    try:
        plugging.load()
        yield
    finally:
        for path in paths:
            sys.path.remove(str(path))
        for table, entries in zip(tables, before, strict=True):
            table.clear()
            table.update(entries)
        loading._found.clear()
        plugging._left_out.clear()
