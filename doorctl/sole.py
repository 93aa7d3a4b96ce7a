"""One process of a kind for each folder: a lock that the system itself ends with the process, however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from doorctl.errors import AlreadyRuns
from doorctl.journal import Level, say


@contextmanager
def sole(process: str, *folders: Path) -> Iterator[None]:
    """Be the only process of this name in these folders. Raises AlreadyRuns.

    A folder in which no lock can be made (a full disk at the very first start) is used without: doors go before.
    """
    with ExitStack() as held:
        for folder in dict.fromkeys(folders):
            path = folder / f"{process}.lock"
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
                held.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AlreadyRuns(
                    f"another {process} runs on {folder}: stop that one (`lslocks` tells which holds {path}), "
                    "or give this one a folder of its own"
                ) from error
            except OSError as error:
                say("lock_unavailable", Level.WARNING, file=path, why=error.strerror)
        yield
