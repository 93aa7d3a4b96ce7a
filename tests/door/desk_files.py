"""The files of a policy desk in a folder, with clocks that tests set."""

from pathlib import Path

from doorctl.bell import socket_path
from doorctl.clock import WallClock
from doorctl.door.bell_line import BellLine
from doorctl.door.card_keys import CardKeyFile
from doorctl.door.policy_desk import Files
from doorctl.door.standing import Standing
from doorctl.door.trust_watch import TrustWatch
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rosters import RosterBook


def files_in(
    folder: Path,
    *,
    rosters: RosterBook | None = None,
    root_keys: tuple[bytes, ...] = (),
    standing: Standing | None = None,
) -> Files:
    """Use what stands in this folder, now or later."""
    book = rosters or RosterBook()
    return Files(
        policy=PolicyReader(folder / "policy.db", rosters=book),
        rosters=book,
        trust=TrustWatch(folder / "trust.note", site="hq", root_keys=root_keys),
        card_keys=CardKeyFile(folder / "card.keys"),
        standing=standing or Standing(WallClock()),
        bell=BellLine(socket_path(folder)),
        doors=("front",),
    )
