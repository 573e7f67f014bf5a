"""What goes to the newsgroup of a list."""

from typing import Any

import pytest
from django.test import override_settings

from archives.enums import Origin
from delivery.draft import Draft, News
from delivery.handlers.to_usenet import ToUsenet
from lists.enums import NewsgroupModeration, Personalization
from suite.mail import ids
from suite.mail.headers import HeaderBlock
from tests.delivery.handlers.shaping import POST, apply, make_list, shape

pytestmark = pytest.mark.django_db

JOINED = {"gateway_to_news": True, "linked_newsgroup": "misc.test"}


@pytest.fixture(autouse=True)
def server() -> Any:
    with override_settings(NNTP_URL="nntp://news.example.net"):
        yield


def articles(draft: Draft) -> list[News]:
    return [intent for intent in draft.intents if isinstance(intent, News)]


def header(draft: Draft) -> HeaderBlock:
    [intent] = articles(draft)
    return HeaderBlock.parse(intent.header)


def test_a_post_of_a_joined_list_becomes_an_article() -> None:
    draft = shape(make_list(subject_prefix="[Dev] ", personalize=Personalization.FULL, **JOINED))

    [intent] = articles(draft)
    assert (intent.newsgroup, intent.message_id, intent.raw) == ("misc.test", "one@example.com", POST)
    fields = HeaderBlock.parse(intent.header)
    assert {name: fields.text(name) for name in ("From", "To", "Subject", "Newsgroups", "List-Id", "Message-ID")} == {
        "From": "Bart <bart@example.com>",
        "To": "dev@example.org",
        "Subject": "[Dev] Hi",
        "Newsgroups": "misc.test",
        "List-Id": "<dev.example.org>",
        "Message-ID": "<one@example.com>",
    }
    assert fields.text("Archived-At").endswith(f"/{ids.id_hash('one@example.com')}/>")
    assert "List-Unsubscribe" not in fields


@pytest.mark.parametrize(
    "settings",
    [
        {"gateway_to_news": False, "linked_newsgroup": "misc.test"},
        {"gateway_to_news": True, "linked_newsgroup": ""},
        {"gateway_to_mail": True, "linked_newsgroup": "misc.test"},
    ],
    ids=["not-wanted", "no-group", "other-way"],
)
@pytest.mark.feature("core.handler.to-usenet")
def test_a_list_that_is_not_joined_posts_nothing(settings: dict[str, Any]) -> None:
    assert articles(apply(ToUsenet(), make_list(**settings))) == []


@pytest.mark.feature("core.handler.to-usenet")
def test_what_came_from_the_group_does_not_go_back() -> None:
    assert articles(apply(ToUsenet(), make_list(**JOINED), origin=Origin.NEWS)) == []


@pytest.mark.parametrize(
    "site",
    [{"NNTP_URL": ""}, {"DEVMODE_RECIPIENT": "dev@example.net"}],
    ids=["no-server", "all-mail-goes-to-the-developer"],
)
@pytest.mark.feature("core.runner.nntp")
def test_a_site_that_posts_nothing(site: dict[str, str]) -> None:
    with override_settings(**site):
        assert articles(apply(ToUsenet(), make_list(**JOINED))) == []


@pytest.mark.parametrize(
    ("moderation", "approved"),
    [
        (NewsgroupModeration.NONE, ""),
        (NewsgroupModeration.OPEN_MODERATED, "dev@example.org"),
        (NewsgroupModeration.MODERATED, "dev@example.org"),
    ],
    ids=["none", "open", "moderated"],
)
@pytest.mark.feature("core.runner.nntp")
def test_a_moderated_group_gets_the_lists_approval(moderation: NewsgroupModeration, approved: str) -> None:
    raw = b"Approved: secret\r\n" + POST

    assert header(shape(make_list(newsgroup_moderation=moderation, **JOINED), raw)).text("Approved") == approved


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Hi", "Hi"),
        ("Re: [Dev] Hi", "Re: Hi"),
        ("[Dev]", "(no subject)"),
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
    ],
    ids=["bare", "reply", "prefix-alone", "encoded"],
)
@pytest.mark.feature("core.runner.nntp")
def test_without_prefix_the_subject_is_as_it_was(subject: str, expected: str) -> None:
    raw = POST.replace(b"Subject: Hi", f"Subject: {subject}".encode())

    draft = shape(make_list(subject_prefix="[Dev] ", nntp_prefix_subject_too=False, **JOINED), raw)

    assert header(draft).text("Subject") == expected
    assert draft.headers.text("Subject").startswith("[Dev]")


@pytest.mark.feature("core.runner.nntp")
def test_unwanted_fields_do_not_reach_the_group() -> None:
    unwanted = (
        b"Received: from a by b; Fri, 20 Nov 2026 11:59:00 +0000\r\nControl: cancel <a@b>\r\nX-Trace: x\r\nXref: y\r\n"
    )
    unwanted += b"NNTP-Posting-Host: 192.0.2.1\r\nNewsgroups: alt.other\r\nFollowup-To: poster\r\nLines: 7\r\n"

    fields = header(shape(make_list(**JOINED), unwanted + POST))

    names = {"Received", "Control", "X-Trace", "Xref", "NNTP-Posting-Host", "Followup-To", "Lines"}
    assert names.isdisjoint(fields.names())
    assert fields.get_all("Newsgroups") == [b"misc.test"]


@pytest.mark.parametrize("identifier", ["ä@example.com", "x" * 300 + "@example.com", "none"])
def test_an_id_that_servers_do_not_take_is_replaced(identifier: str) -> None:
    raw = POST.replace(b"one@example.com", identifier.encode())

    [intent] = articles(shape(make_list(**JOINED), raw))

    assert intent.message_id.endswith("@example.org")
    assert HeaderBlock.parse(intent.header).get_all("Message-ID") == [f"<{intent.message_id}>".encode()]


def test_an_anonymous_lists_article_names_nobody() -> None:
    [intent] = articles(shape(make_list(anonymous_list=True, **JOINED)))

    assert b"bart" not in intent.header.lower()
    assert b"example.com" not in intent.header
    assert HeaderBlock.parse(intent.header).text("From") == "dev@example.org"


def test_a_footer_and_a_munged_from_are_for_members_alone() -> None:
    mlist = make_list(dmarc_mitigate_action=1, dmarc_mitigate_unconditionally=True, **JOINED)

    [intent] = articles(shape(mlist))

    assert b"From: Bart <bart@example.com>\r\n" in intent.header
    assert b" via " not in intent.header
