"""The pages in a real browser: nothing breaks, nothing is asked of other sites, nothing needs a wider screen or scripts."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.models import User
from archives.models import Post, Thread
from delivery.sandbox import store
from lists.enums import MemberRole, PendingKind, TokenOwner
from lists.links import unsubscribe_token
from lists.models import AskedAddress, MailingList, Pending
from lists.services import pending
from lists.services.joining import join
from moderation.models import HeldMessage
from tests.support.browser import Findings, chromium, inspect, opened
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import people, put
from tests.support.pages import hold, publish
from tests.support.posting import letter
from tests.support.requires import requires_chromium

pytestmark = [requires_chromium, pytest.mark.django_db(transaction=True)]

LONG = "Donaudampfschifffahrtsgesellschaft" * 6
HOSTILE = [
    "<script>window.ran = 1</script>",
    '"><img src=x onerror="window.ran = 1">',
    "<svg/onload=window.ran=1>",
    "javascript:window.ran=1",
    "</textarea></title><script>window.ran=1</script>",
    "{{ 7 * 7 }}",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all tests. While Playwright's loop runs in this thread, Django takes our queries for queries inside of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with chromium() as found:
            yield found


@pytest.fixture
def held(settings: Settings, tmp_path: object) -> HeldMessage:
    """A list with everything that is hard to show: long words, deep threads, markup in every place a sender can write to."""
    settings.STATE = tmp_path
    settings.DEMO = True
    mlist = make_list("dev", description=f"Talk about {LONG}", info=f"More about {LONG}\nhttps://example.org/{LONG}")
    MailingList.objects.filter(pk=mlist.pk).update(display_name="Developers & <b>friends</b>")
    make_member(mlist, "bart@example.com")
    make_member(
        mlist,
        f"{LONG[:60]}@{LONG[:60]}.example",
        display_name=f"{HOSTILE[0]} {LONG}",
        delivery_mode=DeliveryMode.MIME_DIGESTS,
        delivery_status=DeliveryStatus.BY_USER,
        hide_address=True,
    )
    make_member(mlist, make_user("Anne", "anne@example.com", superuser=True).preferred_address, MemberRole.OWNER)
    body = "".join(f"{'>' * level} {words}\n" for level in range(8) for words in (LONG, *HOSTILE)) + f"-- \n{LONG}\n"
    post = publish(mlist, subject=LONG, sender=f"{LONG} <bart@example.com>", body=body)
    for words in (*HOSTILE, *HOSTILE):
        parts = f"--b\n\n{words}\n--b\nContent-Disposition: attachment; filename*=utf-8''{LONG}.png\n\nPNG\n--b--\n"
        fields: dict[str, Any] = {"content_type": "multipart/mixed; boundary=b", "in_reply_to": f"<{post.message_id}>"}
        post = publish(
            mlist, subject=words, sender=f'"{words.replace(chr(34), "")}" <bart@example.com>', body=parts, **fields
        )
    put(mlist, people(3), arrival=post.arrival)
    store.keep(time.time(), "", [f"{LONG}@example.com"], LONG, letter(subject=HOSTILE[0], body=body, x_long=LONG))
    return hold(mlist, letter(sender="Dora <dora@example.com>", subject=f"{HOSTILE[1]} {LONG}", body=body))


def pages(held: HeldMessage) -> list[str]:
    front = "/lists/dev.example.org/"
    first = Post.objects.order_by("id")[0]
    bart = held.mlist.memberships.get(role=MemberRole.MEMBER, address__email="bart@example.com")
    token = unsubscribe_token(bart.pk, "dev.example.org")
    return [
        "/",
        front,
        f"{front}thread/{first.thread_id}/",
        f"{front}message/{first.message_id_hash}/",
        f"{front}unsubscribe/{token}/",
        f"{front}held/",
        f"{front}held/{held.pk}/",
        f"{front}join/",
        f"{front}members/",
        f"{front}members/?q={LONG[:20]}",
        f"{front}requests/",
        f"{front}confirm/{ask(held.mlist)}/",
        f"{front}confirm/used/",
        f"{front}underway/",
        f"{front}underway/{held.arrival_id}/trace/",
        "/sandbox/",
        f"/sandbox/to/{LONG}@example.com/",
        "/sandbox/mail/1/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/email/",
        "/accounts/logout/",
        "/nowhere/",
    ]


def ask(mlist: MailingList) -> str:
    """Somebody waits for a moderator, under a name that is hard to show; the token of somebody who is asked himself."""
    Pending.objects.all().delete()
    AskedAddress.objects.all().delete()
    name, address = f"{HOSTILE[0]} {LONG}", f"{LONG[:60]}@example.com"
    data = {"email": address, "name": name}
    pending.create(PendingKind.SUBSCRIPTION, mlist, email=address, owner=TokenOwner.MODERATOR, data=data)
    return join(mlist, f"x{address}", display_name=name).token


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


def wrong(found: Findings) -> list[str]:
    """All but the browser's own line about a page that is answered 403 or 404."""
    errors = [error for error in found.errors if "the server responded with a status of 40" not in error]
    return [*errors, *found.elsewhere, *found.violations, *found.too_wide, *found.not_accessible]


