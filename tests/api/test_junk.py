"""Whatever stands in a request about people: it is refused, or means something, and nothing breaks."""

from typing import Any

import pytest

from accounts.models import User
from lists.models import MailingList
from tests.support.api import Api
from tests.support.factories import make_member

TEXTS = ["\ud800", "a\0b", "x" * 10_000, "9" * 4400, "\ud800@example.com", "a\0@example.com"]
JUNK: list[Any] = [*TEXTS, -1, 10**30, 1.5, True, None, [], {}, [1, 2]]
"""Half a character, NUL, too long, too large, and what JSON has beside text."""
PREFERENCES = ("delivery_mode", "hide_address", "preferred_language")


@pytest.mark.django_db
@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize(
    ("verb", "path", "names"),
    [
        ("POST", "members", ("list_id", "subscriber", "display_name", "role", "pre_verified", "delivery_mode")),
        ("POST", "members/find", ("list_id", "subscriber", "role", "moderation_action", "fields", "count", "page")),
        ("PATCH", "members/ID", ("address", "delivery_mode", "moderation_action")),
        ("DELETE", "members/ID", ("pre_confirmed", "\ud800")),
        ("PATCH", "members/ID/preferences", PREFERENCES),
        ("DELETE", "lists/dev.example.org/roster/member", ("emails",)),
        ("POST", "users", ("email", "display_name", "password", "is_server_owner")),
        ("PATCH", "users/dora@example.com", ("cleartext_password", "display_name", "is_server_owner")),
        ("POST", "users/dora@example.com/addresses", ("email", "display_name", "absorb_existing")),
        ("POST", "users/dora@example.com/preferred_address", ("email",)),
        ("POST", "users/dora@example.com/login", ("cleartext_password",)),
        ("PATCH", "addresses/dora@example.com", ("display_name", "email")),
        ("PUT", "addresses/dora@example.com/user", ("user_id", "auto_create", "display_name")),
        ("PATCH", "addresses/dora@example.com/preferences", PREFERENCES),
    ],
)
def test_nothing_breaks(api: Api, dev: MailingList, dora: User, verb: str, path: str, names: tuple[str, ...]) -> None:
    member = make_member(dev, "dora@example.com")
    path = path.replace("ID", member.member_id.hex)
    wanted: dict[str, Any] = {"members": {"list_id": "dev.example.org", "subscriber": "new@example.com"}}.get(path, {})

    answers = {
        (name, str(junk)[:20]): api.call(verb, path, json_body={**wanted, name: junk}).status_code
        for name in names
        for junk in JUNK
    }

    assert {key: status for key, status in answers.items() if not 200 <= status < 500} == {}
