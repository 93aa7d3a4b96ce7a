"""Simulated controllers, many in one process: each has its own MQTT connection, its own keys and its own memory card.

Each verifies every note, waits as long as its card takes for the flush, and signs its own acknowledgement, which the
hub believes. Revision, chain and digest are followed once for all of a process. None has a database, a link or a
door, for all these cost the computer that simulates a hundred of them what they cost no controller.
``python -m benchmarks.revoke_crowd PORT FLUSH_MS HUB_NAME HUB_KEY STATE_DIR…``; it says ``ready`` when all listen.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.far_end import say
from doorctl.brokers import Broker
from doorctl.keeper.join import load_keeper
from doorctl.keys.identity import decode_public
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import HOST
from doorctl.policy.apply import chain_after
from doorctl.policy.digest import add_digests, digest_of
from doorctl.policy.rows import Row
from doorctl.wire.messages import Ack, Change, Delta, Put, change_from, from_text, to_text
from doorctl.wire.notes import Signer, Verifier, open_note, sign_text
from doorctl.wire.topics import Address, Channel, topic

SITE = "demo"
PATIENCE = 120.0

React = Callable[[bytes], Callable[[], None] | None]
"""Takes what came; returns what is to be done when the card has flushed, if something was written."""


class FollowedPolicy:
    """The policy as far as it has been heard of: the rows by their keys, revision, chain and digest."""

    def __init__(self) -> None:
        """Begin with an empty policy."""
        self._rows: dict[object, Row] = {}
        self.epoch, self.revision, self.chain, self._digest = 0, 0, bytes(32), 0

    @property
    def digest(self) -> str:
        """The digest of all rows, in hex."""
        return f"{self._digest:064x}"

    def follow(self, text: bytes) -> int:
        """Follow the delta of a verified note, if it is none that was heard; return its last revision."""
        delta = from_text(text, Delta, site=SITE)
        fresh = delta.changes[self.revision + 1 - delta.first :] if delta.last > self.revision else ()
        for raw in fresh:
            self.chain = chain_after(self.chain, bytes(raw))
            self._apply(change_from(raw))
        self.epoch = delta.epoch
        return delta.last

    def _apply(self, change: Change) -> None:
        assert change.revision == self.revision + 1
        self.revision = change.revision
        for operation in change.operations:
            row = operation.row
            key = row.table, *(getattr(row, field) for field in row.primary_key)
            gone = self._rows.pop(key, None)
            removed = () if gone is None else (digest_of(gone),)
            added = (digest_of(row),) if isinstance(operation, Put) else ()
            if added:
                self._rows[key] = row
            self._digest = add_digests(self._digest, added=added, removed=removed)


class SimulatedController:
    """One of those who follow a policy together: who it is, and how far it has come."""

    def __init__(self, name: str, signer: Signer, hub: Verifier, policy: FollowedPolicy) -> None:
        """Believe this hub."""
        self.name = name
        self._signer = signer
        self._hub = hub
        self._policy = policy
        self._revision = 0

    def take_delta(self, note: bytes) -> bool:
        """Verify and follow a delta; False if it is a repeat. Raises Refused where the hub has not signed it."""
        before, self._revision = self._revision, self._policy.follow(open_note(note, [self._hub]).text)
        return self._revision > before

    def ack(self) -> bytes:
        """Sign that all of it is in force."""
        ack = Ack(
            site=SITE,
            controller=self.name,
            epoch=self._policy.epoch,
            revision=self._policy.revision,
            chain=self._policy.chain.hex(),
            digest=self._policy.digest,
            level=2,
            in_force=self._policy.revision,
        )
        return sign_text(to_text(ack), self._signer)


def crowd_client(port: int, client_id: str, heard: str, *, react: React, flush_ms: float) -> MqttClient:
    """Prepare the client of one of many: what it does after the flush of its own card waits for no other's."""

    async def take(_topic: str, payload: bytes, _retained: bool) -> None:
        afterwards = react(payload)
        if afterwards is not None:
            await asyncio.sleep(flush_ms / 1000)
            afterwards()

    return MqttClient(
        client_id=client_id,
        brokers=[Broker(HOST, port)],
        subscriptions=[heard],
        on_message=take,
        session_seconds=0,
    )


async def serve(clients: Iterable[MqttClient]) -> None:
    """Run clients until killed; say when all of them listen."""
    clients = list(clients)
    async with asyncio.TaskGroup() as tasks:
        for client in clients:
            tasks.create_task(client.run())
        for client in clients:
            await client.wait_connected(PATIENCE)
        say("ready")


def _client_of(state_dir: Path, port: int, hub: Verifier, policy: FollowedPolicy, *, flush_ms: float) -> MqttClient:
    name = state_dir.name
    controller = SimulatedController(name, load_keeper(state_dir, name).signer, hub, policy)
    heard, told = topic(SITE, Address(Channel.DELTA)), topic(SITE, Address(Channel.ACK, name))

    def react(note: bytes) -> Callable[[], None] | None:
        return acknowledge if controller.take_delta(note) else None

    def acknowledge() -> None:
        client.publish(told, controller.ack(), urgent=True)

    client = crowd_client(port, f"link-{SITE}-{name}", heard, react=react, flush_ms=flush_ms)
    return client


def main(port: str, flush_ms: str, hub_name: str, hub_key: str, *state_dirs: str) -> None:
    """Serve until killed."""
    hub, policy = Verifier(hub_name, decode_public(hub_key)), FollowedPolicy()
    clients = [_client_of(Path(each), int(port), hub, policy, flush_ms=float(flush_ms)) for each in state_dirs]
    asyncio.run(serve(clients))


if __name__ == "__main__":
    main(*sys.argv[1:])
