"""Users: passwords, merging, deleting."""

from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from pytest_django import Settings

from accounts.enums import DeliveryMode
from accounts.models import Address, User
from accounts.services.users import absorb, create_user, delete_user
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from suite.common.models import Event
from tests.support.factories import make_list, make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.feature("core.model.passwords")
def test_a_password_is_kept_as_a_salted_hash_that_is_renewed(settings: Settings) -> None:
    hashers = "django.contrib.auth.hashers."
    settings.PASSWORD_HASHERS = [f"{hashers}PBKDF2SHA1PasswordHasher", f"{hashers}PBKDF2PasswordHasher"]
    dora = create_user("dora@example.com", password="correct horse")
    twin = create_user("twin@example.com", password="correct horse")

    stored = User.objects.get(pk=dora.pk)
    assert "correct horse" not in stored.password
    assert identify_hasher(stored.password).algorithm == "pbkdf2_sha1"
    assert stored.password != User.objects.get(pk=twin.pk).password
    assert not stored.check_password("wrong horse")

    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[::-1]
    assert stored.check_password("correct horse")
    renewed = User.objects.get(pk=dora.pk)
    assert identify_hasher(renewed.password).algorithm == "pbkdf2_sha256"
    assert renewed.check_password("correct horse")

    renewed.set_password(None)
    renewed.save()
    cleared = User.objects.get(pk=dora.pk)
    assert not cleared.has_usable_password()
    assert not cleared.check_password("correct horse")


def test_a_user_takes_over_an_address_that_nobody_has() -> None:
    make_member(make_list("dev"), "Dora@example.com")

    dora = create_user("dora@example.com", verified=True)

    assert [str(address) for address in dora.addresses.all()] == ["Dora@example.com"]
    assert dora.preferred_address == Address.objects.get()


def memberships(user: User) -> set[tuple[str, str, str]]:
    """List, role and address ("user" for a membership by user) of all memberships that a user holds."""
    rows = [*Membership.objects.filter(user=user), *Membership.objects.filter(address__user=user)]
    return {
        (row.mlist.list_name, MemberRole(row.role).wire, row.address.email if row.address else "user") for row in rows
    }


@pytest.mark.feature("core.model.user-absorb")
def test_absorbing_moves_what_is_missing_and_drops_the_rest(dev: MailingList) -> None:
    anne = make_user("", "anne@example.com")
    other = make_user("Annette", "annette@example.com", "a2@example.com", password="correct horse", superuser=True)
    anne.delivery_mode, anne.receive_own_postings = DeliveryMode.MIME_DIGESTS, None
    anne.save()
    other.delivery_mode, other.receive_own_postings = DeliveryMode.REGULAR, False
    other.save()
    news, test = make_list("news"), make_list("test")
    make_member(dev, anne)
    make_member(dev, other)  # a double
    make_member(dev, other, MemberRole.OWNER)
    make_member(news, "anne@example.com")
    make_member(news, "annette@example.com")  # a double
    make_member(test, "a2@example.com")
    news.domain.owners.add(other)

    absorb(anne, other)

    kept = User.objects.get()
    assert kept == anne
    assert {address.email for address in kept.addresses.all()} == {
        "anne@example.com",
        "annette@example.com",
        "a2@example.com",
    }
    assert memberships(kept) == {
        ("dev", "member", "user"),
        ("dev", "owner", "user"),
        ("news", "member", "anne@example.com"),
        ("test", "member", "a2@example.com"),
    }
    assert (kept.delivery_mode, kept.receive_own_postings) == (DeliveryMode.MIME_DIGESTS, False)
    assert kept.display_name == "Annette"
    assert kept.check_password("correct horse")
    assert kept.is_superuser
    assert str(kept.preferred_address) == "anne@example.com"
    assert list(kept.owned_domains.all()) == [news.domain]


@pytest.mark.feature("core.model.user-absorb")
def test_absorbing_overwrites_nothing_that_is_set() -> None:
    anne = make_user("Anne", password="first")
    other = make_user("Other", password="second")

    absorb(anne, other)

    kept = User.objects.get()
    assert (kept.display_name, kept.email, kept.is_superuser) == ("Anne", "anne@example.com", False)
    assert kept.check_password("first")


def test_nobody_absorbs_himself(dora: User) -> None:
    with pytest.raises(ValueError, match="himself"):
        absorb(dora, User.objects.get(pk=dora.pk))
    assert User.objects.count() == 1


def test_deleting_a_user_ends_all_that_was_his(dev: MailingList, dora: User, bart: User) -> None:
    for role in MemberRole:
        make_member(dev, dora.preferred_address, role)
    make_member(make_list("news"), dora)

    delete_user(dora, actor="anne@example.com")

    assert [membership.subscriber_address for membership in Membership.objects.all()] == [bart.preferred_address]
    assert list(Address.objects.all()) == [bart.preferred_address]
    assert Event.objects.filter(kind="user.deleted", actor="anne@example.com", subject="dora@example.com").exists()


def test_what_a_hook_raises_undoes_everything(dora: User, settings: Settings) -> None:
    settings.HOOKS = {**settings.HOOKS, "user-deleted": [f"{__name__}.refuse"]}

    with pytest.raises(RuntimeError):
        delete_user(dora)
    assert User.objects.filter(pk=dora.pk).exists()


def refuse(**_: Any) -> None:
    raise RuntimeError("not now")
