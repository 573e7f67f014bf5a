"""Opens the door, and closes it in an orderly way: letters on their way are stored and answered, all others hear 421."""

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from delivery.lmtp.directory import Directory
from delivery.lmtp.lobby import Limits, Lobby, Network
from delivery.lmtp.protocol import Session
from delivery.lmtp.writer import Writer

log = logging.getLogger(__name__)

GRACE = 25.0  # seconds that letters on their way have when the process was told to end
_BACKLOG = 512


class CannotListen(Exception):
    """The address is taken or not ours; the message says so in a sentence."""


@dataclass(frozen=True, slots=True)
class Config:
    """Where to listen: `host` is an address, or the path of a Unix socket when it begins with a slash."""

    host: str
    port: int
    limits: Limits
    peers: Sequence[Network] = ()

    @classmethod
    def from_settings(cls) -> "Config":
        return cls(
            host=settings.LMTP_HOST,
            port=settings.LMTP_PORT,
            limits=Limits(
                size=settings.MESSAGE_SIZE_LIMIT,
                sessions=settings.LMTP_SESSIONS,
                commands=settings.LMTP_COMMANDS,
                recipients=settings.LMTP_RECIPIENTS,
                idle=settings.LMTP_TIMEOUT,
            ),
            peers=[ipaddress.ip_network(peer) for peer in settings.LMTP_PEERS],
        )


async def serve(config: Config, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    """Listen until `stop` is set. `ready` is told where, once connections are taken. Raises CannotListen."""
    directory, writer = Directory(), Writer()
    lobby = Lobby(
        host=socket.gethostname(), limits=config.limits, peers=config.peers, directory=directory, writer=writer
    )
    try:
        server = await _listen(config, lambda: Session(lobby))
        try:
            ready(_place(server))
            await stop.wait()
        finally:
            server.close()
            await _see_off(lobby)
    finally:
        await writer.close()
        await directory.close()


async def run(config: Config, ready: Callable[[str], None]) -> None:
    """`serve()` until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(config, ready, stop)


async def _listen(config: Config, make_session: Callable[[], Session]) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    place = config.host if config.host.startswith("/") else f"{config.host}:{config.port}"
    try:
        if config.host.startswith("/"):
            _leave_to_the_living(config.host)
            server = await loop.create_unix_server(make_session, config.host, backlog=_BACKLOG)
            Path(config.host).chmod(0o666)  # as open as a loopback port; its folder decides who gets there
            return server
        return await loop.create_server(make_session, config.host, config.port, backlog=_BACKLOG)
    except OSError as error:
        raise CannotListen(f"The LMTP door cannot listen on {place}: {error.strerror or error}.") from error


def _leave_to_the_living(path: str) -> None:
    """A socket file that nobody answers on is a leftover; asyncio replaces it. Raises OSError where somebody answers."""
    with contextlib.suppress(FileNotFoundError, ConnectionRefusedError), socket.socket(socket.AF_UNIX) as probe:
        probe.connect(path)
        raise OSError(98, "another process answers there")


def _place(server: asyncio.Server) -> str:
    name = server.sockets[0].getsockname()
    return name if isinstance(name, str) else f"{name[0]}:{name[1]}"


async def _see_off(lobby: Lobby) -> None:
    lobby.closing = True
    tasks = [session.close_soon() for session in list(lobby.sessions)]
    if tasks:
        await asyncio.wait(tasks, timeout=GRACE)
    for session in list(lobby.sessions):
        log.warning("peer=%s was in the middle of a letter", session.peer)
        session.cut_off()
