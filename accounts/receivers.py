"""What allauth tells us: somebody proved, changed or gave up an address on his account pages."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_added, email_changed, email_confirmed, email_removed, user_signed_up
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import Address, User
from accounts.services.addresses import claim, note_spelling, set_preferred, unlink


@receiver(email_confirmed)
def address_proved(email_address: EmailAddress, **_: Any) -> None:
    claim(email_address.user, email_address.email)


@receiver(user_signed_up)
def signed_up(user: User, **_: Any) -> None:
    """A provider may have vouched for addresses already."""
    for email in EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True):
        claim(user, email)


@receiver(email_added)
def address_added(request: HttpRequest | None, email_address: EmailAddress, **_: Any) -> None:
    """Not proved yet, so it gives nothing; only its spelling is remembered."""
    note_spelling(email_address.email, request.POST.get("email", "") if request else "")


@receiver(email_changed)
def sign_in_address_changed(user: User, to_email_address: EmailAddress, **_: Any) -> None:
    address = Address.objects.filter(email=to_email_address.email, user=user, verified_at__isnull=False).first()
    if address is not None:
        set_preferred(user, address)


@receiver(email_removed)
def address_given_up(user: User, email_address: EmailAddress, **_: Any) -> None:
    address = Address.objects.filter(email=email_address.email, user=user).first()
    if address is not None:
        unlink(address)
