"""Every address of the web site. An app's pages stand under its own prefix; names are `app:noun-verb`."""

from django.contrib import admin
from django.urls import include, path

from suite import views
from suite.late_urls import late_include

urlpatterns = [
    path("", include("lists.urls")),
    path("lists/<str:list_id>/", include("archives.urls")),
    path("lists/<str:list_id>/held/", include("moderation.urls")),
    path("lists/<str:list_id>/underway/", include("delivery.underway_urls")),
    path("sandbox/", include("delivery.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    late_include("api/", "suite.api.urls", "api"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
]
