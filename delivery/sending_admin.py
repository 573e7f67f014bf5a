"""Relays and their routes in the admin: a password can be given, and is never shown."""

from typing import Any

from django import forms
from django.contrib import admin

from delivery.models import DomainPace, Endpoint, OutgoingRelay, RelayRoute
from suite.common.admin import ReadOnlyAdmin, RecordingAdmin


class RelayForm(forms.ModelForm):
    password = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Empty: stays as it is while the URL does.",
    )

    class Meta:
        model = OutgoingRelay
        fields = ("name", "url", "password")

    def clean_password(self) -> str:
        """What was known stays with the address that it was given for."""
        same = self.instance.pk and self.cleaned_data.get("url") == self.initial["url"]
        return self.cleaned_data["password"] or (self.instance.password if same else "")


@admin.register(OutgoingRelay)
class OutgoingRelayAdmin(RecordingAdmin):
    form = RelayForm
    list_display = ("name", "url")

    def get_readonly_fields(self, request: Any, obj: OutgoingRelay | None = None) -> Any:
        return ("name",) if obj else ()


@admin.register(RelayRoute)
class RelayRouteAdmin(RecordingAdmin):
    list_display = ("mlist", "domain", "recipient_domain", "place", "relay")
    list_select_related = ("mlist__domain", "domain", "relay")
    autocomplete_fields = ("mlist",)
    ordering = ("mlist", "domain", "recipient_domain", "place")


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """To look at: setting one gives a key, which `manage.py endpoint` shows once."""

    list_display = ("id", "mlist", "membership", "place", "with_mail", "off_at", "taken_at", "failures", "last_error")
    list_select_related = (
        "mlist__domain",
        "membership__mlist__domain",
        "membership__address",
        "membership__user__preferred_address",
    )
    search_fields = ("mlist__list_id", "url")
    exclude = ("secret", "old_secret")
    ordering = ("-id",)


@admin.register(DomainPace)
class DomainPaceAdmin(RecordingAdmin):
    """An operator's own limits can be set, or a row deleted; what a domain asked for is to be looked at."""

    list_display = ("domain", "fixed_rate", "connections", "rate", "next_at", "slowed_at", "last_reply")
    search_fields = ("domain",)
    fields = ("domain", "fixed_rate", "connections", "rate", "next_at", "failing_since", "slowed_at", "last_reply")
    ordering = ("domain",)

    def get_readonly_fields(self, request: Any, obj: DomainPace | None = None) -> Any:
        found = ("rate", "next_at", "failing_since", "slowed_at", "last_reply")
        return ("domain", *found) if obj else found
