"""The sandbox's pages."""

from django.urls import path

from delivery.views import sandbox

app_name = "delivery"
urlpatterns = [
    path("", sandbox.index, name="sandbox-index"),
    path("to/<path:recipient>/", sandbox.mailbox, name="sandbox-mailbox"),
    path("mail/<int:pk>/", sandbox.mail, name="sandbox-mail"),
    path("mail/<int:pk>/raw", sandbox.raw, name="sandbox-raw"),
]
