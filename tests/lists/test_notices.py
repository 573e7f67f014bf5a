import pytest
from django.test import override_settings

from lists import notices
from lists.models import Domain, MailingList


@pytest.fixture
def dev() -> MailingList:
    return MailingList(list_id="dev.example.org", list_name="dev", domain=Domain(mail_host="example.org"))


def test_render_fills_in_what_it_knows_and_leaves_the_rest(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notices.TEXTS, "test", ("About $subject", "$listname ${owner_email} $unknown $ 5 ${x.y}\n"))

    assert notices.render("test", dev, subject="tea") == (
        "About tea",
        "dev@example.org dev-owner@example.org $unknown $ 5 ${x.y}\n",
    )


def test_rendered_subject_is_one_line(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notices.TEXTS, "test", ("About $subject", ""))

    assert notices.render("test", dev, subject="tea\r\nBcc: dora@example.com")[0] == "About tea Bcc: dora@example.com"


def test_value_is_never_read_as_a_template(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notices.TEXTS, "test", ("x", "$subject"))

    assert notices.render("test", dev, subject="$owner_email")[1] == "$owner_email"


@override_settings(BASE_URL="https://lists.example.com")
def test_links_begin_with_the_domains_own_address_where_it_has_one(dev: MailingList) -> None:
    assert notices.standard(dev)["held_message_url"] == "https://lists.example.com/lists/dev.example.org/held/"

    dev.domain.base_url = "https://lists.example.org/"

    assert notices.standard(dev)["mailinglist_url"] == "https://lists.example.org/lists/dev.example.org/"


def test_unknown_text_is_an_error(dev: MailingList) -> None:
    with pytest.raises(KeyError):
        notices.render("list:nobody:wrote:this", dev)


@pytest.mark.parametrize(
    ("text", "wrapped"),
    [
        ("", ""),
        ("short", "short"),
        ("a\nb\n", "a b\n"),
        ("a\n\n    b\n    c\n\nd\n", "a\n\n    b\n    c\n\nd\n"),
        ("x" * 80 + "\n", "x" * 80 + "\n"),
        ("word " * 20 + "\n", ("word " * 14).strip() + "\n" + ("word " * 6).strip() + "\n"),
        ("    " + "word " * 20 + "\n", "    " + ("word " * 20).strip() + "\n"),
        ("a\n  b\nc\r\nd\n", "a\n  b\nc d\n"),
        ("a\n\n\n\n\nb\n\n", "a\n\nb\n"),
        ("über " * 14 + "\n", ("über " * 14).strip() + "\n"),
    ],
)
def test_paragraphs_wrap_and_indented_lines_stay(text: str, wrapped: str) -> None:
    assert notices.wrap(text) == wrapped


def test_footer_keeps_its_lines(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notices.TEXTS, "list:member:regular:footer", ("", "-- \n$listname\n\n\nbye\n"))

    assert notices.render("list:member:regular:footer", dev)[1] == "-- \ndev@example.org\n\n\nbye\n"


def test_reasons_are_a_list_that_fits_the_mail() -> None:
    assert notices.bulleted(["One.", "word " * 14 + "end.", "Two\nlines."]) == (
        "    - One.\n    - " + ("word " * 13).strip() + "\n      word end.\n    - Two\n      lines."
    )


@pytest.mark.feature("core.template.placeholders")
@override_settings(BASE_URL="https://lists.example.com", SITE_OWNER="postmaster@example.com")
def test_standard_values_and_no_others_are_filled_in(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    dev.display_name, dev.description, dev.info, dev.preferred_language = "Dev", "Tea", "All of tea", "en"
    page = "https://lists.example.com/lists/dev.example.org/"
    expected = {
        "site_email": "postmaster@example.com",
        "listname": "dev@example.org",
        "list_id": "dev.example.org",
        "display_name": "Dev",
        "short_listname": "dev",
        "domain": "example.org",
        "description": "Tea",
        "info": "All of tea",
        "request_email": "dev-request@example.org",
        "owner_email": "dev-owner@example.org",
        "language": "en",
        "base_url": "https://lists.example.com",
        "mailinglist_url": page,
        "held_message_url": f"{page}held/",
        "pending_subscriptions_url": f"{page}requests/",
        "pending_unsubscriptions_url": f"{page}requests/",
        "domain_url": "https://lists.example.com/",
    }
    body = "".join(f"  {name}=${name} ${{{name}}}\n" for name in expected) + "  $ $unknown ${x.y} $1 {listname}\n"
    monkeypatch.setitem(notices.TEXTS, "test", ("$listname", body))

    assert notices.render("test", dev)[1] == "".join(
        f"  {name}={value} {value}\n" for name, value in expected.items()
    ) + ("  $ $unknown ${x.y} $1 {listname}\n")
    assert list(notices.standard(dev)) == notices.STANDARD
