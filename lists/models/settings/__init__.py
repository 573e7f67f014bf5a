"""A list's settings (Mailman's table, typed), a room for each topic. `lists.settings_table` says which of them act already."""

from lists.models.settings.archive import ArchiveSettings
from lists.models.settings.autoreply import AutoreplySettings
from lists.models.settings.bounces import BounceSettings
from lists.models.settings.content import ContentSettings
from lists.models.settings.digests import DigestSettings
from lists.models.settings.dmarc import DmarcSettings
from lists.models.settings.gateway import GatewaySettings
from lists.models.settings.identity import IdentitySettings
from lists.models.settings.membership import MembershipSettings
from lists.models.settings.moderation import ModerationSettings
from lists.models.settings.newcomers import NewcomerSettings
from lists.models.settings.plugins import PluginSettings
from lists.models.settings.posting import PostingSettings
from lists.models.settings.scanning import ScanningSettings

__all__ = [
    "ArchiveSettings",
    "AutoreplySettings",
    "BounceSettings",
    "ContentSettings",
    "DigestSettings",
    "DmarcSettings",
    "GatewaySettings",
    "IdentitySettings",
    "MembershipSettings",
    "ModerationSettings",
    "NewcomerSettings",
    "PluginSettings",
    "PostingSettings",
    "ScanningSettings",
]
