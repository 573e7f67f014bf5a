"""`manage.py web`: uWSGI inside this process, so that its workers share what has been imported already.

What uWSGI itself has to say goes to `web.log` in the state folder, begun anew at each start; what Posthouse logs goes where all
its logs go. Static files are whitenoise's.
"""

import logging
import os
from typing import NoReturn

from django import db
from django.conf import settings


def options() -> list[str]:
    """The same as deploy/uwsgi.ini, which serves a site behind nginx."""
    return [
        f"--http-socket={settings.WEB_HOST}:{settings.WEB_PORT}",
        "--module=suite.wsgi",
        "--need-app",
        "--master",
        f"--processes={settings.WEB_WORKERS}",
        "--enable-threads",
        "--single-interpreter",
        "--py-call-uwsgi-fork-hooks",
        "--die-on-term",
        "--hook-asap=unix_signal:15 _exit",
        "--hook-master-start=unix_signal:15 gracefully_kill_them_all",
        "--worker-reload-mercy=20",
        "--harakiri=60",
        "--max-requests=5000",
        "--max-requests-delta=500",
        "--buffer-size=16384",
        "--socket-timeout=10",
        "--disable-logging",
        "--log-5xx",
    ]


def run() -> NoReturn:
    """Serve until SIGTERM. Ends the process, whatever uWSGI does."""
    import pyuwsgi

    db.connections.close_all()
    _divert(settings.STATE / "web.log")
    pyuwsgi.run(options())
    os._exit(1)


def _divert(path: os.PathLike[str]) -> None:
    """Let descriptors 1 and 2 write to the file, and our own log handlers on to where descriptor 2 led so far."""
    ours = os.fdopen(os.dup(2), "w", buffering=1)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(ours)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o640)
    os.dup2(log, 1)
    os.dup2(log, 2)
