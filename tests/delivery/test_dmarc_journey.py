"""A post whose author's domain says p=reject, from the door to what members, archive and author get."""

from collections.abc import Iterator

import pytest

from archives.enums import State
from archives.models import Arrival, Post
from delivery.models import Batch, Notice
from delivery.services.tracing import story
from lists.enums import DMARCMitigateAction
from lists.models import MailingList, NoticeTemplate
from moderation import policies
from moderation.services import desk
from suite.mail.headers import split_letter
from tests.support import dkim
from tests.support.dns import DnsServer, dns_server
from tests.support.factories import make_member
from tests.support.posting import arrive, judge_all, letter

MUNGE, REJECT, DISCARD = (
    DMARCMitigateAction.MUNGE_FROM,
    DMARCMitigateAction.REJECT,
    DMARCMitigateAction.DISCARD,
)


@pytest.fixture(autouse=True)
def forbidden() -> Iterator[DnsServer]:
    policies.forget()
    key = dkim.public_record().decode()
    with dns_server({"_dmarc.example.com": ["v=DMARC1; p=reject"], "test._domainkey.example.com": [key]}) as server:
        yield server


def post(mlist: MailingList, action: DMARCMitigateAction, raw: bytes = b"") -> Arrival:
    MailingList.objects.filter(pk=mlist.pk).update(dmarc_mitigate_action=action)
    make_member(mlist, "bart@example.com")
    [arrival] = arrive(raw or letter(sender="Bart <bart@example.com>"))
    judge_all()
    arrival.refresh_from_db()
    return arrival


@pytest.mark.feature("core.handler.dmarc")
def test_members_get_it_from_the_list_and_the_archive_has_it_from_bart(dev: MailingList) -> None:
    arrival = post(dev, MUNGE)

    assert arrival.state == State.DISTRIBUTED
    assert arrival.verdict["notes"] == {"dmarc": "example.com asks for p=reject"}
    assert "dmarc" in arrival.changes
    [batch] = Batch.objects.select_related("rendering").filter(rendering__notices=None)
    assert b"\nFrom: Bart via Dev <dev@example.org>\r\n" in b"\n" + bytes(batch.rendering.header)
    published = Post.objects.get().letter
    assert published is not None
    assert b"From: Bart <bart@example.com>" in bytes(published.raw)


def test_it_is_munged_too_when_a_moderator_has_let_it_through(dev: MailingList) -> None:
    MailingList.objects.filter(pk=dev.pk).update(emergency=True)
    arrival = post(dev, MUNGE)
    assert arrival.state == State.HELD

    desk.accept(arrival.held, None)
    judge_all()

    arrival.refresh_from_db()
    assert (arrival.state, "dmarc" in arrival.changes) == (State.DISTRIBUTED, True)


@pytest.mark.feature("core.chain.dmarc")
def test_rejected_with_the_lists_own_words(dev: MailingList) -> None:
    MailingList.objects.filter(pk=dev.pk).update(dmarc_moderation_notice="Write from another address, please.")
    arrival = post(dev, REJECT)

    assert arrival.state == State.REJECTED
    [told] = Notice.objects.select_related("rendering")
    assert told.recipient == "bart@example.com"
    assert told.rendering is not None
    assert b"Write from another address, please." in bytes(told.rendering.body or b"")


@pytest.mark.feature("core.chain.dmarc")
def test_discarded_without_a_word(dev: MailingList) -> None:
    assert post(dev, DISCARD).state == State.DISCARDED
    assert not Notice.objects.exists()


# --- only where it is needed ------------------------------------------------------------------------------------------


def leave_alone(mlist: MailingList) -> None:
    """The list's texts and prefix, which would break a signature, are gone."""
    MailingList.objects.filter(pk=mlist.pk).update(subject_prefix="")
    for name in ("list:member:regular:footer", "list:member:generic:footer"):
        NoticeTemplate.objects.create(mlist=mlist, name=name, text="")


