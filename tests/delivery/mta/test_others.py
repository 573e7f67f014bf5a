"""What OpenSMTPD, maddy, mox and Stalwart are configured with: read by their own programs where Debian has them, else by ours."""

import ast
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from delivery.mta import files
from lists.addressing import resolve
from suite.common.errors import UnknownMailbox
from tests.support import mtas
from tests.support.factories import make_domain, make_list
from tests.support.requires import program, requires_fetchmail, requires_opensmtpd

pytestmark = pytest.mark.django_db

LOGIN = "posthouse@example.com"
ACCOUNT = "smtps://posthouse%40example.com:s3same@mail.example.com"
WAYS: dict[str, tuple[Callable[[files.Files, str], str], str]] = {
    "opensmtpd": (mtas.opensmtpd, "192.0.2.7:8024"),
    "maddy": (mtas.maddy, "tcp://192.0.2.7:8024"),
    "mox": (mtas.mox, "192.0.2.7/8024"),
    "stalwart": (mtas.stalwart, "192.0.2.7:8024"),
}
ENDINGS = (
    *("", "-bounces", "-confirm", "-join", "-leave", "-owner", "-request", "-subscribe", "-unsubscribe"),
    *("+detail", "-bounces+bart=example.com", "-bounces+bart=example.com+0aZ_9", "-confirm+t0ken"),
)
STRANGERS = ("nobody", "dev-nobody", "xdev", "devx", "posthouse", "a.b", "dev-bounces-x")


@pytest.fixture(autouse=True)
def site(folder: Path) -> Iterator[None]:
    """A door that each of them can reach, an account, and two hosts with an alias."""
    make_domain("lists.example.org", alias_domain="alias.example")
    make_list("dev@lists.example.org")
    make_list("a.b@lists.example.net")
    with override_settings(LMTP_HOST="192.0.2.7", LMTP_PEERS=["192.0.2.7/32"], RELAY_URL=ACCOUNT):
        yield


def at_the_door(address: str) -> bool:
    try:
        resolve(address)
    except UnknownMailbox:
        return False
    return True


@pytest.mark.feature("mta.others")
@pytest.mark.parametrize("mta", WAYS)
def test_every_address_of_a_list_goes_to_the_door_and_no_other(mta: str) -> None:
    way, door = WAYS[mta]
    made = files.wanted(mta)

    for name in ("dev@lists.example.org", "dev@alias.example", "a.b@lists.example.net"):
        local, _, host = name.partition("@")
        for ending in ENDINGS:
            assert way(made, f"{local}{ending}@{host}") == door, ending
    for stranger in STRANGERS:
        address = f"{stranger}@lists.example.org"
        assert not at_the_door(address)
        assert way(made, address) == (door if mta == "maddy" else ""), stranger
    for address in ("dev@elsewhere.example", "dev@xlists.example.org", "dev@listsXexample.org", "dev@example.org"):
        assert way(made, address) == ""


def smtpd_conf(folder: Path) -> Path:
    """OpenSMTPD's configuration as our pages have it, with a mailbox host between ours."""
    configuration = folder / "smtpd.conf"
    configuration.write_text(f"""\
listen on 127.0.0.1 port 2525
include "{folder}/opensmtpd.conf"
action "here" maildir
match from any for domain "example.com" action "here"
include "{folder}/opensmtpd_out.conf"
""")
    return configuration


@requires_opensmtpd
@pytest.mark.feature("mta.others")
@pytest.mark.parametrize("host", ["192.0.2.7", "::1", "/run/posthouse/lmtp"])
def test_opensmtpd_takes_its_configuration(folder: Path, host: str) -> None:
    with override_settings(LMTP_HOST=host):
        files.write("opensmtpd")
    smtpd = program("smtpd")
    assert smtpd
    check = [smtpd, "-n", "-f", str(smtpd_conf(folder))]

    done = subprocess.run(check, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "configuration OK\n")
    (folder / "opensmtpd_out.conf").write_text('match from local for any action "of nobody"\n')
    assert subprocess.run(check, capture_output=True, check=False).returncode == 1


@pytest.mark.feature("mta.others")
def test_opensmtpd_sends_what_this_host_gives_it() -> None:
    assert files.wanted("opensmtpd")["opensmtpd_out.conf"].splitlines()[1:] == [
        'action "posthouse_out" relay',
        'match from local for any action "posthouse_out"',
    ]


@pytest.mark.feature("mta.others")
def test_maddy_sends_what_comes_in_by_a_door_of_this_host(folder: Path) -> None:
    made = files.wanted("maddy")
    whole = mtas.read_maddy(made["maddy.conf"])
    endpoint, queue = whole.inside("smtp"), whole.inside("target.queue", "posthouse_queue")

    assert endpoint.words == ["smtp", "tcp://127.0.0.1:10025"]
    assert endpoint.inside("default_destination").inside("deliver_to").words[1] == "&posthouse_queue"
    assert endpoint.inside("destination", "postmaster").inside("deliver_to").words[1] == "&local_routing"
    assert queue.inside("target").words[1] == "&outbound_delivery"
    for pipeline in (endpoint, queue.inside("bounce")):  # a mail to a list, or back to it, takes the short way
        assert pipeline.inside("import").words[1] == str(folder / "maddy_lists")
    assert not any("$" in word for word in mtas.read_maddy(made["maddy_lists"]).inside("destination").words)


@pytest.mark.parametrize(
    ("host", "door"), [("::1", "tcp://[::1]:8024"), ("/run/posthouse/lmtp", "unix:///run/posthouse/lmtp")]
)
def test_maddy_finds_the_door_wherever_it_is(host: str, door: str) -> None:
    with override_settings(LMTP_HOST=host):
        assert mtas.maddy(files.wanted("maddy"), "dev@lists.example.org") == door


