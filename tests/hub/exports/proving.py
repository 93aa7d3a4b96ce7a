"""A proof as the hub exports it, to be judged with the root's public key alone."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from doorctl.audit.doorlog import DoorlogWriter
from doorctl.audit.verify_doorlog import Verdict, verify
from doorctl.hub.exports.older import Older
from doorctl.hub.exports.proof import Packing, Wanted
from doorctl.hub.exports.record_filter import Values
from doorctl.hub.exports.rows import begun_export
from doorctl.wire.rights import ExportBegin
from tests.hub.builders import SITE, ASite, an_id


def a_proof(
    site: ASite,
    folder: Path,
    at: datetime,
    *,
    tell: Callable[[int], None] = lambda _: None,
    values: Values | None = None,
    older: Older | None = None,
) -> Path:
    """Export what fits; ``tell`` is told how many leaves were written, each time that some were."""
    export = an_id()
    path = folder / f"{at:%Y%m%d%H%M%S}.doorlog"
    site.ask(ExportBegin(export, "doorlog"), at=at)
    begun = begun_export(site.connection, export)
    assert begun is not None
    with path.open("wb") as file, path.with_suffix(".spool").open("wb+") as spool:
        wanted, writer = Wanted(SITE, begun, values or {}, older=older), DoorlogWriter(file, spool)
        Packing(site.connection, wanted, writer, tell).pack(site.hub_identity.signer)
    return path


def judged(site: ASite, folder: Path, at: datetime, *, older: Path | None = None) -> Verdict:
    """Export everything, and judge it a minute later."""
    return judge(site, a_proof(site, folder, at), at, older=older)


def judge(site: ASite, proof: Path, at: datetime, *, older: Path | None = None) -> Verdict:
    """Judge a proof that was made at this time a minute later."""
    return verify(proof, [site.root.verifier.public_key], at=at.timestamp() + 60, since=older)
