"""Django's admin: every page opens for the site's owners, and none for others."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from accounts.models import Address, User
from accounts.services.addresses import get_or_create_address
from archives.models import Attachment
from lists.enums import MemberRole
from lists.models import Ban, Domain, MailingList, Membership, NoticeTemplate, Style
from lists.services.bans import is_banned
from moderation.models import HeaderMatch
from suite.common.models import Event
from tests.support.factories import make_list, make_member, make_user

pytestmark = pytest.mark.django_db

OURS = ("accounts", "lists", "archives", "moderation", "delivery", "common")
MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models() if model is not Attachment]
"""Attachments are shown with their posts."""


@pytest.fixture
def root(client: Client) -> Client:
    """A client signed in as the site's owner."""
    client.force_login(make_user("Root", superuser=True))
    return client


def row_of(model: type[Model]) -> Any:
    if model is MailingList:
        return make_list("dev")
    if model is Membership:
        return make_member(make_list("dev"))
    if model is Address:
        return get_or_create_address("Dora@example.com")
    if model is User:
        return make_user("Dora", "dora@example.com", "dora@example.org")
    if "membership" in {field.name for field in model._meta.concrete_fields if not field.null}:
        return baker.make(model, membership=make_member(make_list("dev")))
    return baker.make(model)


def page(model: type[Model], view: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=args)


def test_every_model_is_registered() -> None:
    assert [model for model in MODELS if not admin.site.is_registered(model)] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_pages_of_a_model_open(root: Client, model: type[Model]) -> None:
    row = row_of(model)

    assert root.get(page(model, "changelist"), {"q": "dev"}).status_code == 200
    assert root.get(page(model, "change", row.pk)).status_code == 200
    may_add = admin.site.get_model_admin(model).has_add_permission(root.get("/").wsgi_request)
    assert root.get(page(model, "add")).status_code == (200 if may_add else 403)


@pytest.mark.parametrize("staff", [False, True])
def test_only_the_sites_owners_come_in(client: Client, dora: User, staff: bool) -> None:
    dora.is_staff = staff
    dora.save()
    index = reverse("admin:index")

    assert client.get(index, follow=True).redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    client.force_login(dora)
    assert client.get(index, follow=True).status_code == 403
    assert client.get(page(MailingList, "changelist"), follow=True).status_code == 403


def test_a_list_is_made_with_its_style(root: Client) -> None:
    domain = baker.make(Domain, mail_host="example.org", alias_domain="", base_url="")

    root.post(page(MailingList, "add"), {"list_name": "Dev", "domain": domain.pk})

    assert MailingList.objects.get().subject_prefix == "[Dev] "
    again = root.post(page(MailingList, "add"), {"list_name": "dev", "domain": domain.pk})
    assert again.context["errors"] == [["Mailing list exists"]]


def test_a_member_is_added_and_removed_by_the_services(root: Client, dev: MailingList) -> None:
    form = {"mlist": dev.pk, "role": MemberRole.OWNER.value, "email": "Anne@example.com", "display_name": "Anne"}

    root.post(page(Membership, "add"), form)

    membership = Membership.objects.get()
    assert str(membership.subscriber_address) == "Anne@example.com"
    again = root.post(page(Membership, "add"), form)
    assert again.context["errors"] == [["Anne@example.com is already an owner of dev@example.org."]]
    root.post(page(Membership, "delete", membership.pk), {"post": "yes"})
    assert not Membership.objects.exists()
    assert Event.objects.filter(kind="member.removed", actor="root@example.com").count() == 1


def test_a_ban_is_made_and_lifted_by_the_services(root: Client, dev: MailingList) -> None:
    root.post(page(Ban, "add"), {"mlist": dev.pk, "email": "Dora@BÜCHER.example"})

    ban = Ban.objects.get()
    assert is_banned(["dora@bücher.example"], dev)
    assert root.post(page(Ban, "change", ban.pk), {"email": "bart@example.com"}).status_code == 403
    root.post(page(Ban, "delete", ban.pk), {"post": "yes"})
    assert not Ban.objects.exists()
    kinds = Event.objects.filter(actor="root@example.com").order_by("pk").values_list("kind", "subject")
    assert list(kinds) == [("ban.added", ban.email), ("ban.removed", ban.email)]


