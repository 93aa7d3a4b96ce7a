"""Exports of many records at the hub: time beside ``sqlite3 -csv`` over the same columns, and the most memory.

``python -m benchmarks.audit_export [--json] [--check] [--records 50000]``; of disk, each record takes 3.5 KB.

* csv: the floor is the ``sqlite3`` program, which extracts each column from the leaf by ``json_extract``.
* pack, fast check: a whole .doorlog, written, and checked to be what the hub signed; the floor copies it.
* full check: its CPU time; the floor is SHA-256 of as many leaves, and of as many nodes; with an opening for each
  record that of its HMAC's two, too. Beside it stands what json.loads takes for a leaf and its opening.
* memory: the most that any of these processes had; the floor is a bare Python.
"""

import hashlib
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.command_line import a_parser, run
from benchmarks.exported_site import EXPORT, LOG, an_exported_site
from benchmarks.figures import Figures, memory_figures, progress, time_figures
from benchmarks.memory import bare_python_mb
from benchmarks.targets import missed_exports
from doorctl.audit.verify_doorlog import Container
from tests.hub.builders import NOON_SECONDS, ASite

RECORDS = 50_000
RUNS = 3
_CHECKED = b"\x00" + b"x" * 400, b"\x01" + b"x" * 64
"""What is hashed for each record: its leaf, and a node."""
_OPENED = *_CHECKED, b"x" * (64 + len("holder:0123456789abcdef")), b"x" * (64 + 32)
"""With an opening the two of its HMAC, too: the block of the key before the text, and before the first one's hash."""
_PARSED, _PARSED_LINES = ("leaves", "openings"), 10_000
_PATHS = (
    *("at", "kind", "outcome", "reason", "reasons", "door", "zone", "reader", "policy.epoch", "policy.revision"),
    *("policy.age_seconds", "of", "detail", "clock", "mono_ms", "boot"),
)
_FLOOR = """
SELECT position, controller, log_epoch, seq, {columns}, substr(subject, 8), NULL, leaf
FROM (
    SELECT r.position, r.controller, r.log_epoch, r.seq, CAST(r.leaf AS TEXT) AS leaf, o.subject
    FROM records AS r LEFT JOIN openings AS o
    ON o.controller = r.controller AND o.log_epoch = r.log_epoch AND o.seq = r.seq AND o.part = 0
    WHERE r.kind NOT IN ('cosigned', 'hub_root') ORDER BY r.position
)
"""


def cases(folder: Path, records: int) -> Iterator[Figures]:
    """Measure one after the other, over the same site."""
    site, proof = an_exported_site(folder, records), folder / "all.doorlog"
    site.close()
    peaks = []
    key, database = _key_file(site, folder), str(site.path)
    floors, rows = [], []
    for _ in range(RUNS):
        floors.append(_plain_csv(site.path, folder / "plain.csv"))
        rows.append(_measured("csv", database, EXPORT, str(folder / "all.csv")))
    peaks.append(max(each["peak_mb"] for each in rows))
    yield time_figures("csv", [each["seconds"] for each in rows], floors, records=rows[0]["records"])
    packed = _measured("doorlog", database, EXPORT, str(proof), str(key))
    fast = _measured("fast", str(proof), *_pinned(site))
    peaks += [packed["peak_mb"], fast["peak_mb"]]
    copied = _seconds_to_copy(proof, folder / "copy")
    yield time_figures("pack", [packed["seconds"]], [copied], records=packed["records"])
    yield time_figures("fast check", [fast["seconds"]], [copied], records=fast["records"])
    yield _full_check("full check, CPU", proof, _pinned(site), hashed=_CHECKED, peaks=peaks)
    opened = folder / "opened.doorlog"
    peaks.append(_measured("opened", database, EXPORT, str(opened), str(key))["peak_mb"])
    json_us = round(_seconds_to_parse(opened) * 1e6, 2)
    case = "full check with openings, CPU"
    yield _full_check(case, opened, _pinned(site), hashed=_OPENED, peaks=peaks, json_us=json_us)
    yield memory_figures("memory", max(peaks), bare_python_mb(), records=packed["records"])


def _full_check(
    case: str, proof: Path, pinned: tuple[str, str], *, hashed: Sequence[bytes], peaks: list[float], **more: object
) -> Figures:
    runs, floors = [], []
    for _ in range(RUNS):
        runs.append(_measured("full", str(proof), *pinned))
        floors.append(runs[-1]["records"] * _seconds_to_hash(hashed))
    peaks += [run["peak_mb"] for run in runs]
    records, took = runs[0]["records"], [run["cpu"] for run in runs]
    us = round(statistics.median(took) / records * 1e6, 2)
    return time_figures(case, took, floors, records=records, us=us, **more)


def _measured(*arguments: str) -> dict[str, Any]:
    progress(" ".join(arguments[:1]))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.exporter", *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _plain_csv(database: Path, out: Path) -> float:
    """Return how long the sqlite3 program takes for the same columns."""
    columns = ", ".join(f"json_extract(leaf, '$.{path}')" for path in _PATHS)
    program = shutil.which("sqlite3")
    if program is None:
        raise SystemExit("the floor is the sqlite3 program: apt install sqlite3")
    with out.open("wb") as file:
        began = time.perf_counter()
        subprocess.run(
            [program, "-readonly", "-csv", str(database), _FLOOR.format(columns=columns)], stdout=file, check=True
        )
        return time.perf_counter() - began


def _key_file(site: ASite, folder: Path) -> Path:
    path = folder / "hub.pem"
    path.touch(mode=0o600)
    path.write_bytes(
        site.hub_identity.signer.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


def _pinned(site: ASite) -> tuple[str, str]:
    return site.root.verifier.public_key.hex(), str(NOON_SECONDS + 60)


def _seconds_to_copy(path: Path, to: Path) -> float:
    began = time.perf_counter()
    shutil.copyfile(path, to)
    return time.perf_counter() - began


def _seconds_to_hash(hashed: Sequence[bytes], count: int = 100_000) -> float:
    """Return the time that SHA-256 takes, for each of these once."""
    sha256, began = hashlib.sha256, time.process_time()
    for each in hashed:
        for _ in range(count):
            sha256(each).digest()
    return (time.process_time() - began) / count


def _seconds_to_parse(proof: Path) -> float:
    """Return the time that json.loads takes for a leaf and its opening."""
    with proof.open("rb") as file:
        container, log = Container(file), f"log/{LOG.controller}/{LOG.log_epoch}"
        lines = [list(islice(container.lines(f"{log}/{part}"), _PARSED_LINES)) for part in _PARSED]
    began = time.process_time()
    for line in chain.from_iterable(lines):
        json.loads(line)
    return (time.process_time() - began) / len(lines[0])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; return the exit code."""
    parser = a_parser("audit_export", __doc__)
    parser.add_argument("--records", type=int, default=RECORDS, help="how many the site has")
    options = parser.parse_args(arguments)
    return run(lambda folder: cases(folder, options.records), options, missed=missed_exports)


if __name__ == "__main__":
    sys.exit(main())
