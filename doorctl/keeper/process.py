"""The keeper process: no network of any kind, one socket to the link, one turn after another.

For each packet of the link: what it carries is verified and committed, then the link is told that it was handled,
then what follows from it is published. Nothing the link says counts, but what is signed in it.
"""

import signal
import time
from pathlib import Path
from random import SystemRandom

from doorctl.config import CONTROLLER_TABLES, ControllerTable, KeeperConfig, read_config, resolve
from doorctl.courier import Deliver, FromLink, Handled, LinkConnected, LinkDisconnected, Publish
from doorctl.errors import PolicyUnavailable
from doorctl.journal import Level, say
from doorctl.keeper.join import load_keeper
from doorctl.keeper.kept_trust import KeptTrust
from doorctl.keeper.link_socket import LinkSocket
from doorctl.keeper.log_reader import LogReader
from doorctl.keeper.log_upload import LogUpload
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.sync import Controller, Keeper, Outgoing
from doorctl.keeper.tally import Tally
from doorctl.keys import decode_public

SOCKET_NAME = "keeper.sock"
TURN_SECONDS = 0.05
RETRY_SECONDS = 1.0


class KeeperLoop:
    """A keeper with its socket: ``turn`` again and again, then ``close``."""

    def __init__(self, table: ControllerTable, *, state_dir: Path, runtime_dir: Path) -> None:
        """Open everything. Raises KeyFileError, OSError, and PolicyUnavailable when it may do later."""
        self.tally = Tally()
        identity = load_keeper(state_dir, table.name)
        roots = [decode_public(key) for key in table.root_keys]
        self._reader = LogReader(state_dir / "audit.db")
        self._store = PolicyStore(state_dir, table.site)
        self._keeper = Keeper(
            Controller(table.site, table.name, state_dir / "card.keys"),
            identity,
            trust=KeptTrust(state_dir / "trust.note", site=table.site, root_keys=roots),
            store=self._store,
            upload=LogUpload(
                self._reader,
                state_dir / "log.acknowledged",
                site=table.site,
                controller=table.name,
                signer=identity.signer,
                tally=self.tally,
            ),
            tally=self.tally,
            chance=SystemRandom().random,
        )
        runtime_dir.mkdir(parents=True, exist_ok=True)
        self._socket = LinkSocket(runtime_dir / SOCKET_NAME, tally=self.tally)

    def turn(self) -> None:
        """Wait a moment for the link, answer it, and do what is due."""
        for packet in self._socket.receive(TURN_SECONDS):
            self._take(packet)
        self._publish(self._keeper.tick(time.monotonic()))

    def close(self) -> None:
        """Let go of socket and databases, in good order."""
        self._socket.close()
        self._reader.close()
        self._store.close()

    def _take(self, packet: FromLink) -> None:
        now = time.monotonic()
        match packet:
            case Deliver(token, channel, payload):
                outgoing = self._keeper.handle(channel, payload, now)
                self._socket.send(Handled(token))
                self._publish(outgoing)
            case LinkConnected():
                self._publish(self._keeper.connected(now))
            case LinkDisconnected():
                self._keeper.disconnected()

    def _publish(self, outgoing: list[Outgoing]) -> None:
        for each in outgoing:
            self._socket.send(Publish(each.channel, each.payload))


def run(config_path: Path) -> int:
    """Run the keeper of this configuration until SIGTERM or SIGINT; return the exit code."""
    table = read_config(config_path, KeeperConfig, others=CONTROLLER_TABLES).controller
    state_dir, runtime_dir = (resolve(config_path, path) for path in (table.state_dir, table.runtime_dir))
    ending = [False]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.__setitem__(0, True))
    loop: KeeperLoop | None = None
    while not ending[0]:
        if loop is not None:
            loop.turn()
        elif loop := _begin(table, state_dir=state_dir, runtime_dir=runtime_dir):
            say("start", process="keeper", controller=table.name)
        else:
            time.sleep(RETRY_SECONDS)
    if loop is not None:
        loop.close()
    say("stop", process="keeper")
    return 0


def _begin(table: ControllerTable, *, state_dir: Path, runtime_dir: Path) -> KeeperLoop | None:
    """Open everything, or say why the policy cannot be opened now; a later try may find the disk in order."""
    try:
        return KeeperLoop(table, state_dir=state_dir, runtime_dir=runtime_dir)
    except PolicyUnavailable as error:
        say("policy_unavailable", Level.ALARM, why=error)
        return None
