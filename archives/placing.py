"""Where a post belongs: the pure part of threading.

In the order of trust: an id its References (else In-Reply-To) name, nearest first; else, for something that calls itself a
reply, a recent thread of the same subject; else a thread of its own. A parent that nobody has seen is a ghost.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

SUBJECT_DAYS = timedelta(days=30)
"""A reply without References joins a thread of its subject that is no older than this."""


@dataclass
class Node:
    """A post of the archive as threading sees it: in the database (`pk`), or about to be written."""

    message_id: str
    thread: int | None
    ghost: bool = False
    pk: int | None = None
    parent: "Node | None" = None


@dataclass
class Place:
    """What to write for one post: into `thread` (None = a new one), below `parent`, perhaps as the ghost it was."""

    thread: int | None
    parent: Node | None = None
    new_ghost: str = ""
    """Message-ID of a nearest parent that nobody has seen: a ghost is to be made for it, below `parent`."""
    fills: Node | None = None
    """The ghost that this post turns out to be."""
    merges: list[int] = field(default_factory=list)
    """Threads that turn out to be parts of `thread`."""


def place(message_id: str, references: list[str], known: dict[str, Node], same_subject: int | None) -> Place:
    """Find a post's place among the known nodes, which hold every post and ghost that its ids name."""
    ancestors = [reference for reference in references if reference != message_id]
    parent = next((known[reference] for reference in reversed(ancestors) if reference in known), None)
    unseen = ancestors[-1] if ancestors and ancestors[-1] not in known else ""
    own = known.get(message_id)
    if own is not None and own.ghost:
        return _fill(own, parent, unseen)
    if parent is not None:
        return Place(parent.thread, parent, unseen)
    return Place(None if unseen else same_subject, None, unseen)


def _fill(own: Node, parent: Node | None, unseen: str) -> Place:
    """The post that others have answered already. Its own parent may tie their thread to another one."""
    if parent is None or _descends(parent, own):
        return Place(own.thread, None, unseen, fills=own)
    merges = [own.thread] if own.thread is not None and own.thread != parent.thread else []
    return Place(parent.thread, parent, unseen, fills=own, merges=merges)


def _descends(node: Node, ancestor: Node) -> bool:
    """Whether `node` stands below `ancestor`: such a parent would close a circle."""
    seen = set()
    step: Node | None = node
    while step is not None and id(step) not in seen:
        if step is ancestor:
            return True
        seen.add(id(step))
        step = step.parent
    return False


def believable(claimed: datetime | None, filed: datetime) -> datetime:
    """The author's clock where it can be right for fresh mail, else the time of filing."""
    if claimed is None or not filed - timedelta(days=30) <= claimed <= filed + timedelta(days=1):
        return filed
    return claimed
