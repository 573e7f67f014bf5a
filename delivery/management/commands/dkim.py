"""manage.py dkim: the keys that sign a domain's mail, as DNS records; made, taken into use, retired and forgotten."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from delivery.signing import keyfile, publishing
from delivery.signing.keyfile import DomainKey, KeyFileError, KeyState, Table
from lists.models.domain import HOST
from suite.common.commands import as_json, as_table, plain_errors
from suite.common.events import record
from suite.mail.signing_keys import zone_line


class Command(BaseCommand):
    help = "Show the keys that sign mail (DKIM), and the DNS records of a domain's; make new ones, take them into use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("domain", nargs="?", help="A mail host, or a domain above it: its key signs for both.")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--make", action="store_true", help="Make an RSA and an Ed25519 key, which wait.")
        what.add_argument("--activate", action="store_true", help="What waits signs once its DNS records are there.")
        what.add_argument(
            "--check", action="store_true", help="Ask DNS for the record of each key that signs or waits."
        )
        what.add_argument("--forget", metavar="SELECTOR", help="Remove a retired or waiting key.")
        parser.add_argument("--unchecked", action="store_true", help="Activate without asking DNS.")
        parser.add_argument("--json", action="store_true", help="Answer as JSON, without private keys.")

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            table = keyfile.load()
            domain = (options["domain"] or "").lower()
            if domain:
                HOST(domain)
                table = self._change(table, domain, options)
        shown = {domain: table.get(domain, ())} if domain else table
        if options["json"]:
            self.stdout.write(as_json([_row(name, key) for name, keys in shown.items() for key in keys]))
            return
        rows = [_row(name, key) for name, keys in shown.items() for key in keys]
        self.stdout.write(as_table(rows, ("domain", "selector", "algorithm", "state", "made", "retired")))
        if domain:
            self._print_records(domain, shown[domain])

    def _change(self, table: Table, domain: str, options: dict[str, Any]) -> Table:
        keys = table.get(domain, ())
        if options["make"]:
            return self._keep(table, domain, keyfile.made(keys, timezone.now()), "dkim.made")
        if options["activate"]:
            turned = keyfile.activated(keys, timezone.now())
            if not options["unchecked"]:
                _insist([key for key in keys if key.state == KeyState.WAITING], domain)
            return self._keep(table, domain, turned, "dkim.activated")
        if options["check"]:
            _insist([key for key in keys if key.state != KeyState.RETIRED], domain)
        if options["forget"]:
            rest = tuple(key for key in keys if key.selector != options["forget"] or key.state == KeyState.SIGNING)
            if rest == keys:
                raise CommandError(f"{domain} has no retired or waiting key {options['forget']}.")
            return self._keep(table, domain, rest, "dkim.forgotten")
        return table

    def _keep(self, table: Table, domain: str, keys: tuple[DomainKey, ...], kind: str) -> Table:
        changed = {name: entry for name, entry in {**table, domain: keys}.items() if entry}
        keyfile.save(changed)
        record(kind, actor="dkim", subject=domain, keys={key.selector: key.state.value for key in keys})
        return changed

    def _print_records(self, domain: str, keys: tuple[DomainKey, ...]) -> None:
        if keys:
            self.stdout.write("\nDNS, to be published while a key waits, signs, and for a week after it was retired:\n")
        for key in keys:
            self.stdout.write(zone_line(key.selector, domain, key.record(domain)[1]))


def _insist(keys: list[DomainKey], domain: str) -> None:
    """Raises KeyFileError, and names each record that DNS does not have as it should be."""
    missing = [complaint for key in keys if (complaint := publishing.complaint(key, domain))]
    if missing:
        raise KeyFileError("\n".join(missing))


def _row(domain: str, key: DomainKey) -> dict[str, str]:
    name, text = key.record(domain)
    return {
        "domain": domain,
        "selector": key.selector,
        "algorithm": key.algorithm,
        "state": key.state.value,
        "made": key.created,
        "retired": key.retired,
        "name": name,
        "record": text,
    }
