"""The desk's pages, below /lists/<list-id>/held/: for the list's moderators and owners."""

from django.urls import path

from moderation.views import desk, linked

app_name = "moderation"
urlpatterns = [
    path("", desk.index, name="held-index"),
    path("link/<str:token>/", linked.answer, name="held-link"),
    path("<int:pk>/", desk.show, name="held-show"),
    path("<int:pk>/decide/", desk.decide, name="held-decide"),
    path("<int:pk>/raw", desk.raw, name="held-raw"),
    path("<int:pk>/attachment/<part:part>/", desk.attachment, name="held-attachment"),
]
