"""Small readers of what some MTAs are configured with, each after its MTA's own documents, and what is done with an address.

`way(files, address)` says where mail to the address goes: the door as the MTA names it, or nothing where it is refused.
Details of a format that we do not write are left out.
"""

import json
import re
import shlex
from dataclasses import dataclass, field
from typing import Any

Files = dict[str, str]


# --- OpenSMTPD: tables of a word a line (table(5)) --------------------------------------------------------------------


def opensmtpd(files: Files, address: str) -> str:
    known = address.rpartition("@")[2] in files["opensmtpd_domains"].split()
    matches = any(re.search(pattern, address) for pattern in files["opensmtpd_addresses"].splitlines())
    [door] = re.findall(r'^action "posthouse" lmtp "([^"]+)"', files["opensmtpd.conf"], re.MULTILINE)
    return door if known and matches else ""


# --- maddy: directives of words, with blocks in braces ----------------------------------------------------------------


@dataclass
class Directive:
    words: list[str]
    block: list["Directive"] = field(default_factory=list)

    def inside(self, *words: str) -> "Directive":
        """The one directive of its block that begins with these words."""
        [found] = [directive for directive in self.block if directive.words[: len(words)] == list(words)]
        return found


def read_maddy(text: str) -> Directive:
    """A directive without words, whose block is the file."""
    open_blocks = [Directive([])]
    for line in text.splitlines():
        words = shlex.split(line, comments=line.lstrip().startswith("#"))
        if words == ["}"]:
            open_blocks.pop()
        elif words:
            directive = Directive(words[:-1] if words[-1] == "{" else words)
            open_blocks[-1].block.append(directive)
            if words[-1] == "{":
                open_blocks.append(directive)
    [whole] = open_blocks
    return whole


def maddy(files: Files, address: str) -> str:
    """Whoever lives on a host of the lists is for the door to say."""
    destination = read_maddy(files["maddy_lists"]).inside("destination")
    return destination.inside("deliver_to", "lmtp").words[2] if address.rpartition("@")[2] in destination.words else ""


# --- mox: sconf, keys by tabs (pkg.go.dev/github.com/mjl-/sconf); fetchmail: words ------------------------------------


def read_sconf(text: str) -> dict[str, Any]:
    """Maps and words only. A line that ends with a colon opens a map; every other has a word behind a colon and a space."""
    whole: dict[str, Any] = {}
    maps = [whole]
    for line in text.splitlines():
        entry = line.lstrip("\t")
        if entry.startswith("#"):
            continue
        depth = len(line) - len(entry)
        assert depth < len(maps), f"too far to the right: {entry}"
        del maps[depth + 1 :]
        key, colon, word = entry.partition(":")
        assert colon and key not in maps[-1] and (not word or word.startswith(" ")), entry
        if word:
            maps[-1][key] = word[1:]
        else:
            maps[-1][key] = {}
            maps.append(maps[-1][key])
    return whole


def mox(files: Files, address: str) -> str:
    """The address without what stands behind the separator is one of the account's, and fetchmail carries its mail."""
    configuration = read_sconf(files["mox_domains.conf"])
    local, _, host = address.rpartition("@")
    if host not in configuration["Domains"]:
        return ""
    local = local.partition(configuration["Domains"][host]["LocalpartCatchallSeparator"])[0]
    [account] = configuration["Accounts"].values()
    found = account["Destinations"].get(f"{local}@{host}", {"SMTPError": "550"})
    words = shlex.split(files["mox_fetchmailrc"], comments=True)
    carried = host in words[words.index("localdomains") :]
    return words[words.index("smtphost") + 1] if found == "nil" and carried else ""


# --- Stalwart: a JSON object a line, with expressions (stalw.art/docs/configuration/expressions) ----------------------

_VALUES = {"true": True}
_FORMS: tuple[tuple[str, Any], ...] = (
    (r"'([^']*)'", lambda facts, text: text),
    (r"(\d+)", lambda facts, number: int(number)),
    (r"(true)", lambda facts, word: _VALUES[word]),
    (r"(\w+) == '([^']*)'", lambda facts, name, text: facts[name] == text),
    (r"(\w+) != '([^']*)'", lambda facts, name, text: facts[name] != text),
    (r"matches\('([^']*)', (\w+)\)", lambda facts, pattern, name: bool(re.search(pattern, facts[name]))),
    (r"!is_empty\((\w+)\)", lambda facts, name: facts[name] != ""),
    (r"is_local_domain\((\w+)\)", lambda facts, name: facts[name] == "example.com"),
)
"""The forms that our expressions have, and what they mean. Stalwart's own domain is example.com."""


def evaluate(expression: dict[str, Any], **facts: str) -> Any:
    """The first condition that holds decides."""
    conditions = [expression["match"][str(place)] for place in range(len(expression["match"]))]
    return next(
        (_value(one["then"], facts) for one in conditions if _value(one["if"], facts)),
        _value(expression["else"], facts),
    )


def _value(text: str, facts: dict[str, str]) -> Any:
    [value] = [meaning(facts, *found.groups()) for form, meaning in _FORMS if (found := re.fullmatch(form, text))]
    return value


def read_stalwart(files: Files) -> dict[str, dict[str, Any]]:
    """Object to its value, of a plan that names each object once."""
    plan = [json.loads(line) for line in files["stalwart.ndjson"].splitlines()]
    assert len({line["object"] for line in plan}) == len(plan)
    return {line["object"]: line["value"] for line in plan}


def stalwart(files: Files, address: str, sender: str = "") -> str:
    """What a stranger may send there, or who has signed in as `sender`."""
    plan = read_stalwart(files)
    facts = {"rcpt": address, "rcpt_domain": address.rpartition("@")[2], "authenticated_as": sender}
    if facts["rcpt_domain"] != "example.com" and not evaluate(plan["MtaStageRcpt"]["allowRelaying"], **facts):
        return ""
    name = evaluate(plan["MtaOutboundStrategy"]["route"], **facts)
    routes = {route["name"]: f"{route['address']}:{route['port']}" for route in plan["MtaRoute"].values()}
    return routes.get(name, name)
