"""A whole site as real processes, with an admin who commands from within the test."""

import asyncio
import json
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from doorctl.audit.leaf import Leaf
from doorctl.cli.account import Account, load_account
from doorctl.cli.desk import private, private_card
from doorctl.cli.hub_client import HubClient
from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from doorctl.demo.building import PROCESSES, Building
from doorctl.demo.witness import NotSeen, wait_for
from doorctl.door.flood import A_SECOND
from doorctl.keeper.acknowledged import Acknowledged
from doorctl.keys.identity import Identity, hub_key_name, load_identity
from doorctl.mqtt.local_broker import HOST, BrokerKind, LocalBroker
from doorctl.policy.apply import Position, position_of
from doorctl.wire.alerts import AlertFound, AlertsOf, AlertsPage
from doorctl.wire.commands import CardAdd, DoorSet, GrantAdd, PersonAdd, Private, Verb, ZoneSet
from doorctl.wire.messages import Response
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from tests.cli.sites import run
from tests.system.databases import a_tree, proven_position, reading

FLOOR, SERVER_ROOM = "floor-3", "server-room"
CARD, STRANGER = "H10301:123:4567", "H10301:9:9999"
ADA = "ada-0"
PATIENCE_SECONDS = 60.0
UNTIL_SECONDS = 180.0
"""A keeper to which the hub's words were lost asks once a minute."""
DECISION_SECONDS = 5.0
"""Who is refused more than once a second leaves no record: a decision that takes longer does not come."""
AGAIN_SECONDS = A_SECOND + 0.5
MOST_PACKET_BYTES = 1 << 24

T = TypeVar("T")


