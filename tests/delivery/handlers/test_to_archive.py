import pytest

from lists.enums import ArchivePolicy
from tests.delivery.handlers.shaping import POST, archived, make_list, shape, subscribe

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("policy", [ArchivePolicy.PRIVATE, ArchivePolicy.PUBLIC])
def test_untouched_letter_is_filed_as_the_object_that_came(policy: ArchivePolicy) -> None:
    mlist = make_list(archive_policy=policy, subject_prefix="[Dev] ")
    subscribe(mlist, "anne@example.com")
    draft = shape(mlist)

    [raw] = archived(draft)

    assert raw is draft.received


def test_cleansed_letter_is_filed_cleansed() -> None:
    assert archived(shape(make_list(subject_prefix="[Dev] "), b"Urgent: s3cret\r\n" + POST)) == [POST]


@pytest.mark.parametrize(
    "field", ["X-No-Archive: yes", "X-No-Archive:", "x-no-archive: no", "X-Archive: no", "x-archive: No"]
)
def test_posters_wish_is_heard(field: str) -> None:
    assert archived(shape(make_list(), field.encode() + b"\r\n" + POST)) == []


@pytest.mark.parametrize("field", ["X-Archive: yes", "X-Archive: nope", "Subject: X-No-Archive"])
def test_other_fields_mean_nothing(field: str) -> None:
    assert len(archived(shape(make_list(), field.encode() + b"\r\n" + POST))) == 1


def test_policy_never() -> None:
    assert archived(shape(make_list(archive_policy=ArchivePolicy.NEVER))) == []
