"""/domains/HOST/owners: who owns a domain."""

import pytest
from mailmanclient import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from lists.models import Domain, MailingList
from tests.support.api import Api
from tests.support.factories import make_domain, make_user

OWNERS = "domains/example.org/owners"


@pytest.mark.feature("api.domains.lists-owners")
def test_they_are_added_shown_and_removed(api: Api) -> None:
    domain, anne = make_domain(), make_user("Anne")
    assert "entries" not in api.get(OWNERS)

    assert api.post(OWNERS, owner="anne@example.com").status_code == 204
    assert api.post(OWNERS, owner=["bart@example.com", "cris@example.com", "Anne@example.com"]).status_code == 204

    answer = api.get(OWNERS)
    assert answer["total_size"] == 3
    assert answer["entries"][0] == api.get(f"users/{anne.pk.hex}")
    assert [user.email for user in domain.owners.order_by("created_at")] == [
        "anne@example.com",
        "bart@example.com",
        "cris@example.com",
    ]
    second = api.get("domains/EXAMPLE.org/owners", count=2, page=2)
    assert (second["start"], len(second["entries"])) == (2, 1)

    assert api.delete(OWNERS).status_code == 204
    assert (domain.owners.count(), User.objects.count()) == (0, 3)


@pytest.mark.feature("api.domains.lists-owners")
def test_who_can_be_none(api: Api) -> None:
    domain = make_domain()
    for form in ({}, {"owner": "nobody"}, {"owner": ["anne@example.com", "nobody"]}, {"owner": "a\0@example.com"}):
        assert api.error("POST", OWNERS, form)[0] == 400
    assert not domain.owners.exists()
    assert not User.objects.exists()
    for verb in ("GET", "POST", "DELETE"):
        assert api.error(verb, "domains/none.example.org/owners", {"owner": "anne@example.com"})[0] == 404


@pytest.mark.parametrize("count", [1, 4])
def test_as_many_queries_for_few_as_for_many(
    api: Api, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_domain(owners=[make_user(f"owner{number}") for number in range(count)])
    with django_assert_num_queries(4):
        assert len(api.get(OWNERS)["entries"]) == count


@pytest.mark.feature("api.domains.lists-owners")
def test_as_mailmanclient_does_it(client: Client) -> None:
    domain = client.create_domain("example.org", owner="anne@example.com")
    domain.add_owner("bart@example.com")
    domain.create_list("dev")
    client.create_domain("example.net").create_list("tea")

    assert len(domain.owners) == 2
    assert {owner.user_id for owner in domain.owners} == {user.pk.hex for user in User.objects.all()}
    assert [mlist.list_id for mlist in domain.lists] == ["dev.example.org"]
    MailingList.objects.update(advertised=False)
    assert (len(domain.get_lists(advertised=True)), len(domain.get_list_page(count=1))) == (0, 1)
    domain.remove_all_owners()
    assert domain.owners == []
    assert not Domain.objects.get(mail_host="example.org").owners.exists()
