"""Sites to revoke on: one with every process of one controller, and one with many simulated controllers beside it.

Time counts from before the admin signs. With one controller it ends when the acknowledgement that names the revision
as in force has come from the broker; with many, when the hub has verified those of all and the admin hears ``done``.
"""

import asyncio
import os
import time
from contextlib import AsyncExitStack, ExitStack

from benchmarks.far_end import FarEnd
from benchmarks.revoke_observer import AckObserver
from doorctl.cli.account import Account, load_account
from doorctl.cli.hub_client import HubClient
from doorctl.core.model import ZoneKind
from doorctl.demo.building import PROCESSES, Building
from doorctl.keeper.join import join_code_of, make_keys
from doorctl.keys.identity import encode_public, load_signer, root_key_name
from doorctl.mqtt.local_broker import BrokerKind
from doorctl.trust.edits import add_controller
from doorctl.trust.note import Trust
from doorctl.trust.verify import open_trust, sign_trust, store_trust
from doorctl.wire.commands import DoorSet, GrantAdd, GroupAdd, Revoke, Verb, ZoneSet
from doorctl.wire.messages import Response

PATIENCE = 120.0
QUIET_SECONDS = 0.2
"""Between a grant and its revoke: what follows a change (records, their upload) is over, and nothing is warm."""
GROUP, ZONE, GRANT = "staff", "floor-9", "9c1b5d7e8f603f2a"


class WholeSite(Building):
    """One controller, all of it: door, keeper and link as they run in a building, their flushes pinned."""

    def __init__(self, environment: dict[str, str]) -> None:
        """Make the folder; nothing runs yet."""
        super().__init__(patience=PATIENCE, broker_kind=BrokerKind.MOSQUITTO, environment=environment)
        self._runner = asyncio.Runner()
        self._clients = AsyncExitStack()

    def set_up(self) -> None:
        """Install the site, start every process, and make what is granted and revoked."""
        self.broker.start()
        super().set_up()
        for name in PROCESSES:
            self.start(name)
        self.wait_until_ready()
        self._runner.run(self._begin())

    def revoke(self) -> float:
        """Grant, wait until the hub knows that this is in force, revoke; return the seconds that the revoke took."""
        return self._runner.run(self._revoke())

    def __exit__(self, *exception: object) -> None:
        """End everything."""
        self._runner.run(self._clients.aclose())
        self._runner.close()
        super().__exit__(None, None, None)

    async def _begin(self) -> None:
        account = load_account(self.admin_config)
        self._hub = await self._clients.enter_async_context(HubClient(account, answer_seconds=PATIENCE))
        await self._listen(account)
        for do in (ZoneSet(ZONE, ZoneKind.FLOOR), DoorSet("door-9", ZONE), GroupAdd(GROUP)):
            await self._change(do)

    async def _listen(self, account: Account) -> None:
        self._observer = await self._clients.enter_async_context(AckObserver(account))

    async def _revoke(self) -> float:
        await self._change(GrantAdd(GRANT, ZONE, group=GROUP))
        await asyncio.sleep(QUIET_SECONDS)
        began = time.monotonic()
        return await self._acknowledged() - began

    async def _acknowledged(self) -> float:
        """Revoke; return when the acknowledgement came."""
        accepted = await self._hub.change(Revoke(ZONE, group=GROUP), wait=0)
        assert accepted.revision is not None, accepted
        return await self._observer.wait_for(accepted.revision)

    async def _change(self, do: Verb) -> Response:
        """Make a change; wait until the hub says that it is in force everywhere."""
        response = await self._hub.change(do, wait=PATIENCE)
        assert response.verdict == "done", response
        return response


class CrowdedSite(WholeSite):
    """Many controllers: the whole one, and others that ``benchmarks.revoke_crowd`` simulates."""

    def __init__(self, environment: dict[str, str], controllers: int) -> None:
        """Make the folder; nothing runs yet."""
        super().__init__(environment)
        self._folders = [self.folder / "crowd" / f"pi-{number}" for number in range(2, controllers + 1)]
        self._crowd = ExitStack()

    def start(self, name: str) -> None:
        """Start one of the processes; before the hub the crowd, so that it hears the policy from its first change."""
        if name == "hub":
            self._start_crowd(self._join_crowd())
        super().start(name)

    def __exit__(self, *exception: object) -> None:
        """End everything."""
        self._crowd.close()
        super().__exit__(*exception)

    async def _listen(self, account: Account) -> None:
        """Nobody but the hub does: an observer would share the cores with what is measured."""

    async def _acknowledged(self) -> float:
        """Revoke; return when the hub had verified that this is in force at all controllers, and had said so."""
        await self._change(Revoke(ZONE, group=GROUP))
        return time.monotonic()

    def _join_crowd(self) -> Trust:
        """Let trust name the crowd, which needs no more of it than the hub's key."""
        trust_note = self.site / "hub" / "state" / "trust.note"
        root = load_signer(self.site / "root-1" / "sign.pem", root_key_name("demo"))
        trust = open_trust(trust_note.read_bytes(), site="demo", root_keys=[root.verifier.public_key]).trust
        for folder in self._folders:
            make_keys(folder)
            trust = add_controller(trust, join_code_of(folder, folder.name))
        store_trust(trust_note, sign_trust(trust, root))
        return trust

    def _start_crowd(self, trust: Trust) -> None:
        count = min(os.cpu_count() or 1, len(self._folders))
        words = [str(self.broker.port), self._environment["DOORCTL_FLUSH_MS"]]
        words += [trust.hub.name, encode_public(trust.hub.sign)]
        for number in range(count):
            with self.log_file(f"crowd-{number}").open("wb") as log:
                crowd = FarEnd("revoke_crowd", *words, *self._folders[number::count], log=log)
            self._crowd.enter_context(crowd).hear()
