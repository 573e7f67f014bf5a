import pytest

from delivery.draft import Draft
from delivery.enums import BatchKind
from delivery.handlers.to_outgoing import ToOutgoing
from tests.delivery.handlers.shaping import POST, below_trace, make_draft, make_list, sends, shape, subscribe

pytestmark = pytest.mark.django_db

ANNE, CRIS = (1, "anne@example.com", "Anne"), (2, "cris@example.com", "")


def outgoing(**changes: object) -> Draft:
    draft = make_draft(make_list())
    draft.recipients = [ANNE, CRIS]
    for name, value in changes.items():
        setattr(draft, name, value)
    ToOutgoing().apply(draft, draft.arrival.mlist)
    return draft


def test_one_send_for_all() -> None:
    draft = outgoing()
    [send] = sends(draft)

    assert below_trace(send.header) + send.body == POST
    assert send.body is draft.body
    assert send.recipients == (ANNE, CRIS)
    assert (send.kind, send.return_path, send.mark, send.body_changed) == ("bulk", "dev-bounces@example.org", "", False)


def test_named_recipients_get_a_marked_copy_of_the_same_body() -> None:
    plain, marked = sends(outgoing(named=frozenset([2])))

    assert (plain.recipients, marked.recipients) == ((ANNE,), (CRIS,))
    assert marked.header == plain.header + b"X-Mailman-Copy: yes\r\n"
    assert marked.body is plain.body


@pytest.mark.parametrize(
    ("kind", "has_mark"), [(BatchKind.BULK, False), (BatchKind.VERP, False), (BatchKind.PERSONAL, True)]
)
def test_placeholders_are_filled_in_personal_copies_only(kind: BatchKind, has_mark: bool) -> None:
    draft = outgoing(kind=kind)
    [send] = sends(draft)

    assert send.kind == kind
    assert send.mark == (draft.mark if has_mark else "")


def test_changed_body_is_known_even_where_it_is_the_end_of_the_old_one() -> None:
    mlist = make_list()
    draft = make_draft(mlist, POST.replace(b"Hello.", b"\r\nHello."))
    draft.body, draft.recipients = b"\r\nHello.\r\n", [ANNE]
    ToOutgoing().apply(draft, mlist)

    assert [send.body_changed for send in sends(draft)] == [True]


def test_nobody_to_send_to() -> None:
    assert sends(outgoing(recipients=[])) == []


def test_footer_changes_the_body() -> None:
    mlist = make_list()
    subscribe(mlist, "anne@example.com")

    assert [send.body_changed for send in sends(shape(mlist))] == [True]
