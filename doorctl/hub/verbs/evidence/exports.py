"""The command that goes before every export: it is recorded, and where all logs end is kept, before a file is."""

import msgspec

from doorctl.audit.leaf import MAX_DETAIL
from doorctl.core.records import RecordKind
from doorctl.errors import Refused
from doorctl.hub.own_log import Entry, subject_of
from doorctl.hub.verbs.asked import Asked, Intent, Statement
from doorctl.wire.rights import ExportBegin

PROOF = "doorlog"
"""The form of an exported proof."""
PROOFS_REMEMBERED = 11
"""Of so many proofs the sizes of all logs are kept, the newest among them: the next one shows that it goes on."""

_ADD = """
INSERT INTO exports (id, at, admin, form, with_names, last_record)
SELECT ?, ?, ?, ?, ?, coalesce(max(position), 0) FROM records
"""
_ADD_HEADS = """
INSERT INTO export_heads (export, controller, log_epoch, size, checkpoint)
SELECT ?, controller, log_epoch, size,
CASE WHEN substr(note, 1, length(checkpoint)) = checkpoint AND at <= ? THEN note ELSE checkpoint END
FROM log_heads LEFT JOIN cosignatures USING (controller, log_epoch)
"""
"""A cosignature by a clock that was ahead is left out: no verifier takes one from after the file."""
_FORGET_HEADS = """
DELETE FROM export_heads WHERE export NOT IN (SELECT id FROM exports WHERE form = ? ORDER BY position DESC LIMIT ?)
"""
_NOT_TOLD = frozenset({"export", "form", "names", "holder"})


def export_begin(do: ExportBegin, asked: Asked) -> Intent:
    """Record that records are taken out, and for a proof where every log ends: there the file will end, too."""
    if asked.connection.execute("SELECT 1 FROM exports WHERE id = ?", (do.export,)).fetchone():
        raise Refused("export-used", "there was an export of this id: begin one with an id of its own")
    entry = Entry(
        RecordKind.EXPORT_MADE,
        _detail(do, asked.admin.id)[:MAX_DETAIL],
        subject=subject_of(do.holder) if do.holder else "",
    )
    made = (do.export, asked.at, asked.admin.id, do.form, int(do.names))
    heads: tuple[Statement, ...] = ()
    if do.form == PROOF:
        heads = ((_ADD_HEADS, (do.export, asked.at)), (_FORGET_HEADS, (PROOF, PROOFS_REMEMBERED)))
    return Intent((), f"export {do.export} is recorded", own=((_ADD, made), *heads), entries=(entry,))


def _detail(do: ExportBegin, admin: str) -> str:
    """Write what was asked for; whom it is about stands in the record's opening."""
    asked = msgspec.to_builtins(do)
    words = [f"{name}={value}" for name, value in asked.items() if name not in {*_NOT_TOLD, "verb"}]
    names = "with names" if do.names else "without names"
    return " ".join(
        [f"export {do.export} by {admin}, {do.form} {names}", *(["of one person"] if do.holder else []), *words]
    )
