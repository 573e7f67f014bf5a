"""Domains, lists, memberships, bans and styles in the admin. What the services decide, they decide here too."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import PREFERENCES
from lists.enums import MemberRole
from lists.models import AskedAddress, Ban, Domain, ListRelation, MailingList, Membership, Pending, Style, TopicChoice
from lists.services.bans import ban, unban
from lists.services.domains import delete_domain
from lists.services.mailing_lists import check_new_name, create_list, delete_list
from lists.services.memberships import add_member, check_joining, remove_member
from lists.settings_table import SECTIONS, SETTINGS, read_value
from lists.styles import BUILT_IN
from lists.text_admin import FetchedTextAdmin, NoticeTemplateAdmin  # noqa: F401
from suite.common import hooks
from suite.common.admin import ReadOnlyAdmin, RecordingAdmin, actor
from suite.common.errors import SuiteError
from suite.common.events import record

_HIDDEN = {"moderator_password"}


@admin.register(Domain)
class DomainAdmin(RecordingAdmin):
    list_display = ("mail_host", "description", "alias_domain", "base_url")
    search_fields = ("mail_host", "description")
    autocomplete_fields = ("owners",)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_readonly_fields(self, request: HttpRequest, obj: Domain | None = None) -> Any:
        return ("mail_host",) if obj else ()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The lists go too, by the service; the database alone would protect them."""
        lists = MailingList.objects.filter(domain__in=objs).select_related("domain")
        return [*map(str, objs), *map(str, lists)], {"domains": len(objs), "lists": len(lists)}, set(), []

    def save_model(self, request: HttpRequest, obj: Domain, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        hooks.call("domain-changed", domain=obj)

    def delete_model(self, request: HttpRequest, obj: Domain) -> None:
        delete_domain(obj, actor=actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Domain]) -> None:
        for domain in queryset:
            delete_domain(domain, actor=actor(request))


class NewListForm(forms.ModelForm):
    class Meta:
        model = MailingList
        fields = ("list_name", "domain")

    def clean(self) -> dict[str, Any]:
        """Asks the service, and the service alone."""
        cleaned = self.cleaned_data
        if "list_name" in cleaned and "domain" in cleaned:
            try:
                check_new_name(cleaned["list_name"].lower(), cleaned["domain"])
            except SuiteError as error:
                self.add_error("list_name", str(error))
        return cleaned


