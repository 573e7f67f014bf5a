"""What lists have set for plugins: for the one of the docs, `tea`, and for one that is made up, `odd`."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from lists.errors import ReadOnlySetting, UnknownPlugin, UnknownSetting
from lists.models import MailingList
from lists.services.mailing_lists import change_settings
from lists.services.plugin_settings import change_plugin_settings
from suite.common.models import Event
from tests.support.plugins import Plug

pytestmark = [pytest.mark.django_db, pytest.mark.feature("ext.plugin.class")]


def test_what_is_changed_stands_in_the_audit_trail(dev: MailingList, plug: Plug) -> None:
    with plug():
        assert change_plugin_settings(dev, "tea", kind="black", forbidden="coffee", actor="anne") == [
            "forbidden",
            "kind",
        ]
        assert change_plugin_settings(dev, "tea", kind="black") == []
        assert change_plugin_settings(dev, "tea", kind=None) == ["kind"]
    assert MailingList.objects.get().plugin_settings == {"tea": {"forbidden": "coffee"}}
    first, second = Event.objects.filter(kind="list.changed").order_by("pk")
    assert first.data["settings"] == {"tea.forbidden": [None, "coffee"], "tea.kind": [None, "black"]}
    assert (first.actor, second.data["settings"]) == ("anne", {"tea.kind": ["black", None]})


def test_those_of_a_plugin_that_is_away_stay(dev: MailingList, plug: Plug) -> None:
    MailingList.objects.update(plugin_settings={"gone": {"a": 1}})
    with plug():
        change_plugin_settings(dev, "tea", kind="black")
    assert MailingList.objects.get().plugin_settings == {"gone": {"a": 1}, "tea": {"kind": "black"}}


@pytest.mark.parametrize(
    ("plugin", "values", "why"),
    [
        ("gone", {"a": 1}, "No plugin gone is in use."),
        ("tea", {"sugar": 2}, "The plugin tea has no setting sugar."),
        ("tea", {"kind": 2}, "kind: A value like 'green' is wanted."),
        ("tea", {"forbidden": "two words", "kind": "black"}, "forbidden: One word is wanted."),
    ],
    ids=["plugin", "setting", "type", "value"],
)
def test_what_cannot_be_set(dev: MailingList, plug: Plug, plugin: str, values: dict[str, Any], why: str) -> None:
    with plug(), pytest.raises((UnknownPlugin, UnknownSetting, ValidationError)) as caught:
        change_plugin_settings(dev, plugin, **values)
    assert why in str(caught.value)
    assert MailingList.objects.get().plugin_settings == {}


def test_they_are_shown_and_set_by_command(dev: MailingList, plug: Plug, capsys: pytest.CaptureFixture[str]) -> None:
    with plug("list_settings = {'most': ListSetting(3, 'How many.'), 'share': ListSetting(0.5, 'How much.')}"):
        call_command("plugins", "set", "dev@example.org", "odd", "most", "5")
        call_command("plugins", "set", "dev@example.org", "odd", "share", "1")
        for value in ("five", "true", "5.0"):
            with pytest.raises(CommandError, match="A value like 3 is wanted"):
                call_command("plugins", "set", "dev@example.org", "odd", "most", value)
        capsys.readouterr()
        call_command("plugins", "show", "dev@example.org", "--json")
        rows = [row for row in json.loads(capsys.readouterr().out) if row["plugin"] == "odd"]
        assert [(row["setting"], row["value"], row["chosen"]) for row in rows] == [
            ("most", 5, True),
            ("share", 1.0, True),
        ]
        call_command("plugins", "set", "dev@example.org", "odd", "most")
        assert MailingList.objects.get().plugin_settings == {"odd": {"share": 1.0}}


def test_only_the_service_writes_them(dev: MailingList) -> None:
    with pytest.raises(ReadOnlySetting):
        change_settings(dev, plugin_settings={"tea": {"kind": "black"}})
