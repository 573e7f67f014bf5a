"""Signing in to a relay (RFC 4954): PLAIN, LOGIN and CRAM-MD5."""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode

from delivery.smtp.channel import Channel
from delivery.smtp.errors import RelayUnavailable
from delivery.smtp.relay import Relay
from delivery.smtp.replies import Reply

_GO_ON = 334


def sign_in(channel: Channel, relay: Relay, offered: str) -> None:
    """Authenticate by the best of the mechanisms in `offered`, the parameters of EHLO's AUTH line.

    Without TLS a mechanism that keeps the password to itself comes first. Raises RelayUnavailable.
    """
    known = offered.upper().split()
    mechanism = next((name for name in (_UNDER_TLS if channel.encrypted else _IN_CLEAR) if name in known), None)
    if mechanism is None:
        raise RelayUnavailable(f"{relay} offers none of the ways to sign in that we know: {', '.join(_MECHANISMS)}")
    reply = _MECHANISMS[mechanism](channel, relay)
    if not reply.ok:
        raise RelayUnavailable(f"{relay} does not let {relay.username} in by {mechanism}", _masked(reply, relay))


def _plain(channel: Channel, relay: Relay) -> Reply:
    """RFC 4616."""
    return _say(channel, relay, "AUTH PLAIN " + _base64(f"\0{relay.username}\0{relay.password}"))


def _login(channel: Channel, relay: Relay) -> Reply:
    """Never a standard, but the only one that some servers know."""
    reply = _say(channel, relay, "AUTH LOGIN")
    for answer in (relay.username, relay.password):
        if reply.code == _GO_ON:
            reply = _say(channel, relay, _base64(answer))
    return reply


def _cram_md5(channel: Channel, relay: Relay) -> Reply:
    """RFC 2195."""
    reply = _say(channel, relay, "AUTH CRAM-MD5")
    if reply.code != _GO_ON:
        return reply
    try:
        challenge = b64decode(reply.text, validate=True)
    except binascii.Error:
        return _say(channel, relay, "*")
    digest = hmac.new(relay.password.encode(), challenge, "md5").hexdigest()
    return _say(channel, relay, _base64(f"{relay.username} {digest}"))


_MECHANISMS = {"PLAIN": _plain, "LOGIN": _login, "CRAM-MD5": _cram_md5}
_UNDER_TLS = ("PLAIN", "LOGIN", "CRAM-MD5")
_IN_CLEAR = ("CRAM-MD5", "PLAIN", "LOGIN")


def _say(channel: Channel, relay: Relay, line: str) -> Reply:
    channel.write(line.encode() + b"\r\n")
    return channel.reply(relay.timeouts.command)


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _masked(reply: Reply, relay: Relay) -> Reply:
    """The reply without our password, should the relay quote it."""
    text = reply.text
    for secret in (_base64(f"\0{relay.username}\0{relay.password}"), _base64(relay.password), relay.password):
        text = text.replace(secret, "***") if secret else text
    return Reply(reply.code, reply.enhanced, text)
