from django.urls import path

import suite.common.rest.paths  # noqa: F401
from accounts.api import addresses, users

urlpatterns = [
    path("addresses", addresses.Addresses.as_view(), name="addresses"),
    path("addresses/<mailbox:email>", addresses.OneAddress.as_view(), name="address"),
    path("owners", users.Owners.as_view(), name="owners"),
    path("users", users.Users.as_view(), name="users"),
    path("users/find", users.FoundUsers.as_view(), name="users-find"),
    path("users/<mailbox:user>", users.OneUser.as_view(), name="user"),
]
