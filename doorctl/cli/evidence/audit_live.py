"""``doorctl audit verify --live``: on a controller, its own log where it lies, beside the door that writes it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from doorctl.audit.live import Keys, LiveVerdict, verify_live
from doorctl.cli.output import Output, counting
from doorctl.config import CONTROLLER_TABLES, ControllerTable, KeeperConfig, read_config, resolve
from doorctl.errors import KeyFileError, Refused, WrongUse
from doorctl.keys.identity import decode_public, load_signer, log_key_name
from doorctl.places import CONTROLLER_CONFIG, KeyFile, StateFile
from doorctl.processes import DONE, REFUSED
from doorctl.trust.note import Trust
from doorctl.trust.verify import load_trust
from doorctl.wire.notes import Verifier


def verify_where_it_lies(config: Path | None, output: Output) -> int:
    """Check the log of the controller of this configuration; tell, and return the exit code. Raises WrongUse."""
    config_path = config or CONTROLLER_CONFIG
    controller = read_config(config_path, KeeperConfig, others=CONTROLLER_TABLES).controller
    state = resolve(config_path, controller.state_dir)
    with counting("records") as add:
        found = verify_live(
            state / StateFile.AUDIT_LOG, _keys(controller, state), cosigned=state / StateFile.COSIGNED, tell=add
        )
    output.result(_as_object(found), _in_words(found, controller.name))
    return DONE if found.whole else REFUSED


def _keys(controller: ControllerTable, state: Path) -> Keys:
    """Take the keys that trust names; without trust the log's own, which proves less."""
    trust = _trust(controller, state)
    named = None if trust is None else next((it for it in trust.controllers if it.id == controller.name), None)
    name = log_key_name(controller.name)
    if trust is None or named is None:
        signer = load_signer(state / StateFile.KEYS / KeyFile.LOG, name)
        return Keys(controller.site, controller.name, signer.verifier)
    hub = tuple(Verifier(trust.hub.name, key) for key in (trust.hub.sign, *trust.hub.former))
    return Keys(controller.site, controller.name, Verifier(name, named.log), hub)


def _trust(controller: ControllerTable, state: Path) -> Trust | None:
    path = state / StateFile.TRUST
    if not path.exists():
        return None
    root_keys = [decode_public(key) for key in controller.root_keys]
    try:
        return load_trust(path, site=controller.site, root_keys=root_keys).trust
    except (KeyFileError, Refused) as error:
        raise WrongUse(f"{path} is not what the site root signed: {error}") from error


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
