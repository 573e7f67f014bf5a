"""The operator's commands for lists and people: short answers, and errors in one sentence."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from lists.enums import MemberRole
from lists.models import Domain, MailingList
from suite.common.models import Event
from tests.support.factories import make_list, make_member, make_members

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=out)
    return out.getvalue()


def fails(*words: str) -> str:
    with pytest.raises(CommandError) as caught:
        run(*words)
    return str(caught.value)


def test_a_domain_and_a_list_are_made() -> None:
    assert run("createdomain", "Example.org", "--alias", "alias.example") == "Created the domain example.org.\n"
    assert Domain.objects.get().alias_domain == "alias.example"

    words = ("createlist", "Dev@example.org", "--owner", "anne@example.com", "--style", "private-default")
    assert run(*words) == "Created the list dev@example.org.\n"
    mlist = MailingList.objects.get()
    assert (mlist.advertised, mlist.memberships.get().role) == (False, MemberRole.OWNER)
    assert Event.objects.get(kind="list.created").actor == "createlist"


def test_what_cannot_be_made_is_told_in_a_sentence(dev: MailingList) -> None:
    assert fails("createdomain", "example.org") == "Duplicate email host: example.org"
    assert fails("createdomain", "localhost") == "A mail host as in lists.example.org is wanted."
    assert fails("createlist", "dev@example.org") == "Mailing list exists"
    assert fails("createlist", "dev@example.com") == "Domain does not exist: example.com"
    assert fails("createlist", "x@example.org", "--style", "fancy") == "There is no style named fancy."
    assert fails("createlist", "x@example.org", "--owner", "nobody") == "Invalid email address: nobody"
    assert fails("members", "x@example.org") == "There is no list x@example.org."
    assert fails("members", "dev@example.org", "--role", "boss").startswith("There is no role boss.")


def test_lists_are_named_with_their_members(dev: MailingList) -> None:
    make_members(dev, 3)
    make_member(dev, "anne@example.com", MemberRole.OWNER)
    make_list("hidden@example.com", advertised=False)

    assert run("lists").splitlines() == [
        "address             members  archive  description",
        "hidden@example.com  0        public",
        "dev@example.org     3        public",
    ]
    assert [row["list_id"] for row in json.loads(run("lists", "--json", "--advertised"))] == ["dev.example.org"]
    assert [row["members"] for row in json.loads(run("lists", "--json", "--domain", "Example.com"))] == [0]
    assert run("lists", "--domain", "example.net") == "There are no lists.\n"


def test_members_are_added_from_a_file(dev: MailingList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "members.txt"
    file.write_text("# the first\nBärbel <Bart@example.com>\n\ncris@example.com\n")

    assert run("addmembers", "dev.example.org", str(file)) == "Added 2, already there 0, refused 0.\n"
    assert run("members", "DEV@example.org") == "Bart@example.com\ncris@example.com\n"
    bart, _ = json.loads(run("members", "dev@example.org", "--json"))
    assert (bart["display_name"], bart["role"], bart["delivery_mode"]) == ("Bärbel", "member", "regular")

    monkeypatch.setattr("sys.stdin", io.StringIO("anne@example.com, bart@example.com\n"))
    assert fails("addmembers", "dev@example.org", "--role", "owner") == "1 could not be added."


def test_a_list_is_removed_when_its_name_is_typed(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = ["no", "dev"]
    monkeypatch.setattr("builtins.input", lambda question: answers.pop(0))

    assert fails("removelist", "dev@example.org") == "Nothing was deleted."
    assert run("removelist", "dev@example.org") == "Deleted the list dev@example.org with its archive.\n"
    assert not MailingList.objects.exists()


def test_a_site_owner_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct-horse-battery")

    assert run("createsuperuser", "Root@example.com", "--name", "Root") == "root@example.com owns the site.\n"
    user = User.objects.get()
    assert user.is_superuser and user.check_password("correct-horse-battery")
    assert str(user.preferred_address) == "Root@example.com"
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "1234")
    assert "too short" in fails("createsuperuser", "other@example.com")
    monkeypatch.delenv("DJANGO_SUPERUSER_PASSWORD")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert fails("createsuperuser", "other@example.com").startswith("There is no terminal")