class RunningSite(Building):
    """The demo's building, with Ada's card granted at floor 3 and files to look into."""

    def __init__(self, *, mqtt_version: int = 5) -> None:
        super().__init__(patience=PATIENCE_SECONDS, broker_kind=BrokerKind.MOSQUITTO)
        self.mqtt_version = mqtt_version
        self.broker = LocalBroker(self.folder, kind=BrokerKind.MOSQUITTO, max_packet_bytes=MOST_PACKET_BYTES)

    @property
    def controller(self) -> Path:
        return self.site / "controller"

    @property
    def site_db(self) -> Path:
        return self.site / "hub" / "state" / "site.db"

    @property
    def policy_db(self) -> Path:
        return self.controller / "state" / "policy.db"

    @property
    def audit_db(self) -> Path:
        return self.controller / "state" / "audit.db"

    @property
    def hub_identity(self) -> Identity:
        return load_identity(self.site / "hub" / "state" / "keys", hub_key_name(self.account.site))

    @cached_property
    def account(self) -> Account:
        return load_account(self.admin_config)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for name in PROCESSES:
                print(f"--- {name} ---\n{self.said(name)[-4000:]}")
        super().__exit__(kind, error, trace)

    def set_up(self) -> None:
        """Start the broker and set the site up, speaking this version of MQTT."""
        self.broker.start()
        super().set_up()
        self.rewrite_configs("mqtt_version = 5", f"mqtt_version = {self.mqtt_version}")

    def rewrite_configs(self, old: str, new: str) -> None:
        """Change a text in every configuration file that has it."""
        for path in self.site.glob("*/*.toml"):
            path.write_text(path.read_text().replace(old, new))

    def give_keypad(self, reader: str) -> None:
        """Configure that a reader has a keypad."""
        self.rewrite_configs(f'name = "{reader}"\n', f'name = "{reader}"\nkeypad = true\n')

    def move_behind(self, port: int) -> None:
        """Have everybody reach the broker by another port."""
        self.rewrite_configs(f"{HOST}:{self.broker.port}", f"{HOST}:{port}")

    def run_everything(self) -> None:
        """Start all processes and wait until Ada's card is granted at floor 3."""
        for name in PROCESSES:
            self.start(name)
        self.wait_until_ready()
        self.grant_ada()

    def grant_ada(self) -> None:
        """Make zones and doors, and let Ada's card into floor 3."""
        for do, personal in _FIRST_CHANGES:
            newest = self.change(do, personal).revision
        self.wait_until_applied(newest)

    def wait_until_applied(self, revision: int | None) -> None:
        """Wait until the door answers by this revision, or a later one that came right behind it.

        Of a door it has not heard of yet the hub asks nothing.
        """
        assert revision is not None
        self.until(lambda: max(self._applied(), default=0) >= revision, what=f"revision {revision} at the door")

    def times_applied(self, revision: int) -> int:
        """Return how often the door went over to this revision; a policy that is made anew counts once more."""
        return self._applied().count(revision)

    def _applied(self) -> list[int]:
        """Return the revisions that the door went over to, of any epoch."""
        applied = [record.detail for record in self.log.records() if record.kind is RecordKind.POLICY_APPLIED]
        return [int(detail.rpartition("=")[2]) for detail in applied if detail.startswith("epoch=")]

    def decide(self, card: str, *, door: str = FLOOR, seconds: float = PATIENCE_SECONDS) -> Leaf:
        """Present a card at a door; return the decision that was recorded for it."""
        before = self.log_size() - 1
        self.swipe(f"{door}-in", card)
        return wait_for(lambda: self.log.decision(door, after=before), what="a decision", seconds=seconds)

    def assert_decides(self) -> None:
        """Prove that a stranger's card moves no strike and Ada's does; of strangers one a second is recorded."""
        before = self.releases(FLOOR)
        assert self.decide(STRANGER).outcome is Outcome.DENIED
        assert self.releases(FLOOR) == before
        self.assert_opens()

    def assert_denies(self, *, door: str = FLOOR, why: Reason | None = None) -> None:
        """Prove that Ada's card is denied at a door."""
        releases = self.releases(door)
        denied = self.first_decision(CARD, door=door)
        assert denied.outcome is Outcome.DENIED, denied
        assert why is None or why in denied.reasons, denied
        assert self.releases(door) == releases

    def first_decision(self, card: str, *, door: str = FLOOR) -> Leaf:
        """Present a card until a decision is recorded: of refusals one a second is."""
        before, again_at = self.log_size() - 1, 0.0

        def decision() -> Leaf | None:
            nonlocal again_at
            if time.monotonic() >= again_at:
                self.swipe(f"{door}-in", card)
                again_at = time.monotonic() + AGAIN_SECONDS
            return self.log.decision(door, after=before)

        return wait_for(decision, what="a decision", seconds=UNTIL_SECONDS)

    def wait_until_it_opens(self) -> None:
        """Present Ada's card until floor 3 opens: the door goes over to a new policy a moment after its keeper."""
        self.wait_until_granted(CARD)

    def wait_until_granted(self, card: str) -> None:
        """Present a card at floor 3 until it is granted."""
        self.until(
            lambda: self.decide(card, seconds=DECISION_SECONDS).outcome is Outcome.GRANTED, what="floor 3 to open"
        )

    def wait_until_secured(self) -> None:
        """Wait until the strike of floor 3 is secured."""
        self.until(lambda: not self.is_released(FLOOR), what="the strike to be secured")

    def start_door(self) -> None:
        """Start the door and wait until its readers answer."""
        newest = self.log_size() - 1 if self.audit_db.exists() else -1
        self.start("door")
        self.until(
            lambda: any(record.kind is RecordKind.READER_ONLINE for record in self.log.records(after=newest)),
            what="the readers",
        )

    def ask(self, *words: str) -> list[Any]:
        """Run an admin's command that succeeds, and return the objects it writes."""
        patience = f"{PATIENCE_SECONDS:g}"
        result = run(*words, "--config", str(self.admin_config), "--json", "--timeout", patience)
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    def assert_opens(self) -> None:
        """Prove that Ada's card releases the strike of floor 3, once it is secured: longer is no second release."""
        self.wait_until_secured()
        before = len(self.releases(FLOOR))
        decision = self.decide(CARD)
        assert decision.outcome is Outcome.GRANTED, decision.reasons
        self.until(lambda: len(self.releases(FLOOR)) > before, what="the release")
        assert len(self.releases(FLOOR)) == before + 1

    def restart(self, *names: str) -> None:
        """Stop processes in good order and start them again."""
        for name in names:
            self.stop(name)
        for name in names:
            self.start(name)

    def change(self, do: Verb, personal: Private | None = None) -> Response:
        """Have the admin change something; return how that ended."""
        return asyncio.run(self._with_hub(lambda hub: hub.change(do, personal)))

    def accept(self, do: Verb, personal: Private | None = None) -> Response:
        """Have the admin change something; return as soon as the hub has accepted it."""
        return asyncio.run(self._with_hub(lambda hub: hub.change(do, personal, wait=0)))

    def status(self) -> SiteStatus:
        """Ask how the site is."""
        return asyncio.run(self._with_hub(lambda hub: hub.ask(StatusOf(), SiteStatus)))

    def alerts(self, rule: RuleName) -> list[AlertFound]:
        """Ask for the alerts of a rule."""
        page = asyncio.run(self._with_hub(lambda hub: hub.ask(AlertsOf(), AlertsPage)))
        return [alert for alert in page.alerts if alert.rule == rule]

    def most_memory_mb(self, name: str) -> float:
        """Return the most memory that a running process has had (VmHWM)."""
        status = Path(f"/proc/{self._children[name].pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a process a signal."""
        self._children[name].send_signal(number)

    def said(self, name: str) -> str:
        """Return what a process has written for the technician."""
        path = self.log_file(name)
        return path.read_text() if path.exists() else ""

    def revision(self, path: Path) -> int:
        """Return the revision of a policy."""
        with reading(path) as connection:
            return position_of(connection).revision

    def position(self, path: Path) -> Position:
        """Return how far a policy is, and prove that its digest is that of its rows."""
        return proven_position(path)

    def log_size(self) -> int:
        """Return how many records the controller has."""
        with reading(self.audit_db) as log:
            return int(log.execute("SELECT size FROM log").fetchone()[0])

    def held_size(self) -> int:
        """Return how many records of the controller the hub holds, by its own count."""
        with reading(self.site_db) as hub:
            counted = "SELECT coalesce(sum(size), 0) FROM log_heads WHERE controller <> 'hub'"
            return int(hub.execute(counted).fetchone()[0])

    def acknowledged_size(self) -> int:
        """Return how many records the controller has heard the hub acknowledge."""
        newest = Acknowledged(self.controller / "state" / "log.acknowledged").newest
        return 0 if newest is None else newest[1].size

    def records(self) -> list[bytes]:
        """Return the records as the controller has them, and prove that none is missing and their root is stored."""
        with reading(self.audit_db) as log:
            rows = log.execute("SELECT seq, leaf FROM records ORDER BY seq").fetchall()
            assert log.execute("SELECT size, root FROM log").fetchone() == (len(rows), a_tree(rows).root)
            return [leaf for _, leaf in rows]

    def held_records(self) -> list[bytes]:
        """Return the controller's records as the hub holds them, and prove that they are one log, each there once."""
        with reading(self.site_db) as hub:
            log = "WHERE controller <> 'hub'"
            rows = hub.execute(f"SELECT seq, leaf FROM records {log} ORDER BY log_epoch, seq").fetchall()
            assert hub.execute(f"SELECT size, frontier FROM log_heads {log}").fetchall() == [
                (len(rows), a_tree(rows).to_bytes())
            ]
            return [leaf for _, leaf in rows]

    def releases(self, door: str) -> list[float]:
        """Return when a strike was released, on CLOCK_MONOTONIC."""
        moved = (change for change in self.board_changes() if change.get("strike") == door)
        return [change["t"] for change in moved if change["state"] == "released"]

    def is_released(self, door: str) -> bool:
        """Tell whether a strike is released now."""
        states = [change["state"] for change in self.board_changes() if change.get("strike") == door]
        return states[-1:] == ["released"]

    def board_changes(self) -> list[dict[str, Any]]:
        """Return what the board has done; a line that a kill cut short was not seen by anybody."""
        path = self.controller / "run" / "board.jsonl"
        lines = path.read_bytes().split(b"\n") if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith(b"}")]

    def wait_until_synchronous(self) -> None:
        """Wait until the controller has every change, and the hub every record that there is by then."""
        self.until(lambda: self.revision(self.policy_db) == self.revision(self.site_db), what="every change")
        size = self.log_size()
        self.until(lambda: self.held_size() >= size, what=f"{size} records at the hub")

    def until(self, happens: Callable[[], bool], *, what: str, seconds: float = UNTIL_SECONDS) -> None:
        """Wait for something in another process."""

        def look() -> bool | None:
            try:
                return happens() or None
            except (sqlite3.Error, NotSeen):
                return None

        wait_for(look, what=what, seconds=seconds)

    async def _with_hub(self, talk: Callable[[HubClient], Awaitable[T]]) -> T:
        async with HubClient(self.account, answer_seconds=PATIENCE_SECONDS) as hub:
            return await talk(hub)


@contextmanager
def a_running_site(*, mqtt_version: int = 5) -> Iterator[RunningSite]:
    """Run a site with broker and processes, all ended afterwards."""
    with RunningSite(mqtt_version=mqtt_version) as site:
        site.set_up()
        site.run_everything()
        yield site


_FIRST_CHANGES: tuple[tuple[Verb, Private | None], ...] = (
    (ZoneSet(FLOOR, ZoneKind.FLOOR), None),
    (ZoneSet(SERVER_ROOM, ZoneKind.SERVER_ROOM), None),
    (DoorSet(FLOOR, FLOOR), None),
    (DoorSet(SERVER_ROOM, SERVER_ROOM), None),
    (PersonAdd(ADA), private(handle="ada", name="Ada")),
    (CardAdd(ADA), private_card(CARD)),
    (GrantAdd("grant-0", FLOOR, holder=ADA), None),
)
