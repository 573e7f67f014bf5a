"""Threads as trees."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from archives.outline import Leaf, arrange

START = datetime(2026, 1, 1, tzinfo=UTC)


def leaf(pk: int, parent: int | None = None, ghost: bool = False, minute: int | None = None) -> Leaf:
    return Leaf(pk, parent, ghost, START + timedelta(minutes=pk if minute is None else minute))


def tree(*leaves: Leaf) -> list[tuple[int, int]]:
    return [(place.pk, place.depth) for place in arrange(leaves)]


def test_replies_stand_below_what_they_answer_siblings_by_date() -> None:
    assert tree(leaf(1), leaf(2, 1, minute=9), leaf(3, 1, minute=5), leaf(4, 2)) == [(1, 0), (3, 1), (2, 1), (4, 2)]


def test_ghosts_are_left_out_and_their_replies_move_up() -> None:
    assert tree(leaf(1, ghost=True), leaf(2, 1), leaf(3, 2), leaf(4, 1)) == [(2, 0), (3, 1), (4, 0)]


def test_a_parent_elsewhere_is_none() -> None:
    assert tree(leaf(2, 77)) == [(2, 0)]


def test_numbers_follow_reading_order() -> None:
    assert [place.index for place in arrange([leaf(1, ghost=True), leaf(2, 1), leaf(3, 1)])] == [0, 1]


def test_a_very_deep_thread() -> None:
    places = arrange([leaf(1), *(leaf(pk, pk - 1) for pk in range(2, 5_000))])

    assert (len(places), places[-1].depth) == (4_999, 4_998)


@given(some.lists(some.tuples(some.integers(0, 30), some.booleans()), max_size=30))
def test_every_post_comes_once_whatever_points_where(rows: list[tuple[int, bool]]) -> None:
    leaves = [leaf(pk, parent or None, ghost) for pk, (parent, ghost) in enumerate(rows, 1)]

    places = arrange(leaves)

    assert sorted(place.pk for place in places) == [one.pk for one in leaves if not one.ghost]
    assert [place.index for place in places] == list(range(len(places)))