@admin.register(MailingList)
class MailingListAdmin(admin.ModelAdmin):
    list_display = ("posting_address", "display_name", "advertised", "archive_policy", "last_post_at")
    list_select_related = ("domain",)
    list_filter = ("domain", "advertised", "archive_policy")
    search_fields = ("list_name", "display_name", "description")
    ordering = ("list_name", "domain")

    def get_form(
        self, request: HttpRequest, obj: MailingList | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return super().get_form(request, obj, change, **kwargs) if obj else NewListForm

    def get_fieldsets(self, request: HttpRequest, obj: MailingList | None = None) -> Any:
        """A section of the settings table each; first what acts, then what will."""
        if obj is None:
            return [(None, {"fields": ("list_name", "domain")})]
        columns = [setting for setting in SETTINGS.values() if not setting.computed and setting.name not in _HIDDEN]
        acting = [(name, [s.name for s in columns if s.section == name and s.acts]) for name in SECTIONS]
        later = [
            (f"{name}, not acting yet", [s.name for s in columns if s.section == name and not s.acts])
            for name in SECTIONS
        ]
        return [
            (title.capitalize(), {"fields": fields, "classes": ("collapse",)})
            for title, fields in (*acting, *later)
            if fields
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: MailingList | None = None) -> Any:
        return [s.name for s in SETTINGS.values() if not s.computed and (s.read_only or not s.acts)] if obj else ()

    def save_model(self, request: HttpRequest, obj: MailingList, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            record("list.changed", actor=actor(request), list_id=obj.list_id, fields=form.changed_data)
        else:
            made = create_list(f"{obj.list_name}@{obj.domain.mail_host}", actor=actor(request))
            obj.__dict__.update(made.__dict__)

    def delete_model(self, request: HttpRequest, obj: MailingList) -> None:
        delete_list(obj, actor=actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[MailingList]) -> None:
        for mlist in queryset.select_related("domain"):
            delete_list(mlist, actor=actor(request))


class NewMembershipForm(forms.ModelForm):
    email = forms.CharField(max_length=320)
    display_name = forms.CharField(max_length=255, required=False)

    class Meta:
        model = Membership
        fields = ("mlist", "role")

    def clean(self) -> dict[str, Any]:
        """Asks the service, and the service alone: the row has no subscriber yet."""
        cleaned = self.cleaned_data
        if {"mlist", "role", "email"} <= cleaned.keys():
            try:
                check_joining(cleaned["mlist"], cleaned["email"], MemberRole(cleaned["role"]))
            except SuiteError as error:
                self.add_error("email", str(error))
        return cleaned


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ("subscriber_address", "role", "mlist", "delivery_status", "moderation_action", "joined_at")
    list_select_related = ("address", "user__preferred_address", "mlist__domain")
    list_filter = ("role", "mlist")
    search_fields = ("address__email", "user__addresses__email", "user__display_name")
    autocomplete_fields = ("mlist",)
    readonly_fields = (
        "member_id",
        "mlist",
        "role",
        "address",
        "user",
        "joined_at",
        "bounce_score",
        "last_bounce_received",
    )
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": (*readonly_fields, "moderation_action")}),
        ("Preferences", {"fields": PREFERENCES}),
    )

    def get_form(self, request: HttpRequest, obj: Membership | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs) if obj else NewMembershipForm

    def get_fieldsets(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        return self.fieldsets if obj else [(None, {"fields": ("mlist", "role", "email", "display_name")})]

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            email, name = form.cleaned_data["email"], form.cleaned_data["display_name"]
            made = add_member(obj.mlist, email, MemberRole(obj.role), display_name=name, actor=actor(request))
            obj.__dict__.update(made.__dict__)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        remove_member(obj, actor=actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.select_related("mlist", "user", "address"):
            remove_member(membership, actor=actor(request))


@admin.register(Ban)
class BanAdmin(admin.ModelAdmin):
    list_display = ("email", "mlist", "created_at")
    list_select_related = ("mlist__domain",)
    search_fields = ("email",)
    autocomplete_fields = ("mlist",)

    def has_change_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        """A ban is or is not."""
        return obj is None and super().has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: Ban, form: Any, change: bool) -> None:
        made = ban(obj.email, obj.mlist, actor=actor(request))
        obj.__dict__.update(made.__dict__)

    def delete_model(self, request: HttpRequest, obj: Ban) -> None:
        unban(obj.email, obj.mlist, actor=actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Ban]) -> None:
        for row in queryset.select_related("mlist"):
            unban(row.email, row.mlist, actor=actor(request))


@admin.register(Pending)
class PendingAdmin(ReadOnlyAdmin):
    """Decided about by `manage.py requests`; the tokens themselves are not in the database."""

    list_display = ("created_at", "kind", "token_owner", "mlist", "email", "expires_at")
    list_select_related = ("mlist__domain",)
    list_filter = ("kind", "token_owner")
    search_fields = ("email", "mlist__list_name")
    ordering = ("-id",)


@admin.register(AskedAddress)
class AskedAddressAdmin(RecordingAdmin):
    """Deleting a row lets the mailbox be asked again."""

    list_display = ("mailbox", "network", "asked_at", "answered", "refused_until")
    search_fields = ("mailbox", "network")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AskedAddress | None = None) -> bool:
        return False


class StyleForm(forms.ModelForm):
    class Meta:
        model = Style
        fields = ("name", "description", "settings")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name in BUILT_IN:
            raise ValidationError("A built-in style has this name.")
        return name

    def clean_settings(self) -> dict[str, Any]:
        values = self.cleaned_data["settings"]
        if not isinstance(values, dict):
            raise ValidationError("Settings by name are wanted.")
        for name, value in values.items():
            if name not in SETTINGS or SETTINGS[name].read_only:
                raise ValidationError(f"There is no setting {name} that a style could set.")
            try:
                read_value(name, value)
            except ValueError as error:
                raise ValidationError(f"{name}: {error}") from error
        return values


@admin.register(TopicChoice)
class TopicChoiceAdmin(ReadOnlyAdmin):
    """Made by `manage.py topics`."""

    list_display = ("membership", "topic")
    list_select_related = ("membership__address", "membership__user__preferred_address")
    search_fields = ("topic", "membership__address__email")
    ordering = ("-id",)


@admin.register(ListRelation)
class ListRelationAdmin(ReadOnlyAdmin):
    """Made by `manage.py umbrella`."""

    list_display = ("mlist", "kind", "other")
    list_select_related = ("mlist__domain", "other__domain")
    search_fields = ("mlist__list_id", "other__list_id")
    ordering = ("-id",)


@admin.register(Style)
class StyleAdmin(RecordingAdmin):
    form = StyleForm
    list_display = ("name", "description")
