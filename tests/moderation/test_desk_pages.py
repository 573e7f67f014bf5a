"""The desk's pages: what moderators see and do there."""

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from archives.enums import State
from archives.models import Arrival
from lists.models import MailingList
from moderation.models import HeldMessage
from moderation.views import desk
from tests.support.factories import make_list
from tests.support.letters import make_letter
from tests.support.pages import hold
from tests.support.posting import letter

pytestmark = pytest.mark.django_db

FROM_DORA = b"From: Dora <dora@example.com>\r\n"
Outbox = list[EmailMessage]
DESK = "/lists/dev.example.org/held/"


@pytest.fixture
def moderator(cris: User, client: Client) -> Client:
    """Cris's browser."""
    client.force_login(cris)
    return client


def held_url(held: HeldMessage, page: str = "") -> str:
    return f"{DESK}{held.pk}/{page}"


def decide(client: Client, held: HeldMessage, decision: str, **fields: str) -> tuple[int, str]:
    answer = client.post(held_url(held, "decide/"), {"decision": decision, **fields})
    return answer.status_code, answer.headers.get("Location", "")


@pytest.mark.parametrize("items", [1, 3])
def test_queries(
    dev: MailingList, moderator: Client, django_assert_num_queries: DjangoAssertNumQueries, items: int
) -> None:
    for number in range(items):
        hold(dev, make_letter("Dora <dora@example.com>", f"Coffee {number}"))

    with django_assert_num_queries(7):  # session, user, list, roles, count, held posts, the menu's count
        page = moderator.get(DESK).content.decode()

    assert page.count('class="thread-subject"') == items


