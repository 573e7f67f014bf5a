"""What the admin pages of all apps share, and those of this floor."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from suite.common.events import record
from suite.common.models import Bell, Event


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that the suite writes: to be looked at, never touched by hand."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def actor(request: HttpRequest) -> str:
    """Who acts, for the audit trail."""
    return getattr(request.user, "email", "") or str(request.user)


class RecordingAdmin(admin.ModelAdmin):
    """Rows that no service changes: then these pages write the audit trail."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._record(request, obj, "changed" if change else "created", fields=form.changed_data)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._record(request, obj, "deleted")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def _record(self, request: HttpRequest, obj: Model, what: str, **data: Any) -> None:
        mlist = getattr(obj, "mlist", None)
        list_id = mlist.list_id if mlist else ""
        record(f"{obj._meta.model_name}.{what}", actor=actor(request), list_id=list_id, subject=str(obj)[:320], **data)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "actor", "list_id", "subject")
    list_filter = ("kind",)
    search_fields = ("actor", "list_id", "subject")
    date_hierarchy = "at"


@admin.register(Bell)
class BellAdmin(ReadOnlyAdmin):
    list_display = ("kind", "rung", "rung_at", "answered_at")
