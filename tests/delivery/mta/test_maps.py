"""Postfix's maps, as Postfix's own postmap reads them, while lists and domains come and go."""

import os
import re
import stat
import subprocess
from itertools import product
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from delivery.mta import files
from delivery.mta.book import Book, addresses
from delivery.mta.patterns import pattern
from delivery.mta.postfix import MAP_TYPES
from lists.models import Domain, MailingList
from lists.services.domains import delete_domain
from lists.services.mailing_lists import delete_list
from tests.support.factories import make_domain, make_list
from tests.support.requires import program, requires_postfix

pytestmark = pytest.mark.django_db(transaction=True)

DOOR = "lmtp:inet:127.0.0.1:8024"
NINE = ["", "-bounces", "-confirm", "-join", "-leave", "-owner", "-request", "-subscribe", "-unsubscribe"]
STRANGERS = ["nobody@example.org", "dev-nobody@example.org", "xdev@example.org", "devx@example.org", "dev@exampleXorg"]


def look_up(path: Path, key: str, map_type: str) -> str:
    """What the map answers; empty where it has no such key. Postfix strips a detail behind `+` from keys of tables itself."""
    postmap = program("postmap")
    assert postmap
    done = subprocess.run([postmap, "-q", key, f"{map_type}:{path}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) in ((0, ""), (1, ""))
    return done.stdout.strip()


@requires_postfix
@pytest.mark.feature("mta.postfix.maps")
@pytest.mark.parametrize("map_type", ["hash", "regexp", "texthash"])
def test_postmap_answers_every_address_and_no_other(folder: Path, map_type: str) -> None:
    with override_settings(MTA="postfix", MTA_MAP_TYPE=map_type):
        make_domain("example.org", alias_domain="alias.example")
        dev, _ = make_list("dev"), make_list("a.b@example.com")

        lmtp, domains, aliases = (folder / f"postfix_{name}" for name in ("lmtp", "domains", "vmap"))
        for stem, host in (("dev", "example.org"), ("a.b", "example.com")):
            for ending in NINE:
                assert look_up(lmtp, f"{stem}{ending}@{host}", map_type) == DOOR
        for stranger in (*STRANGERS, "axb@example.com", "dev@example.com", "example.org"):
            assert look_up(lmtp, stranger, map_type) == ""
        assert [look_up(domains, host, map_type) for host in ("example.org", "example.com", "xexample.org")] == [
            "example.org",
            "example.com",
            "",
        ]
        assert look_up(aliases, "alias.example", map_type) != ""
        for ending in NINE:
            assert look_up(aliases, f"dev{ending}@alias.example", map_type) == f"dev{ending}@example.org"
        assert look_up(aliases, "nobody@alias.example", map_type) == ""
        if map_type == "regexp":
            assert look_up(lmtp, "dev-bounces+bart=example.com@example.org", map_type) == DOOR
            assert look_up(aliases, "dev-confirm+t0ken@alias.example", map_type) == "dev-confirm+t0ken@example.org"

        delete_list(dev)

        assert look_up(lmtp, "dev@example.org", map_type) == ""
        assert look_up(lmtp, "a.b@example.com", map_type) == DOOR
        delete_domain(Domain.objects.get(mail_host="example.org"))
        assert look_up(domains, "example.org", map_type) == look_up(aliases, "alias.example", map_type) == ""
        call_command("mta", "--check")


def test_a_list_has_nine_addresses() -> None:
    assert addresses(("dev", "example.org")) == [f"dev{ending}@example.org" for ending in NINE]


@requires_postfix
def test_ten_thousand_lists_take_two_statements(folder: Path, django_assert_num_queries: object) -> None:
    domain = make_domain()
    rows = [MailingList(list_name=f"list{at}", domain=domain, list_id=f"list{at}.example.org") for at in range(10_000)]
    MailingList.objects.bulk_create(rows)

    with override_settings(MTA_MAP_TYPE="hash"):
        with django_assert_num_queries(2):  # type: ignore[operator]  # a fixture of pytest-django
            files.write("postfix")

        assert look_up(folder / "postfix_lmtp", "list9999-owner@example.org", "hash") == DOOR
        assert (folder / "postfix_lmtp").read_text().count("\n") == 1 + 90_000


@pytest.mark.parametrize(
    ("host", "target"),
    [("0.0.0.0", DOOR), ("::1", "lmtp:inet:[::1]:8024"), ("/run/posthouse/lmtp", "lmtp:unix:/run/posthouse/lmtp")],
)
def test_the_door_is_named_as_postfix_wants_it(folder: Path, host: str, target: str) -> None:
    make_list("dev")
    with override_settings(LMTP_HOST=host, MTA_MAP_TYPE="texthash"):
        assert f"\ndev-join@example.org {target}\n" in files.wanted("postfix")["postfix_lmtp"]


@pytest.mark.feature("mta.exim")
@pytest.mark.parametrize("mta", ["", "exim"])
def test_only_what_the_mta_wants_is_written(folder: Path, mta: str) -> None:
    with override_settings(MTA=mta):
        make_list("dev")

    names = sorted(path.name for path in folder.iterdir() if path.name != ".lock") if mta else []
    assert folder.exists() is bool(mta)
    assert names == (["exim_acl", "exim_domains", "exim_main", "exim_routers", "exim_transports"] if mta else [])


@pytest.mark.parametrize(("mta", "mode"), [("exim", 0o644), ("postfix", 0o600)])
def test_exims_own_user_may_read_whatever_our_umask(folder: Path, mta: str, mode: int) -> None:
    before = os.umask(0o077)
    try:
        with override_settings(MTA_MAP_TYPE="texthash"):
            files.write(mta)
    finally:
        os.umask(before)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o711
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob(f"{mta}_*")} == {mode}


@override_settings(MTA="postfix", MTA_MAP_TYPE="texthash")
def test_the_command_writes_compares_and_shows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_list("dev")
    (folder / "postfix_lmtp").write_text("")
    with pytest.raises(CommandError, match=r"Not up to date in .*: postfix_lmtp\.$"):
        call_command("mta", "--check")
    call_command("mta", "--print")
    assert "==> " in capsys.readouterr().out
    assert (folder / "postfix_lmtp").read_text() == ""

    call_command("mta")

    assert capsys.readouterr().out == f"{folder}: postfix_lmtp written anew.\n"
    call_command("mta", "--check")
    call_command("mta")
    assert capsys.readouterr().out.endswith(f"{folder}: nothing written anew.\n")
    with pytest.raises(CommandError, match="POSTHOUSE_MTA names none"), override_settings(MTA=""):
        call_command("mta")


@override_settings(MTA="postfix", MTA_MAP_TYPE="texthash")
def test_aliases_that_go_leave_an_empty_map(folder: Path) -> None:
    make_domain("example.org", alias_domain="alias.example")
    make_list("dev")
    assert "dev@alias.example dev@example.org\n" in (folder / "postfix_vmap").read_text()

    delete_domain(Domain.objects.get())

    assert (folder / "postfix_vmap").read_text() == "# No domain has an alias.\n"
    assert files.differing("postfix") == []


@override_settings(MTA="postfix", MTA_MAP_TYPE="texthash")
def test_an_alias_that_is_a_host_of_lists_is_left_to_them(folder: Path) -> None:
    make_domain("example.com")
    make_domain("example.org", alias_domain="example.com")

    assert Book.read().aliases == ()


@pytest.mark.parametrize("reason", ["folder", "postmap"])
def test_files_that_cannot_be_written_stop_no_list(folder: Path, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    if reason == "folder":
        folder.write_text("a file is in the way")
    with override_settings(MTA="postfix", MTA_MAP_TYPE="hash" if reason == "folder" else "unheard-of"):
        make_list("dev")

    assert MailingList.objects.filter(list_name="dev").exists()
    assert "its files are not up to date" in caplog.text


@requires_postfix
@override_settings(MTA_MAP_TYPE="hash")
def test_a_failing_postmap_leaves_the_old_map(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make_list("dev")
    files.write("postfix")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    broken = tmp_path / "bin" / "postmap"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho no disk >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(broken.parent))
    make_list("news")

    with pytest.raises(files.MtaError, match="postmap failed: no disk"):
        files.write("postfix")

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@override_settings(MTA="postfix", MTA_MAP_TYPE="texthash")
def test_the_mta_is_told_of_changes_and_of_nothing_else(folder: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    with override_settings(MTA_COMMAND=f"sh -c 'echo reload >> {told}'"):
        make_list("dev")
        files.write("postfix")
        assert told.read_text().count("reload") == 2  # a domain and a list
    with override_settings(MTA_COMMAND="sh -c 'echo away >&2; exit 3'"):
        MailingList.objects.all().delete()
        with pytest.raises(files.MtaError, match="POSTHOUSE_MTA_COMMAND failed: away"):
            files.write("postfix")
    assert files.differing("postfix") == []


def test_a_pattern_means_a_lists_addresses_and_nothing_else() -> None:
    found = re.compile(pattern(("dev.x", "example.org")))

    for ending in (*NINE, "-bounces+bart=example.com", "-confirm+t0ken", "+detail"):
        assert found.search(f"dev.x{ending}@example.org"), ending
    for stranger in ("dev.xy@example.org", "devzx@example.org", "dev.x-nobody@example.org", "a.dev.x@example.org"):
        assert not found.search(stranger)
    assert not found.search("dev.x@example.org.evil.example") and not found.search("dev.x@exampleXorg")


def test_opensmtpd_hands_over_one_recipient_at_a_time(folder: Path) -> None:
    """Its own LMTP client cannot take a reply for each recipient; mail.lmtp, which `lmtp` runs as some user, can."""
    configuration = files.wanted("opensmtpd")["opensmtpd.conf"].splitlines()

    assert 'action "posthouse" lmtp "127.0.0.1:8024" rcpt-to virtual <posthouse_users>' in configuration
    assert 'table posthouse_users { "@" = "nobody" }' in configuration


def test_every_mta_is_told_of_every_host_and_sendmail_of_every_address(folder: Path) -> None:
    make_domain("example.org", alias_domain="alias.example")
    make_list("dev")

    plain = ("exim", "sendmail", "qmail", "opensmtpd")
    written = {mta: "".join(files.wanted(mta).values()) for mta in plain}

    for host, ending in product(("example.org", "alias.example"), NINE):
        assert f"To:dev{ending}@{host}\tRELAY\n" in written["sendmail"]
    for mta in plain:
        for host in ("example.org", "alias.example"):
            assert f"\n{host}" in f"\n{written[mta]}"
    assert MAP_TYPES == ("hash", "btree", "lmdb", "texthash", "regexp")
