"""The join shield: our lists flood nobody with mails that ask whether he wants to join.

Anybody can ask with anybody's address. So a mailbox gets one such mail a day from the whole site until it answers one; a
domain and a network have a budget of unanswered ones; and who says "this was not me" is left alone on all lists for a time.
Whoever asks is told the same in each case, and nothing of it is stored.
"""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from lists.enums import PendingKind, TokenOwner
from lists.models import AskedAddress, Pending
from suite.common.events import record
from suite.common.networks import network_of
from suite.mail import addresses

A_DAY = timedelta(days=1)
_NO_DOTS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def admit(email: str, *, ip: str = "", invited: bool = False) -> bool:
    """Whether this address may be asked now; then it counts as asked. One query where it may not.

    `ip` is the web client's, where there is one. An invitation by a list's owner uses up no budget but the mailbox's.
    """
    mailbox, now = mailbox_of(email), timezone.now()
    domain, network = addresses.split(mailbox)[1], network_of(ip)
    row = AskedAddress.objects.filter(mailbox=mailbox).first()
    if row is not None and _is_closed(row):
        return False
    if not invited and _is_spent(domain, network):
        return False
    if row is None:
        try:
            with transaction.atomic():
                AskedAddress.objects.create(mailbox=mailbox, domain=domain, network=network, asked_at=now)
        except IntegrityError:
            return False
        return True
    unchanged = AskedAddress.objects.filter(pk=row.pk, asked_at=row.asked_at)
    return bool(unchanged.update(asked_at=now, network=network, answered=False, refused_until=None))


def answered(email: str) -> None:
    """Whoever reads its mail has confirmed: the mailbox may be asked again today."""
    AskedAddress.objects.filter(mailbox=mailbox_of(email)).update(answered=True)


@transaction.atomic
def refuse(email: str, *, list_id: str = "") -> None:
    """ "This was not me": no list asks this mailbox for settings.JOIN_REFUSED_DAYS, and what waits for its word is over."""
    mailbox, now = mailbox_of(email), timezone.now()
    until = now + timedelta(days=settings.JOIN_REFUSED_DAYS)
    domain = addresses.split(mailbox)[1]
    AskedAddress.objects.update_or_create(
        mailbox=mailbox, defaults={"refused_until": until}, create_defaults={"domain": domain, "refused_until": until}
    )
    waiting = Pending.objects.filter(kind=PendingKind.SUBSCRIPTION, token_owner=TokenOwner.SUBSCRIBER)
    of_the_domain = waiting.filter(email__endswith=f"@{addresses.split(addresses.key(email))[1]}")
    ended = [pk for pk, other in of_the_domain.values_list("pk", "email") if mailbox_of(other) == mailbox]
    Pending.objects.filter(pk__in=ended).delete()
    record("join.refused", actor=email, list_id=list_id, subject=email, requests=len(ended))


def sweep() -> int:
    """Forget mailboxes that were asked more than a day ago and may be asked again. How many."""
    now = timezone.now()
    old = AskedAddress.objects.filter(asked_at__lt=now - A_DAY)
    return old.filter(Q(refused_until__isnull=True) | Q(refused_until__lt=now)).delete()[0]


def mailbox_of(email: str) -> str:
    """The mailbox behind an address: what stands behind `+` is its owner's own affair, and so are dots at Gmail."""
    local, domain = addresses.split(addresses.key(email))
    local = local.partition("+")[0] or local
    if domain in _NO_DOTS:
        local, domain = local.replace(".", ""), _NO_DOTS[domain]
    return f"{local}@{domain}"


def _is_closed(row: AskedAddress) -> bool:
    now = timezone.now()
    if row.refused_until is not None and row.refused_until > now:
        return True
    return not row.answered and row.asked_at > now - A_DAY


def _is_spent(domain: str, network: str) -> bool:
    """Whether as many of the domain's, or from the network, have left a mail of today unanswered as may. 0 = any number."""
    today = AskedAddress.objects.filter(asked_at__gt=timezone.now() - A_DAY, answered=False)
    budgets = (
        (settings.JOIN_MAILS_PER_DOMAIN, {"domain": domain}),
        (settings.JOIN_MAILS_PER_NETWORK, {"network": network}),
    )
    return any(
        most and all(wanted.values()) and today.filter(**wanted)[:most].count() >= most for most, wanted in budgets
    )
