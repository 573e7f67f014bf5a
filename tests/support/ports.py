"""Ports for servers that cannot be told to take any."""

import socket


def free_port() -> int:
    """One that nobody has, and that nobody is given before its server takes it."""
    [port] = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """All are different. A connection that was made over each and closed lingers for a minute (TIME_WAIT): so long the system
    gives the port to nobody who asks for any, while a server that asks for it by number, with SO_REUSEADDR, gets it."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(listener.getsockname()[1]) for listener in listeners]
    for listener in listeners:
        with listener, socket.create_connection(listener.getsockname()) as client:
            accepted, _ = listener.accept()
            with accepted:
                accepted.shutdown(socket.SHUT_WR)  # who ends it lingers
                client.recv(1)
    return ports


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
