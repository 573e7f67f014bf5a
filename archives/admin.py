"""Letters, arrivals, archives and posts in the admin: to look at. The bytes of letters are never loaded here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from archives.models import Archive, Arrival, Attachment, Letter, Post, Thread
from suite.common.admin import ReadOnlyAdmin


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    list_display = ("id", "size", "created_at")
    search_fields = ("sha256",)
    fields = ("sha256", "size", "created_at")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("raw")


@admin.register(Arrival)
class ArrivalAdmin(ReadOnlyAdmin):
    list_display = ("id", "received_at", "mlist", "role", "state", "sender", "message_id")
    list_select_related = ("mlist__domain",)
    list_filter = ("state", "role", "origin")
    search_fields = ("message_id", "sender", "recipient")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("letter").defer("letter__raw")


@admin.register(Archive)
class ArchiveAdmin(ReadOnlyAdmin):
    list_display = ("list_id", "display_name", "policy", "mlist")
    list_select_related = ("mlist__domain",)
    search_fields = ("list_id", "display_name")


@admin.register(Thread)
class ThreadAdmin(ReadOnlyAdmin):
    list_display = ("id", "subject", "archive", "post_count", "last_post_at")
    list_select_related = ("archive",)
    search_fields = ("subject",)
    ordering = ("-id",)


class AttachmentInline(admin.TabularInline):
    model = Attachment
    extra = 0


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    list_display = ("id", "date", "archive", "author_email", "subject", "ghost")
    list_select_related = ("archive",)
    list_filter = ("ghost",)
    search_fields = ("message_id", "author_email", "subject")
    exclude = ("letter",)
    inlines = (AttachmentInline,)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("text")
