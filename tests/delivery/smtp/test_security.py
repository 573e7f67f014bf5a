"""TLS and passwords: what a relay must prove, and what it never learns."""

from pathlib import Path
from typing import Any

import pytest

from delivery.smtp import ProtocolError, Relay, RelayUnavailable, Session, SmtpError, Timeouts, TLSRequired, prepare
from tests.support.certificates import Certificate, make_certificate
from tests.support.smtpd import CapturingServer

SENDER, ANNE = "dev-bounces@example.org", "anne@example.com"
MAIL = prepare(b"Subject: Hello\n\nDear all,\n")
USER, PASSWORD = "posthouse", "correct horse ☃ battery"
SECURITIES = pytest.mark.parametrize("security", ["tls", "starttls"])


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("good"), "127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("foreign"), "mx.example.net")


@SECURITIES
def test_certificate_is_verified(security: str, good: Certificate) -> None:
    with (
        CapturingServer(**{security: good}) as server,  # type: ignore[arg-type]
        Session.open(server.relay(ca_file=str(good.path))) as session,
    ):
        assert session.encrypted
        assert session.send(SENDER, [ANNE], MAIL).reply.ok
        assert session.idle_ok()
        assert session.send(SENDER, [ANNE], MAIL).reply.ok
    assert [mail.content for mail in server.mails] == [MAIL, MAIL]


