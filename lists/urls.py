"""Pages about lists and memberships. All of a list's own stand below /lists/<list-id>/."""

from django.urls import path

from lists.views import confirming, index, joining, leaving, requests, resuming, roster

app_name = "lists"
urlpatterns = [
    path("", index.show, name="list-index"),
    path("lists/<str:list_id>/confirm/<str:token>/", confirming.answer, name="request-confirm"),
    path("lists/<str:list_id>/join/", joining.take_part, name="list-join"),
    path("lists/<str:list_id>/members/", roster.index, name="member-index"),
    path("lists/<str:list_id>/requests/", requests.index, name="request-index"),
    path("lists/<str:list_id>/requests/<int:pk>/decide/", requests.decide, name="request-decide"),
    path("lists/<str:list_id>/resume/<str:token>/", resuming.resume, name="membership-resume"),
    path("lists/<str:list_id>/unsubscribe/<str:token>/", leaving.unsubscribe, name="membership-unsubscribe"),
]
