import contextlib
import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lists.management.named import list_named
from lists.services.plugin_settings import change_plugin_settings, plugin_named
from suite.common import plugins
from suite.common.commands import as_json, as_table, plain_errors
from suite.plugging import ORIGINS, TABLES, sentences

ACTOR = "plugins"


class Command(BaseCommand):
    help = "Names the installed plugins and what they bring; shows and changes what a list has set for them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="Also what is Posthouse's own.")
        parser.add_argument("--json", action="store_true")
        kinds = parser.add_subparsers(dest="what")
        shown = kinds.add_parser("show", help="What a list has set for the plugins in use.")
        shown.add_argument("list", help="Posting address or list-id.")
        shown.add_argument("--json", action="store_true")
        changed = kinds.add_parser("set", help="Sets it; without a value, takes it back to the default.")
        changed.add_argument("list", help="Posting address or list-id.")
        changed.add_argument("plugin")
        changed.add_argument("setting")
        changed.add_argument("value", nargs="?", help="JSON; a text as it is.")

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            {"show": self._show, "set": self._set, None: self._name}[options["what"]](options)

    def _name(self, options: dict[str, Any]) -> None:
        known = [
            {"plugin": one.name, "package": one.package, "state": one.state, "trouble": one.trouble}
            for one in plugins.found()
        ]
        brought = [row for row in things() if options["all"] or (row["kind"], row["name"]) in ORIGINS]
        if options["json"]:
            self.stdout.write(as_json({"plugins": known, "brought": brought, "trouble": sentences()[1]}))
            return
        self.stdout.write(as_table(known, ("plugin", "package", "state")) if known else "No plugin is installed.")
        if brought:
            self.stdout.write("\n" + as_table(brought, ("kind", "name", "origin")))
        for sentence in (sentence for group in sentences() for sentence in group):
            self.stdout.write(f"\n{sentence}")

    def _show(self, options: dict[str, Any]) -> None:
        mlist = list_named(options["list"])
        rows = [
            {
                "plugin": one.name,
                "setting": name,
                "value": one.plugin.setting(mlist, name),
                "chosen": name in mlist.plugin_settings.get(one.name, {}),
                "help": setting.help_text,
            }
            for one in plugins.found()
            if one.plugin
            for name, setting in one.plugin.list_settings.items()
        ]
        columns = ("plugin", "setting", "value", "help")
        told = as_json(rows) if options["json"] else as_table(rows, columns) if rows else "There is none."
        self.stdout.write(told)

    def _set(self, options: dict[str, Any]) -> None:
        mlist, value = list_named(options["list"]), options["value"]
        setting = plugin_named(options["plugin"]).list_settings.get(options["setting"])
        if value is not None and setting is not None and not isinstance(setting.default, str):
            with contextlib.suppress(ValueError):  # a text, which the setting refuses in its own words
                value = json.loads(value)
        changed = change_plugin_settings(mlist, options["plugin"], actor=ACTOR, **{options["setting"]: value})
        self.stdout.write("Changed." if changed else "It was so already.")


def things() -> Iterator[dict[str, str]]:
    """Whatever stands in a table that plugins may add to."""
    for table in TABLES:
        for name in table.entries():
            yield {"kind": table.kind, "name": name, "origin": table.origin(name)}
