"""What holds for every test: its database, and settings that make tests quick. Skips are in tests/support/skips.py."""

import os
import zlib
from collections.abc import Generator, Iterator

import hypothesis
import pytest
from django.db import connection
from django.test import TransactionTestCase, override_settings

from tests.support.emptying import empty
from tests.support.environment import ROOT, STATE
from tests.support.servers import private_redis

pytest_plugins = ["tests.support.cast", "tests.support.skips"]

# No test depends on how busy the machine is; in CI, Hypothesis's own profile also takes the same examples every time.
hypothesis.settings.register_profile("untimed", deadline=None)
if not os.environ.get("CI"):
    hypothesis.settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """The cast comes when Django is set up, for it brings models along."""
    config.pluginmanager.import_plugin("tests.support.cast")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Where the test database lives.

    SQLite's is a file, as it is on a site: other processes and threads meet its real locks. PostgreSQL's is named after
    the checkout, so that two of them can be tested side by side. A commit of this process does not wait for the disk, for no
    test cuts the power; processes that tests start do as on a site.
    """
    test, options = connection.settings_dict["TEST"], connection.settings_dict.setdefault("OPTIONS", {})
    if connection.vendor == "sqlite":
        options["init_command"] += "PRAGMA synchronous=OFF;"
        test["NAME"] = str(STATE / "test.sqlite3")
    else:
        options["options"] = "-c synchronous_commit=off"
        name = test["NAME"] or f"test_{connection.settings_dict['NAME']}"
        test["NAME"] = f"{name}_{zlib.crc32(str(ROOT).encode()):08x}"


@pytest.fixture(scope="session", autouse=True)
def tame_settings() -> Iterator[None]:
    """A weak password hasher, and static files by their plain names: no collectstatic before a test. One session to the
    relay, so that what a test sends goes in order; a test of several says how many."""
    with override_settings(
        SMTP_SESSIONS=1,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> Iterator[None]:
    """Django would flush the database behind each test that commits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty())
        yield


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis of this run's own, empty and forgetful; the test carries @requires_redis."""
    with private_redis(STATE / "redis.sock") as url:
        yield url


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What tests log may hold half of a character, as broken mail does; xdist's workers can only speak UTF-8."""
    report = yield
    report.sections = [(title, text.encode("utf-8", "backslashreplace").decode()) for title, text in report.sections]
    return report
