"""One site, one set of answers: in the same words and order on SQLite and on PostgreSQL, whatever language that one sorts in.

The answers are in same_answers.json. After a change that was meant:

    POSTHOUSE_TEST_WRITE_ANSWERS=1 pytest tests/api/test_same_answers.py
"""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from django.db import connection
from django.urls import URLResolver, get_resolver, resolve

from tests.support.api import Api
from tests.support.one_site import FIRST, HOSTS, make_one_site

EXPECTED = Path(__file__).with_name("same_answers.json")
TEA = f"lists/tea.{HOSTS[0]}"
COLLECTIONS = (
    "domains",
    f"domains/{HOSTS[0]}/lists",
    "lists",
    "lists?advertised=true",
    "lists/find?subscriber=a.b@example.com",
    f"{TEA}/roster/member",
    f"{TEA}/roster/owner",
    f"{TEA}/roster/moderator",
    f"{TEA}/roster/nonmember",
    f"{TEA}/header-matches",
    f"{TEA}/held",
    f"{TEA}/requests",
    f"{TEA}/requests?request_type=unsubscription",
    f"{TEA}/requests?token_owner=moderator",
    "members",
    "members/find?subscriber=*b@example.com",
    "members/find?subscriber=*milE*",
    f"members/find?subscriber={quote('*É*')}",
    f"members/find?list_id=tea.{HOSTS[0]}&delivery_mode=plaintext_digests",
    f"members/find?list_id=tea.{HOSTS[0]}&delivery_status=by_user",
    f"members/find?list_id=tea.{HOSTS[0]}&moderation_action=hold&role=member",
    "users",
    "users/find?q=e",
    f"users/find?q={quote('É')}",
    f"users/find?q={quote('éM')}",
    "users/find?q=%25_",
    "owners",
    "addresses",
    "bans",
    f"{TEA}/bans",
    f"domains/{HOSTS[0]}/owners",
    "users/a-b@example.com/addresses",
    "addresses/ab@example.com/memberships",
    "plugins",
    "queues",
)
OBJECTS = (
    "lists/styles",
    f"{TEA}/config",
    f"{TEA}/archivers",
    f"{TEA}/digest",
    f"{TEA}/held/count",
    f"{TEA}/held/{FIRST + 3}",
    f"{TEA}/requests/count",
    "bans/b-a@worse.example",
    f"{TEA}/bans/B.a@bad.example",
    f"{TEA}/config/description",
    f"{TEA}/uris",
    f"{TEA}/uris/list:user:notice:welcome",
    f"{TEA}/member/10@example.com",
    f"domains/{HOSTS[0]}/uris",
    f"domains/{HOSTS[0]}/uris/list:user:notice:welcome",
    "uris",
    "uris/list:user:notice:goodbye",
    "users/a-b@example.com/preferences",
    "users/a-b@example.com/preferred_address",
    "addresses/stray@example.net/preferences",
    "addresses/a-b@example.com/user",
    f"{TEA}/header-matches/find?header=subject",
    "queues/in",
    f"queues/bad/{FIRST + 7}",
    "system/chains",
    "system/pipelines",
    "system/preferences",
)


ELSEWHERE = {
    *("system", "system-versions", "system-configuration", "system-section", "plugin", "plugin-resource", "nowhere"),
    *("reserved-orphans", "reserved-reset", "address-verify", "address-unverify", "user-login"),
}
"""Routes that speak of the host, of plugins, or of nothing at all."""


def walk(api: Api) -> dict[str, Any]:
    """Every collection whole and by pages, single objects, and whatever entries link to where that says something else."""
    found: dict[str, Any] = {path: api.get(path) for path in OBJECTS}
    for path in COLLECTIONS:
        found[path] = whole = api.get(path)
        for number in (1, 2, 3):
            page = api.get(f"{path}{'&' if '?' in path else '?'}count=4&page={number}")
            assert page.get("entries", []) == whole.get("entries", [])[4 * number - 4 : 4 * number]
            assert page["total_size"] == whole["total_size"]
        for entry in whole.get("entries", []):
            link = entry["self_link"]
            if link not in found and (alone := api.get(link)) != entry:
                found[link] = alone
            elif "member_id" in entry:
                for path in (f"{link}/preferences", f"members/{entry['member_id']}/all/preferences"):
                    found.setdefault(path, api.get(path))
    return found


def routes(resolver: URLResolver) -> set[str]:
    found = set()
    for pattern in resolver.url_patterns:
        found |= routes(pattern) if isinstance(pattern, URLResolver) else {str(pattern.name)}
    return found


def test_every_place_is_walked(api: Api) -> None:
    make_one_site()
    visited = {path: path.removeprefix("http://127.0.0.1:8000/api/3.1/").partition("?")[0] for path in walk(api)}
    linked = {entry["self_link"] for answer in walk(api).values() for entry in answer.get("entries", [])}
    paths = {*visited.values(), *(link.removeprefix("http://127.0.0.1:8000/api/3.1/") for link in linked)}
    names = {str(resolve(f"/api/3.1/{unquote(path)}").url_name) for path in paths}
    [resolver] = [each for each in get_resolver().url_patterns if getattr(each, "namespace", "") == "api"]
    assert isinstance(resolver, URLResolver)
    assert routes(resolver) - names == ELSEWHERE


@pytest.fixture(params=["as the server sorts", "as people sort"])
def sorting(request: pytest.FixtureRequest, db: None) -> None:
    """PostgreSQL sorts text as its cluster's language does, or, in a test, as English readers expect it."""
    if connection.vendor != "postgresql" or request.param == "as the server sorts":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND data_type IN ('character varying', 'text') AND collation_name IS NULL"
        )
        tables: dict[str, list[str]] = {}
        for table, column in cursor.fetchall():
            tables.setdefault(table, []).append(column)
        for table, columns in tables.items():
            changes = ", ".join(f'ALTER COLUMN "{column}" TYPE text COLLATE "en-x-icu"' for column in columns)
            cursor.execute(f'ALTER TABLE "{table}" {changes}')
        cursor.execute(
            'SELECT array_agg(x ORDER BY x COLLATE "en-x-icu") FROM unnest(ARRAY[%s, %s, %s]) x', ["b", "a", "B"]
        )
        assert cursor.fetchone() == (["a", "b", "B"],)


@pytest.mark.feature("ops.sqlite-postgresql")
def test_the_same_site_gives_the_same_answers(api: Api, sorting: None) -> None:
    make_one_site()
    answers = walk(api)

    if os.environ.get("POSTHOUSE_TEST_WRITE_ANSWERS"):
        EXPECTED.write_text(json.dumps(answers, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    expected = json.loads(EXPECTED.read_text())
    assert sorted(answers) == sorted(expected)
    assert {path: answers[path] for path in answers if answers[path] != expected[path]} == {}
