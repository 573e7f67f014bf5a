"""Which topics members choose, and how they say so."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from lists.errors import UnknownTopic
from lists.models import MailingList, Membership, TopicChoice
from lists.services import topics
from lists.services.mailing_lists import change_settings
from lists.services.memberships import remove_member
from suite.common.models import Event

pytestmark = pytest.mark.django_db

TOPICS = [{"name": name, "pattern": name, "description": f"about {name}"} for name in ("bug", "Wishes")]


@pytest.fixture
def member(dev: MailingList, bart: User) -> Membership:
    change_settings(dev, topics=TOPICS, topics_enabled=True)
    return Membership.objects.select_related("mlist__domain").get(address__user=bart)


def said(*words: str) -> str:
    out = StringIO()
    call_command("topics", *words, stdout=out)
    return out.getvalue()


def test_a_choice_replaces_the_one_before(member: Membership) -> None:
    topics.choose(member, ["wishes"], untagged=False, actor="bart@example.com")
    topics.choose(member, ["BUG", "wishes", "bug"])

    assert topics.chosen(member) == (["bug", "Wishes"], True)
    event = Event.objects.filter(kind="member.topics").latest("pk")
    assert (event.list_id, event.data) == ("dev.example.org", {"topics": ["bug", "Wishes"], "untagged": True})

    topics.choose(member, [])
    assert topics.chosen(member) == ([], True)
    assert not TopicChoice.objects.exists()


def test_an_unknown_topic_is_refused_and_nothing_changes(member: Membership) -> None:
    topics.choose(member, ["bug"], untagged=False)

    with pytest.raises(UnknownTopic, match=r"has no topic tea\. It has: bug, Wishes"):
        topics.choose(member, ["wishes", "tea"])

    assert topics.chosen(member) == (["bug"], False)


def test_a_choice_goes_with_its_member(member: Membership) -> None:
    topics.choose(member, ["bug"])
    remove_member(member)

    assert not TopicChoice.objects.exists()


def test_the_command_names_sets_and_clears(member: Membership) -> None:
    assert said("dev@example.org") == "bug: bug  about bug\nWishes: Wishes  about Wishes\n"
    assert said("dev@example.org", "bart@example.com") == "bart@example.com gets all posts.\n"
    assert (
        said("dev.example.org", "Bart@example.com", "bug", "--only")
        == "Bart@example.com gets posts about bug, and nothing else.\n"
    )
    assert json.loads(said("dev@example.org", "bart@example.com", "wishes", "--json")) == {
        "member": "bart@example.com",
        "topics": ["Wishes"],
        "untagged": True,
    }
    assert said("dev@example.org", "bart@example.com", "--all") == "bart@example.com gets all posts.\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["dev@example.org", "dora@example.com"], "dora@example.com is no member of dev@example.org."),
        (["dev@example.org", "bart@example.com", "tea"], "has no topic tea"),
        (["dev@example.org", "bart@example.com", "bug", "--all"], "Either topics or --all."),
        (["dev@example.org", "bart@example.com", "--only"], "--only needs topics."),
        (["nothing@example.org"], "There is no list"),
    ],
)
def test_the_command_says_what_is_wrong(member: Membership, words: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        said(*words)
