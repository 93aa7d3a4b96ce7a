"""The files of a policy desk in a folder."""

from collections.abc import Mapping
from pathlib import Path

from doorctl.clock import WallClock
from doorctl.door.asking.card_keys import CardKeyFile
from doorctl.door.bell_line import BellLine
from doorctl.door.policy.policy_desk import Files
from doorctl.door.policy.standing import Standing
from doorctl.door.policy.trust_watch import TrustWatch
from doorctl.places import RunSocket, StateFile
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rosters import RosterBook
from tests.policy.rosters import ROOT, ZONE


def files_in(folder: Path, *, signatures: Mapping[str, int]) -> Files:
    """Use what stands in this folder, now or later; ``signatures`` are asked for by the zone's strict doors."""
    rosters = RosterBook(signatures=signatures)
    return Files(
        policy=PolicyReader(folder / "policy.db", rosters=rosters),
        rosters=rosters,
        trust=TrustWatch(folder / "trust.note", site="hq", root_keys=[ROOT.verifier.public_key]),
        card_keys=CardKeyFile(folder / "card.keys"),
        standing=Standing(WallClock(), fork_mark=folder / StateFile.FORK_MARK),
        bell=BellLine(folder / RunSocket.BELL),
        doors=("front",),
        strict_zones=dict.fromkeys(["front"] if signatures else [], ZONE),
    )
