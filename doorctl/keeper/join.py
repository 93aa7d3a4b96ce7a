"""The keys that are born on a controller: the keeper's own, the log's, and what is sealed to the controller."""

from pathlib import Path

from doorctl.errors import KeyFileError
from doorctl.join_codes import join_code
from doorctl.keys import (
    Identity,
    ack_key_name,
    load_box,
    load_signer,
    log_key_name,
    new_box_key,
    new_signing_key,
)
from doorctl.trust_note import ControllerKeys

KEY_FOLDER = "keys"
ACK_KEY, LOG_KEY, BOX_KEY = "ack.pem", "log.pem", "box.pem"


def make_keys(state_dir: Path) -> None:
    """Make ``keys/{ack,log,box}.pem``. Raises FileExistsError if any is there: nothing is ever overwritten."""
    folder = state_dir / KEY_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (ACK_KEY, LOG_KEY, BOX_KEY):
        if (folder / name).exists():
            raise FileExistsError(f"{folder / name} is there already; this controller has joined before")
    new_signing_key(folder / ACK_KEY)
    new_signing_key(folder / LOG_KEY)
    new_box_key(folder / BOX_KEY)


def load_keeper(state_dir: Path, controller: str) -> Identity:
    """Load what the keeper signs with and opens sealed parts with. Raises KeyFileError."""
    folder = state_dir / KEY_FOLDER
    try:
        return Identity(load_signer(folder / ACK_KEY, ack_key_name(controller)), load_box(folder / BOX_KEY))
    except KeyFileError as error:
        raise KeyFileError(f"{error}; a controller's keys are made by `doorctl join`") from error


def controller_keys(state_dir: Path, controller: str) -> ControllerKeys:
    """Return the public halves of a controller's keys. Raises KeyFileError."""
    keeper = load_keeper(state_dir, controller)
    log = load_signer(state_dir / KEY_FOLDER / LOG_KEY, log_key_name(controller))
    return ControllerKeys(id=controller, ack=keeper.sign_public, log=log.verifier.public_key, box=keeper.box_public)


def join_code_of(state_dir: Path, controller: str) -> str:
    """Return the code that tells the site who this controller is. Raises KeyFileError."""
    return join_code(controller_keys(state_dir, controller))
