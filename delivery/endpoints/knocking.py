"""One POST to an endpoint: what is sent, and what its answer means for the recipient.

The body is the letter as the member would have got it by mail, octet for octet (message/rfc822). An answer 2xx is a yes; 408,
425, 429, 3xx, 5xx and none at all mean later; any other 4xx is a refusal, and 410 says that the endpoint wants no more (Standard
Webhooks 1.0.0). A redirect is not followed: where posts go is said here, and by nobody else.
"""

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from http.client import responses
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from delivery.models import Batch, Endpoint
from delivery.services.claiming import Claim
from delivery.services.content import Content
from delivery.smtp import Reply
from suite.common import fetching, signed_posts
from suite.common.fetching import FetchFailed
from suite.mail import ids
from suite.mail.wire import dot_unstuff

SECONDS = 20.0
RATE = 100_000
"""Octets a second, the slowest that a letter may go."""
LONGEST_REST = 6 * 3600.0
"""Seconds; who asks to be left alone for longer is asked again then."""
LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer as a relay would have put it; for how many seconds the endpoint asks to be left alone, and whether for good."""

    reply: Reply
    rest: float = 0
    gone: bool = False


def is_trusted(url: str) -> bool:
    """Whether the operator allows its host to be one of our own network."""
    return urlsplit(url).hostname in {host.lower().strip("[]") for host in settings.HTTP_DELIVERY_HOSTS}


def knock(endpoint: Endpoint, post_id: str, body: bytes, fields: dict[str, str]) -> Heard:
    """Send one signed POST. Never raises for what the other side does."""
    now = timezone.now()
    keys = [endpoint.secret]
    if endpoint.old_until is not None and now < endpoint.old_until:
        keys.append(endpoint.old_secret)
    signed = signed_posts.fields(post_id, body, keys, now)
    sent = {"Content-Type": "message/rfc822", **fields, **signed}
    seconds = SECONDS + len(body) / RATE
    try:
        answer = fetching.post(endpoint.url, body, sent, trusted=is_trusted(endpoint.url), seconds=seconds)
    except FetchFailed as error:
        return Heard(Reply(451, "4.4.1", str(error)))
    rest = min(max(answer.retry_after or 0, 0), LONGEST_REST)
    return Heard(_reply(answer.status), rest, gone=answer.status == HTTPStatus.GONE)


def _reply(status: int) -> Reply:
    said = f"HTTP {status} {responses.get(status, '')}".strip()
    if 200 <= status < 300:
        return Reply(250, "2.0.0", said)
    if 400 <= status < 500 and status not in LATER:
        return Reply(554, "5.0.0", said)
    return Reply(451, "4.3.0", said)


# --- what is sent -----------------------------------------------------------------------------------------------------


def post_id(batch: Batch) -> str:
    """What a post is recognised by when it comes again. Another row in its place, as after a restore, is another post."""
    told = f"{batch.pk} {batch.created_at.timestamp():.6f} {batch.rendering.message_id}"
    return f"msg_{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def letter(claim: Claim) -> bytes:
    """The copy that the endpoint gets; a list's own endpoint one as for a reader who is no member."""
    batch, mlist = claim.batch, claim.mlist
    [(member, address, name)] = batch.recipients
    if member is None and mlist is not None:
        address, name = mlist.posting_address, mlist.display_name
    content = Content(batch.rendering, mlist, claim.written_to)
    return dot_unstuff(b"".join(content.copy((member, address, name))))


def fields(claim: Claim, attempt: int) -> dict[str, str]:
    """What an endpoint may want to know before it reads the letter. The list is the one that was written to, as in the letter."""
    message_id, mlist = claim.batch.rendering.message_id, claim.written_to
    return {
        "List-Id": f"<{mlist.list_id}>" if mlist else "",
        "Message-ID-Hash": ids.id_hash(message_id),
        "Posthouse-Attempt": str(attempt),
    }
