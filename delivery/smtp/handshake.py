"""From the greeting to a relay that is ready for mail: EHLO, STARTTLS, AUTH."""

from __future__ import annotations

import socket

from delivery.smtp.auth import sign_in
from delivery.smtp.channel import Channel
from delivery.smtp.errors import ConnectionLost, RelayUnavailable, TLSRequired
from delivery.smtp.relay import Relay


def introduce(channel: Channel, relay: Relay) -> dict[str, str]:
    """Greet the relay and return its extensions: keyword in capitals -> parameters. Empty after HELO.

    Raises RelayUnavailable (TLSRequired) and ProtocolError; the caller closes the channel then.
    """
    try:
        greeting = channel.reply(relay.timeouts.greeting)
        if not greeting.ok:
            raise RelayUnavailable(f"{relay} does not want to talk", greeting)
        extensions = _hello(channel, relay)
        if relay.security == "starttls":
            _start_tls(channel, relay, extensions)
            extensions = _hello(channel, relay)  # RFC 3207 §4.2: what was learnt in clear is forgotten
        if relay.username:
            sign_in(channel, relay, extensions.get("AUTH", ""))
    except ConnectionLost as error:
        raise RelayUnavailable(str(error)) from error
    return extensions


def _hello(channel: Channel, relay: Relay) -> dict[str, str]:
    name = relay.local_hostname or _own_name(channel)
    channel.write(f"{'LHLO' if relay.lmtp else 'EHLO'} {name}\r\n".encode())
    reply = channel.reply(relay.timeouts.command)
    if reply.ok:
        return _extensions(channel.lines[1:])
    if reply.permanent and not relay.lmtp:  # RFC 5321 §3.2: a server that does not know EHLO
        channel.write(f"HELO {name}\r\n".encode())
        reply = channel.reply(relay.timeouts.command)
    if not reply.ok:
        raise RelayUnavailable(f"{relay} refuses our greeting", reply)
    return {}


def _extensions(lines: list[str]) -> dict[str, str]:
    """RFC 5321 §4.1.1.1. Old servers write `AUTH=PLAIN`."""
    words = (line.replace("=", " ", 1).partition(" ") for line in lines)
    return {keyword.upper(): parameters.strip() for keyword, _, parameters in words if keyword}


def _start_tls(channel: Channel, relay: Relay, extensions: dict[str, str]) -> None:
    if "STARTTLS" not in extensions:
        raise TLSRequired(f"{relay} offers no STARTTLS")
    channel.write(b"STARTTLS\r\n")
    reply = channel.reply(relay.timeouts.command)
    if reply.code != 220:
        raise TLSRequired(f"{relay} refuses STARTTLS", reply)
    channel.encrypt()


def _own_name(channel: Channel) -> str:
    """This machine's name when it is a full one, else its address as a literal (RFC 5321 §4.1.3). Asks no DNS."""
    name = socket.gethostname()
    if "." in name:
        return name
    address = channel.local_address
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
