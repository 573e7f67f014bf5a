"""/members: joining, finding, changing and leaving as scripts do it."""

from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import pytest
from mailmanclient import Client

from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.models import User
from accounts.services.addresses import add_address, set_preferred
from accounts.services.users import create_user
from lists.enums import Action, MemberRole, SubscriptionPolicy
from lists.models import MailingList, Membership, Pending
from lists.services.bans import ban
from lists.services.joining import join
from tests.support.api import Api
from tests.support.factories import make_list, make_member, make_user
from tests.support.notices import told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]

DORA = "dora@example.com"
VOUCHED = {"pre_verified": True, "pre_confirmed": True, "pre_approved": True}


def of_dev(**form: Any) -> dict[str, Any]:
    return {"list_id": "dev.example.org", "subscriber": DORA, **form}


@pytest.mark.feature("api.members.subscribe")
def test_who_is_vouched_for_is_a_member_at_once(api: Api, dev: MailingList) -> None:
    answer = api.post("members", **of_dev(display_name="Dora D.", **VOUCHED))

    member = Membership.objects.get()
    assert answer.status_code == 201
    assert answer.content == b""
    assert answer["Location"] == f"http://127.0.0.1:8000/api/3.1/members/{member.member_id.hex}"
    assert (member.role, str(member.subscriber_address)) == (MemberRole.MEMBER, DORA)
    assert member.address is not None
    assert member.address.display_name == "Dora D."
    assert [mail.kind for mail in told()] == ["welcome"]


@pytest.mark.feature("api.members.subscribe")
@pytest.mark.parametrize(
    ("policy", "form", "owner"),
    [
        ("OPEN", {}, "subscriber"),
        ("OPEN", {"pre_verified": True}, ""),
        ("CONFIRM", {"pre_verified": True}, "subscriber"),
        ("CONFIRM", {"pre_verified": True, "pre_confirmed": True}, ""),
        ("MODERATE", {"pre_verified": True}, "moderator"),
        ("MODERATE", {"pre_verified": True, "pre_approved": True}, ""),
        ("CONFIRM_THEN_MODERATE", {"pre_verified": True, "pre_confirmed": True}, "moderator"),
        ("OPEN", VOUCHED | {"invitation": True}, "subscriber"),
    ],
)
def test_whose_word_is_waited_for(api: Api, policy: str, form: dict[str, Any], owner: str) -> None:
    make_list("dev", subscription_policy=SubscriptionPolicy[policy])

    answer = api.post("members", **of_dev(**form))

    if not owner:
        assert (answer.status_code, Membership.objects.count()) == (201, 1)
        return
    waiting = Pending.objects.get()
    assert answer.status_code == 202
    assert {key: answer.json()[key] for key in ("token", "token_owner")} == {
        "token": waiting.fingerprint,
        "token_owner": owner,
    }
    assert Membership.objects.count() == 0


@pytest.mark.feature("api.members.subscribe")
def test_an_invitation_is_one(api: Api, dev: MailingList) -> None:
    api.post("members", **of_dev(invitation=True))
    [mail] = told()
    assert "invite" in mail.text


@pytest.mark.feature("api.members.subscribe")
@pytest.mark.parametrize(("setting", "wish"), [(True, False), (False, True)])
def test_whether_to_welcome(api: Api, setting: bool, wish: bool) -> None:
    make_list("dev", send_welcome_message=setting)
    api.post("members", **of_dev(send_welcome_message=wish, **VOUCHED))
    assert bool(told("welcome")) is wish


@pytest.mark.feature("api.members.subscribe")
@pytest.mark.parametrize("role", ["member", "owner", "moderator", "nonmember"])
def test_roles_and_delivery(api: Api, dev: MailingList, role: str) -> None:
    form = {"role": role, "delivery_mode": "mime_digests", "delivery_status": "by_moderator"}
    assert api.post("members", **of_dev(**VOUCHED, **form)).status_code == 201

    member = Membership.objects.get()
    assert MemberRole(member.role).wire == role
    assert (member.delivery_mode, member.delivery_status) == (DeliveryMode.MIME_DIGESTS, DeliveryStatus.BY_MODERATOR)


@pytest.mark.feature("api.members.subscribe")
def test_a_user_joins_by_his_id(api: Api, dev: MailingList, dora: User) -> None:
    assert api.post("members", **of_dev(subscriber=dora.pk.hex, pre_confirmed=True)).status_code == 201
    assert Membership.objects.get().user == dora


