"""What a list has set for plugins: one column of its row, so that rules and handlers read it without a query."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from lists.errors import UnknownPlugin, UnknownSetting
from lists.models import MailingList
from suite.common import plugins
from suite.common.events import record


@transaction.atomic
def change_plugin_settings(mlist: MailingList, plugin: str, *, actor: str = "", **values: Any) -> list[str]:
    """Set these settings of a plugin that is in use, all or none; None takes one back to its default.

    Returns the names of those that really changed. Raises UnknownPlugin, UnknownSetting, and ValidationError with a sentence for
    each name.
    """
    known = plugin_named(plugin)
    row = MailingList.objects.select_for_update().only("plugin_settings").get(pk=mlist.pk)
    before = row.plugin_settings.get(plugin, {})
    after = before | _read(known, values)
    after = {name: value for name, value in after.items() if value is not None}
    changed = sorted(name for name in values if before.get(name) != after.get(name))
    mlist.plugin_settings = {**row.plugin_settings, plugin: after}
    if changed:
        MailingList.objects.filter(pk=mlist.pk).update(plugin_settings=mlist.plugin_settings)
        old_and_new = {f"{plugin}.{name}": [before.get(name), after.get(name)] for name in changed}
        record("list.changed", actor=actor, list_id=mlist.list_id, settings=old_and_new)
    return changed


def plugin_named(name: str) -> plugins.Plugin:
    """Raises UnknownPlugin where none of this name is in use."""
    plugin = plugins.active(name)
    if plugin is None:
        raise UnknownPlugin(f"No plugin {name} is in use.")
    return plugin


def _read(plugin: plugins.Plugin, values: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    errors: dict[str, ValidationError] = {}
    for name, value in values.items():
        setting = plugin.list_settings.get(name)
        if setting is None:
            raise UnknownSetting(f"The plugin {plugin.name} has no setting {name}.")
        try:
            read[name] = None if value is None else setting.read(value)
        except ValueError as error:
            errors[name] = ValidationError(f"{name}: {error}")
    if errors:
        raise ValidationError(errors)
    return read
