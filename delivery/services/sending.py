"""Sending: batches to the relay, over a few sessions, each transaction recorded before the next.

No database transaction is open while SMTP is spoken. What a kill can repeat is what was in flight: one transaction of
settings.SMTP_RECIPIENTS recipients, or up to parcel.PERSONAL_GROUP personal copies, for each session.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from archives.transitions import LostLease
from delivery import retry
from delivery.draft import Recipient
from delivery.models import Batch
from delivery.overrate import of_the_mailbox
from delivery.services import claiming, handover, pacing, parting, recording, relays, retrying, routing
from delivery.services.claiming import Claim
from delivery.services.content import Content, stored_octets
from delivery.services.line import Line, Lines
from delivery.services.pacing import Book, Permit
from delivery.services.parcel import Parcel
from delivery.services.relays import Way
from delivery.services.routing import Routes
from delivery.smtp import ConnectionLost, ProtocolError, RelayUnavailable, Reply, SmtpError
from lists.models import MailingList
from suite.common import stopping
from suite.common.failpoints import failpoint
from suite.common.keeper import Keeper
from suite.common.patience import is_away

log = logging.getLogger(__name__)


def send(seconds: float = 20) -> None:
    """Send what is due, over settings.SMTP_SESSIONS sessions at once, until nothing is left or the time is up."""
    deadline = time.monotonic() + seconds
    routes, book = routing.load(), Book()
    if routes.plain and not relays.may_try(routes.default.name):
        return
    with Keeper(claiming.renew, claiming.RENEW_SECONDS) as keeper:
        wanted = min(settings.SMTP_SESSIONS, claiming.sendable(settings.SMTP_SESSIONS, routes))
        helpers = [
            threading.Thread(target=_helper, args=(routes, book, deadline, keeper), name=f"smtp-{number}")
            for number in range(1, wanted)
        ]
        for helper in helpers:
            helper.start()
        try:
            work(routes, book, deadline, keeper)
        finally:
            for helper in helpers:
                helper.join()


def _helper(routes: Routes, book: Book, deadline: float, keeper: Keeper) -> None:
    try:
        work(routes, book, deadline, keeper)
    except DatabaseError as error:
        log.warning("a sending session stopped: %s", error)
    finally:
        connection.close()


def work(routes: Routes, book: Book, deadline: float, keeper: Keeper) -> None:
    """Send handful after handful of batches, over one session to each relay that they need."""
    lines = Lines(routes, book)
    mlists: dict[int, MailingList] = {}
    try:
        while time.monotonic() < deadline and (claims := claiming.claim(mlists, routes)):
            failpoint("sending.claimed")
            with keeper.holding(claims[0].token):
                if not _work_off(claims, lines, deadline):
                    return
    finally:
        lines.hang_up()


def _work_off(claims: list[Claim], lines: Lines, deadline: float) -> bool:
    """Serve these batches in order; what is not begun in time, or when the relay goes, is given back."""
    begun = 0
    try:
        for claim in claims:
            if begun and time.monotonic() >= deadline:
                return True
            begun += 1
            if not serve(claim, lines, deadline):
                return False
        return True
    finally:
        if begun < len(claims):
            claiming.release(claims[begun:])


def serve(claim: Claim, lines: Lines, deadline: float) -> bool:
    """Send a batch as far as it gets. False where the only relay is gone, and going on makes no sense."""
    try:
        return _serve(claim, lines, deadline)
    except LostLease as lost:
        log.warning("%s", lost)
        recording.put_back(claim, seconds=0)
        return True


def _ways(claim: Claim, routes: Routes) -> tuple[Way, ...]:
    return routes.ways(*routing.of_list(claim.mlist), claim.batch.domain.strip(Batch.REST))


def _serve(claim: Claim, lines: Lines, deadline: float) -> bool:
    batch = claim.batch
    try:
        if _too_late(batch):  # asked first: nothing is made ready that nobody gets
            recording.give_up(claim, stored_octets(batch.rendering))
            return True
        parting.part(claim, lines.routes.apart(*routing.of_list(claim.mlist)))
        line = lines.to(_ways(claim, lines.routes))
        if line is None:
            parting.mark(claim)
            recording.put_back(claim, seconds=0)
            return True
        parcel = Parcel(batch, Content(batch.rendering, claim.mlist, claim.written_to))
        octets = len(parcel.content.plain)
        begun = False
        while batch.done < batch.size:
            if stopping.asked() or (begun and time.monotonic() >= deadline):
                recording.put_back(claim, seconds=0)
                return not stopping.asked()
            begun = True
            permit = _permit(claim, parcel, lines.book)
            if not permit.allowed:
                recording.put_back(claim, seconds=permit.seconds if permit.crowded else 0)
                return True
            handover.make_sure(claim)
            _send_next(claim, parcel, line, lines.book, permit.allowed)
        if claim.troubled:
            retrying.send_deferred(claim, parcel, lines)
        recording.conclude(claim, octets)
    except RelayUnavailable as error:
        recording.failed(claim, error)
        recording.put_back(claim, seconds=0)
        return not lines.routes.plain
    except (ConnectionLost, ProtocolError) as error:
        lines.drop()
        _after_loss(claim, error)
    except LostLease:
        raise
    except Exception as error:  # one batch that cannot be sent must not stop all behind it
        if is_away(error):
            recording.put_back(claim, seconds=0)  # as soon as it has returned, rather than when the lease runs out
            raise
        log.exception("batch=%d failed", batch.pk)
        lines.drop()
        _after_loss(claim, error)
    return True


def _too_late(batch: Batch) -> bool:
    """Whether the batch is given up. Who has to wait for his domain's pace is not, while that takes mail at all."""
    if timezone.now() < batch.expires_at:
        return False
    waits = batch.domain not in ("", Batch.REST) and batch.done < batch.size
    return not (waits and pacing.takes_mail(batch.domain, batch.expires_at - batch.created_at))


