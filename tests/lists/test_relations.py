"""Lists that have to do with one another: what may be said of them, and the command that says it."""

import json
from itertools import pairwise

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from lists.enums import Relation
from lists.errors import InvalidRelation
from lists.models import ListRelation, MailingList
from lists.services import relations
from lists.services.mailing_lists import delete_list
from suite.common.models import Event
from tests.lists.test_commands import fails, run
from tests.support.factories import make_list

pytestmark = pytest.mark.django_db

INCLUDE, EXCLUDE = Relation.INCLUDE, Relation.EXCLUDE


def chain(*names: str) -> list[MailingList]:
    """Lists each of which includes the next."""
    made = [make_list(name) for name in names]
    for upper, lower in pairwise(made):
        relations.relate(upper, lower, INCLUDE)
    return made


@pytest.mark.parametrize("length", [1, 2, 4])
def test_no_list_comes_to_include_itself(length: int) -> None:
    made = chain(*(f"list{number}" for number in range(length)))

    with pytest.raises(InvalidRelation, match="itself"):
        relations.relate(made[-1], made[0], INCLUDE)

    assert ListRelation.objects.count() == length - 1


def test_lists_may_be_included_twice_over() -> None:
    top, left, right, bottom = (make_list(name) for name in ("top", "left", "right", "bottom"))
    for upper, lower in ((top, left), (top, right), (left, bottom), (right, bottom)):
        assert relations.relate(upper, lower, INCLUDE)

    assert relations.included(top) == {top.pk, left.pk, right.pk, bottom.pk}


def test_not_even_a_circle_in_the_table_has_no_end(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first, second, third = chain("first", "second", "third")
    ListRelation.objects.create(mlist=third, other=first, kind=INCLUDE)

    with django_assert_num_queries(2):
        assert relations.included(second) == {first.pk, second.pk, third.pk}
        assert relations.siblings(second) == {first.pk, third.pk}


def test_siblings_are_the_family_and_who_is_excluded_on_either_side() -> None:
    top, middle, bottom = chain("top", "middle", "bottom")
    aunt, near, far, stranger = (make_list(name) for name in ("aunt", "near", "far", "stranger"))
    relations.relate(top, aunt, INCLUDE)
    relations.relate(middle, near, EXCLUDE)
    relations.relate(far, middle, EXCLUDE)
    relations.relate(stranger, near, EXCLUDE)

    assert relations.siblings(middle) == {top.pk, bottom.pk, aunt.pk, near.pk, far.pk}
    assert relations.siblings(far) == {middle.pk}
    assert relations.siblings(make_list("lonely")) == set()


def test_what_is_said_last_counts_and_stands_in_the_audit_trail() -> None:
    upper, lower = chain("upper", "lower")

    assert not relations.relate(upper, lower, INCLUDE, actor="anne")
    assert relations.relate(upper, lower, EXCLUDE, actor="anne")
    assert relations.included(upper) == {upper.pk}
    relations.forget(upper, lower, actor="anne")
    with pytest.raises(InvalidRelation, match="nothing to do"):
        relations.forget(upper, lower)

    said = Event.objects.filter(list_id=upper.list_id, subject=lower.list_id).order_by("pk")
    assert list(said.values_list("kind", "actor")) == [
        ("list.includes", ""),
        ("list.excludes", "anne"),
        ("list.unrelated", "anne"),
    ]


def test_a_list_that_is_deleted_leaves_no_relation() -> None:
    _, middle, _ = chain("top", "middle", "bottom")

    delete_list(middle)

    assert not ListRelation.objects.exists()


@pytest.mark.parametrize("related", [True, False])
def test_a_list_is_loaded_knowing_whether_it_has_relations(related: bool) -> None:
    first, second = (make_list(name) for name in ("first", "second"))
    if related:
        relations.relate(first, second, EXCLUDE)

    loaded = relations.with_relations(MailingList.objects.select_related("domain"))

    assert [relations.has_relations(mlist) for mlist in loaded] == [related, related]
    assert relations.has_relations(first)  # nobody asked


def test_command_includes_excludes_removes_and_shows() -> None:
    for name in ("all", "dev", "ops", "news"):
        make_list(name)

    assert run("umbrella", "all@example.org") == "all@example.org has nothing to do with other lists.\n"
    run("umbrella", "all@example.org", "--include", "dev@example.org", "--include", "ops.example.org")
    run("umbrella", "dev@example.org", "--exclude", "news@example.org")

    assert run("umbrella", "dev@example.org").splitlines() == [
        "all@example.org includes dev@example.org",
        "dev@example.org excludes news@example.org",
    ]
    assert json.loads(run("umbrella", "all@example.org", "--json")) == {
        "includes": ["dev.example.org", "ops.example.org"],
        "included_by": [],
        "excludes": [],
        "excluded_by": [],
    }
    assert "itself" in fails("umbrella", "ops@example.org", "--include", "all@example.org")
    run("umbrella", "all@example.org", "--remove", "dev@example.org")
    assert run("umbrella", "all@example.org") == "all@example.org includes ops@example.org\n"


def test_of_two_words_one_waits_for_the_other() -> None:
    """Else two who close a circle together would not see each other."""
    first, second = (make_list(name) for name in ("first", "second"))
    relations.relate(first, second, INCLUDE)

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT mode FROM pg_locks WHERE relation = 'lists_listrelation'::regclass AND granted")
            assert ("ShareRowExclusiveLock",) in cursor.fetchall()
        else:
            assert connection.in_atomic_block  # one writer at a time