@pytest.mark.parametrize("who", ["anonymous", "owner"])
def test_every_page_on_a_phone(browser: Browser, live_server: LiveServer, held: HeldMessage, who: str) -> None:
    """360 pixels wide: no error, no violation of the policy, no other host asked, no sideways scrolling, names for all."""
    session = session_of(User.objects.get(email="anne@example.com")) if who == "owner" else ""
    findings, ran = {}, {}
    with opened(browser, live_server.url, session=session) as context:
        for url in pages(held):
            page = context.new_page()
            findings[url] = inspect(page, live_server.url, url)
            ran[url] = page.evaluate("window.ran")
            page.close()

    assert {url: wrong(found) for url, found in findings.items() if wrong(found)} == {}
    assert {url for url, value in ran.items() if value} == set()
    assert {found.status for found in findings.values()} == ({200, 404} if who == "owner" else {200, 403, 404})


def test_an_injected_script_does_not_run(browser: Browser, live_server: LiveServer, held: HeldMessage) -> None:
    with opened(browser, live_server.url) as context:
        page = context.new_page()
        page.goto("/")
        page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.textContent = "window.ran = 1";
                document.body.append(script);
                document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran = 2'>");
            }"""
        )
        page.wait_for_function("window.violations.length >= 2")

        assert page.evaluate("window.ran") is None


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(251, 250, 246)"), ("dark", "rgb(21, 24, 27)")])
def test_colours_follow_the_system_with_and_without_scripts(
    browser: Browser, live_server: LiveServer, db: None, scripts: bool, scheme: str, ground: str
) -> None:
    with opened(browser, live_server.url, scheme=scheme, scripts=scripts) as context:
        page = context.new_page()
        page.goto("/")

        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground


def test_the_choice_of_colours_stays(browser: Browser, live_server: LiveServer, db: None) -> None:
    with opened(browser, live_server.url) as context:
        page = context.new_page()
        page.goto("/")
        page.click("[data-theme-switch]")
        page.goto("/accounts/login/")

        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 27)"


def test_a_moderator_decides_without_scripts(browser: Browser, live_server: LiveServer, held: HeldMessage) -> None:
    session = session_of(User.objects.get(email="anne@example.com"))
    with opened(browser, live_server.url, session=session, scripts=False) as context:
        page = context.new_page()
        page.goto("/lists/dev.example.org/held/")
        page.click(".thread-subject a")
        page.click("button[value=accept]")

        page.wait_for_selector("main >> text=The post goes out.")
    assert HeldMessage.objects.get().decision == "accepted"


def test_keyboard_reaches_the_content_first(browser: Browser, live_server: LiveServer, db: None) -> None:
    with opened(browser, live_server.url) as context:
        page = context.new_page()
        page.goto("/")
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.textContent")
        page.keyboard.press("Enter")

        assert focused == "Skip to content"
        page.wait_for_function("document.activeElement.id === 'main'")


def test_a_visitor_joins_with_the_keyboard_alone(browser: Browser, live_server: LiveServer, db: None) -> None:
    """Without scripts. Wherever the keyboard is, one can see it."""
    make_list("dev", description="Talk about tea.")
    with opened(browser, live_server.url, scripts=False) as context:
        page = context.new_page()
        page.goto("/lists/dev.example.org/")
        press_until(page, "Join or leave")
        page.keyboard.press("Enter")
        page.wait_for_url("**/join/")
        press_until(page, "email")
        page.keyboard.type("dora@example.com")
        page.keyboard.press("Enter")

        page.wait_for_selector("text=Look into your mail")
    assert [row.email for row in Pending.objects.all()] == ["dora@example.com"]


def press_until(page: Page, name: str) -> None:
    """Go on with the tab key to what has this text or name; each stop on the way is marked."""
    for _ in range(20):
        page.keyboard.press("Tab")
        here, outline = page.evaluate(
            """() => {
                const here = document.activeElement;
                return [here.name || here.textContent.trim(), getComputedStyle(here).outlineStyle];
            }"""
        )
        assert outline == "solid", here
        if here == name:
            return
    raise AssertionError(f"The keyboard does not reach {name!r}.")


def test_words_from_right_to_left_turn_nothing_else_around(browser: Browser, live_server: LiveServer, db: None) -> None:
    """A name is not mixed with the number behind it, and each paragraph runs in the direction of its own words."""
    dev = make_list("dev")
    body = "> שלום לכולם\n\nFine here.\n\nתודה\n"
    post = publish(dev, subject="מה חדש?", sender="דנה כהן <dana@example.com>", body=body)
    Thread.objects.update(last_post_at=timezone.now() - timedelta(days=3))
    with opened(browser, live_server.url) as context:
        page = context.new_page()
        page.goto("/lists/dev.example.org/")
        name, age = (edges(page, f".threads .meta {part}") for part in ("bdi", "time"))
        assert page.inner_text(".threads time") == "3\N{NO-BREAK SPACE}days ago"
        assert name["right"] <= age["left"]

        page.goto(f"/lists/dev.example.org/message/{post.message_id_hash}/")
        quote, text = edges(page, ".quote"), edges(page, ".post-text")
        assert quote["right"] > text["right"] - 1
        lines = page.evaluate(_LINES)
    assert [left - text["left"] < 1 for left, right in lines] == [True, False]
    assert [text["right"] - right < 1 for left, right in lines] == [False, True]


_LINES = """() => {
    const node = document.querySelector(".words").firstChild;
    const found = ["Fine here.", "תודה"].map((line) => [node.data.indexOf(line), line.length]);
    return found.map(([start, length]) => {
        const range = document.createRange();
        range.setStart(node, start);
        range.setEnd(node, start + length);
        const box = range.getBoundingClientRect();
        return [box.left, box.right];
    });
}"""
"""Left and right end of the two lines that the post's author wrote himself."""


def edges(page: Page, selector: str) -> dict[str, float]:
    found: dict[str, float] = page.eval_on_selector(selector, "element => element.getBoundingClientRect().toJSON()")
    return found
