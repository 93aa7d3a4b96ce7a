"""Commands that leave files in the state folder of a controller: for its user alone, whom root's would shut out."""

import os
from pathlib import Path

from doorctl.errors import WrongUse


def refuse_other_user(state: Path) -> None:
    """Refuse whoever is not the user of a folder that is there. Raises WrongUse."""
    if state.exists() and state.stat().st_uid != os.geteuid():
        raise WrongUse(f"{state} is another user's: run this as the door's user (sudo -u {state.owner()} …)")
