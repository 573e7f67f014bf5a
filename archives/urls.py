"""The archive's pages. `archives.links` knows the same addresses for header fields."""

from django.urls import path, register_converter

from archives.converters import MessageHash, PartPath
from archives.views import downloads, overview, posts, threads

register_converter(MessageHash, "hash")
register_converter(PartPath, "part")

app_name = "archives"
urlpatterns = [
    path("", overview.show, name="archive-show"),
    path("thread/<int:pk>/", threads.show, name="thread-show"),
    path("message/<hash:message_hash>/", posts.show, name="post-show"),
    path("message/<hash:message_hash>/raw", downloads.raw, name="post-raw"),
    path(
        "message/<hash:message_hash>/attachment/<part:part>/",
        downloads.attachment,
        name="attachment-download",
    ),
]
