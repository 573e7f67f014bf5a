"""Held messages, to look at, and header matches."""

from django.contrib import admin

from moderation.models import Flood, HeaderMatch, HeldMessage, Probation
from suite.common.admin import ReadOnlyAdmin, RecordingAdmin


@admin.register(HeldMessage)
class HeldMessageAdmin(ReadOnlyAdmin):
    """Decisions are made at the desk, where they ring the bell."""

    list_display = ("id", "held_at", "mlist", "sender", "subject", "rule", "decision")
    list_select_related = ("mlist__domain",)
    list_filter = ("decision", "rule")
    search_fields = ("sender", "subject")
    ordering = ("-id",)


@admin.register(HeaderMatch)
class HeaderMatchAdmin(RecordingAdmin):
    list_display = ("mlist", "position", "header", "pattern", "action")
    list_select_related = ("mlist__domain",)
    autocomplete_fields = ("mlist",)


@admin.register(Probation)
class ProbationAdmin(ReadOnlyAdmin):
    """Moderators count it up by accepting posts."""

    list_display = ("membership", "accepted")
    list_select_related = ("membership__address", "membership__user__preferred_address")


@admin.register(Flood)
class FloodAdmin(ReadOnlyAdmin):
    """The last one of each list."""

    list_display = ("mlist", "began_at", "held_at")
    list_select_related = ("mlist__domain",)
