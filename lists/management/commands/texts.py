import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lists import wording
from lists.management.named import list_named
from lists.models import Domain, MailingList
from lists.services import previews, text_uris, texts
from lists.services.texts import Scope
from lists.texts.names import NAMES
from suite.common.commands import as_json, as_table, plain_errors

ACTOR = "texts"


class Command(BaseCommand):
    help = "Shows and changes the texts of our mails: those of the site, of a domain, or of a list."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        show = acts.add_parser("show", help="All texts that were written, or the one that a list's mail has.")
        show.add_argument("name", nargs="?", default="", help="As in list:user:notice:welcome.")
        set_ = acts.add_parser(
            "set", help="Writes a text, from a file, from standard input, or to be fetched from a URI."
        )
        set_.add_argument("name")
        set_.add_argument("file", nargs="?", default="-", help="- is standard input.")
        set_.add_argument("--subject", help="Else the mail keeps the one it has.")
        set_.add_argument(
            "--uri", default="", help="http, https or file; may name $list_id, $listname, $domain_name, $language."
        )
        set_.add_argument("--username", default="")
        set_.add_argument("--password-file", default="", help="The file's first line is the password for the URI.")
        reset = acts.add_parser("reset", help="Takes a text back; the next one holds.")
        reset.add_argument("name")
        preview = acts.add_parser("preview", help="A mail as its reader would get it. Sends nothing.")
        preview.add_argument("name")
        preview.add_argument(
            "--to", default="", metavar="EMAIL", help="For this reader; else for the list's first member."
        )
        for each in (show, set_, reset, preview):
            each.add_argument("--list", default="", help="Posting address or list-id.")
            each.add_argument(
                "--domain", default="", help="Mail host. Without list and domain it is about the site's texts."
            )
            each.add_argument(
                "--language", default="", help="As in de; empty = all languages without a text of their own."
            )
            each.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            getattr(self, options["act"])(_scope(options), options)

    def show(self, scope: Scope, options: dict[str, Any]) -> None:
        if options["name"]:
            self._say(_in_force(options["name"], scope, options["language"]), options)
            return
        rows = [
            {"name": row.name, "language": row.language or "(all)", "subject": row.subject, "uri": row.uri}
            for row in texts.texts_of(scope)
        ]
        if options["json"]:
            names = {name: {"purpose": meant.purpose, "placeholders": meant.extras} for name, meant in NAMES.items()}
            self.stdout.write(as_json({"texts": rows, "names": names}))
            return
        self.stdout.write(as_table(rows, ("name", "language", "subject", "uri")))
        purposes = [{"name": name, "what for": meant.purpose} for name, meant in NAMES.items()]
        self.stdout.write("\n" + as_table(purposes, ("name", "what for")))

    def set(self, scope: Scope, options: dict[str, Any]) -> None:
        name, of = options["name"], {"language": options["language"], "subject": options["subject"], "actor": ACTOR}
        if options["uri"]:
            credentials = {"username": options["username"], "password": _password(options["password_file"])}
            row = text_uris.set_uri(name, scope, options["uri"], trusted=True, **credentials, **of)
            came = text_uris.refresh([row])
            failures = sorted(set(row.fetched.exclude(failure="").values_list("failure", flat=True)))
            self._done({"name": name, "fetched": came, "failures": failures}, options)
            return
        words = sys.stdin.read() if options["file"] == "-" else _read(options["file"])
        row = texts.set_text(name, scope, words, **of)
        self._done({"name": name, "unknown": texts.unknown_placeholders(name, row.subject, row.text)}, options)

    def reset(self, scope: Scope, options: dict[str, Any]) -> None:
        if not texts.reset_text(options["name"], scope, language=options["language"], actor=ACTOR):
            raise CommandError("There is no such text to take back.")
        self._done({"name": options["name"]}, options)

    def preview(self, scope: Scope, options: dict[str, Any]) -> None:
        if not isinstance(scope, MailingList):
            raise CommandError("A preview is that of a list: --list is wanted.")
        seen = previews.preview(options["name"], scope, language=options["language"], email=options["to"])
        self._say(seen, options)

    def _say(self, text: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(as_json(text))
            return
        self.stdout.write(f"# from: {text['scope']}, language: {text['language'] or '(all)'}")
        if text["subject"]:
            self.stdout.write(f"Subject: {text['subject']}")
            self.stdout.write("")
        self.stdout.write(text["text"])
        self._warn(text["unknown"])

    def _done(self, what: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(as_json(what))
            return
        self.stdout.write("Done.")
        self._warn(what.get("unknown", []))
        for failure in what.get("failures", []):
            self.stderr.write(f"Not fetched, the next text holds: {failure}")

    def _warn(self, unknown: list[str]) -> None:
        if unknown:
            self.stderr.write(f"Nobody fills in: {', '.join('$' + name for name in unknown)}")


def _scope(options: dict[str, Any]) -> Scope:
    if options["list"] and options["domain"]:
        raise CommandError("A list or a domain, not both.")
    if options["list"]:
        return list_named(options["list"])
    if options["domain"]:
        domain = Domain.objects.filter(mail_host=options["domain"].lower()).first()
        if domain is None:
            raise CommandError(f"There is no domain {options['domain']}.")
        return domain
    return None


def _in_force(name: str, scope: Scope, language: str) -> dict[str, Any]:
    """The text with its placeholders: what a list's mail has, or what was written for a domain or the site."""
    texts.check_name(name)
    if isinstance(scope, MailingList):
        found = wording.find(name, scope, language)
        text, where, spoken = found.text, found.scope, found.language
    else:
        row = texts.texts_of(scope).filter(name=name, language=language).first()
        where, spoken = ("domain" if scope else "site"), language
        if row is None:
            where, spoken, text = wording.BUILT_IN, language or "en", texts.built_in_text(name, language or "en")
        else:
            text = wording.Text(row.subject, row.text)
    return {
        "name": name,
        "scope": where,
        "language": spoken,
        "subject": text.subject,
        "text": text.body,
        "unknown": texts.unknown_placeholders(name, *text),
    }


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def _password(path: str) -> str:
    return _read(path).partition("\n")[0] if path else ""
