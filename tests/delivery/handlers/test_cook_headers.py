import pytest

from delivery.handlers.cook_headers import CookHeaders
from suite.common.version import VERSION
from tests.delivery.handlers.shaping import POST, apply, make_list

pytestmark = pytest.mark.django_db


def test_product_and_precedence_are_added() -> None:
    draft = apply(CookHeaders(), make_list(), b"X-Mailman-Version: 2.1\r\nX-Mailman-Version: 3\r\n" + POST)

    assert draft.headers.get_all("X-Mailman-Version") == [f"Posthouse {VERSION}".encode()]
    assert draft.headers.get_all("Precedence") == [b"list"]


@pytest.mark.parametrize("field", [b"Precedence: bulk\r\n", b"precedence:   junk \r\n"])
def test_existing_precedence_keeps_its_bytes(field: bytes) -> None:
    draft = apply(CookHeaders(), make_list(), field + POST)

    assert draft.headers.to_bytes().startswith(field)
    assert len(draft.headers.get_all("Precedence")) == 1
