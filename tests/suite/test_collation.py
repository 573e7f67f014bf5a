"""Text is sorted and made small alike on both databases."""

import pytest
from django.db.models.lookups import Contains, Exact

from accounts.models import User
from suite.common.collation import Bytewise, Small
from tests.support.factories import make_user

NAMES = ["a b", "B", "a", "É", "_", "é", "ab", "Z", "a-b", "ß", "Я", "10", "9"]

pytestmark = [pytest.mark.django_db, pytest.mark.feature("ops.sqlite-postgresql")]


def test_by_its_bytes() -> None:
    for number, name in enumerate(NAMES):
        make_user(name, f"user{number}@example.com")
    found = User.objects.order_by(Bytewise("display_name")).values_list("display_name", flat=True)
    assert list(found) == sorted(NAMES, key=str.encode)


def test_in_small_letters() -> None:
    make_user("ÉMILE Яна", "emile@example.com")
    found = User.objects.filter(Exact(Small("display_name"), "émile яна"))
    assert [user.email for user in found] == ["emile@example.com"]
    assert User.objects.filter(Contains(Small("display_name"), "ile я")).count() == 1
    assert not User.objects.filter(Contains(Small("display_name"), "emile")).exists()