@pytest.mark.feature("api.members.subscribe")
@pytest.mark.parametrize(
    ("form", "status", "description"),
    [
        ({"list_id": "none.example.org"}, 400, "No such list"),
        ({"subscriber": uuid4().hex}, 400, "No such user"),
        ({"subscriber": "NOBODY-PREFERS"}, 400, "User has no preferred address"),
        ({"subscriber": "eve@example.com"}, 400, "Membership is banned"),
        ({"subscriber": "dev@example.org"}, 400, "List posting address cannot subscribe"),
        ({"subscriber": "bart@example.com"}, 409, "Member already subscribed"),
        ({"subscriber": "fred@example.com"}, 409, "Subscription request already pending"),
        (
            {"subscriber": "anne@example.com", "role": "owner"},
            400,
            "anne@example.com is already an owner of dev@example.org",
        ),
        (
            {"subscriber": "cris@example.com", "role": "moderator"},
            400,
            "cris@example.com is already an moderator of dev@example.org",
        ),
        ({"subscriber": "no address@x"}, 400, "Invalid email address: no address@x"),
        ({"role": "king"}, 400, 'Invalid Parameter "role": Accepted Values are: member, owner, moderator, nonmember.'),
        ({"delivery_mode": "x", "pre_verified": "maybe"}, 400, None),
        ({"subscriber": "x"}, 400, 'Invalid Parameter "subscriber": Invalid UUID: x.'),
    ],
    ids=lambda value: None,
)
def test_what_cannot_be(
    api: Api,
    anne: User,
    bart: User,
    cris: User,
    dev: MailingList,
    form: dict[str, Any],
    status: int,
    description: str | None,
) -> None:
    nobody = create_user("gwen@example.com")
    ban("eve@example.com", dev)
    join(dev, "fred@example.com")
    before = Membership.objects.count()
    if form.get("subscriber") == "NOBODY-PREFERS":
        form = form | {"subscriber": nobody.pk.hex}

    found = api.error("POST", "members", of_dev(**VOUCHED) | form)

    assert found[0] == status
    assert description is None or found[1] == description
    assert Membership.objects.count() == before


def test_what_clients_write_for_nothing(api: Api, dev: MailingList) -> None:
    api.post("members", **of_dev(display_name="None", role="owner"))
    assert api.get("members")["entries"][0]["display_name"] == ""


@pytest.mark.feature("api.members.resource")
def test_a_member_as_json(api: Api, dev: MailingList, dora: User) -> None:
    member = make_member(dev, dora)
    link = f"http://127.0.0.1:8000/api/3.1/members/{member.member_id.hex}"

    answer = api.get(link)

    answer.pop("http_etag")
    assert answer == {
        "address": "http://127.0.0.1:8000/api/3.1/addresses/dora@example.com",
        "bounce_score": 0,
        "delivery_mode": "regular",
        "display_name": "Dora",
        "email": DORA,
        "last_warning_sent": "0001-01-01T00:00:00",
        "list_id": "dev.example.org",
        "member_id": member.member_id.hex,
        "role": "member",
        "self_link": link,
        "subscription_mode": "as_user",
        "total_warnings_sent": 0,
        "user": f"http://127.0.0.1:8000/api/3.1/users/{dora.pk.hex}",
    }
    assert api.get(answer["address"])["email"] == DORA
    assert api.get(answer["user"])["user_id"] == dora.pk.hex
    assert Api("3.0").get(f"members/{member.member_id.int}")["member_id"] == member.member_id.int


def test_a_user_who_prefers_no_address_can_still_be_listed(api: Api, dev: MailingList, dora: User) -> None:
    make_member(dev, dora)
    set_preferred(dora, None)
    [entry] = api.get("lists/dev@example.org/roster/member")["entries"]
    assert (entry["address"], entry["email"], entry["display_name"]) == ("", "", "Dora")


@pytest.mark.feature("api.members.resource")
def test_changing_a_member(api: Api, dev: MailingList, dora: User) -> None:
    other = add_address(dora, "dora@example.net", verified=True)
    member = make_member(dev, DORA)
    path = f"members/{member.member_id.hex}"

    assert (
        api.patch(path, address="Dora@example.net", delivery_mode="mime_digests", moderation_action="hold").status_code
        == 204
    )
    member.refresh_from_db()
    assert (member.address, member.delivery_mode, member.moderation_action) == (
        other,
        DeliveryMode.MIME_DIGESTS,
        Action.HOLD,
    )
    assert api.get(path)["moderation_action"] == "hold"

    assert api.patch(path, moderation_action="").status_code == 204
    assert "moderation_action" not in api.get(path)


