"""``doorctl osdp``: gives OSDP readers the keys of their secure channels, beside a door that runs."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from doorctl.cli.desk import JsonOption, example, family
from doorctl.cli.output import Output
from doorctl.cli.site.own_folder import refuse_other_user
from doorctl.cli.trial.json_socket import JsonSocket, json_socket
from doorctl.config import resolve
from doorctl.door.config.door_config import DoorConfig, read_door_config
from doorctl.door.pairing_desk import LEAST_SECONDS, MOST_SECONDS, PairingWish
from doorctl.errors import Refused, Unreachable, WrongUse
from doorctl.keys.osdp_keys import KEY_BYTES, OsdpKeys, is_weak, read_osdp_keys, write_osdp_keys
from doorctl.places import CONTROLLER_CONFIG, RunSocket, StateFile
from doorctl.sole import sole
from firmware_bridge.reader_options import ReaderKind

ANSWER_SECONDS = 15.0

app = family("osdp", "Pair OSDP readers with this controller; needs the door's own user, on its own machine.")


@app.command("pair", epilog=example("sudo -u doorctl doorctl osdp pair gates front"))
def pair(
    line: Annotated[str, typer.Argument(metavar="LINE", help="the line, by its name in controller.toml")],
    reader: Annotated[str, typer.Argument(metavar="READER", help="the reader on it")],
    *,
    again: Annotated[bool, typer.Option("--again", help="the reader has a key; give it another")] = False,
    seconds: Annotated[
        int, typer.Option("--seconds", min=LEAST_SECONDS, max=MOST_SECONDS, help="how long the reader may take")
    ] = 60,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="controller.toml")] = CONTROLLER_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Give an OSDP reader a key of its own, while the door runs; first put the reader into its install mode.

    The key is random, stays in the controller's state folder and is shown nowhere. Whoever listens on the wires
    meanwhile learns it: pair a reader at the bench, or with nobody near. The log tells of it.
    """
    found = read_door_config(config, lab=True)
    _refuse_other_reader(found, line, reader)
    path = resolve(config, found.controller.state_dir) / StateFile.OSDP_KEYS
    refuse_other_user(path.parent)
    socket = resolve(config, found.controller.runtime_dir) / RunSocket.PAIRING
    with (
        sole("osdp-pair", path.parent),
        json_socket(socket, start=f"doorctl door --config {config}", seconds=seconds + ANSWER_SECONDS) as door,
    ):
        _pair(door, reader, path, seconds=seconds, again=again)
    Output(as_json).result({"reader": reader, "paired": True}, f"{reader} is paired, by a key of its own")


def _pair(door: JsonSocket, reader: str, path: Path, *, seconds: int, again: bool) -> None:
    """Have a reader given a key; only one at a time may read the file of keys and write it."""
    held = read_osdp_keys(path)
    if reader in held.readers and not again:
        raise Refused("already-paired", f"{reader} has a key already: --again gives it another")
    key = held.pending.get(reader) or _new_key()
    _keep(path, OsdpKeys(held.readers, {**held.pending, reader: key}))
    door.send(msgspec.to_builtins(PairingWish(reader, key, seconds, again)))
    _await_end(door, reader, held, path)
    pending = {name: each for name, each in held.pending.items() if name != reader}
    _keep(path, OsdpKeys({**held.readers, reader: key}, pending), paired=reader)


def _keep(path: Path, keys: OsdpKeys, *, paired: str = "") -> None:
    """Write the file of keys, in which the key of a reader that is being paired stands aside. Raises Refused."""
    try:
        write_osdp_keys(path, keys)
    except OSError as error:
        so_far = (
            f"{paired} has its key, which {path} has as one that is not proved" if paired else "nothing was begun"
        )
        said = f"{path} cannot be written ({error.strerror}); {so_far}: make room, and say this once more"
        raise Refused("not-stored", said) from error


def _await_end(door: JsonSocket, reader: str, held: OsdpKeys, path: Path) -> None:
    """Return when the reader has proved that it has the key. Raises Refused, and Unreachable."""
    has_begun = False
    for told in door.received():
        if told.get("reader", reader) != reader:
            continue
        if told.get("began"):
            has_begun = True
        elif told.get("paired"):
            return
        elif not has_begun:
            with suppress(Refused):  # what stands aside does no harm
                _keep(path, held)
            raise Refused("not-paired", str(told.get("error")))
        else:
            raise Refused("not-paired", f"{reader}: {told.get('error')}; is it in its install mode? Say it once more")
    raise Unreachable("the door ended: start it, and say this once more")


def _new_key() -> bytes:
    while is_weak(key := secrets.token_bytes(KEY_BYTES)):
        pass
    return key


def _refuse_other_reader(config: DoorConfig, line: str, reader: str) -> None:
    lines: Mapping[str, tuple[str, ...]] = {
        each.name: each.reader_names for each in config.line if each.kind is ReaderKind.OSDP
    }
    if line not in lines:
        raise WrongUse(f"no line of kind osdp is called {line}: there are {', '.join(lines) or 'none'}")
    if reader not in lines[line]:
        raise WrongUse(f"no reader of {line} is called {reader}: there are {', '.join(lines[line])}")