def test_what_no_service_changes_is_recorded_too(root: Client, dev: MailingList, dora: User) -> None:
    fields = {"mlist": dev.pk, "position": 1, "header": "x-spam", "pattern": "yes"}
    root.post(page(HeaderMatch, "add"), fields)
    match = HeaderMatch.objects.get()
    root.post(page(HeaderMatch, "change", match.pk), fields | {"pattern": "no"})
    root.post(page(HeaderMatch, "delete", match.pk), {"post": "yes"})
    form = {"display_name": "Dora", "is_active": "on", "is_superuser": "on"} | {
        f"addresses-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    root.post(page(User, "change", dora.pk), form)

    dora.refresh_from_db()
    assert dora.is_superuser
    found = Event.objects.filter(actor="root@example.com").order_by("pk").values_list("kind", "list_id", "data")
    assert list(found) == [
        ("headermatch.created", "dev.example.org", {"fields": ["mlist", "position", "header", "pattern"]}),
        ("headermatch.changed", "dev.example.org", {"fields": ["pattern"]}),
        ("headermatch.deleted", "dev.example.org", {}),
        ("user.changed", "", {"fields": ["is_superuser"]}),
    ]


def test_deleting_a_domain_deletes_its_lists(root: Client, dev: MailingList) -> None:
    asked = root.get(page(Domain, "delete", dev.domain_id))
    assert "dev@example.org" in asked.content.decode()

    root.post(page(Domain, "delete", dev.domain_id), {"post": "yes"})

    assert not MailingList.objects.exists()
    assert Event.objects.filter(kind="list.deleted", list_id="dev.example.org").count() == 1


def test_deleting_users_and_addresses_goes_by_the_services(root: Client, dora: User) -> None:
    root.post(page(Address, "delete", dora.preferred_address_id), {"post": "yes"})
    dora.refresh_from_db()
    assert (dora.email, dora.preferred_address) == ("", None)

    root.post(page(User, "delete", dora.pk), {"post": "yes"})
    assert Event.objects.filter(kind="user.deleted").count() == 1


@pytest.mark.parametrize(
    ("name", "settings", "error"),
    [
        ("legacy-default", "{}", "A built-in style has this name."),
        ("quiet", "[]", "Settings by name are wanted."),
        ("quiet", '{"volume": 3}', "There is no setting volume that a style could set."),
        ("quiet", '{"archive_policy": "secret"}', "archive_policy: Accepted Values are: never, private, public"),
    ],
)
def test_a_style_holds_settings_that_exist(root: Client, name: str, settings: str, error: str) -> None:
    refused = root.post(page(Style, "add"), {"name": name, "settings": settings})

    assert refused.context["errors"] == [[error]]
    root.post(page(Style, "add"), {"name": "quiet", "settings": '{"archive_policy": "private"}'})
    assert Style.objects.get().settings == {"archive_policy": "private"}


def test_a_text_is_written_and_taken_back_by_the_service(root: Client, dev: MailingList) -> None:
    form = {"mlist": dev.pk, "name": "list:user:notice:hold", "language": "de", "subject": "Tee", "text": ""}

    refused = root.post(page(NoticeTemplate, "add"), form)
    assert refused.context["errors"] == [["This mail needs a subject and a text."]]
    root.post(page(NoticeTemplate, "add"), form | {"text": "Bald."})
    text = NoticeTemplate.objects.get()
    root.post(page(NoticeTemplate, "change", text.pk), {"subject": "Tee", "text": "Sehr bald."})
    text.refresh_from_db()
    assert (text.mlist, text.name, text.language, text.text) == (dev, form["name"], "de", "Sehr bald.")

    root.post(page(NoticeTemplate, "delete", text.pk), {"post": "yes"})
    assert not NoticeTemplate.objects.exists()
    events = Event.objects.filter(actor="root@example.com", list_id="dev.example.org").order_by("pk")
    assert list(events.values_list("kind", flat=True)) == ["text.changed", "text.changed", "text.reset"]
