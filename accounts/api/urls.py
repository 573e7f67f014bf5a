from django.urls import path

import suite.common.rest.paths  # noqa: F401
from accounts.api import addresses, links, preferences, users

urlpatterns = [
    path("addresses", addresses.Addresses.as_view(), name="addresses"),
    path("addresses/<mailbox:email>", addresses.OneAddress.as_view(), name="address"),
    path("addresses/<mailbox:email>/preferences", preferences.AddressPreferences.as_view(), name="address-preferences"),
    path("addresses/<mailbox:email>/unverify", addresses.Unverified.as_view(), name="address-unverify"),
    path("addresses/<mailbox:email>/user", links.UserOfAddress.as_view(), name="address-user"),
    path("addresses/<mailbox:email>/verify", addresses.Verified.as_view(), name="address-verify"),
    path("owners", users.Owners.as_view(), name="owners"),
    path("users", users.Users.as_view(), name="users"),
    path("users/find", users.FoundUsers.as_view(), name="users-find"),
    path("users/<mailbox:user>", users.OneUser.as_view(), name="user"),
    path("users/<mailbox:user>/addresses", links.AddressesOfUser.as_view(), name="user-addresses"),
    path("users/<mailbox:user>/login", users.Login.as_view(), name="user-login"),
    path("users/<mailbox:user>/preferences", preferences.UserPreferences.as_view(), name="user-preferences"),
    path("users/<mailbox:user>/preferred_address", links.PreferredAddress.as_view(), name="user-preferred-address"),
]
