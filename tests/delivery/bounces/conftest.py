"""What is told about bounces goes into the outbox, as it does on a site."""

from typing import Any

import pytest

from lists.models import MailingList, Membership
from tests.support.factories import make_member


@pytest.fixture(autouse=True)
def outbox(settings: Any) -> None:
    settings.EMAIL_BACKEND = "delivery.mail_backend.OutboxBackend"


@pytest.fixture
def member(dev: MailingList) -> Membership:
    return make_member(dev, "bart@example.com")
