"""What operators read agrees with what the code does."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.support.environment import ROOT

READS = re.compile(r"""(?:env\.\w+|\bsetting)\(\s*"([A-Z_]+)"|environ(?:\.get\(|\[)\s*"POSTHOUSE_([A-Z_]+)\"""")
SETTINGS = {
    f"POSTHOUSE_{plain or prefixed}"
    for path in (ROOT / "suite" / "settings.py", ROOT / "suite" / "common" / "keys.py")
    for plain, prefixed in READS.findall(path.read_text())
}


def named_in(path: Path) -> set[str]:
    return set(re.findall(r"\bPOSTHOUSE_[A-Z_]+\b", path.read_text()))


def test_every_setting_is_in_the_operators_table() -> None:
    table = "".join(line for line in (ROOT / "docs" / "operator.md").read_text().splitlines() if line.startswith("|"))

    assert set(re.findall(r"`(POSTHOUSE_[A-Z_]+)`", table)) == SETTINGS


@pytest.mark.parametrize("paper", ["deploy/posthouse.env", "deploy/README.md"])
def test_papers_name_only_settings_that_exist(paper: str) -> None:
    assert named_in(ROOT / paper) - SETTINGS == set()


@pytest.mark.parametrize(
    "paper", ["README.md", "deploy/README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
)
def test_links_in_papers_lead_somewhere(paper: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / paper).read_text())

    assert [link for link in links if not ((ROOT / paper).parent / link).exists()] == []


def test_services_start_commands_that_exist() -> None:
    units = "".join(path.read_text() for path in (ROOT / "deploy" / "systemd").glob("*.service"))

    assert set(re.findall(r"manage\.py ([a-z_]+)", units)) - set(get_commands()) == set()
