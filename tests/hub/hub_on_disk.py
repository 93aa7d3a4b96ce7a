"""The files of a hub as `doorctl init` makes them, the hub as a process, and a client that talks with it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from doorctl.keys.card_keys import new_card_keys
from doorctl.keys.identity import encode_public, hub_key_name, load_identity, new_identity
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.trust.verify import store_trust
from doorctl.wire.messages import Response
from doorctl.wire.topics import PREFIX, Address, Channel, topic
from tests.hub.builders import SITE, ASite

SECONDS = 120.0
CONFIG = """
[hub]
site = "hq"
root_keys = ["{root_key}"]
timezone = "{timezone}"
[mqtt]
brokers = [{brokers}]
"""


class AHubOnDisk(ASite):
    """The files of a hub, as `doorctl init` makes them, and who knows their keys."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.state_dir = folder / "state"
        self.config = folder / "hub.toml"
        self.state_dir.mkdir()
        new_identity(self.state_dir / "keys")
        new_card_keys(self.state_dir / "card.keys")
        self.hub_identity = load_identity(self.state_dir / "keys", hub_key_name(SITE))
        store_trust(self.state_dir / "trust.note", self.trust())
        self.write_config()

    def write_config(self, *, port: int = 1, others: Iterable[int] = (), timezone: str = "Europe/Paris") -> None:
        """Name the broker at a port of this computer, and those at others."""
        root_key = encode_public(self.root.verifier.public_key)
        brokers = ", ".join(f'"mqtt://127.0.0.1:{each}"' for each in (port, *others))
        self.config.write_text(CONFIG.format(root_key=root_key, timezone=timezone, brokers=brokers))


@contextmanager
def a_process(on_disk: AHubOnDisk, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a hub; it ends with the test, whatever happens in it."""
    command = [sys.executable, "-m", "doorctl", "hub", "--config", str(on_disk.config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | environment) as process:
        try:
            yield process
        finally:
            process.kill()


async def converse(
    broker: LocalBroker, say: Callable[[MqttClient], None], *, until: Callable[[list[tuple[str, bytes]]], bool]
) -> list[tuple[str, bytes]]:
    """Say something once the hub is there, and return all that is published until enough was heard."""
    heard: list[tuple[str, bytes]] = []
    changed = asyncio.Event()

    def on_message(received: str, payload: bytes, _retained: bool) -> None:
        heard.append((received, payload))
        changed.set()

    client = MqttClient(
        client_id="test",
        brokers=[broker.address],
        on_message=on_message,
        subscriptions=[f"{PREFIX}/#"],
        session_seconds=0,
    )
    running = asyncio.create_task(client.run())
    async with asyncio.timeout(SECONDS):
        await client.wait_connected(SECONDS)
        while not any(received == topic(SITE, Address(Channel.HEAD)) for received, _ in heard):
            await changed.wait()
            changed.clear()
        while not until(heard):
            say(client)  # again and again, as admins and keepers do: an answer may be lost while the hub connects
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    while not until(heard):
                        await changed.wait()
                        changed.clear()
    client.stop()
    await running
    return heard


def responses_in(site: ASite, heard: list[tuple[str, bytes]]) -> list[Response]:
    mine = topic(SITE, Address(Channel.RESPONSE, "grace"))
    return [site.read(payload, Response) for received, payload in heard if received == mine]
