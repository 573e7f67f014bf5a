"""Settings: the table, what may be written, what is refused, and what the audit trail says."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.forms import modelform_factory
from pytest_django import Settings

from lists import settings_table
from lists.enums import Action, ArchivePolicy
from lists.errors import ReadOnlySetting, UnknownSetting
from lists.models import MailingList
from lists.services.mailing_lists import KEPT_PASSWORD, change_settings
from lists.settings_table import SETTINGS, Setting, check_settings_table
from suite.common.models import Event

TOPIC = {"name": "releases", "pattern": "^release", "description": "New versions."}
READ_ONLY = {
    "posting_address": "dev@example.org",
    "bounces_address": "dev-bounces@example.org",
    "join_address": "dev-join@example.org",
    "leave_address": "dev-leave@example.org",
    "owner_address": "dev-owner@example.org",
    "request_address": "dev-request@example.org",
    "no_reply_address": "noreply@example.org",
    "fqdn_listname": "dev@example.org",
    "list_name": "dev",
    "mail_host": "example.org",
    "last_post_at": None,
    "digest_last_sent_at": None,
    "next_digest_number": 1,
    "post_id": 1,
    "volume": 1,
    "usenet_watermark": None,
}


@pytest.mark.django_db
@pytest.mark.feature("core.setting.readonly")
def test_computed_settings_are_shown_and_cannot_be_written(dev: MailingList) -> None:
    shown = {name: getattr(dev, name) for name in READ_ONLY}
    assert shown == READ_ONLY
    assert dev.created_at is not None

    for name in [*READ_ONLY, "created_at"]:
        with pytest.raises(ReadOnlySetting, match=r"^Read-only attribute"):
            change_settings(dev, **{name: "x"})
    stored = MailingList.objects.get()
    assert {name: getattr(stored, name) for name in READ_ONLY} == READ_ONLY


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("default_member_action", "hold", Action.HOLD),
        ("default_member_action", "HOLD", Action.HOLD),
        ("default_member_action", Action.REJECT, Action.REJECT),
        ("default_member_action", 2, Action.DISCARD),
        ("max_message_size", 0, 0),
        ("max_message_size", "250", 250),
        ("digest_size_threshold", 12.5, 12.5),
        ("advertised", False, False),
        ("subject_prefix", "[dev %05d] ", "[dev %05d] "),
        ("autoresponse_grace_period", timedelta(days=3), timedelta(days=3)),
        ("acceptable_aliases", ["dev@example.com", "^dev.*@"], ["dev@example.com", "^dev.*@"]),
        ("accept_these_nonmembers", ["@test@example.org"], ["@test@example.org"]),
        ("filter_types", ["image/png", "video"], ["image/png", "video"]),
        ("reply_to_address", "", ""),
        ("info", "One paragraph.\n\nAnother.", "One paragraph.\n\nAnother."),
        ("preferred_language", "de", "de"),
        ("linked_newsgroup", "comp.mail.misc", "comp.mail.misc"),
        ("bounce_matching_headers", "# spam\n\nX-Spam: ^yes", "# spam\n\nX-Spam: ^yes"),
        ("topics", [TOPIC], [TOPIC]),
    ],
)
def test_a_setting_takes_its_values(dev: MailingList, name: str, value: Any, stored: Any) -> None:
    assert change_settings(dev, **{name: value}) in ([name], [])

    assert getattr(MailingList.objects.get(), name) == stored


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("default_member_action", "maybe"),
        ("default_member_action", 17),
        ("archive_policy", None),
        ("max_message_size", -1),
        ("max_message_size", "many"),
        ("digest_size_threshold", -0.5),
        ("advertised", "perhaps"),
        ("description", "two\nlines"),
        ("display_name", "x" * 256),
        ("subject_prefix", "[%s]"),
        ("subject_prefix", "[%d %d]"),
        ("subject_prefix", "[%123d]"),
        ("reply_to_address", "nobody"),
        ("acceptable_aliases", ["^(dev"]),
        ("acceptable_aliases", ["dev"]),
        ("acceptable_aliases", "dev@example.org"),
        ("acceptable_aliases", [4711]),
        ("acceptable_aliases", {}),
        ("acceptable_aliases", ""),
        ("hold_these_nonmembers", ["^" + "a" * 500]),
        ("filter_types", ["Image/*"]),
        ("info", "a\0b"),
        ("preferred_language", "tlh"),
        ("linked_newsgroup", "news"),
        ("bounce_matching_headers", "X-Spam"),
        ("bounce_matching_headers", "X-Spam: (yes"),
        ("autoresponse_grace_period", timedelta(days=-1)),
        ("topics", {}),
        ("topics", [{"name": "all"}]),
        ("topics", [TOPIC, TOPIC]),
        ("topics", [TOPIC | {"pattern": "("}]),
        ("topics", [TOPIC | {"description": None}]),
    ],
)
def test_a_setting_refuses_what_it_cannot_mean(dev: MailingList, name: str, value: Any) -> None:
    before = getattr(dev, name)

    with pytest.raises(ValidationError) as caught:
        change_settings(dev, advertised=False, **{name: value}) if name != "advertised" else change_settings(
            dev, advertised=value
        )
    assert list(caught.value.message_dict) == [name]
    assert getattr(dev, name) == before
    assert dev.advertised is MailingList.objects.get().advertised is True


@pytest.mark.django_db
def test_a_cleared_form_field_empties_the_list(dev: MailingList) -> None:
    change_settings(dev, acceptable_aliases=["dev@example.com"])
    form = modelform_factory(MailingList, fields=["acceptable_aliases"])({"acceptable_aliases": ""}, instance=dev)

    form.save()

    assert MailingList.objects.get().acceptable_aliases == []


@pytest.mark.django_db
def test_an_unknown_setting_is_refused(dev: MailingList) -> None:
    with pytest.raises(UnknownSetting):
        change_settings(dev, advertized=False)


@pytest.mark.django_db
def test_the_audit_trail_says_who_changed_what(dev: MailingList) -> None:
    changed = change_settings(
        dev,
        actor="anne@example.com",
        archive_policy="private",
        advertised=True,
        moderator_password="correct horse",
        autoresponse_grace_period=timedelta(days=1),
    )

    assert changed == ["archive_policy", "moderator_password", "autoresponse_grace_period"]
    event = Event.objects.get(kind="list.changed")
    assert (event.actor, event.list_id) == ("anne@example.com", "dev.example.org")
    assert event.data["settings"] == {
        "archive_policy": [ArchivePolicy.PUBLIC, ArchivePolicy.PRIVATE],
        "moderator_password": ["", KEPT_PASSWORD],
        "autoresponse_grace_period": ["90 days, 0:00:00", "1 day, 0:00:00"],
    }


@pytest.mark.django_db
def test_what_stays_as_it_is_leaves_no_trace(dev: MailingList) -> None:
    assert change_settings(dev, advertised=True) == []
    assert not Event.objects.filter(kind="list.changed").exists()


@pytest.mark.django_db
def test_a_moderators_password_is_kept_as_a_hash(dev: MailingList) -> None:
    change_settings(dev, moderator_password="correct horse")
    assert check_password("correct horse", MailingList.objects.get().moderator_password)

    change_settings(dev, moderator_password=KEPT_PASSWORD)
    assert check_password("correct horse", MailingList.objects.get().moderator_password)

    change_settings(dev, moderator_password="")
    assert MailingList.objects.get().moderator_password == ""


def test_every_column_has_a_sentence_of_help() -> None:
    assert [name for name, setting in SETTINGS.items() if not setting.computed and not setting.help_text] == []


def test_the_table_names_every_column() -> None:
    assert check_settings_table() == []
    assert [setting for setting in SETTINGS.values() if setting.computed and setting.shown] == []


def test_the_check_finds_what_is_missing_unknown_or_named_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    table = [setting for setting in settings_table._ALL if setting.name != "info"]
    invented = [Setting("weather", "identity"), Setting("advertised", "posting")]
    monkeypatch.setattr(settings_table, "_ALL", table + invented)

    assert [error.id for error in check_settings_table()] == ["lists.E001", "lists.E002", "lists.E003"]


def test_a_hook_that_leads_nowhere_is_found(settings: Settings) -> None:
    settings.HOOKS = {"list-deleted": ["archives.services.hooks.nothing"]}

    assert [error.id for error in run_checks() if str(error.id).startswith("suite.")] == ["suite.E001"]


@pytest.mark.parametrize(("characters", "errors"), [("-_.0-9a-z", []), ("z-a", ["lists.E004"]), ("", ["lists.E004"])])
def test_list_names_are_made_of_a_set_of_characters(settings: Settings, characters: str, errors: list[str]) -> None:
    settings.LISTNAME_CHARS = characters

    assert [error.id for error in run_checks() if str(error.id).startswith("lists.")] == errors
