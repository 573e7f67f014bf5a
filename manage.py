#!/usr/bin/env python3
"""Posthouse's command line: `./manage.py help` lists what it can do."""

import os
import sys
import traceback

TEMPORARY = 75
"""EX_TEMPFAIL of sysexits.h. An MTA that pipes a letter into `inject` would take any other trouble of ours for a bounce."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suite.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed in this Python. Use .venv/bin/python manage.py, or run `make run` once.")
    try:
        execute_from_command_line(sys.argv)
    except BaseException as error:
        told = isinstance(error, SystemExit) and isinstance(error.code, int)
        if told or sys.argv[1:2] != ["inject"]:
            raise
        # Settings or key ring cannot be read, as when the MTA pipes as a user who may not.
        sys.stderr.write(f"{error}\n" if isinstance(error, SystemExit) else traceback.format_exc())
        sys.exit(TEMPORARY)


if __name__ == "__main__":
    main()
