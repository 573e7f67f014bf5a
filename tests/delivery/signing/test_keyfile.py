"""Keys of domains: made, taken into use when DNS has them, rotated with overlap, never lost in a crash."""

import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from delivery.checks import check_signing_keys
from delivery.signing import keyfile
from suite.common.models import Event
from tests.support.dns import dns_server
from tests.support.dying import dies_at
from tests.support.signing import sign_for

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("dkim", *words, stdout=out)
    return out.getvalue()


def rows(*words: str) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = json.loads(run(*words, "--json"))
    return answer


def states(domain: str) -> dict[str, str]:
    return {row["selector"]: row["state"] for row in rows(domain)}


def test_a_key_signs_once_dns_shows_it(key_file: Path) -> None:
    assert keyfile.signers("example.org") == ()
    made = rows("example.org", "--make")
    assert [(row["algorithm"], row["state"]) for row in made] == [
        ("rsa-sha256", "waiting"),
        ("ed25519-sha256", "waiting"),
    ]
    assert keyfile.signers("example.org") == ()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600

    with dns_server({}), pytest.raises(CommandError, match=r"no TXT record ph\w+\._domainkey\.example\.org yet"):
        run("example.org", "--activate")
    first, second = made
    crossed = {first["name"]: [second["record"]], second["name"]: [second["record"], second["record"] + " "]}
    with dns_server(crossed), pytest.raises(CommandError, match=r"(?s)holds another key.*has 2 TXT records"):
        run("example.org", "--activate")
    with dns_server({}, broken={row["name"] for row in made}, seconds=0.3), pytest.raises(CommandError, match="DNS"):
        run("example.org", "--activate")
    assert keyfile.signers("example.org") == ()

    with dns_server({row["name"]: [row["record"]] for row in made}):
        run("example.org", "--activate")
        run("example.org", "--check")

    assert [signer.selector for signer in keyfile.signers("example.org")] == [row["selector"] for row in made]
    assert keyfile.signers("lists.example.org") == keyfile.signers("example.org")
    assert keyfile.signers("example.com") == ()
    assert [event.kind for event in Event.objects.order_by("pk")] == ["dkim.made", "dkim.activated"]


def test_rotation_overlaps_and_retired_keys_cannot_sign(key_file: Path) -> None:
    sign_for("example.org")
    old = list(states("example.org"))

    run("example.org", "--make")
    with pytest.raises(CommandError, match="New keys are waiting already"):
        run("example.org", "--make")
    assert [signer.selector for signer in keyfile.signers("example.org")] == old
    run("example.org", "--activate", "--unchecked")

    new = [selector for selector in states("example.org") if selector not in old]
    assert [signer.selector for signer in keyfile.signers("example.org")] == new
    assert {selector: states("example.org")[selector] for selector in old} == dict.fromkeys(old, "retired")
    kept = {key.selector: key for key in keyfile.load()["example.org"]}
    assert [bool(kept[selector].private) for selector in (*new, *old)] == [True, True, False, False]
    for selector in (*new, *old):
        assert f"{selector}._domainkey.example.org. IN TXT ( " in run("example.org")

    with pytest.raises(CommandError, match="has no retired or waiting key"):
        run("example.org", "--forget", new[0])
    run("example.org", "--forget", old[0])
    assert set(states("example.org")) == {*new, old[1]}


@pytest.mark.django_db(transaction=True)
def test_an_activation_that_dies_leaves_the_old_keys_signing(key_file: Path) -> None:
    """C38."""
    sign_for("example.org")
    run("example.org", "--make")
    before = states("example.org")
    signing = [signer.selector for signer in keyfile.signers("example.org")]
    dies_at("dkim.drafted", lambda: run("example.org", "--activate", "--unchecked"))
    assert states("example.org") == before
    assert len([path for path in key_file.parent.iterdir() if key_file.name in path.name]) == 2
    assert [signer.selector for signer in keyfile.signers("example.org")] == signing

    run("example.org", "--activate", "--unchecked")
    assert {selector: states("example.org")[selector] for selector in signing} == dict.fromkeys(signing, "retired")
    assert len(keyfile.signers("example.org")) == len(signing)
    assert [path for path in key_file.parent.iterdir() if key_file.name in path.name] == [key_file]


def test_what_cannot_be_asked_is_refused_in_a_sentence() -> None:
    with pytest.raises(CommandError, match="No key is waiting"):
        run("example.org", "--activate")
    with pytest.raises(CommandError, match="A mail host"):
        run("exam ple", "--make")


def test_private_keys_are_never_shown() -> None:
    sign_for("example.org")

    for said in (run(), run("example.org"), run("example.org", "--json")):
        assert "PRIVATE" not in said
    assert "PRIVATE" not in repr(keyfile.load())


@pytest.mark.feature("core.config.check")
@pytest.mark.parametrize("content", ["{", "[]", '{"example.org": [{"selector": "a"}]}', "broken key"])
def test_an_unreadable_file_is_named_at_start_and_costs_no_mail_later(content: str, key_file: Path) -> None:
    sign_for("example.org")
    before = [signer.selector for signer in keyfile.signers("example.org")]
    assert check_signing_keys(None) == []

    key_file.write_text(key_file.read_text().replace("BEGIN", "XXXXX") if content == "broken key" else content)

    [problem] = check_signing_keys(None)
    assert problem.id == "delivery.E004"
    assert str(key_file) in problem.msg and "POSTHOUSE_DKIM_KEYS" in problem.msg
    assert [signer.selector for signer in keyfile.signers("example.org")] == before