def _permit(claim: Claim, parcel: Parcel, book: Book) -> Permit:
    """How many may be sent to next. Recipients at domains with a pace are parted from the others before. No statement
    where no domain has one."""
    limited = book.limited()
    if not limited:
        return Permit(parcel.width)
    parting.part(claim, frozenset(limited))
    batch = claim.batch
    wanted = min(parcel.width, batch.size - batch.done)
    return pacing.reserve(batch.domain, wanted, claim.token) if batch.domain in limited else Permit(wanted)


def _send_next(claim: Claim, parcel: Parcel, line: Line, book: Book, width: int) -> None:
    """The next recipients who had no answer yet: one transaction, or a group of personal ones, and one commit."""
    batch = claim.batch
    part: list[Recipient] = [tuple(entry) for entry in batch.recipients[batch.done : batch.done + width]]
    settled = handover.who_left(batch, part) | handover.malformed(part)
    wanted = [recipient for recipient in part if recipient not in settled]
    answers, error = handover.deliver(claim, parcel, wanted, line)
    failpoint("sending.before-record")
    slowed = pacing.asked_to_slow(batch.kind, wanted, answers, error)
    if error is None and not slowed.replies:
        replies = iter(answers)
        recording.first_answers(claim, [settled.get(recipient) or next(replies) for recipient in part])
    else:
        known = dict(zip(wanted, answers, strict=False))
        known |= {wanted[len(answers) + at]: reply for at, reply in _settled(error).items()}
        _record_known(claim, part, known, slowed.replies)
    failpoint("sending.after-record")
    pacing.note(book, claim, slowed.replies, wanted, answers)
    if slowed.ended:
        line.drop()
    elif error is not None:
        raise error


def _record_known(
    claim: Claim, part: Sequence[Recipient], known: dict[Recipient, Reply], slowed: Mapping[Recipient, Reply]
) -> None:
    """Some fates are settled, others not: who has his answer is moved to the front and recorded.

    Who waits because his domain has too much of us is moved to the end: the next try is somebody else's.
    """
    known |= {recipient: reply for recipient, reply in slowed.items() if of_the_mailbox(reply)}
    waiting = [recipient for recipient in slowed if not of_the_mailbox(slowed[recipient])]
    known = {recipient: reply for recipient, reply in known.items() if recipient not in waiting}
    if not known and not waiting:
        return
    batch = claim.batch
    rest = [recipient for recipient in part if recipient not in known and recipient not in waiting]
    others = batch.recipients[batch.done + len(part) :]
    batch.recipients[batch.done :] = [*known, *rest, *others, *waiting]
    recording.first_answers(claim, list(known.values()), reordered=True)


def _settled(error: SmtpError | LostLease | None) -> dict[int, Reply]:
    """Whose fate the error tells for good, counted from the first recipient without a reply."""
    return error.replies if isinstance(error, SmtpError) else {}


def _after_loss(claim: Claim, error: Exception) -> None:
    """Try the same again soon; what keeps breaking connections counts as answered 4xx, so that nothing waits behind it."""
    batch = claim.batch
    recording.failed(claim, error)
    if batch.done >= batch.size:
        recording.put_back(claim, seconds=retry.recipient_ladder()[0])
    elif batch.attempts < len(retry.CONNECTION):
        recording.put_back(claim, seconds=retry.wait(retry.CONNECTION, batch.attempts + 1), broken=True)
    else:
        width = min(settings.SMTP_RECIPIENTS or batch.size, batch.size - batch.done)
        recording.first_answers(claim, [retrying.lost(error)] * width)
        recording.put_back(claim, seconds=0)