@SECURITIES
@pytest.mark.parametrize("certificate", ["good", "foreign"])
def test_certificate_of_an_unknown_authority_is_refused(
    security: str, certificate: str, request: pytest.FixtureRequest
) -> None:
    with (
        CapturingServer(**{security: request.getfixturevalue(certificate)}) as server,
        pytest.raises(RelayUnavailable, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        Session.open(server.relay(username=USER, password=PASSWORD))
    assert not any(line.startswith(("AUTH", "MAIL")) for dialogue in server.dialogues for line in dialogue)


@SECURITIES
def test_certificate_of_another_host_is_refused(security: str, foreign: Certificate) -> None:
    with CapturingServer(**{security: foreign}) as server:  # type: ignore[arg-type]
        with pytest.raises(RelayUnavailable, match="mismatch"):
            Session.open(server.relay(ca_file=str(foreign.path)))
        with Session.open(server.relay(ca_file=str(foreign.path), verify_hostname=False)) as session:
            assert session.send(SENDER, [ANNE], MAIL).reply.ok


@SECURITIES
def test_verification_can_be_switched_off(security: str, foreign: Certificate) -> None:
    with (
        CapturingServer(**{security: foreign}) as server,  # type: ignore[arg-type]
        Session.open(server.relay(verify_certificate=False)) as session,
    ):
        assert session.encrypted
        assert session.send(SENDER, [ANNE], MAIL).reply.ok


def test_starttls_is_never_stripped() -> None:
    """RFC 3207 §6: somebody between us may have removed the offer."""
    with CapturingServer(auth=(USER, PASSWORD)) as server, pytest.raises(TLSRequired):
        Session.open(server.relay(security="starttls", username=USER, password=PASSWORD))
    assert server.dialogues == [["EHLO lists.example.org"]]


def test_starttls_with_a_server_that_knows_only_helo() -> None:
    with CapturingServer(esmtp=False) as server, pytest.raises(TLSRequired):
        Session.open(server.relay(security="starttls"))


def test_refused_starttls(good: Certificate) -> None:
    with (
        CapturingServer(starttls=good, say={"STARTTLS": b"454 4.7.0 not now\r\n"}) as server,
        pytest.raises(TLSRequired, match="not now") as caught,
    ):
        Session.open(server.relay())
    assert caught.value.reply
    assert isinstance(caught.value, RelayUnavailable)


def test_what_came_in_clear_behind_starttls_is_not_believed(good: Certificate) -> None:
    said = {"STARTTLS": b"220 2.0.0 go ahead\r\n250-mx.example.org\r\n250 AUTH PLAIN\r\n"}
    with CapturingServer(starttls=good, say=said) as server, pytest.raises(RelayUnavailable, match="in clear"):
        Session.open(server.relay(ca_file=str(good.path)))


def test_extensions_are_asked_for_again_under_tls(good: Certificate) -> None:
    server = CapturingServer(starttls=good)
    with server, Session.open(server.relay(ca_file=str(good.path))) as session:
        assert "STARTTLS" not in session.extensions
    assert server.dialogues[0][:3] == ["EHLO lists.example.org", "STARTTLS", "EHLO lists.example.org"]


@SECURITIES
def test_server_that_does_not_speak_tls_when_it_should(security: str) -> None:
    said = {"STARTTLS": b"220 2.0.0 go ahead\r\n", "EHLO": b"250-mx.example.org\r\n250 STARTTLS\r\n"}
    with CapturingServer(say=said) as server, pytest.raises(RelayUnavailable, match="no TLS"):
        Session.open(server.relay(security=security, connect_timeout=0.3))


def test_server_that_wants_tls_where_we_speak_clear(good: Certificate) -> None:
    with CapturingServer(tls=good) as server, pytest.raises(SmtpError):
        Session.open(server.relay(security="none", timeouts=Timeouts(greeting=0.2)))


def test_ca_file_that_does_not_exist(good: Certificate, tmp_path: Path) -> None:
    with CapturingServer(tls=good) as server, pytest.raises(RelayUnavailable, match="no TLS"):
        Session.open(server.relay(ca_file=str(tmp_path / "absent.pem")))


def test_kept_tls_session_that_the_server_closed(good: Certificate) -> None:
    with (
        CapturingServer(tls=good, close_after=1) as server,
        Session.open(server.relay(ca_file=str(good.path))) as session,
    ):
        assert session.send(SENDER, [ANNE], MAIL).reply.ok
        server.wait_until_closed()
        assert not session.idle_ok()


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize(
    ("offered", "spoken"),
    [
        ("PLAIN", "PLAIN"),
        ("LOGIN", "LOGIN"),
        ("CRAM-MD5", "CRAM-MD5"),
        ("GSSAPI LOGIN PLAIN", "PLAIN"),
        ("CRAM-MD5 LOGIN", "LOGIN or CRAM-MD5"),
        ("cram-md5 login plain", "PLAIN or CRAM-MD5"),
    ],
)
def test_signing_in(encrypted: bool, offered: str, spoken: str, good: Certificate) -> None:
    """In clear a mechanism comes first that does not show the password."""
    tls: dict[str, Any] = {"tls": good} if encrypted else {}
    with CapturingServer(auth=(USER, PASSWORD), mechanisms=offered, **tls) as server:
        relay = server.relay(username=USER, password=PASSWORD, ca_file=str(good.path))
        with Session.open(relay) as session:
            assert session.send(SENDER, [ANNE], MAIL).reply.ok
    expected = spoken.split(" or ")[0 if encrypted else -1]
    assert server.dialogues[0][1].split(" ")[:2] == ["AUTH", expected]


def test_old_way_to_offer_auth() -> None:
    ehlo = {"EHLO": b"250-mx.example.org\r\n250 AUTH=PLAIN\r\n"}
    with (
        CapturingServer(auth=(USER, PASSWORD), say=ehlo) as server,
        Session.open(server.relay(username=USER, password=PASSWORD)) as session,
    ):
        assert session.send(SENDER, [ANNE], MAIL).reply.ok


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_wrong_password(mechanism: str) -> None:
    with (
        CapturingServer(auth=(USER, PASSWORD), mechanisms=mechanism) as server,
        pytest.raises(RelayUnavailable, match="wrong user") as caught,
    ):
        Session.open(server.relay(username=USER, password="wrong horse"))
    assert "horse" not in str(caught.value)


@pytest.mark.parametrize("offered", ["GSSAPI", ""])
def test_no_common_mechanism(offered: str) -> None:
    with (
        CapturingServer(auth=(USER, PASSWORD), mechanisms=offered) as server,
        pytest.raises(RelayUnavailable, match="PLAIN, LOGIN, CRAM-MD5"),
    ):
        Session.open(server.relay(username=USER, password=PASSWORD))
    assert server.dialogues == [["EHLO lists.example.org"]]


def test_server_without_auth_learns_no_password() -> None:
    with CapturingServer() as server, pytest.raises(RelayUnavailable):
        Session.open(server.relay(username=USER, password=PASSWORD))
    assert server.dialogues == [["EHLO lists.example.org"]]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize("reply", [b"334 \xff\xff\r\n", b"334 =\r\n", b"503 5.5.1 no\r\n", b"454 4.7.0 later\r\n"])
def test_odd_answers_to_auth(mechanism: str, reply: bytes) -> None:
    ehlo = f"250-mx.example.org\r\n250 AUTH {mechanism}\r\n".encode()
    with CapturingServer(say={"AUTH": reply, "EHLO": ehlo}) as server, pytest.raises((RelayUnavailable, ProtocolError)):
        Session.open(server.relay(username=USER, password=PASSWORD))
    assert server.mails == []


@pytest.mark.parametrize(
    "quoted", [PASSWORD, "AHBvc3Rob3VzZQBjb3JyZWN0IGhvcnNlIOKYgyBiYXR0ZXJ5", "Y29ycmVjdCBob3JzZSDimIMgYmF0dGVyeQ=="]
)
def test_password_that_the_server_quotes_is_masked(quoted: str, caplog: pytest.LogCaptureFixture) -> None:
    said = {"AUTH": f"535 5.7.8 {quoted} is wrong\r\n".encode(), "EHLO": b"250-mx.example.org\r\n250 AUTH PLAIN\r\n"}
    caplog.set_level("DEBUG")
    with CapturingServer(say=said) as server, pytest.raises(RelayUnavailable) as caught:
        Session.open(server.relay(username=USER, password=PASSWORD))
    assert str(caught.value.reply) == "535 5.7.8 *** is wrong"
    assert quoted not in str(caught.value) + caplog.text


@pytest.mark.feature("core.outgoing.security")
def test_ways_to_the_mta(good: Certificate, foreign: Certificate) -> None:
    """smtp, starttls and smtps, as an operator writes them; verified unless switched off; AUTH; no mail without TLS."""

    def url(scheme: str, server: CapturingServer, *options: str) -> str:
        return f"{scheme}://posthouse:secret@127.0.0.1:{server.port}?{'&'.join(options)}"

    trusted, careless = f"ca_file={good.path}", "verify_certificate=no"
    anybody = f"ca_file={foreign.path}"
    cases: list[tuple[str, dict[str, Any], str, bool]] = [
        ("smtp", {}, "", True),
        ("smtps", {"tls": good}, trusted, True),
        ("smtps", {"tls": good}, "", False),
        ("smtps", {"tls": foreign}, anybody, False),
        ("smtps", {"tls": foreign}, careless, True),
        ("smtp+starttls", {"starttls": good}, trusted, True),
        ("smtp+starttls", {"starttls": good}, "", False),
        ("smtp+starttls", {"starttls": foreign}, anybody, False),
        ("smtp+starttls", {"starttls": foreign}, careless, True),
        ("smtp+starttls", {}, careless, False),
    ]
    for scheme, offer, options, delivered in cases:
        with CapturingServer(auth=("posthouse", "secret"), **offer) as server:
            try:
                with Session.open(Relay.from_url(url(scheme, server, *filter(None, [options])))) as session:
                    session.send(SENDER, [ANNE], MAIL)
            except RelayUnavailable:
                pass
        assert [mail.recipients for mail in server.mails] == [[ANNE]] * delivered, (scheme, options)
