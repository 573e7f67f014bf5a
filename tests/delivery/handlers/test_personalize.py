from typing import Any

import pytest

from delivery.enums import BatchKind
from delivery.handlers.personalize import Personalize
from lists.enums import Personalization
from tests.delivery.handlers.shaping import apply, make_list

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("personalize", "interval", "number", "kind"),
    [
        (Personalization.NONE, 0, 1, BatchKind.BULK),
        (Personalization.NONE, 1, 1, BatchKind.VERP),
        (Personalization.NONE, 3, 2, BatchKind.BULK),
        (Personalization.NONE, 3, 3, BatchKind.VERP),
        (Personalization.NONE, 3, 6, BatchKind.VERP),
        (Personalization.INDIVIDUAL, 0, 1, BatchKind.PERSONAL),
        (Personalization.FULL, 1, 1, BatchKind.PERSONAL),
    ],
)
def test_kind(personalize: Personalization, interval: int, number: int, kind: BatchKind, settings: Any) -> None:
    settings.VERP_INTERVAL = interval

    assert apply(Personalize(), make_list(personalize=personalize, post_id=number)).kind == kind
