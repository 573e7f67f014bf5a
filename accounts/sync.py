"""The one module that keeps allauth's EmailAddress in step with our Address, both ways.

Ours is the truth about whose an address is. allauth's row exists for every address that has a user, and besides for what
somebody typed into a form and has not proved yet: such a row has no say here until it is confirmed. So nobody gets hold of
another person's memberships by signing up with his address.
"""

from allauth.account.models import EmailAddress

from accounts.models import Address, User


def mirror(address: Address) -> None:
    """Bring allauth's row of this address in line with ours: there, verified, primary; or not there without user."""
    rows = EmailAddress.objects.filter(email=address.email)
    rows.filter(verified=True).exclude(user_id=address.user_id).delete()
    if address.user_id is None:
        return
    primary = address.user is not None and address.user.preferred_address_id == address.pk
    if primary:
        EmailAddress.objects.filter(user_id=address.user_id, primary=True).exclude(email=address.email).update(
            primary=False
        )
    EmailAddress.objects.update_or_create(
        user_id=address.user_id,
        email=address.email,
        defaults={"verified": address.verified, "primary": primary},
    )


def forget(user: User, email: str) -> None:
    """The user has this address no longer; `email` is its key."""
    EmailAddress.objects.filter(user=user, email=email).delete()
