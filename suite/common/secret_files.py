"""Files of secrets: for their owner alone, and replaced whole or not at all, whoever dies or writes at the same moment.

The draft has one name, and a lock that the kernel frees with its writer: what one who was killed has left is written over by the
next, and nothing gathers in the folder.
"""

import contextlib
import fcntl
import os
from pathlib import Path

from suite.common.failpoints import failpoint


def write(path: Path, text: str, *, place: str, new: bool = False) -> None:
    """Raises OSError. With `new` an existing file is left, and FileExistsError raised. `place` is a failpoint."""
    draft = path.with_name(f".{path.name}.new")
    with contextlib.ExitStack() as stack:
        handle = _alone(draft)
        stack.callback(os.close, handle)
        try:
            if new and path.exists():
                raise FileExistsError(path)
            os.fchmod(handle, 0o600)
            os.ftruncate(handle, 0)
            with os.fdopen(handle, "w", closefd=False) as file:
                file.write(text)
            os.fsync(handle)
            failpoint(place)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def _alone(draft: Path) -> int:
    """A handle of the draft that nobody else writes: who had it before may have put it into its place, or taken it away."""
    while True:
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), draft.stat()):
                return handle
        os.close(handle)
