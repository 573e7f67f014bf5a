"""Every setting of a list: which section it stands in, who may write it, and whether it does something yet.

What does not act is hidden from owners' forms and marked in the operator's pages and the docs: a switch that switches nothing
is a lie. Whoever lands the behaviour sets `acts` in the same commit.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.core import checks
from django.db import models

from lists.models import MailingList
from suite.common.enums import WireChoices


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as owners and programs know it. Where `computed`, it is a property and no column."""

    name: str
    section: str
    acts: bool = False
    read_only: bool = False
    computed: bool = False
    beyond: bool = False
    """Whether it is none of those that Mailman's API shows. In ours it is read and written by its name alone."""

    @property
    def field(self) -> "models.Field[Any, Any]":
        """The column. Raises FieldDoesNotExist for a computed setting."""
        return MailingList._meta.get_field(self.name)  # type: ignore[return-value]

    @property
    def help_text(self) -> str:
        return "" if self.computed else str(self.field.help_text)

    @property
    def enum(self) -> type[WireChoices] | None:
        """What its values are members of."""
        return None if self.computed else getattr(self.field, "enum", None)

    @property
    def shown(self) -> bool:
        """Whether it stands in an owner's form."""
        return self.acts and not self.read_only


def _section(
    section: str, acting: str = "", later: str = "", read_only: str = "", computed: str = "", beyond: str = ""
) -> list[Setting]:
    """`beyond` names some of the others once more."""
    settings = [
        *(Setting(name, section, acts=True) for name in acting.split()),
        *(Setting(name, section) for name in later.split()),
        *(Setting(name, section, acts=True, read_only=True) for name in read_only.split()),
        *(Setting(name, section, acts=True, read_only=True, computed=True) for name in computed.split()),
    ]
    return [replace(setting, beyond=setting.name in beyond.split()) for setting in settings]


_ALL = [
    *_section(
        "identity",
        acting="display_name description info advertised preferred_language",
        read_only="list_id list_name created_at",
        computed="""mail_host fqdn_listname posting_address bounces_address join_address leave_address owner_address
            request_address no_reply_address""",
        beyond="list_id",
    ),
    *_section(
        "posting",
        acting="""subject_prefix reply_goes_to_list reply_to_address first_strip_reply_to include_rfc2369_headers
            allow_list_posts anonymous_list personalize max_num_recipients require_explicit_destination
            posting_chain posting_pipeline owner_chain owner_pipeline""",
        read_only="post_id last_post_at",
        beyond="posting_chain owner_chain owner_pipeline",
    ),
    *_section(
        "moderation",
        acting="""default_member_action default_nonmember_action accept_these_nonmembers hold_these_nonmembers
            reject_these_nonmembers discard_these_nonmembers acceptable_aliases max_message_size moderator_password
            emergency respond_to_post_requests admin_immed_notify max_days_to_hold administrivia
            bounce_matching_headers probation_posts probation_links probation_attachments flood_posts flood_seconds
            sender_posts_per_hour spam_hold_score spam_discard_score hold_unscanned""",
        read_only="probation_since",
        beyond="""bounce_matching_headers probation_posts probation_links probation_attachments flood_posts flood_seconds
            sender_posts_per_hour spam_hold_score spam_discard_score hold_unscanned probation_since""",
    ),
    *_section(
        "membership",
        acting="""subscription_policy unsubscription_policy send_welcome_message send_goodbye_message
            admin_notify_mchanges member_roster_visibility""",
    ),
    *_section("archive", acting="archive_policy archive_rendering_mode archivers", beyond="archivers"),
    *_section(
        "digests",
        acting="digests_enabled digest_send_periodic digest_size_threshold digest_volume_frequency",
        read_only="digest_last_sent_at volume next_digest_number",
    ),
    *_section(
        "bounces",
        acting="""process_bounces bounce_score_threshold bounce_info_stale_after bounce_notify_owner_on_bounce_increment
            bounce_notify_owner_on_disable bounce_notify_owner_on_removal bounce_you_are_disabled_warnings
            bounce_you_are_disabled_warnings_interval forward_unrecognized_bounces_to""",
    ),
    *_section(
        "autoreply",
        acting="""autorespond_owner autoresponse_owner_text autorespond_postings autoresponse_postings_text
            autorespond_requests autoresponse_request_text autoresponse_grace_period""",
    ),
    *_section(
        "content",
        acting="""filter_content filter_types pass_types filter_extensions pass_extensions filter_action
            collapse_alternatives convert_html_to_plaintext topics topics_enabled topics_bodylines_limit""",
        beyond="topics topics_enabled topics_bodylines_limit",
    ),
    *_section(
        "dmarc",
        acting="""dmarc_mitigate_action dmarc_mitigate_unconditionally dmarc_addresses dmarc_moderation_notice
            dmarc_wrapped_message_text""",
    ),
    *_section(
        "gateway",
        acting="gateway_to_mail gateway_to_news linked_newsgroup newsgroup_moderation nntp_prefix_subject_too",
        read_only="usenet_watermark",
    ),
    *_section("plugins", read_only="plugin_settings", beyond="plugin_settings"),
]

SETTINGS: dict[str, Setting] = {setting.name: setting for setting in _ALL}
SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(setting.section for setting in _ALL))
_NO_SETTINGS = {"id", "domain"}


def read_value(name: str, value: Any) -> Any:
    """A value as the column holds it, from a Python value or as the API spells it (`Action.HOLD`, 0 or "hold").

    Raises ValueError or ValidationError.
    """
    setting = SETTINGS[name]
    if setting.enum is not None:
        return setting.enum.from_wire(value) if isinstance(value, str) else setting.enum(value)
    return setting.field.to_python(value)


@checks.register(checks.Tags.models)
def check_settings_table(**_: Any) -> list[checks.CheckMessage]:
    """The table names each column of a list once, and nothing that does not exist."""
    columns = {field.name for field in MailingList._meta.concrete_fields} - _NO_SETTINGS
    named = [setting.name for setting in _ALL if not setting.computed]
    unknown = {name for name in named if name not in columns}
    unknown |= {setting.name for setting in _ALL if setting.computed and not hasattr(MailingList, setting.name)}
    twice = {setting.name for setting in _ALL if [other.name for other in _ALL].count(setting.name) > 1}
    return [
        *(checks.Error(f"The settings table lacks {name}.", id="lists.E001") for name in sorted(columns - set(named))),
        *(
            checks.Error(f"The settings table names {name}, which is none.", id="lists.E002")
            for name in sorted(unknown)
        ),
        *(checks.Error(f"The settings table names {name} twice.", id="lists.E003") for name in sorted(twice)),
    ]