def sent(arrival: Arrival) -> bytes:
    [batch] = Batch.objects.select_related("rendering").filter(rendering__notices=None)
    body = batch.rendering.body  # None where no handler changed it
    return bytes(batch.rendering.header) + (split_letter(bytes(arrival.letter.raw))[1] if body is None else bytes(body))


@pytest.mark.feature("beyond.dmarc-autopilot")
def test_a_post_whose_signature_survives_goes_out_untouched(dev: MailingList) -> None:
    leave_alone(dev)
    arrival = post(dev, MUNGE, dkim.sign(letter(sender="Bart <bart@example.com>")))

    assert b"\r\nFrom: Bart <bart@example.com>\r\n" in sent(arrival)
    assert dkim.verifies(sent(arrival))
    assert "dmarc" not in arrival.changes
    remarks = [step.details["remarks"] for step in story(arrival) if "remarks" in step.details]
    assert remarks == [["The signature of example.com holds in what goes out, so From is left alone."]]


@pytest.mark.feature("beyond.dmarc-autopilot")
@pytest.mark.parametrize("change", ["prefix", "footer", "forged", "no key"])
def test_a_post_that_would_fail_is_munged_and_says_why(change: str, dev: MailingList, forbidden: DnsServer) -> None:
    if change != "footer":
        leave_alone(dev)
    if change == "prefix":
        MailingList.objects.filter(pk=dev.pk).update(subject_prefix="[dev] ")
    if change == "no key":
        del forbidden.records["test._domainkey.example.com"]
    raw = dkim.sign(letter(sender="Bart <bart@example.com>"))
    arrival = post(dev, MUNGE, raw.replace(b"Good morning", b"Good evening") if change == "forged" else raw)

    assert b"\r\nFrom: Bart via Dev <dev@example.org>\r\n" in sent(arrival)
    assert b"\r\nAuthor: Bart <bart@example.com>\r\n" in sent(arrival)
    remarks = [step.details["remarks"] for step in story(arrival) if "remarks" in step.details]
    assert remarks == [["No signature of example.com holds in what goes out, so From is the list's."]]


@pytest.mark.feature("beyond.dmarc-autopilot")
def test_another_domains_signature_proves_nothing(dev: MailingList, forbidden: DnsServer) -> None:
    forbidden.records["_dmarc.example.net"] = ["v=DMARC1; p=reject"]
    leave_alone(dev)
    MailingList.objects.filter(pk=dev.pk).update(default_nonmember_action=3)
    arrival = post(dev, MUNGE, dkim.sign(letter(sender="Bart <bart@example.net>")))

    assert b"\r\nFrom: Bart via Dev <dev@example.org>\r\n" in sent(arrival)


@pytest.mark.feature("beyond.dmarc-autopilot")
@pytest.mark.parametrize(
    ("asked", "munged"), [("", False), ("; adkim=r", False), ("; adkim=s", True), ("; aspf=s", False)]
)
def test_a_signature_of_the_organisation_proves_what_the_policy_lets_it_prove(
    dev: MailingList, forbidden: DnsServer, asked: str, munged: bool
) -> None:
    forbidden.records["_dmarc.example.com"] = [f"v=DMARC1; p=reject{asked}"]
    leave_alone(dev)
    MailingList.objects.filter(pk=dev.pk).update(default_nonmember_action=3)
    arrival = post(dev, MUNGE, dkim.sign(letter(sender="Bart <bart@sales.example.com>")))

    assert ("dmarc" in arrival.changes) is munged


def test_who_is_named_is_munged_whatever_his_signature_says(dev: MailingList) -> None:
    leave_alone(dev)
    MailingList.objects.filter(pk=dev.pk).update(dmarc_addresses=["bart@example.com"])
    arrival = post(dev, MUNGE, dkim.sign(letter(sender="Bart <bart@example.com>")))

    assert "dmarc" in arrival.changes
