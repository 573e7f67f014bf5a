"""What leaves is signed by the list's domain, as an independent verifier sees it."""

import pytest

from accounts.models import Address
from delivery.handlers import decorate
from lists import notices
from lists.enums import MemberRole, Personalization
from lists.models import MailingList
from tests.support import dkim
from tests.support.factories import make_list, make_member, make_members, make_user
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.signing import sign_for
from tests.support.smtpd import Mail
from tests.support.verifier import signatures, verified

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = {("example.org", "rsa-sha256"), ("example.org", "ed25519-sha256")}


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev", description="Talk")
    make_member(mlist, make_user("Bart"))
    make_member(mlist, "zoe@example.com")
    Address.objects.filter(email="zoe@example.com").update(display_name="Zoë  with   spaces")
    return mlist


def deliver(raw: bytes, sender: str = "bart@example.com", **relays: bool) -> list[Mail]:
    arrive(raw, sender=sender)
    judge_all()
    with relay(**relays) as server:
        send_all()
    return list(server.mails)


@pytest.mark.feature("beyond.dkim-signing")
@pytest.mark.parametrize("eight_bit", [True, False])
@pytest.mark.parametrize("personalize", list(Personalization))
def test_copies_verify(
    dev: MailingList, personalize: Personalization, eight_bit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(notices.TEXTS, decorate.FOOTER, ("", "For $user_name, Grüße\n$unsubscribe_url\n"))
    MailingList.objects.update(personalize=personalize)
    sign_for("example.org")
    mails = deliver(letter(body="Guten  Tag.\n\n.\n.x\n\n"), eight_bit=eight_bit)
    sign_for("example.org")
    rotated = deliver(letter(body="Nach dem Wechsel\n"), eight_bit=eight_bit)

    assert len(mails) == len(rotated) == (1 if personalize == Personalization.NONE else 2)
    for mail in [*mails, *rotated]:
        assert verified(mail.content) == BOTH
        assert eight_bit or mail.content.isascii()
        covered = set(signatures(mail.content)[0][2])
        assert covered >= {"from", "to", "subject", "date", "message-id", "list-id", "list-unsubscribe", "list-post"}
        assert ("list-unsubscribe-post" in covered) == (b"\r\nList-Unsubscribe-Post:" in mail.content)
    assert {signature[0] for mail in mails for signature in signatures(mail.content)} == {"example.org"}
    assert selectors(mails).isdisjoint(selectors(rotated))


def selectors(mails: list[Mail]) -> set[bytes]:
    return {word for mail in mails for word in mail.content.split() if word.startswith(b"s=ph")}


@pytest.mark.feature("beyond.dkim-signing")
def test_notices_are_signed_by_the_domain_in_their_from(dev: MailingList) -> None:
    make_member(dev, "anne@example.com", MemberRole.OWNER)
    sign_for("example.org")

    mails = deliver(letter(sender="dora@example.com"), sender="dora@example.com")

    assert mails
    assert [verified(mail.content) for mail in mails] == [BOTH] * len(mails)


def test_the_authors_signature_stays_and_holds_beside_ours(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notices.TEXTS, decorate.FOOTER, ("", ""))
    MailingList.objects.update(subject_prefix="", include_rfc2369_headers=False)
    sign_for("example.org")

    raw = dkim.sign(letter(body="Untouched.\n"))
    [mail] = deliver(raw)

    assert verified(mail.content) == BOTH
    assert dkim.verifies(mail.content[mail.content.index(b"DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple") :])


def test_without_a_key_nothing_is_added(dev: MailingList) -> None:
    sign_for("example.com")

    [mail] = deliver(letter())

    assert b"DKIM-Signature" not in mail.content


def test_one_signature_serves_all_who_get_the_same_bytes(dev: MailingList) -> None:
    make_members(dev, 100)
    sign_for("example.org")

    mails = deliver(letter())

    assert len(mails) == 3
    assert len({mail.content for mail in mails}) == 1