@pytest.mark.feature("api.members.resource")
@pytest.mark.parametrize(
    ("form", "description"),
    [
        ({"address": "nobody@example.com"}, "Address is not registered"),
        ({"address": "bart@example.com"}, "This address belongs to somebody else."),
        ({"address": "dora@example.org"}, "This address is not verified yet."),
        ({"role": "owner"}, "Unexpected parameters: role"),
        ({"delivery_mode": "x"}, None),
    ],
)
def test_changes_that_cannot_be(
    api: Api, bart: User, dora: User, dev: MailingList, form: dict[str, Any], description: str | None
) -> None:
    add_address(dora, "dora@example.org")
    member = make_member(dev, DORA)

    status, said = api.error("PATCH", f"members/{member.member_id.hex}", {"moderation_action": "hold", **form})

    assert status == 400
    assert description is None or said == description
    member.refresh_from_db()
    assert (str(member.address), member.moderation_action) == (DORA, None)


@pytest.mark.feature("api.members.resource")
@pytest.mark.parametrize(
    ("policy", "form", "owner"),
    [
        ("OPEN", {}, ""),
        ("CONFIRM", {}, ""),
        ("CONFIRM", {"pre_confirmed": False}, "subscriber"),
        ("MODERATE", {}, "moderator"),
        ("MODERATE", {"pre_approved": True}, ""),
    ],
)
@pytest.mark.parametrize("way", ["form", "query"])
def test_leaving(api: Api, policy: str, form: dict[str, Any], owner: str, way: str) -> None:
    dev = make_list("dev", unsubscription_policy=SubscriptionPolicy[policy])
    member = make_member(dev, DORA)
    path = f"members/{member.member_id.hex}"

    query = "?" + "&".join(f"{key}={value}" for key, value in form.items())
    answer = api.delete(path, **form) if way == "form" else api.call("DELETE", path + query)

    if not owner:
        assert (answer.status_code, answer.content, Membership.objects.count()) == (204, b"", 0)
        assert api.call("GET", path).status_code == 404
        return
    assert (answer.status_code, answer.json()["token_owner"]) == (202, owner)
    assert answer.json()["token"] == Pending.objects.get().fingerprint
    assert Membership.objects.count() == 1


def test_other_roles_end_at_once(api: Api) -> None:
    dev = make_list("dev", unsubscription_policy=SubscriptionPolicy.CONFIRM_THEN_MODERATE)
    member = make_member(dev, DORA, MemberRole.OWNER)
    assert api.delete(f"members/{member.member_id.hex}", pre_confirmed=False).status_code == 204
    assert told() == []


@pytest.mark.parametrize(
    "member_id", ["x", "0", "-1", "9" * 5000, "a" * 32, "%00", "%ED%A0%80", "1_0", "find/x", "a/b"]
)
def test_ids_of_nobody(api: Api, dev: MailingList, member_id: str) -> None:
    for path in (f"members/{member_id}", f"members/{member_id}/preferences"):
        assert {api.call(verb, path).status_code for verb in ("GET", "PATCH", "DELETE")} <= {404}


@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("api.members.subscribe")
@pytest.mark.feature("api.members.resource")
def test_mailmanclient_subscribes_and_unsubscribes(client: Client) -> None:
    make_list("dev", subscription_policy=SubscriptionPolicy.CONFIRM, unsubscription_policy=SubscriptionPolicy.CONFIRM)
    anne = make_user("Anne", "anne@example.com", "anne@example.net")
    mlist = client.get_list("dev@example.org")

    assert mlist.subscribe(DORA, "Dora")["token_owner"] == "subscriber"
    mlist.subscribe("anne@example.com", pre_verified=True, pre_confirmed=True, send_welcome_message=False)
    mlist.subscribe("bart@example.com", **VOUCHED, delivery_mode="mime_digests")
    with pytest.raises(HTTPError, match="Member already subscribed"):
        mlist.subscribe("bart@example.com", **VOUCHED)
    mlist.add_owner("anne@example.com")
    mlist.add_role("nonmember", "eve@example.com")

    assert [member.email for member in client.members] == ["anne@example.com", "anne@example.com", "bart@example.com"]
    assert mlist.is_owner("anne@example.com")
    assert not mlist.is_owner("bart@example.com")
    assert [member.email for member in mlist.find_members("*@example.com", role="nonmember")] == ["eve@example.com"]
    assert [member.email for member in mlist.find_members(role="member", page=2, count=1)] == ["bart@example.com"]

    member = mlist.get_member("anne@example.com")
    assert (member.user.user_id, member.delivery_mode) == (anne.pk.hex, "regular")
    member.address, member.moderation_action = "anne@example.net", "defer"
    member.save()
    assert (mlist.get_member("anne@example.net").moderation_action, member.email) == ("defer", "anne@example.net")
    assert mlist.unsubscribe("anne@example.net", pre_confirmed=False)["token_owner"] == "subscriber"
    mlist.unsubscribe("anne@example.net")
    mlist.get_member("bart@example.com").unsubscribe()
    with pytest.raises(ValueError, match="is not a member"):
        mlist.unsubscribe("bart@example.com")
    assert [member.role for member in client.get_member_page(count=10)] == ["owner"]
