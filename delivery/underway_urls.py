"""A list's posts that are on their way."""

from django.urls import path

from delivery.views import underway

app_name = "underway"
urlpatterns = [
    path("", underway.index, name="post-index"),
    path("<int:pk>/", underway.control_post, name="post-control"),
    path("<int:pk>/trace/", underway.trace, name="post-trace"),
]
