"""The cause of a bounce, in the words of who reads of it."""

import pytest

from accounts.models import User
from delivery.bounces import causes, scoring
from delivery.enums import BounceCause, BounceKind, BounceSource
from delivery.models import BounceEvent
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from lists.texts import LANGUAGES
from tests.support.bouncing import bounce, dsn, sent
from tests.support.factories import make_member, make_user
from tests.support.notices import told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.feature("beyond.bounce-cause")
def test_every_cause_has_its_words_in_every_language() -> None:
    for language in LANGUAGES:
        said = [causes.words(cause, language) for cause in BounceCause]
        assert len(set(said)) == len(BounceCause)
        english = {str(cause.label) for cause in BounceCause}
        assert set(said) & english == (english if language == "en" else set())
    assert causes.words(BounceCause.FULL, "tlh") == "the mailbox is full"


@pytest.mark.feature("beyond.bounce-cause")
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("", "Cause: there is no such mailbox."),
        ("de", "Ursache: das Postfach gibt es nicht."),
        ("fr", "Cause : cette boîte aux lettres n'existe pas."),
        ("es", "Causa: ese buzón no existe."),
    ],
)
def test_owners_read_it_in_their_language(
    dev: MailingList, anne: User, member: Membership, language: str, sentence: str
) -> None:
    MailingList.objects.update(bounce_notify_owner_on_bounce_increment=True)
    User.objects.filter(pk=anne.pk).update(preferred_language=language)
    sent(dev)
    bounce(dsn())

    [mail] = told("bounce-increment")
    assert mail.recipient == "anne@example.com"
    text = mail.text.replace("\r\n", "\n")
    assert f"\n{sentence}\n" in text
    assert "550 5.1.1 no such user" in text


@pytest.mark.feature("beyond.bounce-cause")
def test_of_a_wave_each_owner_reads_in_his_language(dev: MailingList, anne: User) -> None:
    make_member(dev, make_user("Berta"), MemberRole.OWNER, preferred_language="de")
    for number in range(6):
        row = make_member(dev, f"m{number}@mx{number}.example.com")
        event = BounceEvent.objects.create(
            mlist=dev,
            membership=row,
            address=f"m{number}@mx{number}.example.com",
            kind=BounceKind.POLICY,
            source=BounceSource.SMTP,
            cause=BounceCause.BLOCKLIST,
            diagnostic="554 blocked",
            message_id="post-1@example.org",
        )
    scoring.process([event], event.at)

    words = {mail.recipient: mail.text for mail in told("bounce-wave")}
    assert "this server stands on a blocklist" in words["anne@example.com"]
    assert "dieser Server steht auf einer Sperrliste" in words["berta@example.com"]
    assert all("554 blocked" in text for text in words.values())
