"""Threading loses no message and closes no circle, in whatever order messages come."""

from hypothesis import given
from hypothesis import strategies as st

from archives.placing import Node, place

NAMES = "abcdefgh"
MESSAGES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=4, unique=True)),
    max_size=12,
    unique_by=lambda message: message[0],
)


@given(MESSAGES)
def test_every_message_has_a_thread_and_no_parent_is_its_own_child(messages: list[tuple[str, list[str]]]) -> None:
    known: dict[str, Node] = {}
    threads = 0
    for name, references in messages:
        found = place(name, references, known, None)
        for node in known.values():
            if node.thread in found.merges:
                node.thread = found.thread
        threads += found.thread is None
        thread = found.thread or threads
        parent = found.parent
        if found.new_ghost:
            parent = known[found.new_ghost] = Node(found.new_ghost, thread, True, None, parent)
        if found.fills:
            found.fills.ghost, found.fills.parent, found.fills.thread = False, parent, thread
        else:
            known.setdefault(name, Node(name, thread, False, None, parent))
    assert {name for name, _ in messages} <= set(known)
    for node in known.values():
        seen, step = [], node
        while step is not None:
            assert step not in seen
            assert step.thread == node.thread
            seen.append(step)
            step = step.parent  # type: ignore[assignment]
