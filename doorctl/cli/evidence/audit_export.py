"""``doorctl audit export``: records into a file, or as a proof that anybody can check; the hub records it first."""

import secrets
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import asdict, replace

from doorctl.audit.doorlog import DoorlogWriter
from doorctl.backup.contents import HubFiles
from doorctl.cli.desk import Desk, hub_question
from doorctl.cli.ending import ended_in_order
from doorctl.cli.evidence.export import STANDARD_OUTPUT, check_form, open_aside, open_export
from doorctl.cli.evidence.record_questions import NamesOption, Wanted, pages, question_of
from doorctl.cli.evidence.record_text import held, rows_of
from doorctl.cli.hub_here import HubData, hub_here, reading
from doorctl.cli.output import counting, say_error, waiting
from doorctl.errors import WrongUse
from doorctl.hub.exports.older import Older, read_older
from doorctl.hub.exports.proof import Packing
from doorctl.hub.exports.proof import Wanted as WantedProof
from doorctl.hub.exports.record_filter import values_of
from doorctl.hub.exports.rows import rows_up_to
from doorctl.hub.verbs.evidence.exports import PROOF
from doorctl.processes import DONE
from doorctl.wire.questions import Records
from doorctl.wire.rights import ExportBegin

_ROWS_AT_ONCE = 1024


class ExportFormat(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"


FormatOption = Annotated[
    ExportFormat | None,
    typer.Option("--format", help="csv, one JSON object per line, or with the extra `export` parquet or xlsx"),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="where to write it; - is standard output")
]
ProofOption = Annotated[
    Path | None, typer.Option("--proof", metavar="FILE", help="write a .doorlog instead: `audit verify` checks it")
]
HubOption = Annotated[
    Path | None,
    typer.Option(
        "--hub",
        metavar="FILE",
        help="hub.toml of the hub on this machine (else hub/ beside your folder, else /etc/doorctl)",
        show_default=False,
    ),
]
SinceOption = Annotated[
    Path | None,
    typer.Option("--since", metavar="OLD", help="in a proof, that it goes on from this one, however old that is"),
]
OpeningsOption = Annotated[
    bool, typer.Option("--openings", help="in a proof, the holder ids behind the commitments (--names does, too)")
]


@dataclass(frozen=True, slots=True)
class _Order:
    """What is exported, in which form and where to; ``hub`` is the one on this machine, if there is one."""

    question: Records
    form: str
    out: Path
    names: bool
    openings: bool
    hub: HubFiles | None
    export: str
    older: Older | None


def register(app: typer.Typer) -> None:
    """Add the command to its family."""
    hub_question(
        app,
        "export",
        "doorctl audit export --format csv --out october.csv --from 2026-10-01 --to 2026-11-01",
        "doorctl audit export --format jsonl --person ada --out -",
        "doorctl audit export --proof site.doorlog",
        "doorctl audit export --proof new.doorlog --since old.doorlog",
        "doorctl audit export --proof october.doorlog --from 2026-10-01 --to 2026-11-01 --hub /etc/doorctl/hub.toml",
    )(export)


async def export(
    desk: Desk,
    *,
    form: FormatOption = None,
    out: OutOption = None,
    proof: ProofOption = None,
    hub: HubOption = None,
    wanted: Wanted,
    names: NamesOption = False,
    openings: OpeningsOption = False,
    older: SinceOption = None,
) -> int:
    """Write all records that fit to a file; people by holder ids only. The hub records each export.

    On the hub's machine, as the hub's user, it reads the hub's database; elsewhere it asks the hub page by page.
    A proof is made there alone. Without filters it is whole, with times alone a range; with another filter it
    holds single records, each proven to be in its log. It shows that it goes on from each of the ten proofs before,
    with --since from an older one, too.

    The file appears, or is replaced, when it is complete. Bare dates are midnights at the site.
    """
    to = _place(form, out, proof)
    before = None if older is None else _older(older, proof, site=desk.hub.account.site)
    here = hub_here(desk.hub.account, hub)
    if proof is not None and here is None:
        raise WrongUse("a proof is made on the hub's machine, as the hub's user: is that here? Name --hub hub.toml")
    question = await question_of(desk, wanted)
    order = _Order(question, form or PROOF, to, names, openings, here, secrets.token_hex(16), before)
    await _begin(desk, order)
    with ended_in_order():
        count = await _pages_to_file(desk, order) if here is None else _file_from(here, order)
    _tell(desk, order, count)
    return DONE


