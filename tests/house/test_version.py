"""The version stands in the code and in pyproject.toml; both say the same."""

import tomllib

from suite.common.version import PRODUCT, VERSION
from tests.support.environment import ROOT


def test_code_and_package_agree_about_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert (project["name"], project["version"]) == (PRODUCT.lower(), VERSION)
