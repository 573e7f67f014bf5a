"""Keys that sign, for tests that want signed mail (settings.DKIM_KEYS is the test's own file)."""

from django.utils import timezone

from delivery.signing import keyfile


def sign_for(domain: str) -> None:
    """The domain signs from now on, its former keys are retired."""
    table = keyfile.load()
    now = timezone.now()
    keyfile.save({**table, domain: keyfile.activated(keyfile.made(table.get(domain, ()), now), now)})
