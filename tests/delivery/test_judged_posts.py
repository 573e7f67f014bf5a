"""What rules mean for a whole journey: who gets a post, and what of it can be read where."""

from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from pytest_django import DjangoAssertNumQueries

from accounts.enums import DeliveryMode
from archives.enums import State
from archives.models import Arrival, Letter, Post
from delivery.models import Rendering
from delivery.services import issues
from lists.enums import Action, MemberRole
from lists.models import MailingList
from lists.services.bans import ban
from moderation import candidates, facts
from moderation.models import HeaderMatch, HeldMessage
from moderation.services import desk
from tests.support.factories import make_list, make_member, make_user
from tests.support.letters import make_arrival, make_letter
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev() -> MailingList:
    """With Anne as owner and Bart as member."""
    mlist = make_list("dev", admin_immed_notify=False, respond_to_post_requests=False)
    make_member(mlist, "anne@example.com", MemberRole.OWNER)
    make_member(mlist, "bart@example.com")
    return mlist


def posted(raw: bytes, to: str = "dev@example.org", sender: str = "bart@example.com") -> Arrival:
    [arrival] = arrive(raw, to, sender=sender)
    judge_all()
    arrival.refresh_from_db()
    return arrival


# --- emergency --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.rule.emergency")
def test_emergency_holds_and_what_a_moderator_accepts_goes_out(dev: MailingList) -> None:
    MailingList.objects.update(emergency=True)
    arrival = posted(letter())
    assert (arrival.state, arrival.verdict["hits"]) == (State.HELD, ["emergency"])

    desk.accept(HeldMessage.objects.get(), None)
    judge_all()

    arrival.refresh_from_db()
    assert arrival.state == State.DISTRIBUTED


@pytest.mark.feature("core.rule.emergency")
def test_the_password_passes_the_emergency(dev: MailingList) -> None:
    MailingList.objects.update(emergency=True, moderator_password=make_password("sesame"))

    assert posted(letter(approved="sesame")).state == State.DISTRIBUTED


@pytest.mark.feature("core.rule.emergency")
def test_bans_and_header_checks_are_decided_before_the_emergency(dev: MailingList) -> None:
    MailingList.objects.update(emergency=True)
    ban("eve@example.com", dev)
    HeaderMatch.objects.create(mlist=dev, header="x-spam", pattern="yes", action=Action.REJECT)

    assert posted(letter(sender="eve@example.com")).state == State.DISCARDED
    assert posted(letter(x_spam="yes")).state == State.REJECTED


# --- who the sender is ------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.sender.any-address")
@pytest.mark.parametrize(
    ("fields", "envelope"),
    [
        ({"sender": "cris@home.example.com"}, ""),
        ({"sender": "dora@example.com", "reply_to": "cris@example.com"}, ""),
        ({"sender": "dora@example.com", "Sender": "Cris@example.com"}, ""),
        ({"sender": "dora@example.com"}, "cris@example.com"),
        ({"sender": "dora@example.com", "reply_to": "cris@home.example.com"}, ""),
    ],
)
def test_any_address_of_a_member_in_any_place_makes_it_his_post(
    fields: dict[str, str], envelope: str, dev: MailingList
) -> None:
    cris = make_user("Cris", "cris@example.com", "cris@home.example.com")
    make_member(dev, cris, moderation_action=Action.ACCEPT)
    sender_field = fields.pop("Sender", None)
    raw = letter(**fields)
    if sender_field:
        raw = f"Sender: {sender_field}\r\n".encode() + raw

    arrival = posted(raw, sender=envelope)

    assert (arrival.state, arrival.verdict["rule"]) == (State.DISTRIBUTED, "member-moderation")


@pytest.mark.feature("core.sender.any-address")
def test_nobodys_address_makes_it_a_strangers(dev: MailingList) -> None:
    arrival = posted(letter(sender="dora@example.com"), sender="")

    assert (arrival.state, arrival.verdict["rule"]) == (State.HELD, "nonmember-moderation")


@pytest.mark.feature("core.rule.nonmember-at-list")
@pytest.mark.parametrize(("name", "state"), [("cris", State.DISTRIBUTED), ("dora", State.HELD)])
def test_members_of_another_list_pass(name: str, state: State, dev: MailingList) -> None:
    make_member(make_list("friends"), "cris@example.com")
    MailingList.objects.filter(pk=dev.pk).update(accept_these_nonmembers=["@friends@example.org"])

    assert posted(letter(sender=f"{name}@example.com"), sender="").state == state


