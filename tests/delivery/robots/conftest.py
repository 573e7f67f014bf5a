"""What the robot sends goes into the outbox, as it does on a site."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def outbox(settings: Any) -> None:
    settings.EMAIL_BACKEND = "delivery.mail_backend.OutboxBackend"
