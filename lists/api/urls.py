from django.urls import path, register_converter

import suite.common.rest.paths  # noqa: F401
from lists.api import bans, configuration, domains, mailing_lists, members, preferences, requests, rosters, uris
from lists.enums import MemberRole


class RoleConverter:
    regex = "|".join(MemberRole.wire_names())

    def to_python(self, value: str) -> MemberRole:
        return MemberRole.from_wire(value)

    def to_url(self, value: MemberRole) -> str:
        return value.wire


register_converter(RoleConverter, "role")
urlpatterns = [
    path("bans", bans.Bans.as_view(), name="bans"),
    path("bans/<anything:email>", bans.OneBan.as_view(), name="ban"),
    path("domains", domains.Domains.as_view(), name="domains"),
    path("domains/<str:mail_host>", domains.OneDomain.as_view(), name="domain"),
    path("domains/<str:mail_host>/lists", mailing_lists.ListsOfDomain.as_view(), name="domain-lists"),
    path("domains/<str:mail_host>/owners", domains.Owners.as_view(), name="domain-owners"),
    path("domains/<str:mail_host>/uris", uris.Uris.as_view(), name="domain-uris"),
    path("domains/<str:mail_host>/uris/<str:name>", uris.OneUri.as_view(), name="domain-uri"),
    path("lists", mailing_lists.Lists.as_view(), name="lists"),
    path("lists/find", mailing_lists.FoundLists.as_view(), name="lists-found"),
    path("lists/styles", mailing_lists.Styles.as_view(), name="styles"),
    path("lists/<str:list_id>", mailing_lists.OneList.as_view(), name="list"),
    path("lists/<str:list_id>/bans", bans.Bans.as_view(), name="list-bans"),
    path("lists/<str:list_id>/bans/<anything:email>", bans.OneBan.as_view(), name="list-ban"),
    path("lists/<str:list_id>/config", configuration.Configuration.as_view(), name="configuration"),
    path("lists/<str:list_id>/config/<str:name>", configuration.OneSetting.as_view(), name="setting"),
    path("lists/<str:list_id>/requests", requests.Requests.as_view(), name="requests"),
    path("lists/<str:list_id>/requests/count", requests.RequestCount.as_view(), name="request-count"),
    path("lists/<str:list_id>/requests/<str:token>", requests.OneRequest.as_view(), name="request"),
    path("lists/<str:list_id>/roster/<role:role>", rosters.Roster.as_view(), name="list-roster"),
    path("lists/<str:list_id>/uris", uris.Uris.as_view(), name="list-uris"),
    path("lists/<str:list_id>/uris/<str:name>", uris.OneUri.as_view(), name="list-uri"),
    path("lists/<str:list_id>/<role:role>/<mailbox:email>", rosters.OneOfRoster.as_view(), name="list-member"),
    path("members", members.Members.as_view(), name="members"),
    path("members/find", members.FoundMembers.as_view(), name="members-find"),
    path("members/<str:member_id>", members.MemberResource.as_view(), name="member"),
    path("members/<str:member_id>/preferences", preferences.MemberPreferences.as_view(), name="member-preferences"),
    path(
        "members/<str:member_id>/all/preferences",
        preferences.EffectivePreferences.as_view(),
        name="member-effective-preferences",
    ),
    path("addresses/<mailbox:email>/memberships", members.MembershipsOfAddress.as_view(), name="address-memberships"),
    path("uris", uris.Uris.as_view(), name="uris"),
    path("uris/<str:name>", uris.OneUri.as_view(), name="uri"),
]
