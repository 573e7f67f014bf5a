import textwrap
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest
from django.db import connection

from tests.support.plugins import Plug, install, install_example, plugged

BEGINNING = """
from delivery.pipelines import PIPELINES
from lists.enums import MemberRole
from moderation.chains import Link, LinkAction
from moderation.verdicts import Hit
from suite.common.plugins import ListSetting, Plugin


class Rule:
    name = title = "odd-rule"

    def check(self, letter, mlist):
        if letter.subject == "Poison":
            raise RuntimeError("no luck")
        return Hit("It is odd.") if letter.subject == "Odd" else None


class Odd(Plugin):
    name = "odd"
    works_with = ">=0.1"
    rules = (Rule(),)
    chains = {"odd-chain": (Link("odd-rule", LinkAction.JUMP, "hold"), Link("truth", LinkAction.JUMP, "accept"))}
    listens = ("*",)
"""


@pytest.fixture
def durable(transactional_db: None) -> Iterator[None]:
    """The test's connection waits for the disk, as a site's does: checks of the database find nothing to complain of."""
    with connection.cursor() as cursor:
        cursor.execute(
            {"sqlite": "PRAGMA synchronous = FULL", "postgresql": "SET synchronous_commit = on"}[connection.vendor]
        )
    yield
    connection.close()


@pytest.fixture
def plug(tmp_path: Path, request: pytest.FixtureRequest) -> Plug:
    """Take in the plugin `odd`, whose class has these lines more, beside that of the docs."""
    modules = (f"odd_{zlib.crc32(request.node.nodeid.encode()):x}_{number}" for number in count())

    def make(lines: str = "") -> AbstractContextManager[None]:
        module = next(modules)
        site, example = install_example(tmp_path / "site")
        install(site, "odd-things", odd=f"{module}:Odd")
        (site / f"{module}.py").write_text(f"{BEGINNING}{textwrap.indent(lines, '    ')}\n")
        return plugged(site, example)

    return make
