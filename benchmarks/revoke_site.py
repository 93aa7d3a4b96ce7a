"""Sites to revoke on: one with every process of a real controller, and one with many controllers in few processes.

Time counts from before the admin signs, to the moment at which the last acknowledgement that names the revision as in
force has come from the broker. A controller without a door process acknowledges what it has committed.
"""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import msgspec

from doorctl.cli.account import load_account
from doorctl.cli.hub_client import HubClient
from doorctl.commands import DoorSet, GrantAdd, GroupAdd, Revoke, ZoneSet
from doorctl.core.model import ZoneKind
from doorctl.demo.building import Building
from doorctl.keeper.join import join_code_of, make_keys
from doorctl.keys import encode_public, load_signer, root_key_name
from doorctl.messages import Ack, Response, from_text
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import BrokerKind
from doorctl.notes import text_of
from doorctl.topics import Channel, everyones
from doorctl.trust import open_trust, sign_trust, store_trust
from doorctl.trust_edits import add_controller

PATIENCE = 30.0
GROUP, ZONE, GRANT = "staff", "floor-9", "9c1b5d7e8f603f2a"
ENDS = [sys.executable, "-m"]


class RevokeSite(Building):
    """A site of processes whose flushes are pinned, with an admin and an observer in this process."""

    def __init__(self, environment: dict[str, str], controllers: int) -> None:
        """Make the folder; nothing runs yet."""
        super().__init__(patience=PATIENCE, broker_kind=BrokerKind.MOSQUITTO)
        self.controllers = controllers
        self._environment = environment
        self._runner = asyncio.Runner()
        self._stack = ExitStack()
        self._reached: dict[str, tuple[int, float]] = {}
        self._news: asyncio.Event | None = None

    def revoke(self) -> float:
        """Grant, wait until that is in force, revoke; return the seconds until all have acknowledged the revoke."""
        return self._runner.run(self._revoke())

    def start(self, name: str) -> None:
        """Start one of the processes, with its flushes pinned."""
        before = {name: os.environ.pop(name) for name in self._environment if name in os.environ}
        self._children[name] = self._popen(name)
        os.environ.update(before)

    def __exit__(self, *exception: object) -> None:
        """End everything."""
        self._runner.run(self._leave())
        self._runner.close()
        self._stack.close()
        super().__exit__(None, None, None)

    def begin(self) -> None:
        """Connect the admin and the observer, and make what is granted and revoked."""
        self._runner.run(self._begin())

    def _popen(self, name: str) -> "subprocess.Popen[bytes]":
        config = self.site / "hub" / "hub.toml" if name == "hub" else self.controller_config
        words = ["simulate", "readers"] if name == "readers" else [name]
        with self.log_file(name).open("ab") as log:
            return subprocess.Popen(
                [*ENDS, "doorctl", *words, "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | self._environment,
            )

    async def _begin(self) -> None:
        account = load_account(self.admin_config)
        self._news = asyncio.Event()
        self._hub = HubClient(account, answer_seconds=PATIENCE)
        self._observer = MqttClient(
            client_id="observer",
            brokers=account.brokers,
            subscriptions=[everyones(account.site, Channel.ACK)],
            on_message=self._observe,
            session_seconds=0,
        )
        self._observing = asyncio.create_task(self._observer.run())
        await self._observer.wait_connected(PATIENCE)
        for do in (ZoneSet(ZONE, ZoneKind.FLOOR), DoorSet("door-9", ZONE), GroupAdd(GROUP)):
            await self._wait_for_all(await self._hub.change(do, wait=0))

    async def _leave(self) -> None:
        if self._news is not None:
            self._observer.stop()
            await self._observing
            await self._hub.__aexit__(None, None, None)

    async def _revoke(self) -> float:
        await self._wait_for_all(await self._hub.change(GrantAdd(GRANT, ZONE, group=GROUP), wait=0))
        began = time.monotonic()
        response = await self._hub.change(Revoke(ZONE, group=GROUP), wait=0)
        return await self._wait_for_all(response) - began

    async def _wait_for_all(self, response: Response) -> float:
        """Wait until every controller has acknowledged a revision; return when the last one had."""
        assert self._news is not None
        assert response.revision is not None, response
        async with asyncio.timeout(PATIENCE):
            while sum(revision >= response.revision for revision, _ in self._reached.values()) < self.controllers:
                self._news.clear()
                await self._news.wait()
        return max(at for _, at in self._reached.values())

    def _observe(self, _topic: str, payload: bytes, _retained: bool) -> None:
        at = time.monotonic()
        ack = from_text(text_of(payload), Ack, site=self._hub.site)
        in_force = ack.revision if ack.in_force is None else ack.in_force
        if in_force > self._reached.get(ack.controller, (0, 0.0))[0]:
            self._reached[ack.controller] = in_force, at
            assert self._news is not None
            self._news.set()


class WholeSite(RevokeSite):
    """One controller, all of it: door, keeper and link as they run in a building."""

    def __init__(self, environment: dict[str, str]) -> None:
        """Make the folder; nothing runs yet."""
        super().__init__(environment, 1)

    def set_up(self) -> None:
        """Install the site, start every process, and wait until the door answers by the newest policy."""
        self.broker.start()
        super().set_up()
        for name in ("hub", "keeper", "link", "readers", "door"):
            self.start(name)
        self.wait_until_ready()
        self.begin()


class CrowdedSite(RevokeSite):
    """Many controllers: the keepers' own code, each with a connection of its own, in few processes without doors."""

    def set_up(self) -> None:
        """Install the site, let all controllers join, and start hub and keepers."""
        self.broker.start()
        super().set_up()
        trust_note = self.site / "hub" / "state" / "trust.note"
        root = load_signer(self.site / "root-1" / "sign.pem", root_key_name("demo"))
        trust = open_trust(trust_note.read_bytes(), site="demo", root_keys=[root.verifier.public_key]).trust
        trust = msgspec.structs.replace(trust, controllers=())
        for folder in self._folders():
            make_keys(folder)
            trust = add_controller(trust, join_code_of(folder, folder.name))
        signed = sign_trust(trust, root)
        for folder in (trust_note.parent, *self._folders()):
            store_trust(folder / "trust.note", signed)
        self.start("hub")
        self._start_keepers(encode_public(root.verifier.public_key))
        self.begin()

    def _folders(self) -> list[Path]:
        folders = [self.folder / "controllers" / f"pi-{number}" for number in range(self.controllers)]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        return folders

    def _start_keepers(self, root_key: str) -> None:
        count = min(os.cpu_count() or 1, self.controllers)
        folders = self._folders()
        for number in range(count):
            mine = [str(folder) for folder in folders[number::count]]
            worker = subprocess.Popen(
                [*ENDS, "benchmarks.revoke_keepers", str(self.broker.port), root_key, *mine],
                stdout=subprocess.PIPE,
                stderr=self._stack.enter_context(self.log_file(f"keepers-{number}").open("wb")),
                env=os.environ | self._environment,
            )
            self._stack.callback(worker.communicate)
            self._stack.callback(worker.terminate)
            assert worker.stdout is not None
            worker.stdout.readline()
