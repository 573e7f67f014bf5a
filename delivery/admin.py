"""What is sent and how it went, to look at. Octets of renderings are never loaded here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from delivery.models import (
    ArchiverCopy,
    ArchiverState,
    AutoResponse,
    Batch,
    BounceEvent,
    DeliveryPause,
    DigestChoice,
    DigestEntry,
    DigestIssue,
    DigestRoster,
    DigestShare,
    Lane,
    MutedThread,
    NewsFeed,
    NewsPost,
    Notice,
    Outcome,
    RelayState,
    Rendering,
)
from delivery.sending_admin import DomainPaceAdmin, EndpointAdmin, OutgoingRelayAdmin, RelayRouteAdmin  # noqa: F401
from suite.common.admin import ReadOnlyAdmin


@admin.register(Rendering)
class RenderingAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "mlist", "message_id", "paused_at")
    list_select_related = ("mlist__domain",)
    search_fields = ("message_id",)
    exclude = ("header", "body", "letter")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("header", "body")


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ("id", "mlist", "kind", "state", "size", "done", "due_at", "finished_at")
    list_select_related = ("mlist__domain",)
    list_filter = ("state", "kind")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("recipients", "replies")


@admin.register(Outcome)
class OutcomeAdmin(ReadOnlyAdmin):
    list_display = ("id", "address", "state", "code", "enhanced", "reply", "attempts", "due_at")
    list_filter = ("state",)
    search_fields = ("address",)
    ordering = ("-id",)


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "kind", "recipient", "subject", "mlist")
    list_select_related = ("mlist__domain",)
    list_filter = ("kind",)
    search_fields = ("recipient", "subject")
    ordering = ("-id",)


@admin.register(AutoResponse)
class AutoResponseAdmin(ReadOnlyAdmin):
    list_display = ("id", "answered_at", "mlist", "role", "address")
    list_select_related = ("mlist__domain",)
    list_filter = ("role",)
    search_fields = ("address",)
    ordering = ("-id",)


@admin.register(BounceEvent)
class BounceEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "at", "address", "mlist", "kind", "cause", "code", "enhanced", "diagnostic")
    list_select_related = ("mlist__domain",)
    list_filter = ("kind", "cause", "source")
    search_fields = ("address",)
    ordering = ("-id",)


@admin.register(RelayState)
class RelayStateAdmin(ReadOnlyAdmin):
    list_display = ("name", "failures", "due_at", "last_error")


@admin.register(Lane)
class LaneAdmin(ReadOnlyAdmin):
    list_display = ("mlist", "until")
    list_select_related = ("mlist__domain",)


@admin.register(DigestIssue)
class DigestIssueAdmin(ReadOnlyAdmin):
    list_display = ("id", "mlist", "volume", "number", "closed_at", "planned_at", "sent_at", "attempts", "last_error")
    list_select_related = ("mlist__domain",)
    ordering = ("-id",)


@admin.register(DigestEntry)
class DigestEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "mlist", "issue", "post", "size", "collected_at")
    list_select_related = ("mlist__domain", "issue", "post")
    exclude = ("header", "letter")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("header")


@admin.register(DigestShare)
class DigestShareAdmin(ReadOnlyAdmin):
    list_display = ("id", "issue", "position", "form", "made_at", "rendering")
    list_select_related = ("issue", "rendering")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("recipients", "entries", "rendering__header", "rendering__body")


@admin.register(DigestRoster)
class DigestRosterAdmin(ReadOnlyAdmin):
    list_display = ("id", "mlist", "sha256")
    list_select_related = ("mlist__domain",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("members")


@admin.register(DigestChoice)
class DigestChoiceAdmin(ReadOnlyAdmin):
    list_display = ("id", "membership", "time_zone", "hour", "weekday", "next_at", "ended_at")
    list_select_related = ("membership__address", "membership__user__preferred_address")
    exclude = ("rendering",)
    ordering = ("-id",)


@admin.register(MutedThread)
class MutedThreadAdmin(ReadOnlyAdmin):
    list_display = ("id", "membership", "post")
    list_select_related = ("membership__address", "membership__user__preferred_address", "post")
    ordering = ("-id",)


@admin.register(DeliveryPause)
class DeliveryPauseAdmin(ReadOnlyAdmin):
    list_display = ("id", "membership", "began_at", "until", "digest")
    list_select_related = ("membership__address", "membership__user__preferred_address")
    ordering = ("-id",)


@admin.register(ArchiverCopy)
class ArchiverCopyAdmin(ReadOnlyAdmin):
    list_display = ("id", "archiver", "mlist", "message_id", "attempts", "due_at", "last_error")
    list_select_related = ("mlist__domain",)
    list_filter = ("archiver",)
    search_fields = ("message_id",)
    exclude = ("header", "letter")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("header")


@admin.register(ArchiverState)
class ArchiverStateAdmin(ReadOnlyAdmin):
    list_display = ("name", "failures", "due_at", "last_error")


@admin.register(NewsPost)
class NewsPostAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "mlist", "newsgroup", "state", "attempts", "due_at", "reply")
    list_select_related = ("mlist__domain",)
    list_filter = ("state",)
    search_fields = ("message_id", "newsgroup")
    exclude = ("header", "letter")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("header")


@admin.register(NewsFeed)
class NewsFeedAdmin(ReadOnlyAdmin):
    list_display = ("mlist", "newsgroup", "server", "polled_at", "due_at", "attempts", "last_error")
    list_select_related = ("mlist__domain",)
