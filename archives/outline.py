"""A thread as a tree: which post stands below which, in reading order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from archives.models import Post, Thread


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post stands: its number in reading order from 0, and how many posts are above it."""

    pk: int
    index: int
    depth: int
    date: datetime


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the outline needs of a post."""

    pk: int
    parent: int | None
    ghost: bool
    date: datetime


def outline(thread: Thread) -> list[Place]:
    """The thread's posts in reading order, ghosts left out. One query, of light rows."""
    rows = Post.objects.filter(thread=thread).values_list("pk", "parent_id", "ghost", "date", "filed_at")
    return arrange(Leaf(pk, parent, ghost, date or filed) for pk, parent, ghost, date, filed in rows)


def arrange(leaves: Iterable[Leaf]) -> list[Place]:
    """Replies below what they answer, siblings by date. Whose parent is a ghost or absent moves up.

    Every post comes exactly once, also where parents go in a circle.
    """
    known = {leaf.pk: leaf for leaf in sorted(leaves, key=lambda leaf: (leaf.date, leaf.pk))}
    below: dict[int | None, list[Leaf]] = {}
    for leaf in known.values():
        below.setdefault(leaf.parent if leaf.parent in known else None, []).append(leaf)
    places: list[Place] = []
    seen: set[int] = set()
    for start in [*below.get(None, ()), *known.values()]:
        _walk(start, below, seen, places)
    return places


def _walk(start: Leaf, below: dict[int | None, list[Leaf]], seen: set[int], places: list[Place]) -> None:
    waiting = [(start, 0)]
    while waiting:
        leaf, depth = waiting.pop()
        if leaf.pk in seen:
            continue
        seen.add(leaf.pk)
        if not leaf.ghost:
            places.append(Place(leaf.pk, len(places), depth, leaf.date))
        inner = depth if leaf.ghost else depth + 1
        waiting.extend((child, inner) for child in reversed(below.get(leaf.pk, ())))
