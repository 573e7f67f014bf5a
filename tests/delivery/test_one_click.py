"""Each copy's own way out (RFC 8058): signed, covered by DKIM, working at once, and for nobody but its recipient."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client, override_settings

from lists.enums import MemberRole, Personalization
from lists.models import MailingList, Membership
from suite.mail.headers import HeaderBlock, split_letter
from tests.support.crawling import crawl, everything, links
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.signing import sign_for
from tests.support.verifier import signatures, verified

pytestmark = pytest.mark.django_db(transaction=True)

HTTPS = "https://lists.example.org"


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[MailingList]:
    with override_settings(BASE_URL=HTTPS, ONE_CLICK=True, DKIM_KEYS=tmp_path / "dkim.json"):
        sign_for("example.org")
        mlist = make_list("dev")
        make_member(mlist, make_user("Bart"))
        make_member(mlist, "zoe@example.com")
        yield mlist


def deliver() -> dict[str, bytes]:
    arrive(letter())
    judge_all()
    with relay() as server:
        send_all()
    return {delivery.recipient: delivery.content for delivery in server.deliveries}


def way_out(copy: bytes) -> str:
    """The path of its one-click address."""
    headers = HeaderBlock.parse(split_letter(copy)[0])
    assert headers.get_all("List-Unsubscribe-Post") == [b"List-Unsubscribe=One-Click"]
    [value] = headers.get_all("List-Unsubscribe")
    web, _, mail = value.decode().partition(", ")
    assert mail == "<mailto:dev-leave@example.org>"
    assert web.startswith(f"<{HTTPS}/")
    return web[len(HTTPS) + 1 : -1]


def members() -> set[str]:
    found = Membership.objects.filter(role=MemberRole.MEMBER)
    return {str(membership.subscriber_address) for membership in found}


@pytest.mark.feature("beyond.one-click-unsubscribe")
def test_each_copy_has_its_own_signed_way_out(dev: MailingList) -> None:
    copies = deliver()

    assert len({way_out(copy) for copy in copies.values()}) == len(copies) == 2
    for copy in copies.values():
        assert len(verified(copy)) == 2
        for _, _, covered, _ in signatures(copy):
            assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(covered)


@pytest.mark.feature("beyond.one-click-unsubscribe")
@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_a_post_leaves_at_once_and_twice_is_harmless(dev: MailingList, form: str) -> None:
    path = way_out(deliver()["zoe@example.com"])
    stranger = Client(enforce_csrf_checks=True)
    data = {"List-Unsubscribe": "One-Click"}

    for _ in range(2):
        if form == "multipart":
            answer = stranger.post(path, data)
        else:
            answer = stranger.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200
        assert members() == {"bart@example.com"}


@pytest.mark.feature("beyond.one-click-unsubscribe", "beyond.scanner-proof-links")
def test_fetching_changes_nothing(dev: MailingList) -> None:
    copies = deliver()
    before = everything()

    seen = crawl([link for copy in copies.values() for link in links(copy)])

    assert everything() == before
    assert {way_out(copy) for copy in copies.values()} <= seen.keys()
    assert set.union(*seen.values()) == {200}


@pytest.mark.feature("beyond.one-click-unsubscribe")
def test_a_token_is_worth_nothing_elsewhere(dev: MailingList) -> None:
    make_member(make_list("other"), "zoe@example.com")
    path = way_out(deliver()["zoe@example.com"])
    token = path.rstrip("/").rpartition("/")[2]
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")

    for forged in (path.replace("dev.example.org", "other.example.org"), path.replace(token, flipped)):
        assert Client().post(forged).status_code == 404
    assert Membership.objects.count() == 3


@pytest.mark.parametrize(
    ("base_url", "one_click", "copies", "claims"),
    [("http://lists.example.org", True, 1, 0), ("http://lists.example.org", False, 1, 0), (HTTPS, False, 1, 0)],
)
def test_bulk_copies_and_sites_without_https_claim_nothing(
    dev: MailingList, base_url: str, one_click: bool, copies: int, claims: int
) -> None:
    with override_settings(BASE_URL=base_url, ONE_CLICK=one_click):
        found = deliver()

    assert len(set(found.values())) == copies
    assert sum(b"List-Unsubscribe-Post" in copy for copy in found.values()) == claims


def test_a_personal_copy_over_http_has_the_link_and_no_claim(dev: MailingList) -> None:
    MailingList.objects.update(personalize=Personalization.INDIVIDUAL)

    with override_settings(BASE_URL="http://lists.example.org"):
        copies = deliver()

    for copy in copies.values():
        assert b"List-Unsubscribe: <http://lists.example.org/lists/dev.example.org/unsubscribe/" in copy
        assert b"List-Unsubscribe-Post" not in copy
