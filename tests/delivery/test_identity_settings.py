"""What a list is called, what it is about, and the language it speaks, wherever people meet it."""

import pytest
from django.core.exceptions import ValidationError

from lists.enums import DMARCMitigateAction, MemberRole
from lists.models import MailingList
from lists.services.joining import join
from lists.services.mailing_lists import change_settings
from lists.services.texts import set_text
from tests.support.factories import make_list, make_member, make_user
from tests.support.posting import arrive, letter
from tests.support.robots import Heard, heard

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]

INFO = "Tea is made at four.\n\nBring a cup.\n\n  Milk is there."


@pytest.fixture
def dev() -> MailingList:
    """Anne owns it, Bart is a member, Fleur a member who reads French."""
    mlist = make_list("dev")
    make_member(mlist, make_user("Anne").preferred_address, MemberRole.OWNER)
    make_member(mlist, make_user("Bart").preferred_address)
    make_member(mlist, "fleur@example.com", preferred_language="fr")
    return mlist


def post(sender: str) -> list[Heard]:
    arrive(letter(sender=sender), sender=sender)
    return heard()


@pytest.mark.feature("core.setting.description")
class TestNames:
    @pytest.mark.parametrize("value", ["Tea\nand more", "Tea\r\nBcc: eve@example.net", "Tea\r"])
    def test_a_description_is_one_line(self, dev: MailingList, value: str) -> None:
        with pytest.raises(ValidationError):
            change_settings(dev, description=value)
        dev.refresh_from_db()
        assert dev.description == ""

    @pytest.mark.parametrize(
        ("description", "phrase"),
        [("Talk about tea", "Talk about tea"), ("Tea, etc.", '"Tea, etc."'), ("Thé", "Thé")],
    )
    def test_the_description_is_the_phrase_of_list_id(self, dev: MailingList, description: str, phrase: str) -> None:
        change_settings(dev, description=description)
        assert {mail.field("List-Id").lower() for mail in post("bart@example.com")} == {
            f"{phrase} <dev.example.org>".lower()
        }

    def test_the_display_name_stands_in_munged_from_and_in_the_footer(self, dev: MailingList) -> None:
        change_settings(
            dev,
            display_name="Tea Talk",
            dmarc_mitigate_action=DMARCMitigateAction.MUNGE_FROM,
            dmarc_mitigate_unconditionally=True,
        )
        mail = post("bart@example.com")[0]
        assert mail.field("From") == "bart via Tea Talk <dev@example.org>"
        assert "Tea Talk mailing list: dev@example.org" in mail.text

    def test_info_of_several_paragraphs_stands_in_a_welcome(self, dev: MailingList) -> None:
        change_settings(dev, info=INFO)
        set_text("list:user:notice:welcome", dev, "Welcome.\n\n$info\n\nBye.\n")
        join(dev, "dora@example.com", pre_verified=True, pre_confirmed=True)
        [mail] = heard()
        assert mail.text.rstrip("\n") == f"Welcome.\n\n{INFO}\n\nBye."


@pytest.mark.feature("core.setting.preferred-language")
class TestLanguage:
    def test_strangers_and_owners_read_the_lists_language(self, dev: MailingList) -> None:
        change_settings(dev, preferred_language="de")
        mails = {mail.to: mail for mail in post("dora@example.com")}
        assert set(mails) == {"dora@example.com", "anne@example.com"}
        assert mails["dora@example.com"].text.startswith("Ihre Mail an dev@example.org mit dem Betreff")
        assert mails["anne@example.com"].text.startswith("Ein Beitrag an dev@example.org wartet auf die Moderation.")

    def test_a_member_reads_his_own(self, dev: MailingList) -> None:
        change_settings(dev, preferred_language="de", emergency=True)
        mails = {mail.to: mail for mail in post("fleur@example.com")}
        assert mails["fleur@example.com"].text.startswith("Votre courriel à dev@example.org")
        assert mails["anne@example.com"].text.startswith("Ein Beitrag an dev@example.org wartet auf die Moderation.")

    @pytest.mark.parametrize("code", ["xx", "klingon", "DE-de-x"])
    def test_a_language_nobody_has_is_refused(self, dev: MailingList, code: str) -> None:
        with pytest.raises(ValidationError):
            change_settings(dev, preferred_language=code)
        dev.refresh_from_db()
        assert dev.preferred_language == "en"
