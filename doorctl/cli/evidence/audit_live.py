"""``doorctl audit verify --live``: on a controller, its own log where it lies, beside the door that writes it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from doorctl.audit.live import Keys, LiveVerdict, verify_live
from doorctl.cli.log_keys import Place, place_of_controller
from doorctl.cli.output import Output, counting
from doorctl.places import CONTROLLER_CONFIG, StateFile
from doorctl.processes import DONE, REFUSED
from doorctl.wire.notes import Verifier


def verify_where_it_lies(config: Path | None, output: Output) -> int:
    """Check the log of the controller of this configuration; tell, and return the exit code. Raises WrongUse."""
    here = place_of_controller(config or CONTROLLER_CONFIG)
    with counting("records") as add:
        found = verify_live(
            here.state / StateFile.AUDIT_LOG, _keys(here), cosigned=here.state / StateFile.COSIGNED, tell=add
        )
    output.result(_as_object(found), _in_words(found, here.controller))
    return DONE if found.whole else REFUSED


def _keys(here: Place) -> Keys:
    """Take the keys that trust names; without trust the log's own, which proves less."""
    trust = here.trust()
    hub = () if trust is None else tuple(Verifier(trust.hub.name, key) for key in (trust.hub.sign, *trust.hub.former))
    return Keys(here.site, here.controller, here.log_key(here.controller, trust), hub)


def _as_object(found: LiveVerdict) -> dict[str, object]:
    return {"whole": found.whole, **msgspec.to_builtins(found)}


def _in_words(found: LiveVerdict, controller: str) -> str:
    lines = [f"the log of {controller} is {'whole' if found.whole else 'NOT WHOLE'}"]
    lines += [f"wrong: {problem}" for problem in found.problems]
    lines += [f"proven: {text}" for text in found.proven]
    if found.cosigned_at is not None:
        at = datetime.fromtimestamp(found.cosigned_at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        lines.append(f"proven: the hub held {found.cosigned_size} records at {at}")
    lines += [f"not proven: {text}" for text in found.not_proven]
    return "\n".join(lines)
