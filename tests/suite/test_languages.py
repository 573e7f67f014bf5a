"""Languages that people may choose, for lists, users, addresses and memberships."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Address, User
from lists.models import MailingList, Membership
from lists.queries import language_of
from lists.services.mailing_lists import change_settings
from suite.common import languages
from tests.support.factories import make_list, make_member, make_user

HOLDERS = (User, Address, Membership, MailingList)


@pytest.mark.feature("core.i18n.languages")
@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("code", ["en", "de", "fr", "es"])
def test_enabled_language_is_accepted(holder: type[User], code: str) -> None:
    assert holder._meta.get_field("preferred_language").clean(code, None) == code


@pytest.mark.feature("core.i18n.languages")
@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("code", ["tlh", "EN", "de_DE", "../en"])
def test_unknown_language_is_refused(holder: type[User], code: str) -> None:
    with pytest.raises(ValidationError, match="en, de, fr, es"):
        holder._meta.get_field("preferred_language").clean(code, None)


@pytest.mark.django_db
def test_services_refuse_an_unknown_language() -> None:
    dev = make_list("dev")

    with pytest.raises(ValidationError):
        make_member(dev, "bart@example.com", preferred_language="tlh")
    with pytest.raises(ValidationError):
        change_settings(dev, preferred_language="tlh")
    assert not dev.memberships.exists()


@pytest.mark.feature("core.i18n.languages")
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("de", "de"), ("fr", "fr"), ("DE", "de"), ("de_AT", "de"), ("es-419", "es"), ("en_GB.x", "en"), ("ja", None)],
)
def test_language_of_an_imported_list_is_the_nearest_of_ours(theirs: str, ours: str | None) -> None:
    assert languages.nearest(theirs) == ours


def test_no_language_is_none_of_ours() -> None:
    assert languages.nearest("") is None


@pytest.mark.django_db
def test_language_of_a_person_is_looked_up_from_the_nearest_to_the_list() -> None:
    dev = make_list("dev", preferred_language="es")
    anne = make_user("Anne", "anne@example.com", "anne@example.net")
    make_member(dev, anne)
    make_member(dev, "bart@example.com", preferred_language="fr")
    User.objects.filter(pk=anne.pk).update(preferred_language="de")
    make_user("Cris")
    User.objects.filter(email="cris@example.com").update(preferred_language="en")

    people = ("ANNE@example.com", "anne@example.net", "bart@example.com", "cris@example.com", "dora@example.com")
    assert [language_of(dev, person) for person in people] == ["de", "de", "fr", "en", "es"]
