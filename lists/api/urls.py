from django.urls import path

from lists.api import domains

urlpatterns = [
    path("domains", domains.Domains.as_view(), name="domains"),
    path("domains/<str:mail_host>", domains.OneDomain.as_view(), name="domain"),
]
