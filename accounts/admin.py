"""Users and addresses in the admin. Every change goes through the services, which keep allauth in step."""

from typing import Any

from allauth.account import admin as _registered_by_allauth  # noqa: F401 - so that it can be taken back
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import PREFERENCES, Address, User
from accounts.services.addresses import delete_address, unverify, verify
from accounts.services.users import delete_user
from suite.common.admin import RecordingAdmin, actor

admin.site.unregister(EmailAddress)  # our Address is what counts

_PREFERENCES: Any = ("Preferences", {"fields": PREFERENCES, "classes": ("collapse",)})


class AddressInline(admin.TabularInline):
    model = Address
    fk_name = "user"
    fields = readonly_fields = ("original_email", "display_name", "verified_at")
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(RecordingAdmin):
    list_display = ("__str__", "email", "is_superuser", "is_active", "created_at")
    list_filter = ("is_superuser", "is_active")
    search_fields = ("display_name", "addresses__email")
    readonly_fields = ("id", "email", "preferred_address", "created_at", "last_login")
    inlines = (AddressInline,)
    fieldsets = (
        (None, {"fields": ("id", "display_name", "email", "preferred_address", "created_at", "last_login")}),
        ("Rights", {"fields": ("is_active", "is_superuser")}),
        _PREFERENCES,
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_superuser
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_user(obj, actor=actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            delete_user(user, actor=actor(request))


@admin.register(Address)
class AddressAdmin(RecordingAdmin):
    list_display = ("original_email", "display_name", "user", "verified_at")
    list_select_related = ("user",)
    list_filter = (("verified_at", admin.EmptyFieldListFilter), ("user", admin.EmptyFieldListFilter))
    search_fields = ("email", "display_name")
    readonly_fields = ("email", "user", "registered_at", "verified_at")
    actions = ("mark_verified", "mark_unverified")
    fieldsets = (
        (None, {"fields": ("original_email", "email", "display_name", "user", "registered_at", "verified_at")}),
        _PREFERENCES,
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Address | None = None) -> Any:
        """An address is what it is: another spelling is another address."""
        return (*self.readonly_fields, "original_email") if obj else self.readonly_fields

    def delete_model(self, request: HttpRequest, obj: Address) -> None:
        delete_address(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Address]) -> None:
        for address in queryset.select_related("user"):
            delete_address(address)

    @admin.action(description="Mark as verified")
    def mark_verified(self, request: HttpRequest, queryset: QuerySet[Address]) -> None:
        for address in queryset.select_related("user"):
            verify(address)

    @admin.action(description="Mark as not verified")
    def mark_unverified(self, request: HttpRequest, queryset: QuerySet[Address]) -> None:
        for address in queryset.select_related("user"):
            unverify(address)