@pytest.mark.feature("mta.others")
def test_moxs_account_sends_in_the_lists_names() -> None:
    configuration = mtas.read_sconf(files.wanted("mox")["mox_domains.conf"])
    [account] = configuration["Accounts"].values()

    assert account["Destinations"][LOGIN] == {"SMTPError": "550"}  # it may sign in, and has no mail
    assert {"dev@lists.example.org", "dev-bounces@lists.example.org", "dev-owner@alias.example"} < {
        *account["Destinations"]
    }
    assert int(account["MaxOutgoingMessagesPerDay"]) == int(account["MaxFirstTimeRecipientsPerDay"]) == 1_000_000


def test_a_list_may_bear_the_name_of_moxs_account() -> None:
    make_list(LOGIN)

    assert mtas.mox(files.wanted("mox"), "posthouse@example.com") == "192.0.2.7/8024"


@requires_fetchmail
@pytest.mark.feature("mta.others")
@pytest.mark.parametrize(
    ("host", "door"), [("192.0.2.7", "192.0.2.7/8024"), ("/run/posthouse/lmtp", "/run/posthouse/lmtp")]
)
def test_fetchmail_takes_what_carries_moxs_mail(folder: Path, host: str, door: str) -> None:
    before = os.umask(0o022)
    try:
        with override_settings(LMTP_HOST=host):
            files.write("mox")
    finally:
        os.umask(before)
    fetchmail = program("fetchmail")
    assert fetchmail

    done = subprocess.run(
        [fetchmail, "--fetchmailrc", str(folder / "mox_fetchmailrc"), "--configdump"],
        env=os.environ | {"HOME": str(folder), "FETCHMAILHOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )

    words = done.stdout.partition("fetchmailrc = ")[2].replace("TRUE", "True").replace("FALSE", "False")
    read = ast.literal_eval(words)
    [server] = read["servers"]
    [user] = server["users"]
    assert read["softbounce"] and not read["bouncemail"]
    assert (server["pollname"], server["protocol"], server["service"]) == ("mail.example.com", "IMAP", "993")
    assert (server["envelope"], server["dns"]) == ("Delivered-To:", False)
    assert sorted(server["localdomains"]) == ["alias.example", "lists.example.net", "lists.example.org"]
    assert (user["remote"], user["ssl"], user["sslcertck"], user["rewrite"]) == (LOGIN, True, True, False)
    assert (user["lmtp"], user["smtphunt"], user["localnames"][-1]) == (True, [door], "*")


STALWART = {
    "MtaRoute": {"@type", "name", "address", "port", "protocol", "implicitTls", "allowInvalidCerts", "authSecret"},
    "MtaOutboundStrategy": {"route"},
    "MtaStageRcpt": {"allowRelaying"},
    "MtaStageAuth": {"mustMatchSender"},
    "MtaStageData": {"maxMessages"},
}
"""Fields that Stalwart 0.16 has (its schema.json); what it does not know it refuses, with all of the plan behind it."""


@pytest.mark.feature("mta.others")
def test_stalwart_knows_all_that_its_plan_names() -> None:
    plan = mtas.read_stalwart(files.wanted("stalwart"))
    routes = plan.pop("MtaRoute")

    assert {name: set(value) for name, value in plan.items()} | {"MtaRoute": set(routes["posthouse"])} == STALWART
    assert (routes["posthouse"]["@type"], routes["posthouse"]["protocol"]) == ("Relay", "lmtp")


@pytest.mark.feature("mta.others")
def test_stalwart_sends_for_our_account_in_any_name_and_for_others_as_before() -> None:
    made = files.wanted("stalwart")
    plan = mtas.read_stalwart(made)
    must_match, most = plan["MtaStageAuth"]["mustMatchSender"], plan["MtaStageData"]["maxMessages"]

    assert mtas.stalwart(made, "ann@elsewhere.example", sender=LOGIN) == "mx"
    assert mtas.stalwart(made, "ann@elsewhere.example") == ""
    assert mtas.stalwart(made, "ann@example.com") == "local"
    assert not mtas.evaluate(must_match, authenticated_as=LOGIN)
    assert mtas.evaluate(must_match, authenticated_as="dora@example.com")
    assert [mtas.evaluate(most, authenticated_as=name) for name in (LOGIN, "dora@example.com")] == [1_000_000, 10]


@pytest.mark.parametrize(
    ("mta", "changed", "word"),
    [
        ("stalwart", {"LMTP_HOST": "127.0.0.1"}, "no loopback address"),
        ("stalwart", {"LMTP_HOST": "localhost"}, "no loopback address"),
        ("stalwart", {"LMTP_HOST": "0.0.0.0"}, "no loopback address"),
        ("stalwart", {"LMTP_HOST": "/run/posthouse/lmtp"}, "no Unix socket"),
        ("stalwart", {"LMTP_PEERS": []}, "POSTHOUSE_LMTP_PEERS"),
        ("stalwart", {"RELAY_URL": "smtp://mail.example.com"}, "Stalwart takes mail from accounts only"),
        ("mox", {"RELAY_URL": "smtps://posthouse:s3same@mail.example.com"}, "mox takes mail from accounts only"),
        (
            "mox",
            {"RELAY_URL": "smtps://a%27b%40example.com:s3same@mail.example.com"},
            "mox takes mail from accounts only",
        ),
    ],
)
def test_what_could_not_work_is_not_written(mta: str, changed: dict[str, object], word: str) -> None:
    with override_settings(**changed), pytest.raises(files.MtaError, match=word):
        files.wanted(mta)