def _place(form: ExportFormat | None, out: Path | None, proof: Path | None) -> Path:
    """Return where the file goes. Raises WrongUse unless it is either a proof, or has a form and a place."""
    if proof is not None and (form is not None or out is not None):
        raise WrongUse("--proof names its own file: leave --format and --out out")
    if proof is not None and str(proof) == STANDARD_OUTPUT:
        raise WrongUse("a proof needs a file: --proof FILE")
    if form is not None and out is not None:
        check_form(form, out)
        return out
    if proof is None:
        raise WrongUse("name --format and --out, or --proof FILE")
    return proof


def _older(path: Path, proof: Path | None, *, site: str) -> Older:
    """Read the older proof. Raises WrongUse, also where the new one would take its place."""
    if proof is None:
        raise WrongUse("--since goes with --proof FILE: other forms prove nothing")
    if proof.exists() and path.exists() and proof.samefile(path):
        raise WrongUse(f"{proof} would take the place of --since: write it beside, and keep both")
    return read_older(path, site=site)


async def _begin(desk: Desk, order: _Order) -> None:
    asked = {name: value for name, value in asdict(order.question).items() if name not in {"after", "limit", "names"}}
    with waiting("telling the hub"):
        await desk.hub.change(ExportBegin(order.export, order.form, names=order.names, **asked))


async def _pages_to_file(desk: Desk, order: _Order) -> int:
    count = 0
    with open_export(order.out, order.form, with_names=order.names) as write, counting("records") as add:
        async for page in pages(desk, replace(order.question, names=order.names)):
            write(rows_of(map(held, page.records), with_names=order.names))
            count += len(page.records)
            add(len(page.records))
    return count


def _file_from(hub: HubFiles, order: _Order) -> int:
    with reading(hub, order.export) as data:
        return _pack(data, order) if order.form == PROOF else _rows_to_file(data, order)


def _rows_to_file(data: HubData, order: _Order) -> int:
    count, last = 0, data.begun.last_record
    with (
        open_export(order.out, order.form, with_names=order.names) as write,
        counting("records", total=last) as tell,
    ):
        values = values_of(order.question)
        found = rows_up_to(data.connection, values, last=last, with_names=order.names, tell=tell)
        while rows := list(islice(found, _ROWS_AT_ONCE)):
            write(rows_of(rows, with_names=order.names))
            count += len(rows)
    return count


def _pack(data: HubData, order: _Order) -> int:
    wanted = WantedProof(
        site=data.files.site,
        begun=data.begun,
        values=values_of(order.question),
        with_openings=order.openings,
        with_names=order.names,
        older=order.older,
    )
    with (
        open_aside(order.out) as file,
        tempfile.TemporaryFile(dir=order.out.absolute().parent) as spool,
        counting("records", total=data.begun.last_record) as tell,
    ):
        return Packing(data.connection, wanted, DoorlogWriter(file, spool), tell).pack(data.signer())


def _tell(desk: Desk, order: _Order, count: int) -> None:
    way = "by the hub, page by page" if order.hub is None else f"from {order.hub.database}"
    if str(order.out) == STANDARD_OUTPUT:
        say_error(f"{count} records, {way}; export {order.export}")
        return
    found = {"records": count, "out": str(order.out), "way": way, "export": order.export}
    desk.output.result(found, f"{count} records in {order.out}, {way}; export {order.export}")
