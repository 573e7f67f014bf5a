"""The lock files: what is installed is what was meant, wherever it is fetched from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
RUNTIME = "requirements.lock"
DEVELOPMENT = "requirements-dev.lock"
PIN = re.compile(r"^([a-z0-9-]+)==(\S+) \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def pins(lock: str) -> dict[str, str]:
    """Name to version of every package in a lock file."""
    found = (PIN.match(line) for line in (ROOT / lock).read_text().splitlines())
    return {match[1]: match[2] for match in found if match}


def wanted(*groups: str) -> dict[str, Requirement]:
    """What pyproject.toml asks for: the dependencies, and those of the given groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = [
        *project["project"]["dependencies"],
        *(line for group in groups for line in project["dependency-groups"][group]),
    ]
    return {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, lines)}


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT])
def test_every_line_is_a_pin_a_hash_or_a_comment(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()

    strangers = [line for line in lines if not (PIN.match(line) or HASH.match(line) or line.lstrip().startswith("#"))]

    assert strangers == []


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT])
def test_every_pin_is_followed_by_a_hash(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()

    bare = [
        line
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if PIN.match(line) and not HASH.match(following)
    ]

    assert bare == []


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT])
def test_lock_holds_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert re.findall(r"\S*(?:://|index-url|find-links|trusted-host)\S*", text) == []


@pytest.mark.parametrize(("lock", "groups"), [(RUNTIME, ()), (DEVELOPMENT, ("test", "lint", "docs"))])
def test_lock_agrees_with_pyproject(lock: str, groups: tuple[str, ...]) -> None:
    locked = pins(lock)

    missing = [name for name, wish in wanted(*groups).items() if locked.get(name, "") not in wish.specifier]

    assert missing == []


def test_development_lock_holds_the_runtime_lock() -> None:
    runtime, development = pins(RUNTIME), pins(DEVELOPMENT)

    assert {name: development.get(name) for name in runtime} == runtime