def test_queries_of_one_post(
    dev: MailingList, moderator: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    held = hold(dev)

    with django_assert_num_queries(6):  # session, user, list, roles, the post with its letter, the menu's count
        moderator.get(held_url(held))


def test_the_list_of_what_waits(dev: MailingList, moderator: Client) -> None:
    hold(dev)

    page = moderator.get(DESK).content.decode()

    for words in ("Coffee", "dora@example.com", "bytes", "is not a member"):
        assert words in page
    assert 'class="count count-some">1<' in page


def test_a_post_with_reasons_text_attachments_and_header(dev: MailingList, moderator: Client) -> None:
    body = "--b\n\nWith milk.\n--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=cup.png\n\nPNG\n--b--\n"
    raw = letter(
        sender="Dora <dora@example.com>", body=body, x_mood="fine", content_type='multipart/mixed; boundary="b"'
    )
    held = hold(dev, raw)

    page = moderator.get(held_url(held)).content.decode()

    for words in ("is not a member", "With milk.", "cup.png", "X-Mood", "fine"):
        assert words in page
    attachment = moderator.get(held_url(held, "attachment/2/"))
    assert (attachment.content.rstrip(), attachment["Content-Type"]) == (b"PNG", "image/png")
    assert attachment["Content-Disposition"] == 'attachment; filename="cup.png"'
    assert attachment["X-Content-Type-Options"] == "nosniff"
    assert moderator.get(held_url(held, "attachment/9/")).status_code == 404


@pytest.mark.feature("desk.held-source")
def test_source_is_what_came_byte_for_byte(dev: MailingList, bart: User, moderator: Client) -> None:
    body = "--b\n\nText\n--b\nContent-Type: text/html\nContent-Disposition: attachment; filename=x.html\n\n<b>\n--b--\n"
    raw = letter(sender="Dora <dora@example.com>", body=body, content_type="multipart/mixed; boundary=b")
    held = hold(dev, raw)

    source, attachment = moderator.get(held_url(held, "raw")), moderator.get(held_url(held, "attachment/2/"))

    assert (source.content, source["Content-Type"]) == (raw, "text/plain")
    assert attachment["X-Content-Type-Options"] == "nosniff"
    assert attachment["Content-Disposition"] == 'attachment; filename="x.html"'
    assert moderator.get(held_url(held, "attachment/3/")).status_code == 404
    moderator.force_login(bart)
    assert [moderator.get(held_url(held, page)).status_code for page in ("raw", "attachment/2/")] == [403, 403]


@pytest.mark.parametrize(
    ("decision", "state", "notices"),
    [("accept", State.ACCEPTED, 0), ("reject", State.REJECTED, 1), ("discard", State.DISCARDED, 0)],
)
def test_decisions(
    dev: MailingList, cris: User, moderator: Client, mailoutbox: Outbox, decision: str, state: State, notices: int
) -> None:
    held = hold(dev)

    assert decide(moderator, held, decision, comment="Too much coffee.") == (302, DESK)

    held.refresh_from_db()
    assert (held.decision, held.decided_by) == (state, cris)
    assert Arrival.objects.get().state == state
    assert len(mailoutbox) == notices
    assert "Nothing waits." in moderator.get(DESK).content.decode()


def test_the_sender_gets_the_moderators_words(dev: MailingList, moderator: Client, mailoutbox: Outbox) -> None:
    held = hold(dev)

    decide(moderator, held, "reject", comment="Too much coffee.")

    [notice] = mailoutbox
    assert notice.to == ["dora@example.com"]
    assert "Too much coffee." in notice.body
    assert HeldMessage.objects.get().comment == "Too much coffee."


def test_after_a_decision_the_next_post_is_shown(dev: MailingList, moderator: Client) -> None:
    first, second = hold(dev), hold(dev, make_letter("Dora <dora@example.com>", "Cake"))

    assert decide(moderator, first, "discard") == (302, held_url(second))


def test_who_comes_second_is_told_what_was_decided(dev: MailingList, moderator: Client) -> None:
    held = hold(dev)
    decide(moderator, held, "accept")

    answer = moderator.post(held_url(held, "decide/"), {"decision": "discard"})

    assert answer.status_code == 409
    assert "<strong>Accepted</strong>" in answer.content.decode()
    assert '<form method="post" action="' + held_url(held, "decide/") not in answer.content.decode()
    assert HeldMessage.objects.get().decision == State.ACCEPTED


def test_a_link_in_a_notice_shows_the_outcome_later(dev: MailingList, moderator: Client) -> None:
    held = hold(dev)
    decide(moderator, held, "reject", comment="Too much coffee.")

    page = moderator.get(held_url(held))

    assert page.status_code == 200
    assert "Too much coffee." in page.content.decode()


@pytest.mark.parametrize("decision", ["", "approve", "ACCEPT"])
def test_no_such_decision(dev: MailingList, moderator: Client, decision: str) -> None:
    held = hold(dev)

    assert decide(moderator, held, decision)[0] == 400
    assert HeldMessage.objects.get().decision == ""


def test_too_many_words_are_given_back(dev: MailingList, moderator: Client) -> None:
    held = hold(dev)

    answer = moderator.post(held_url(held, "decide/"), {"decision": "reject", "comment": "word " * 500})

    assert answer.status_code == 422
    assert "word word" in answer.content.decode()
    assert HeldMessage.objects.get().decision == ""


def test_decisions_need_a_token_of_the_site(dev: MailingList, cris: User) -> None:
    held, client = hold(dev), Client(enforce_csrf_checks=True)
    client.force_login(cris)

    assert decide(client, held, "accept")[0] == 403
    page = client.get(held_url(held)).content.decode()
    [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert decide(client, held, "accept", csrfmiddlewaretoken=token) == (302, DESK)


@pytest.mark.parametrize("page", ["", "raw", "attachment/1/"])
def test_posts_of_another_list_are_not_found(dev: MailingList, moderator: Client, page: str) -> None:
    held = hold(make_list("cooks"))

    assert moderator.get(held_url(held, page)).status_code == 404
    assert decide(moderator, held, "accept")[0] == 404
    assert HeldMessage.objects.get().decision == ""


@pytest.mark.feature("desk.held-hostile")
@pytest.mark.parametrize(
    "raw",
    [
        FROM_DORA + b"Content-Type: text/html\r\n\r\n<script>alert(1)</script><img src=https://e.example/x><form>",
        FROM_DORA + b"Subject: <script>alert(1)</script>\r\nContent-Type: text/plain; charset=x-none\r\n\r\n\xff\xfe",
        FROM_DORA + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_000,
        FROM_DORA + b"\r\n",
    ],
    ids=["markup", "charset", "parts", "empty"],
)
def test_hostile_posts_open_run_nothing_and_can_be_decided(dev: MailingList, moderator: Client, raw: bytes) -> None:
    held = hold(dev, raw)

    page = moderator.get(held_url(held))

    main = page.content.decode().partition("<main")[2]
    assert page.status_code == 200
    assert re.findall(r"<(?:script|img|iframe|object|embed|link|style)\b|\son\w+=", main) == []
    assert decide(moderator, held, "discard")[0] == 302


def test_what_waits_is_paged(dev: MailingList, moderator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "PER_PAGE", 2)
    for number in range(3):
        hold(dev, make_letter("Dora <dora@example.com>", f"Coffee {number}"))

    pages = [re.findall(r"Coffee \d", moderator.get(DESK, {"page": page}).content.decode()) for page in (1, 2)]

    assert pages == [["Coffee 0", "Coffee 1"], ["Coffee 2"]]
