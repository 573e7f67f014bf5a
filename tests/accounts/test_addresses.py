"""Addresses: which are valid, whose they are, which is preferred."""

import pytest

from accounts.errors import AddressTaken, ForeignAddress, InvalidAddress, NotVerified
from accounts.models import Address, User
from accounts.queries import address_of, find_users, user_of
from accounts.services.addresses import (
    add_address,
    claim,
    delete_address,
    get_or_create_address,
    link,
    set_preferred,
    unlink,
    unverify,
    verify,
)
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db

LOCAL_CHARACTERS = "-0123456789abcdefghijklmnopqrstuvwxyz!#$%&'*+./=?@_`{}~"


@pytest.mark.feature("core.model.address-validation")
@pytest.mark.parametrize("character", LOCAL_CHARACTERS)
def test_every_allowed_character_may_stand_in_a_local_part(character: str) -> None:
    assert get_or_create_address(f"a{character}b@example.com").original_email == f"a{character}b@example.com"


@pytest.mark.feature("core.model.address-validation")
@pytest.mark.parametrize(
    "email",
    [
        '"a@b"@c',
        "ann@localhost",
        "ann@example..com",
        "ann@.example.com",
        "ann@example.com.",
        "ann@-example.com",
        "ann@exa_mple.com",
        "ann smith@example.com",
        " ann@example.com",
        "ann@example.com\n",
        "ann@exam ple.com",
        "a\tnn@example.com",
        "a\x00nn@example.com",
        "a\x7fnn@example.com",
        "ann<@example.com",
        "ann,bart@example.com",
        "ann@",
        "@example.com",
        "ann",
        "",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(InvalidAddress, match=r"^Invalid email address"):
        get_or_create_address(email)
    assert not Address.objects.exists()


def test_letter_case_is_kept_and_ignored() -> None:
    address = get_or_create_address("Ann@Example.org", "Ann")

    assert get_or_create_address("ann@example.ORG", "Other name") == address
    assert (address.email, address.original_email) == ("ann@example.org", "Ann@Example.org")
    assert address_of("ANN@example.org") == address
    assert Address.objects.get().display_name == "Ann"


@pytest.mark.feature("core.model.user-addresses")
def test_only_an_own_verified_address_can_be_preferred(dora: User) -> None:
    first = dora.preferred_address
    second, third = add_address(dora, "dora@example.org"), add_address(dora, "dora@example.net", verified=True)
    foreign = make_user("Cris").preferred_address

    with pytest.raises(NotVerified):
        set_preferred(dora, second)
    with pytest.raises(ForeignAddress):
        set_preferred(dora, foreign)
    assert User.objects.get(pk=dora.pk).preferred_address == first

    set_preferred(dora, third)
    stored = User.objects.get(pk=dora.pk)
    assert (stored.preferred_address, stored.email) == (third, "dora@example.net")
    assert set(stored.addresses.all()) == {first, second, third}


@pytest.mark.feature("core.model.user-addresses")
def test_another_users_address_cannot_be_linked(dora: User) -> None:
    foreign = make_user("Cris").preferred_address
    assert foreign is not None

    with pytest.raises(AddressTaken):
        link(dora, foreign)
    with pytest.raises(AddressTaken):
        add_address(dora, "CRIS@example.com")
    assert str(user_of("cris@example.com")) == "Cris"


@pytest.mark.feature("core.model.user-addresses")
@pytest.mark.parametrize("end", [unlink, unverify, delete_address])
def test_a_preferred_address_that_ends_being_one_leaves_none(dora: User, end: object) -> None:
    assert dora.preferred_address is not None and callable(end)

    end(Address.objects.get(email="dora@example.com"))

    assert User.objects.get(pk=dora.pk).preferred_address is None


def test_who_loses_his_sign_in_address_signs_in_with_another_verified_one(dora: User) -> None:
    add_address(dora, "dora@example.net")
    add_address(dora, "dora@example.org", verified=True)

    unlink(Address.objects.get(email="dora@example.com"))

    assert User.objects.get(pk=dora.pk).email == "dora@example.org"


def test_an_address_without_user_is_claimed_by_proof(dora: User) -> None:
    get_or_create_address("Dora@Example.org")

    address = claim(dora, "dora@example.org")

    assert (address.user, address.verified, address.original_email) == (dora, True, "Dora@Example.org")
    assert User.objects.get(pk=dora.pk).email == "dora@example.com"


def test_proof_wins_over_a_user_who_has_none(dora: User) -> None:
    add_address(make_user("Cris"), "shared@example.org")

    assert claim(dora, "shared@example.org").user == dora


def test_proof_does_not_win_over_proof(dora: User) -> None:
    add_address(make_user("Cris"), "shared@example.org", verified=True)

    with pytest.raises(AddressTaken):
        claim(dora, "shared@example.org")


def test_verifying_again_changes_nothing(dora: User) -> None:
    address = dora.preferred_address
    assert address is not None
    first = address.verified_at

    verify(address)

    assert Address.objects.get(pk=address.pk).verified_at == first


def test_people_are_found_by_parts_of_names_and_addresses(dora: User) -> None:
    add_address(dora, "d.explorer@example.org")
    make_user("Cris")

    for text in ("dor", "EXPLORER", "dora@example.com"):
        assert [user.display_name for user in find_users(text)] == ["Dora"]
    assert not find_users("\x00").exists()
