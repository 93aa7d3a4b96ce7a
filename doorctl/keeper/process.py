"""The keeper process: no network of any kind, one socket to the link and one to the door, one turn after another.

For each packet of the link: what it carries is verified and committed, the door is told to look, then the link is
told that it was handled, then what follows from it is published. Nothing the link says counts, but what is signed in
it.
"""

import select
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom

from doorctl.clock import WallClock, boottime
from doorctl.config import CONTROLLER_TABLES, ControllerTable, KeeperConfig, read_config, resolve
from doorctl.errors import PolicyUnavailable
from doorctl.journal import Level, say
from doorctl.keeper.batch_note import BatchNotes
from doorctl.keeper.controller import Controller, Outgoing
from doorctl.keeper.door_bell import door_bell
from doorctl.keeper.join import load_keeper
from doorctl.keeper.keeper import Keeper
from doorctl.keeper.link_socket import link_socket
from doorctl.keeper.log_reader import LogReader
from doorctl.keeper.log_upload import LogUpload
from doorctl.keeper.possessions import open_possessions
from doorctl.places import RunSocket, StateFile
from doorctl.sole import sole
from doorctl.supervisor import Supervisor
from doorctl.tally import Tally
from doorctl.trust.expiry_watch import ExpiryWatch
from doorctl.wire.courier import Collect, Deliver, FromLink, Handled, LinkConnected, LinkDisconnected, Publish

TURN_SECONDS = 0.05
RETRY_SECONDS = 1.0


class KeeperLoop:
    """A keeper with its sockets: ``turn`` again and again, then ``close``."""

    def __init__(self, table: ControllerTable, *, state_dir: Path, runtime_dir: Path) -> None:
        """Open everything. Raises KeyFileError, OSError, and PolicyUnavailable when it may do later."""
        self.tally = Tally()
        self._expiry = ExpiryWatch()
        identity = load_keeper(state_dir, table.name)
        controller = Controller(table.site, table.name, identity, state_dir / StateFile.CARD_KEYS)
        self._reader = LogReader(state_dir / StateFile.AUDIT_LOG)
        chance = SystemRandom().random
        clock = WallClock()
        self._has = open_possessions(table, controller, state_dir, chance=chance, clock=clock.now)
        runtime_dir.mkdir(parents=True, exist_ok=True)
        self._link = link_socket(runtime_dir / RunSocket.KEEPER, tally=self.tally)
        self._bell = door_bell(runtime_dir, tally=self.tally)
        self._upload = LogUpload(
            self._reader,
            state_dir,
            notes=BatchNotes(table.site, table.name, identity.signer),
            tally=self.tally,
            tell_door=self._bell.send,
            wall=lambda: clock.now().timestamp(),
        )
        self._keeper = Keeper(
            controller,
            self._has,
            upload=self._upload,
            door=self._bell,
            tally=self.tally,
            chance=chance,
            clock=clock,
        )
        self._collecting: str | None = None
        self._poll = select.poll()
        self._poll.register(self._link, select.POLLIN)
        self._poll.register(self._bell, select.POLLIN)

    def turn(self) -> None:
        """Wait a moment for link and door, answer them, and do what is due."""
        has_news = self._link.has_news or self._bell.has_news
        self._poll.poll(0 if has_news else TURN_SECONDS * 1000)
        for said in self._bell.receive():
            self._publish(self._keeper.hear_door(said, boottime()))
        for packet in self._link.receive():
            self._take(packet)
        outgoing = self._keeper.tick(boottime())
        self._subscribe()
        self._publish(outgoing)
        trust = self._has.trust.current
        self._expiry.look(trust.trust if trust else None, datetime.now(UTC))

    def close(self) -> None:
        """Let go of sockets and databases, in good order."""
        self._link.close()
        self._bell.close()
        self._upload.close()
        self._reader.close()
        self._has.close()

    def _take(self, packet: FromLink) -> None:
        now = boottime()
        match packet:
            case Deliver(token, channel, payload):
                outgoing = self._keeper.handle(channel, payload, now)
                self._link.send(Handled(token))
                self._publish(outgoing)
            case LinkConnected():
                self._collecting = None
                self._publish(self._keeper.connected(now))
            case LinkDisconnected():
                self._keeper.disconnected()

    def _subscribe(self) -> None:
        """Have the link subscribe to what is collected now, and to nothing else."""
        if self._keeper.subscription != self._collecting:
            self._collecting = self._keeper.subscription
            self._link.send(Collect(self._collecting))

    def _publish(self, outgoing: list[Outgoing]) -> None:
        for each in outgoing:
            self._link.send(Publish(each.channel, each.payload))


def run(config_path: Path) -> int:
    """Run the keeper of this configuration until SIGTERM or SIGINT; return the exit code. Raises DoorctlError."""
    table = read_config(config_path, KeeperConfig, others=CONTROLLER_TABLES).controller
    state_dir, runtime_dir = (resolve(config_path, path) for path in (table.state_dir, table.runtime_dir))
    runtime_dir.mkdir(parents=True, exist_ok=True)
    with sole("keeper", state_dir, runtime_dir):
        _run_in(state_dir, runtime_dir, table)
    say("stop", process="keeper")
    return 0


def _run_in(state_dir: Path, runtime_dir: Path, table: ControllerTable) -> None:
    ending = [False]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.__setitem__(0, True))
    supervisor = Supervisor()
    loop: KeeperLoop | None = None
    while not ending[0]:
        if loop is not None:
            loop.turn()
        elif loop := _begin(table, state_dir=state_dir, runtime_dir=runtime_dir):
            say("start", process="keeper", controller=table.name)
        else:
            time.sleep(RETRY_SECONDS)
        supervisor.turned()
    supervisor.stopping()
    if loop is not None:
        loop.close()


def _begin(table: ControllerTable, *, state_dir: Path, runtime_dir: Path) -> KeeperLoop | None:
    """Open everything, or say why the policy cannot be opened now; a later try may find the disk in order."""
    try:
        return KeeperLoop(table, state_dir=state_dir, runtime_dir=runtime_dir)
    except PolicyUnavailable as error:
        say("policy_unavailable", Level.ALARM, why=error)
        return None
