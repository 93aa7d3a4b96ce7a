"""A site of two controllers as real processes, with a broker for the hub and another for everybody else."""

import json
from pathlib import Path
from types import TracebackType
from typing import Any

from doorctl.audit.leaf import Leaf, read_leaf
from doorctl.mqtt.local_broker import HOST, BrokerKind, LocalBroker
from doorctl.places import StateFile
from doorctl.policy.apply import Position
from tests.hostile.bridge import Side
from tests.system.databases import reading
from tests.system.site import FLOOR, MOST_PACKET_BYTES, SERVER_ROOM, RunningSite

FIRST, SECOND = "controller-1", "controller-2"
DOORS = {FIRST: (FLOOR, SERVER_ROOM), SECOND: ("floor-4", "vault")}
ON_A_CONTROLLER = ("keeper", "link", "door")
OF_THE_SECOND = "-2"
IN_STEP_SECONDS = 240.0
VICTIMS = ("hub", *(name + which for name in ON_A_CONTROLLER for which in ("", OF_THE_SECOND)))


class TwoSides(RunningSite):
    """Where nobody hears the hub but by way of whoever carries from broker to broker."""

    def __init__(self) -> None:
        super().__init__()
        self.field_broker = LocalBroker(self.folder, kind=BrokerKind.MOSQUITTO, max_packet_bytes=MOST_PACKET_BYTES)

    def __enter__(self) -> "TwoSides":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for name in VICTIMS:
                print(f"--- {name} ---\n{self.said(name)[-4000:]}")
        super().__exit__(None, None, None)
        self.field_broker.kill()

    @property
    def ports(self) -> dict[Side, tuple[str, int]]:
        """Where the two brokers are."""
        return {Side.HUB: self.broker.address, Side.FIELD: self.field_broker.address}

    def set_up(self) -> None:
        """Set the site up, join another controller, and move all but the hub to their own broker."""
        super().set_up()
        self.rewrite_configs("unlock_seconds = 1.0", "unlock_seconds = 0.02")
        self._join_the_second()
        self.field_broker.start()
        for path in (self.admin_config, *(self.config(name) for name in DOORS)):
            path.write_text(
                path.read_text().replace(f"{HOST}:{self.broker.port}", f"{HOST}:{self.field_broker.port}")
            )

    def start(self, name: str) -> None:
        """Start one of the processes; those of the second controller end in its number."""
        if name.endswith(OF_THE_SECOND):
            self._run(name, [name.removesuffix(OF_THE_SECOND)], self.config(SECOND))
        else:
            super().start(name)

    def at(self, controller: str) -> Path:
        """Return the folder of a controller."""
        return self.controller if controller == FIRST else self.site / SECOND

    def config(self, controller: str) -> Path:
        """Return the configuration file of a controller."""
        return self.at(controller) / self.controller_config.name

    def policy_of(self, controller: str) -> Path:
        """Return the policy of a controller."""
        return self.at(controller) / "state" / self.policy_db.name

    def positions(self) -> dict[str, Position]:
        """Return how far everybody is, and prove that each digest is that of the rows."""
        places = {"hub": self.site_db, **{name: self.policy_of(name) for name in DOORS}}
        return {name: self.position(path) for name, path in places.items()}

    def wait_until_in_step(self) -> None:
        """Wait until both controllers have every change; a keeper that heard nothing for long asks once a minute."""

        def are_all() -> bool:
            return len(set(self.positions().values())) == 1

        self.until(are_all, what="all to have the same policy", seconds=IN_STEP_SECONDS)

    def leaves(self, controller: str) -> list[Leaf]:
        """Return the records of a controller, as it has them itself."""
        with reading(self.at(controller) / "state" / self.audit_db.name) as log:
            return [read_leaf(leaf) for (leaf,) in log.execute("SELECT leaf FROM records ORDER BY seq")]

    def held_leaves(self, whose: str) -> list[Leaf]:
        """Return the records of a controller, or its own, as the hub holds them."""
        of_log = "WHERE controller = ? ORDER BY log_epoch, seq"
        with reading(self.site_db) as hub:
            return [read_leaf(leaf) for (leaf,) in hub.execute(f"SELECT leaf FROM records {of_log}", (whose,))]

    def releases_at(self, controller: str, door: str) -> list[float]:
        """Return when a strike was released, on CLOCK_MONOTONIC."""
        return [
            change["t"]
            for change in _changes(self.at(controller) / "run" / "board.jsonl")
            if change.get("strike") == door and change["state"] == "released"
        ]

    def _join_the_second(self) -> None:
        self.at(SECOND).joinpath("run").mkdir(parents=True)
        text = self.controller_config.read_text().replace(FIRST, SECOND)
        for old, new in zip(DOORS[FIRST], DOORS[SECOND], strict=True):
            text = text.replace(old, new)
        self.config(SECOND).write_text(text)
        code = self.doorctl("join", "--config", str(self.config(SECOND))).strip()
        trusts = [f"--trust={self.site / place / StateFile.TRUST}" for place in ("hub/state", "admin")]
        self.doorctl("trust", "add-controller", code, "--root", str(self.site / "root-1"), *trusts)


def _changes(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line.endswith(b"}")]
