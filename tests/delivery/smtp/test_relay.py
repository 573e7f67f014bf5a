"""Relays as an operator writes them."""

import ssl

import pytest

from delivery.smtp.relay import Relay, Timeouts


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://localhost", Relay("localhost", 25)),
        ("smtp://localhost:2525/", Relay("localhost", 2525)),
        ("smtps://mx.example.org", Relay("mx.example.org", 465, "tls")),
        ("smtp+starttls://mx.example.org", Relay("mx.example.org", 587, "starttls")),
        ("lmtp://[::1]:24", Relay("::1", 24, lmtp=True)),
        (
            "smtp://anne%40example.org:p%3Aw%2F@mx.example.org",
            Relay("mx.example.org", 25, username="anne@example.org", password="p:w/"),
        ),
        (
            "smtp+starttls://mx.example.org:25?verify_certificate=no&verify_hostname=no&pipelining=no"
            "&ca_file=/etc/ssl/ca.pem&local_hostname=lists.example.org&source_address=127.0.0.2&connect_timeout=5",
            Relay(
                "mx.example.org",
                25,
                "starttls",
                verify_certificate=False,
                verify_hostname=False,
                pipelining=False,
                ca_file="/etc/ssl/ca.pem",
                local_hostname="lists.example.org",
                source_address="127.0.0.2",
                connect_timeout=5.0,
            ),
        ),
    ],
)
def test_relay_from_url(url: str, relay: Relay) -> None:
    assert Relay.from_url(url) == relay


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://mx.example.org", "starts with"),
        ("mx.example.org:25", "starts with"),
        ("smtp://", "host name"),
        ("smtp://bart:secret@mx.example.org:port", "port"),
        ("smtp://bart:secret@mx.example.org:65536", "port"),
        ("smtp://bart:secret@mx.example.org:0", "port"),
        ("smtp://bart:secret@mx.example.org/path", "no path"),
        ("smtp://bart:secret@mx.example.org?verify=no", "'verify' is no option"),
        ("smtp://bart:secret@mx.example.org?pipelining=maybe", "yes or no"),
        ("smtp://bart:secret@mx.example.org?connect_timeout=soon", "connect_timeout"),
        ("smtp://bart:secret@mx.example.org?local_hostname=a%0d%0ab", "host name"),
        ("smtp://bart:secret%00@mx.example.org", "NUL"),
    ],
)
def test_bad_url_is_refused_without_the_password(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        Relay.from_url(url)
    assert "secret" not in str(caught.value)


def test_unknown_security_is_refused() -> None:
    with pytest.raises(ValueError, match="starttls"):
        Relay("mx.example.org", security="ssl")  # type: ignore[arg-type]


def test_relay_shows_no_password() -> None:
    relay = Relay("mx.example.org", 587, username="bart", password="secret")
    assert "secret" not in repr(relay) + str(relay)
    assert str(relay) == "mx.example.org:587"


def test_timeouts_are_no_shorter_than_in_rfc_5321() -> None:
    timeouts = Timeouts()
    minutes = [
        timeouts.greeting / 60,
        timeouts.command / 60,
        timeouts.data / 60,
        timeouts.block / 60,
        timeouts.dot / 60,
    ]
    assert minutes == [5, 5, 2, 3, 10]


@pytest.mark.parametrize(
    ("verify", "verify_hostname", "mode", "check"),
    [
        (True, True, ssl.CERT_REQUIRED, True),
        (True, False, ssl.CERT_REQUIRED, False),
        (False, True, ssl.CERT_NONE, False),
        (False, False, ssl.CERT_NONE, False),
    ],
)
def test_tls_context(verify: bool, verify_hostname: bool, mode: ssl.VerifyMode, check: bool) -> None:
    context = Relay("mx.example.org", verify_certificate=verify, verify_hostname=verify_hostname).tls_context()
    assert (context.verify_mode, context.check_hostname) == (mode, check)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
