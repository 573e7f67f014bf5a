"""The published client against a web server: what every resource's own tests rely on."""

from urllib.error import HTTPError

import pytest
from mailmanclient import Client
from pytest_django.live_server_helper import LiveServer

from lists.models import Domain


def test_versions(client: Client) -> None:
    assert client.system["mailman_version"].startswith("GNU Mailman 3.3.10 (")
    assert client.system["api_version"] == "3.1"


def test_domains_are_made_listed_changed_and_deleted(client: Client) -> None:
    made = client.create_domain("lists.example.com", description="Ours")
    client.create_domain("news.example.com")

    assert [domain.mail_host for domain in client.domains] == ["lists.example.com", "news.example.com"]
    assert client.get_domain("lists.example.com").description == made.description == "Ours"

    client.delete_domain("news.example.com")
    assert list(Domain.objects.values_list("mail_host", "description")) == [("lists.example.com", "Ours")]


@pytest.mark.feature("api.conventions.errors")
def test_an_error_is_raised_with_its_description(client: Client) -> None:
    client.create_domain("lists.example.com")

    with pytest.raises(HTTPError, match=r"Duplicate email host: lists\.example\.com") as refused:
        client.create_domain("lists.example.com")

    assert refused.value.code == 400


def test_links_can_be_followed_though_they_name_another_host(client: Client, live_server: LiveServer) -> None:
    """They are built from POSTHOUSE_BASE_URL; the client puts its own scheme and host in their place."""
    made = client.create_domain("lists.example.com")

    assert made.self_link == "http://127.0.0.1:8000/api/3.1/domains/lists.example.com"
    assert not made.self_link.startswith(live_server.url)
    assert [domain.description for domain in client.domains] == [made.description]


@pytest.mark.feature("api.auth.basic")
def test_a_wrong_password_is_refused(client: Client, live_server: LiveServer) -> None:
    with pytest.raises(HTTPError) as refused:
        _ = Client(f"{live_server.url}/api/3.1", "restadmin", "wrong").system

    assert refused.value.code == 401
