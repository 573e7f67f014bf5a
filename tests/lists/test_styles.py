"""Styles: what a new list starts with."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from lists.enums import (
    Action,
    ArchivePolicy,
    ArchiveRenderingMode,
    DigestFrequency,
    DMARCMitigateAction,
    FilterAction,
    NewsgroupModeration,
    Personalization,
    ReplyToMunging,
    ResponseAction,
    RosterVisibility,
    SubscriptionPolicy,
    UnrecognizedBounceDisposition,
)
from lists.models import MailingList, Style
from lists.styles import style_names
from tests.lists.test_settings import READ_ONLY
from tests.support.factories import make_list

pytestmark = pytest.mark.django_db

LEGACY_DEFAULT: dict[str, Any] = {
    **READ_ONLY,
    "acceptable_aliases": [],
    "accept_these_nonmembers": [],
    "admin_immed_notify": True,
    "admin_notify_mchanges": False,
    "administrivia": True,
    "advertised": True,
    "allow_list_posts": True,
    "anonymous_list": False,
    "archive_policy": ArchivePolicy.PUBLIC,
    "archive_rendering_mode": ArchiveRenderingMode.TEXT,
    "autorespond_owner": ResponseAction.NONE,
    "autorespond_postings": ResponseAction.NONE,
    "autorespond_requests": ResponseAction.NONE,
    "autoresponse_grace_period": timedelta(days=90),
    "autoresponse_owner_text": "",
    "autoresponse_postings_text": "",
    "autoresponse_request_text": "",
    "bounce_info_stale_after": timedelta(days=7),
    "bounce_notify_owner_on_bounce_increment": False,
    "bounce_notify_owner_on_disable": True,
    "bounce_notify_owner_on_removal": True,
    "bounce_score_threshold": 5,
    "bounce_you_are_disabled_warnings": 3,
    "bounce_you_are_disabled_warnings_interval": timedelta(days=7),
    "collapse_alternatives": True,
    "convert_html_to_plaintext": False,
    "default_member_action": Action.DEFER,
    "default_nonmember_action": Action.HOLD,
    "description": "",
    "digest_send_periodic": True,
    "digest_size_threshold": 30.0,
    "digest_volume_frequency": DigestFrequency.MONTHLY,
    "digests_enabled": True,
    "display_name": "Dev",
    "discard_these_nonmembers": [],
    "dmarc_mitigate_action": DMARCMitigateAction.NO_MITIGATION,
    "dmarc_mitigate_unconditionally": False,
    "dmarc_addresses": [],
    "dmarc_moderation_notice": "",
    "dmarc_wrapped_message_text": "",
    "emergency": False,
    "filter_action": FilterAction.DISCARD,
    "filter_content": False,
    "filter_extensions": [],
    "filter_types": [],
    "first_strip_reply_to": False,
    "forward_unrecognized_bounces_to": UnrecognizedBounceDisposition.ADMINISTRATORS,
    "gateway_to_mail": False,
    "gateway_to_news": False,
    "hold_these_nonmembers": [],
    "include_rfc2369_headers": True,
    "info": "",
    "linked_newsgroup": "",
    "max_message_size": 40,
    "max_num_recipients": 10,
    "max_days_to_hold": 0,
    "member_roster_visibility": RosterVisibility.MODERATORS,
    "moderator_password": "",
    "newsgroup_moderation": NewsgroupModeration.NONE,
    "nntp_prefix_subject_too": True,
    "pass_types": [],
    "pass_extensions": [],
    "personalize": Personalization.NONE,
    "posting_pipeline": "default-posting-pipeline",
    "preferred_language": "en",
    "process_bounces": True,
    "reject_these_nonmembers": [],
    "reply_goes_to_list": ReplyToMunging.NO_MUNGING,
    "reply_to_address": "",
    "require_explicit_destination": True,
    "respond_to_post_requests": True,
    "send_goodbye_message": True,
    "send_welcome_message": True,
    "subject_prefix": "[Dev] ",
    "subscription_policy": SubscriptionPolicy.CONFIRM,
    "unsubscription_policy": SubscriptionPolicy.CONFIRM,
}


def read(mlist: MailingList) -> dict[str, Any]:
    stored = MailingList.objects.get(pk=mlist.pk)
    return {name: getattr(stored, name) for name in LEGACY_DEFAULT}


@pytest.mark.feature("core.style.legacy-default")
@pytest.mark.parametrize("style", ["", "legacy-default"])
def test_legacy_default_sets_every_documented_default(style: str) -> None:
    assert len(LEGACY_DEFAULT) + len(["created_at"]) == 93

    assert read(make_list("dev", style=style)) == LEGACY_DEFAULT


@pytest.mark.feature("core.style.legacy-default")
def test_what_changes_afterwards_alters_no_list(settings: Settings) -> None:
    style = Style.objects.create(name="house", settings={"archive_policy": "private", "subject_prefix": ""})
    first = make_list("first", style="house")
    dev = make_list("dev")

    settings.DEFAULT_STYLE = "private-default"
    style.settings = {"archive_policy": "never"}
    style.save()

    assert read(dev) == LEGACY_DEFAULT
    assert (read(first)["archive_policy"], read(first)["subject_prefix"]) == (ArchivePolicy.PRIVATE, "")
    assert read(make_list("later"))["archive_policy"] == ArchivePolicy.PRIVATE
    assert read(make_list("last", style="house"))["archive_policy"] == ArchivePolicy.NEVER


def test_legacy_announce_holds_what_members_post() -> None:
    changed = {"allow_list_posts": False, "default_member_action": Action.HOLD}

    assert read(make_list("dev", style="legacy-announce")) == LEGACY_DEFAULT | changed


@pytest.mark.feature("core.style.private-default")
def test_private_default_shows_nothing_to_strangers() -> None:
    changed = {
        "advertised": False,
        "archive_policy": ArchivePolicy.PRIVATE,
        "subscription_policy": SubscriptionPolicy.CONFIRM_THEN_MODERATE,
    }

    assert read(make_list("dev", style="private-default")) == LEGACY_DEFAULT | changed


def test_words_given_at_creation_win_over_the_style() -> None:
    mlist = make_list("dev", style="private-default", advertised=True, display_name="100 % Dev", max_message_size=100)

    assert (mlist.advertised, mlist.max_message_size) == (True, 100)
    assert mlist.subject_prefix == "[100 % Dev] "


def test_a_sites_styles_stand_beside_the_built_in_ones() -> None:
    Style.objects.create(name="house")
    Style.objects.create(name="legacy-default", settings={"advertised": False})

    assert style_names() == ["legacy-default", "legacy-announce", "private-default", "house"]
    assert make_list("dev", style="legacy-default").advertised
