"""Domains: made once, deleted with their lists."""

import pytest
from django.core.exceptions import ValidationError

from lists.enums import MemberRole
from lists.errors import DuplicateDomain, NoSuchDomain
from lists.models import Ban, Domain, MailingList, Membership
from lists.services.bans import ban
from lists.services.domains import create_domain, delete_domain
from lists.services.mailing_lists import create_list
from suite.common.models import Event
from tests.support.factories import make_list, make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.feature("core.model.domain-create")
def test_a_domain_is_made_once_with_all_that_was_said() -> None:
    anne, bart = make_user("Anne"), make_user("Bart")

    create_domain(
        "Example.org",
        description="Our lists",
        alias_domain="alias.example",
        base_url="https://lists.example.org",
        owners=[anne, bart],
    )

    domain = Domain.objects.get()
    assert (domain.mail_host, domain.description) == ("example.org", "Our lists")
    assert (domain.alias_domain, domain.base_url) == ("alias.example", "https://lists.example.org")
    assert set(domain.owners.all()) == {anne, bart}
    for again in ("example.org", "EXAMPLE.org"):
        with pytest.raises(DuplicateDomain, match=r"^Duplicate email host: example\.org$"):
            create_domain(again)
    with pytest.raises(NoSuchDomain, match=r"^Domain does not exist: example\.com$"):
        create_list("dev@example.com")
    assert not MailingList.objects.exists()


@pytest.mark.parametrize("host", ["", "localhost", "-example.org", "exam ple.org", "example..org", "a@example.org"])
def test_what_is_no_mail_host_is_refused(host: str) -> None:
    with pytest.raises(ValidationError):
        create_domain(host)
    assert not Domain.objects.exists()


def test_deleting_a_domain_deletes_its_lists_and_no_others() -> None:
    dev, news, other = make_list("dev"), make_list("news"), make_list("dev@example.com")
    for mlist in (dev, news, other):
        make_member(mlist, "bart@example.com")
        make_member(mlist, "anne@example.com", MemberRole.OWNER)
        ban("spam@example.net", mlist)

    delete_domain(dev.domain)

    assert list(MailingList.objects.all()) == [other]
    assert {membership.mlist for membership in Membership.objects.all()} == {other}
    assert {entry.mlist for entry in Ban.objects.all()} == {other}
    assert Event.objects.filter(kind="list.deleted").count() == 2
