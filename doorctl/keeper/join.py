"""The keys that are born on a controller: the keeper's, the log's, what is sealed to it, and its link's TLS key.

The TLS key is a file that the link's user alone may read in the end; so its public half is kept beside the others.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from doorctl.errors import KeyFileError
from doorctl.keys.files import read_private, write_private
from doorctl.keys.identity import (
    Identity,
    ack_key_name,
    load_box,
    load_signer,
    log_key_name,
    new_box_key,
    new_signing_key,
)
from doorctl.places import KeyFile, StateFile
from doorctl.trust.join_codes import join_code
from doorctl.trust.note import ControllerKeys

_MAKERS: dict[str, Callable[[Path], object]] = {
    KeyFile.ACK: new_signing_key,
    KeyFile.LOG: new_signing_key,
    KeyFile.BOX: new_box_key,
}


def make_keys(state_dir: Path) -> None:
    """Make those of ``keys/{ack,log,box}.pem`` that are not there; nothing is ever overwritten.

    So joining that was interrupted goes on. The TLS key's public half comes last: where it is, all were made before,
    and what is missing was taken away.
    """
    folder = state_dir / StateFile.KEYS
    if (folder / KeyFile.TLS_PUBLIC).exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, make in _MAKERS.items():
        if not (folder / name).exists():
            make(folder / name)


def make_tls_key(path: Path, state_dir: Path) -> None:
    """Make the link's key at this path, unless there is one; keep its public half, if it is a key like ours."""
    public = state_dir / StateFile.KEYS / KeyFile.TLS_PUBLIC
    if public.exists():
        return
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new_signing_key(path)
    with suppress(KeyFileError):  # somebody's own, with a certificate of their own
        write_private(public, load_signer(path, "tls").verifier.public_key)


def load_keeper(state_dir: Path, controller: str) -> Identity:
    """Load what the keeper signs with and opens sealed parts with. Raises KeyFileError."""
    folder = state_dir / StateFile.KEYS
    try:
        return Identity(load_signer(folder / KeyFile.ACK, ack_key_name(controller)), load_box(folder / KeyFile.BOX))
    except KeyFileError as error:
        raise KeyFileError(f"{error}; a controller's keys are made by `doorctl join`") from error


def controller_keys(state_dir: Path, controller: str) -> ControllerKeys:
    """Return the public halves of a controller's keys. Raises KeyFileError."""
    keeper = load_keeper(state_dir, controller)
    log = load_signer(state_dir / StateFile.KEYS / KeyFile.LOG, log_key_name(controller))
    public = state_dir / StateFile.KEYS / KeyFile.TLS_PUBLIC
    return ControllerKeys(
        id=controller,
        ack=keeper.sign_public,
        log=log.verifier.public_key,
        box=keeper.box_public,
        tls=read_private(public) if public.exists() else None,
    )


def join_code_of(state_dir: Path, controller: str) -> str:
    """Return the code that tells the site who this controller is. Raises KeyFileError."""
    return join_code(controller_keys(state_dir, controller))
