"""HTTP endpoints, for tests."""

import email
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

from django.test import override_settings
from django.utils import timezone

from delivery.endpoints import managing, posting
from delivery.enums import BatchState, OutcomeState
from delivery.models import Batch, Endpoint, Outcome
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from tests.support.outgoing import recipients_of, relay, send_all
from tests.support.receiver import Got, Receiver

CRIS = "cris@example.com"
NOBODY = "http://127.0.0.1:1/"
"""Where nobody listens."""


@contextmanager
def http_delivery(**more: Any) -> Iterator[None]:
    """A site whose posts may go over HTTP, to this machine as well."""
    with override_settings(**{"HTTP_DELIVERY": True, "HTTP_DELIVERY_HOSTS": ["127.0.0.1"], **more}):
        yield


def point(mlist: MailingList, url: str, member: Membership | None = None, **more: Any) -> str:
    """The key of an endpoint there."""
    return managing.set_endpoint(mlist, url, membership=member, actor="test", **more)[1]


def work() -> None:
    """What an endpoint bell does."""
    posting.work(seconds=60)


def wake() -> None:
    """So long has passed that everything is due again."""
    past = timezone.now() - timedelta(seconds=1)
    Outcome.objects.filter(state=OutcomeState.DEFERRED).update(due_at=past)
    Batch.objects.filter(state=BatchState.PENDING).update(due_at=past)
    Endpoint.objects.update(due_at=past)


def member(name: str) -> Membership:
    return Membership.objects.get(address__email=f"{name}@example.com", role=MemberRole.MEMBER)


def mailed() -> list[str]:
    """Who got mail, as often as he did."""
    with relay() as server:
        send_all()
    return sorted(recipients_of(server).elements())


def letter_of(got: Got) -> EmailMessage:
    found = email.message_from_bytes(got.body, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def ids(receiver: Receiver) -> list[str]:
    return [got.id for got in receiver.got]


def states() -> list[str]:
    return list(Batch.objects.filter(endpoint__isnull=False).order_by("pk").values_list("state", flat=True))
