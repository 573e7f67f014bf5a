"""The cast: Anne owns, Bart is a member, Cris moderates, Dora is a stranger, all of them on dev@example.org."""

import pytest
from pytest_django import Settings

from accounts.models import User
from lists.enums import MemberRole
from lists.models import MailingList
from tests.support.factories import make_list, make_member, make_user


@pytest.fixture
def dev(db: None) -> MailingList:
    """dev@example.org, as legacy-default makes it, without anybody."""
    return make_list("dev")


@pytest.fixture
def anne(dev: MailingList) -> User:
    """anne@example.com owns dev; she is no member."""
    user = make_user("Anne")
    make_member(dev, user.preferred_address, MemberRole.OWNER)
    return user


@pytest.fixture
def bart(dev: MailingList) -> User:
    """bart@example.com is a member of dev."""
    user = make_user("Bart")
    make_member(dev, user.preferred_address)
    return user


@pytest.fixture
def cris(dev: MailingList) -> User:
    """cris@example.com moderates dev; he is no member."""
    user = make_user("Cris")
    make_member(dev, user.preferred_address, MemberRole.MODERATOR)
    return user


@pytest.fixture
def outbox(settings: Settings) -> None:
    """Mails of our own go where they go on a site, for `tests.support.notices.told` to read."""
    settings.EMAIL_BACKEND = "delivery.mail_backend.OutboxBackend"


@pytest.fixture
def dora(db: None) -> User:
    """dora@example.com has an account and nothing else."""
    return make_user("Dora")
