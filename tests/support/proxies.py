"""A way to a server that a test can cut and mend."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class Proxy:
    """Forwards TCP connections to a server. `cut()` breaks all of them and lets nobody in until `mend()`."""

    def __init__(self, host: str, port: int) -> None:
        self._target = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
        self._ends: list[socket.socket] = []
        self._lock = threading.Lock()  # nobody is let in while the way is cut
        self._threads: list[threading.Thread] = []
        self._open(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.cut()
        for thread in self._threads:
            thread.join()

    def cut(self) -> None:
        with self._lock:
            for end in (self._door, *self._ends):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
            self._ends.clear()

    def mend(self) -> None:
        self._open(self.port)

    def _open(self, port: int) -> None:
        self._door = socket.create_server(("127.0.0.1", port))
        self.port: int = self._door.getsockname()[1]
        self._start(self._let_in, self._door)

    def _let_in(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = door.accept()
                far = socket.socket(socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET)
                with self._lock:
                    if door.fileno() < 0:  # cut meanwhile
                        near.close()
                        return
                    far.connect(self._target)
                    self._ends += [near, far]
                self._start(self._forward, near, far)
                self._start(self._forward, far, near)

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def _start(self, work: object, *words: socket.socket) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=words)
        thread.start()
        self._threads.append(thread)
