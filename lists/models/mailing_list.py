from typing import Any

from django.db import models
from django.utils import timezone

from lists.models.domain import Domain
from lists.models.settings import (
    ArchiveSettings,
    AutoreplySettings,
    BounceSettings,
    ContentSettings,
    DigestSettings,
    DmarcSettings,
    GatewaySettings,
    IdentitySettings,
    MembershipSettings,
    ModerationSettings,
    NewcomerSettings,
    PluginSettings,
    PostingSettings,
    ScanningSettings,
)


class MailingList(
    IdentitySettings,
    PostingSettings,
    ModerationSettings,
    NewcomerSettings,
    ScanningSettings,
    MembershipSettings,
    ArchiveSettings,
    DigestSettings,
    BounceSettings,
    AutoreplySettings,
    ContentSettings,
    DmarcSettings,
    GatewaySettings,
    PluginSettings,
    models.Model,
):
    """A mailing list. `list_id` (RFC 2919) is fixed for ever; name and host may move, `list_id` stays.

    Made by `lists.services.create_list`, which applies a style; deleted by the registry of hooks that `suite` composes.
    """

    list_id = models.CharField(
        max_length=255, unique=True, editable=False, help_text="Names the list for ever (RFC 2919)."
    )
    list_name = models.CharField(max_length=128, help_text="What stands before the @ of the posting address.")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="lists")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list_name", "domain"], name="list_address_unique")]
        indexes = [models.Index(fields=["id"], condition=models.Q(gateway_to_mail=True), name="list_from_news")]

    def __str__(self) -> str:
        return self.posting_address

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.list_name = self.list_name.lower()
        if not self.list_id:
            self.list_id = f"{self.list_name}.{self.mail_host}"
        if not self.display_name:
            self.display_name = self.list_name.capitalize()
        if bool(self.probation_posts) != bool(self.probation_since):
            self.probation_since = timezone.now() if self.probation_posts else None
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "probation_since"}
        super().save(*args, **kwargs)

    @property
    def mail_host(self) -> str:
        return self.domain.mail_host

    @property
    def posting_address(self) -> str:
        return f"{self.list_name}@{self.mail_host}"

    fqdn_listname = posting_address

    def subaddress(self, suffix: str) -> str:
        """`bounces`, `confirm`, `join`, `leave`, `owner` or `request` -> that address of this list."""
        return f"{self.list_name}-{suffix}@{self.mail_host}"

    @property
    def bounces_address(self) -> str:
        return self.subaddress("bounces")

    @property
    def join_address(self) -> str:
        return self.subaddress("join")

    @property
    def leave_address(self) -> str:
        return self.subaddress("leave")

    @property
    def owner_address(self) -> str:
        return self.subaddress("owner")

    @property
    def request_address(self) -> str:
        return self.subaddress("request")

    @property
    def no_reply_address(self) -> str:
        return f"noreply@{self.mail_host}"
