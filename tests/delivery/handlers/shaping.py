"""A list, its members, and a post on its way through a pipeline: what tests of handlers share."""

import re
from datetime import UTC, datetime
from typing import Any

from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.models import Address, User
from archives.models import Arrival, Letter
from delivery import pipelines
from delivery.draft import Archive, Draft, Send
from delivery.handlers.base import Handler
from lists.enums import MemberRole
from lists.models import Domain, MailingList, Membership
from lists.wording import with_texts
from moderation import candidates
from moderation.verdicts import Disposition, Verdict

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ACCEPTED = Verdict(Disposition.ACCEPT, "truth", hits=(), misses=("no-senders", "max-size"))
POST = (
    b"From: Bart <bart@example.com>\r\nTo: dev@example.org\r\nSubject: Hi\r\n"
    b"Date: Fri, 20 Nov 2026 11:59:00 +0000\r\nMessage-ID: <one@example.com>\r\n\r\nHello.\r\n"
)


def make_list(**settings: Any) -> MailingList:
    """dev@example.org, without subject prefix, loaded as a worker loads it."""
    domain, _ = Domain.objects.get_or_create(mail_host="example.org")
    made = MailingList.objects.create(list_name="dev", domain=domain, **settings)
    return with_texts(MailingList.objects.select_related("domain")).get(pk=made.pk)


def make_address(email: str, user: User | None = None, **fields: Any) -> Address:
    return Address.objects.create(original_email=email, user=user, **fields)


def make_user(email: str, **fields: Any) -> User:
    """A user whose preferred address is `email`."""
    user = User.objects.create(**fields)
    user.preferred_address = make_address(email, user)
    user.save()
    return user


def subscribe(mlist: MailingList, who: str | Address | User, **fields: Any) -> Membership:
    fields.setdefault("role", MemberRole.MEMBER)
    if isinstance(who, str):
        who = make_address(who)
    key = "user" if isinstance(who, User) else "address"
    return Membership.objects.create(mlist=mlist, **{key: who}, **fields)


def make_draft(mlist: MailingList, raw: bytes = POST, *, verdict: Verdict | None = ACCEPTED, **arrival: Any) -> Draft:
    """The draft the journey would make of this letter; its number is the list's next."""
    letter = Letter.objects.create(raw=raw, size=len(raw), sha256=f"{Letter.objects.count():064d}")
    arrival.setdefault("sender", "bart@example.com")
    came = Arrival.objects.create(
        mlist=mlist, letter=letter, recipient=mlist.posting_address, received_at=NOW, **arrival
    )
    [candidate] = candidates.build([came], mlist, {letter.pk: raw})
    return Draft.of(candidate, mlist.post_id, verdict, NOW)


def apply(handler: Handler, mlist: MailingList, raw: bytes = POST, **options: Any) -> Draft:
    """The draft after one handler."""
    draft = make_draft(mlist, raw, **options)
    handler.apply(draft, mlist)
    return draft


def shape(mlist: MailingList, raw: bytes = POST, **options: Any) -> Draft:
    """The draft after the list's whole pipeline."""
    draft = make_draft(mlist, raw, **options)
    pipelines.run(mlist.posting_pipeline, draft, mlist)
    return draft


def sends(draft: Draft) -> list[Send]:
    return [intent for intent in draft.intents if isinstance(intent, Send)]


TRACE = re.compile(rb"\A(>?From [^\n]*\n)?Received: by [^;]*; [^\n]*\n([ \t][^\n]*\n)*")


def below_trace(raw: bytes) -> bytes:
    """A copy, or its header, without the line on top that says we passed it on."""
    rest, count = TRACE.subn(rb"\1", raw)
    assert count == 1
    return rest


def archived(draft: Draft) -> list[bytes]:
    return [intent.raw for intent in draft.intents if isinstance(intent, Archive)]


def addresses_of(draft: Draft) -> list[str]:
    return [address for _, address, _ in draft.recipients]


DIGEST = {"delivery_mode": DeliveryMode.MIME_DIGESTS}
REGULAR = {"delivery_mode": DeliveryMode.REGULAR}
DISABLED = {"delivery_status": DeliveryStatus.BY_USER}
ENABLED = {"delivery_status": DeliveryStatus.ENABLED}
