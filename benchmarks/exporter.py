"""One export or one check in a process of its own, so that its time and its memory are its alone.

``python -m benchmarks.exporter csv SITE.DB EXPORT FILE``, ``doorlog|opened SITE.DB EXPORT FILE KEYFILE`` (the second
with openings) or ``fast|full FILE KEY AT``: it writes one JSON object.
"""

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from doorctl.audit.doorlog import DoorlogWriter
from doorctl.audit.verify_doorlog import verify
from doorctl.cli.evidence.export import open_aside, open_export
from doorctl.cli.evidence.record_text import rows_of
from doorctl.database import open_reader
from doorctl.hub.exports.proof import Packing, Wanted
from doorctl.hub.exports.rows import begun_export, rows_up_to
from doorctl.keys.identity import hub_key_name, load_signer

_ROWS_AT_ONCE = 1024
_KIB_PER_MB = 1024


def export_rows(form: str, database: str, export: str, out: str) -> int:
    """Write a file of rows; return how many."""
    connection, count = open_reader(Path(database)), 0
    begun = begun_export(connection, export)
    assert begun is not None
    with open_export(Path(out), form, with_names=False) as write:
        found = rows_up_to(connection, {}, last=begun.last_record, with_names=False, tell=lambda _: None)
        while rows := list(islice(found, _ROWS_AT_ONCE)):
            write(rows_of(rows, with_names=False))
            count += len(rows)
    return count


def pack(database: str, export: str, out: str, key: str, *, with_openings: bool = False) -> int:
    """Write a whole .doorlog; return how many records."""
    connection = open_reader(Path(database))
    begun = begun_export(connection, export)
    assert begun is not None
    with open_aside(Path(out)) as file, tempfile.TemporaryFile(dir=Path(out).parent) as spool:
        wanted = Wanted("hq", begun, {}, with_openings=with_openings)
        signer = load_signer(Path(key), hub_key_name("hq"))
        return Packing(connection, wanted, DoorlogWriter(file, spool)).pack(signer)


def check(how: str, out: str, key: str, at: str) -> int:
    """Verify a .doorlog; return how many records."""
    verdict = verify(Path(out), [bytes.fromhex(key)], at=float(at), fast=how == "fast")
    if not verdict.whole:
        raise RuntimeError(str(verdict))
    return verdict.records


def main(arguments: Sequence[str]) -> None:
    """Do one of them, and tell what it took."""
    what, *rest = arguments
    work: dict[str, Callable[[], int]] = {
        **{form: lambda: export_rows(what, *rest) for form in ("csv", "jsonl", "parquet", "xlsx")},
        "doorlog": lambda: pack(*rest),
        "opened": lambda: pack(*rest, with_openings=True),
        **{how: lambda: check(what, *rest) for how in ("fast", "full")},
    }
    began, cpu_began = time.perf_counter(), time.process_time()
    count = work[what]()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak is not None
    told = {"records": count, "seconds": took, "cpu": cpu, "peak_mb": int(peak[1]) / _KIB_PER_MB}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
