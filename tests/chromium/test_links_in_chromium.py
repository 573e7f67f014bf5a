"""What our mails link to, opened in a real browser: each button does what it says.

A browser says more than Django's test client does: where a form comes from, which the site believes or not.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from accounts.enums import DeliveryStatus
from lists.enums import MemberRole
from lists.links import unsubscribe_token
from lists.models import MailingList, Membership, Pending
from lists.services import resuming
from lists.services.joining import join
from moderation.links import decide_token
from tests.support.browser import chromium, opened
from tests.support.factories import make_list, make_member
from tests.support.pages import hold
from tests.support.requires import requires_chromium

pytestmark = [requires_chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all tests. While Playwright's loop runs in this thread, Django takes our queries for queries inside of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with chromium() as found:
            yield found


@pytest.fixture
def mlist(db: None) -> MailingList:
    """Bart is a member whose mail was stopped by bounces, Cris moderates."""
    mlist = make_list("dev")
    make_member(mlist, "bart@example.com", delivery_status=DeliveryStatus.BY_BOUNCES)
    make_member(mlist, "cris@example.com", MemberRole.MODERATOR)
    return mlist


def _asked(mlist: MailingList) -> str:
    return f"confirm/{join(mlist, 'eve@example.com').token}/"


def _unsubscribing(mlist: MailingList) -> str:
    return f"unsubscribe/{unsubscribe_token(mlist.memberships.get(role=MemberRole.MEMBER).pk, mlist.list_id)}/"


def _resuming(mlist: MailingList) -> str:
    return f"resume/{resuming.offer(mlist.memberships.get(role=MemberRole.MEMBER)).token}/"


def _deciding(mlist: MailingList) -> str:
    moderator = mlist.memberships.get(role=MemberRole.MODERATOR)
    return f"held/link/{decide_token(hold(mlist).pk, moderator.pk, mlist.list_id)}/"


def _members(mlist: MailingList) -> list[str]:
    members = Membership.objects.filter(mlist=mlist, role=MemberRole.MEMBER)
    return sorted(members.values_list("address__email", flat=True))


@pytest.mark.parametrize(
    ("link", "button", "outcome"),
    [
        (_asked, "Join the list", lambda mlist: _members(mlist) == ["bart@example.com", "eve@example.com"]),
        (
            _asked,
            "This was not me",
            lambda mlist: not Pending.objects.exists() and _members(mlist) == ["bart@example.com"],
        ),
        (_unsubscribing, "Leave the list", lambda mlist: _members(mlist) == []),
        (
            _resuming,
            "Send me the posts again",
            lambda mlist: mlist.memberships.filter(delivery_status=DeliveryStatus.ENABLED).exists(),
        ),
        (_deciding, "Accept", lambda mlist: mlist.held_messages.get().decision == "accepted"),
        (_deciding, "Discard", lambda mlist: mlist.held_messages.get().decision == "discarded"),
    ],
    ids=["join", "not me", "unsubscribe", "resume", "accept", "discard"],
)
def test_a_button_behind_a_link_of_ours_works(
    browser: Browser,
    live_server: LiveServer,
    mlist: MailingList,
    link: Callable[[MailingList], str],
    button: str,
    outcome: Callable[[MailingList], bool],
) -> None:
    with opened(browser, live_server.url) as context:
        page = context.new_page()
        page.goto(f"/lists/dev.example.org/{link(mlist)}")
        buttons = page.locator("main").get_by_role("button", name=button)
        with page.expect_response(lambda response: response.request.method == "POST") as answer:
            buttons.first.click()
        assert answer.value.status == 200, page.inner_text("main")
    assert outcome(mlist)
