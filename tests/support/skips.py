"""Which tests a run leaves out, which it skips, and whether a skip is a failure.

A test is left out where the run cannot be about it; it skips, with a sentence, where the machine lacks what it needs.
"""

import os
from collections.abc import Generator
from typing import TypeVar

import pytest
from django.db import connection

from tests.support.requires import MISSING

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

NO_SKIPS = os.environ.get("POSTHOUSE_NO_SKIPS", "") not in ("", "0")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run cannot be about: the other database's tests, and mail collections that were not named."""
    other = {"sqlite": "on_postgresql", "postgresql": "on_sqlite"}[connection.vendor]
    absent = {other} if os.environ.get("POSTHOUSE_CORPORA") else {other, "corpora"}
    left_out = [item for item in items if absent & {mark.name for mark in item.iter_markers()}]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers():
        reason = MISSING[mark.name]() if mark.name in MISSING else None
        if reason:
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return refuse_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    return refuse_skip(report)


def refuse_skip(report: Report) -> Report:
    """With POSTHOUSE_NO_SKIPS, a skip (an expected failure is none) becomes a failure that gives the skip's reason."""
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"a skip is a failure here: {str(reason).removeprefix('Skipped: ')}"
    return report
