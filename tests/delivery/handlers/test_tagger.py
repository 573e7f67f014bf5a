from typing import Any

import pytest

from delivery import pipelines
from delivery.handlers.tagger import Tagger
from lists.models import MailingList
from lists.services import topics
from suite.mail.headers import HeaderBlock
from tests.delivery.handlers.shaping import (
    DIGEST,
    POST,
    addresses_of,
    apply,
    archived,
    make_draft,
    make_list,
    sends,
    shape,
    subscribe,
)

pytestmark = pytest.mark.django_db

BUG = {"name": "bug", "pattern": r"\bbug", "description": "What is wrong"}
WISH = {"name": "Wishes", "pattern": "wish|would be nice", "description": ""}


def sorting(**settings: Any) -> MailingList:
    return make_list(topics_enabled=True, topics=[BUG, WISH], **settings)


def about(subject: str = "Hi", text: str = "Hello.", fields: str = "") -> bytes:
    return fields.encode() + POST.replace(b"Subject: Hi", b"Subject: " + subject.encode()).replace(
        b"Hello.", text.encode()
    )


@pytest.mark.feature("core.handler.tagger")
@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (about("A bug in it"), ["bug"]),
        (about("=?utf-8?q?A_=42UG_in_it?="), ["bug"]),
        (about(fields="Keywords: tea, bug\r\n"), ["bug"]),
        (about(text="1\r\n2\r\n3\r\n4\r\nthere is a bug"), ["bug"]),
        (about(text="1\r\n2\r\n3\r\n4\r\n5\r\nthere is a bug"), []),
        (about("A debug session"), []),
        (about("A bug", "It would be nice without"), ["bug, Wishes"]),
        (about(fields="X-Topics: bug\r\n"), []),
    ],
)
def test_posts_are_sorted_by_what_they_say(raw: bytes, found: list[str]) -> None:
    mlist = sorting()
    subscribe(mlist, "anne@example.com")

    draft = shape(mlist, raw)

    published = [HeaderBlock.parse(whole) for whole in archived(draft)] + [HeaderBlock.parse(sends(draft)[0].header)]
    assert [header.texts("X-Topics") for header in published] == [found, found]


def test_lists_without_topics_sort_nothing() -> None:
    draft = apply(Tagger(), make_list(topics=[BUG]), about("A bug", fields="X-Topics: mine\r\n"))

    assert (draft.topics, draft.headers.texts("X-Topics")) == ((), ["mine"])


def test_a_limit_of_no_lines_looks_at_the_header_alone() -> None:
    mlist = sorting(topics_bodylines_limit=0)

    assert apply(Tagger(), mlist, about(text="a bug")).topics == ()


def test_a_pattern_that_is_none_sorts_nothing() -> None:
    mlist = sorting()
    MailingList.objects.update(topics=[{**BUG, "pattern": "("}])
    mlist.refresh_from_db()

    assert apply(Tagger(), mlist, about("A bug (")).topics == ()


@pytest.mark.feature("beyond.topics")
@pytest.mark.parametrize(
    ("raw", "got"),
    [
        (about("A bug"), ["all@example.com", "bugs@example.com", "only-bugs@example.com"]),
        (about("A wish"), ["all@example.com", "wishes@example.com"]),
        (
            about("A bug and a wish"),
            ["all@example.com", "bugs@example.com", "only-bugs@example.com", "wishes@example.com"],
        ),
        (about("Tea"), ["all@example.com", "bugs@example.com"]),
    ],
)
def test_members_get_what_they_chose(raw: bytes, got: list[str]) -> None:
    mlist = sorting()
    for name, chosen, untagged in (
        ("all", [], True),
        ("bugs", ["bug"], True),
        ("only-bugs", ["BUG"], False),
        ("wishes", ["wishes"], False),
    ):
        topics.choose(subscribe(mlist, f"{name}@example.com"), chosen, untagged=untagged)
        topics.choose(subscribe(mlist, f"digest-{name}@example.com", **DIGEST), chosen, untagged=untagged)

    draft = shape(mlist, raw)

    assert sorted(addresses_of(draft)) == sorted(got)
    readers = dict(mlist.memberships.values_list("pk", "address__email"))
    assert sorted(readers[member] for member, _ in draft.readers) == sorted(f"digest-{name}" for name in got)


def test_choices_of_topics_that_are_gone_count_for_nothing() -> None:
    mlist = sorting()
    topics.choose(subscribe(mlist, "bugs@example.com"), ["bug"])
    topics.choose(subscribe(mlist, "only-bugs@example.com"), ["bug"], untagged=False)
    mlist.topics = [WISH]

    assert addresses_of(shape(mlist, about("A wish"))) == ["bugs@example.com", "only-bugs@example.com"]


def test_topics_cost_one_statement_and_nothing_when_off(django_assert_num_queries: Any) -> None:

    mlist = make_list(topics=[BUG])
    subscribe(mlist, "anne@example.com")
    for enabled, count in ((False, 1), (True, 2)):
        mlist.topics_enabled = enabled
        draft = make_draft(mlist)
        with django_assert_num_queries(count):
            pipelines.run(mlist.posting_pipeline, draft, mlist)