@pytest.mark.feature("core.rule.nonmember-at-list")
@pytest.mark.parametrize("members", [1, 300])
def test_the_other_lists_members_are_not_loaded(
    members: int, dev: MailingList, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    friends = make_list("friends")
    for number in range(members):
        make_member(friends, f"friend{number}@example.com")
    dev.accept_these_nonmembers = ["@friends@example.org"]
    dev.save()
    arrival = make_arrival(dev, make_letter("friend0@example.com"), sender="")
    mlist = facts.judged(MailingList.objects.select_related("domain")).get(pk=dev.pk)
    raws = {arrival.letter_id: bytes(Letter.objects.get(pk=arrival.letter_id).raw)}

    with django_assert_num_queries(6):  # addresses, memberships, bans; the named list; addresses, memberships of it
        [candidate] = candidates.build([arrival], mlist, raws)

    assert candidate.senders[0].lists == {"friends@example.org"}


# --- header checks ----------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.chain.header-match")
@pytest.mark.parametrize(
    ("flag", "subject", "state", "hits", "asked"),
    [
        ("no", "", State.HELD, ["no-subject"], True),
        ("no", "Tea", State.DISTRIBUTED, [], True),
        ("yes", "", State.REJECTED, ["header-match"], False),
    ],
)
def test_without_a_hit_later_rules_run_and_after_one_they_do_not(
    flag: str, subject: str, state: State, hits: list[str], asked: bool, dev: MailingList
) -> None:
    HeaderMatch.objects.create(mlist=dev, header="x-spam", pattern="yes", action=Action.REJECT)

    arrival = posted(letter(x_spam=flag, subject=subject))

    assert (arrival.state, arrival.verdict["hits"]) == (state, hits)
    assert ("emergency" in arrival.verdict["misses"]) is asked


# --- the password -----------------------------------------------------------------------------------------------------


TEXT_AND_HTML = """\
--x
Content-Type: text/plain

Approved: {0}
Tea is ready.
--x
Content-Type: text/html

<p>Approved: {0}</p>
<p>Tea is ready.</p>
--x--
"""
ALTERNATIVE = {"mime_version": "1.0", "content_type": 'multipart/alternative; boundary="x"'}


@pytest.mark.feature("core.rule.approved")
@pytest.mark.parametrize("password", ["open-sesame", "close-sesame"])
@pytest.mark.parametrize("place", ["approved", "approve", "x_approved", "x_approve", "text", "parts"])
def test_a_password_right_or_wrong_is_nowhere_to_be_read(place: str, password: str, dev: MailingList) -> None:
    MailingList.objects.update(moderator_password=make_password("open-sesame"), emergency=True, digests_enabled=True)
    make_member(dev, "cris@example.com", delivery_mode=DeliveryMode.MIME_DIGESTS)
    extra: dict[str, Any] = {place: password}
    if place == "text":
        extra = {"body": f"Approved: {password}\nTea is ready.\n"}
    elif place == "parts":
        extra = {"body": TEXT_AND_HTML.format(password), **ALTERNATIVE}

    arrival = posted(letter(**extra))
    right = password == "open-sesame"
    assert arrival.verdict["hits"] == (["approved"] if right else ["emergency"])
    if not right:
        desk.accept(HeldMessage.objects.get(), None)
        judge_all()
    issues.close(dev)
    with relay() as server:
        judge_all()
        send_all()

    published = [bytes(post.letter.raw) for post in Post.objects.select_related("letter") if post.letter]
    sent = [mail.content for mail in server.mails]
    stored = [bytes(row.body or b"") for row in Rendering.objects.all()]
    assert len(published) == 1
    assert sent
    assert not [text for text in (*published, *sent, *stored) if password.encode() in text]


# --- mail to the owners -----------------------------------------------------------------------------------------------


@pytest.mark.feature("core.chain.default-owner")
def test_the_banned_and_what_is_flagged_do_not_reach_the_owners(dev: MailingList) -> None:
    ban("eve@example.com", dev)
    HeaderMatch.objects.create(mlist=dev, header="x-spam", pattern="yes", action=Action.DISCARD)
    HeaderMatch.objects.create(mlist=dev, header="x-virus", pattern="yes", position=1)
    owners = "dev-owner@example.org"

    assert posted(letter(sender="eve@example.com", to=owners), owners).state == State.DISCARDED
    assert posted(letter(to=owners, x_spam="yes"), owners).state == State.DISCARDED
    flagged = posted(letter(to=owners, x_virus="yes"), owners)
    assert flagged.state == State.HELD
    desk.accept(HeldMessage.objects.get(), None)
    judge_all()
    flagged.refresh_from_db()
    assert (flagged.state, flagged.number) == (State.DISTRIBUTED, None)
    assert not Post.objects.exists()
