"""The link process: a courier between one controller's keeper and the broker; it can withhold and delay, no more.

A message of the broker goes to the keeper; when the keeper has handled it, and only then, the broker is told.
What the keeper publishes while no broker is there is dropped: its own protocol repairs that.
"""

import asyncio
import signal
from collections import Counter
from pathlib import Path
from random import SystemRandom

from doorctl.config import CONTROLLER_TABLES, LinkConfig, broker_address, read_config, resolve
from doorctl.courier import MAX_CARRIED_BYTES, Publish
from doorctl.errors import Refused
from doorctl.journal import Level, pass_on_logging, say
from doorctl.link.keeper_line import KeeperLine
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.session import Will
from doorctl.topics import RETAINED, TO_CONTROLLERS, Address, Channel, parse, topic

SOCKET_NAME = "keeper.sock"
ONLINE = b'{"link":"online"}'
OFFLINE = b'{"link":"offline"}'
"""Advisory and unsigned: a hint for people, never a reason to act."""


class Link:
    """The link of one controller; ``counters`` tells what was dropped, by name."""

    def __init__(self, config: LinkConfig, *, runtime_dir: Path) -> None:
        """Prepare both ends; nothing is connected yet."""
        self.counters: Counter[str] = Counter()
        self._site, self._controller = config.controller.site, config.controller.name
        self._state_topic = self._topic(Channel.STATE)
        chance = SystemRandom().random
        self._keeper = KeeperLine(runtime_dir / SOCKET_NAME, on_publish=self._publish, chance=chance)
        self._mqtt = MqttClient(
            client_id=f"link-{self._site}-{self._controller}",
            brokers=[broker_address(url) for url in config.link.brokers],
            version=config.link.mqtt_version,
            subscriptions=[self._topic(channel) for channel in TO_CONTROLLERS],
            on_message=self._deliver,
            on_connected=self._on_connected,
            on_disconnected=lambda: self._keeper.tell(broker_is_there=False),
            on_refused=self._refuse,
            will=Will(self._state_topic, OFFLINE),
            chance=chance,
        )

    async def run(self) -> None:
        """Carry until ``stop``; whatever else ends one of both ends is a failure of ours and raised."""
        keeper = asyncio.create_task(self._keeper.run())
        mqtt = asyncio.create_task(self._mqtt.run())
        done, _ = await asyncio.wait([keeper, mqtt], return_when=asyncio.FIRST_COMPLETED)
        for task in (keeper, mqtt):
            task.cancel()
        await asyncio.wait([keeper, mqtt])
        for task in done:
            task.result()

    def stop(self) -> None:
        """End ``run`` in good order."""
        self._mqtt.publish(self._state_topic, OFFLINE, retain=True)
        self._mqtt.stop()

    def _on_connected(self) -> None:
        self._mqtt.publish(self._state_topic, ONLINE, retain=True)
        self._keeper.tell(broker_is_there=True)

    async def _deliver(self, received: str, payload: bytes, _retained: bool) -> None:
        try:
            channel = self._channel_of(received, payload)
        except Refused as refusal:
            self._refuse(refusal)
        else:
            await self._keeper.deliver(channel, payload)

    def _channel_of(self, received: str, payload: bytes) -> Channel:
        address = parse(self._site, received)
        if address.channel not in TO_CONTROLLERS or address.name not in ("", self._controller):
            raise Refused("unknown-topic", "not for this controller")
        if len(payload) > MAX_CARRIED_BYTES:
            raise Refused("too-large", f"a payload has at most {MAX_CARRIED_BYTES} bytes")
        return address.channel

    def _publish(self, publish: Publish) -> None:
        retain = publish.channel in RETAINED
        if not self._mqtt.publish(self._topic(publish.channel), publish.payload, retain=retain):
            self._count("not-published", event="dropped")

    def _topic(self, channel: Channel) -> str:
        return topic(self._site, Address(channel, self._controller))

    def _refuse(self, refusal: Refused) -> None:
        self._count(refusal.refusal, event="refused")

    def _count(self, reason: str, *, event: str) -> None:
        """Count; say it the 1st, 2nd, 4th, 8th … time, so that a flood does not fill the disk."""
        self.counters[reason] += 1
        count = self.counters[reason]
        if count & (count - 1) == 0:
            say(event, Level.WARNING, reason=reason, count=count)


def run(config_path: Path) -> int:
    """Run the link of this configuration until SIGTERM or SIGINT; return the exit code. Raises ConfigError."""
    config = read_config(config_path, LinkConfig, others=CONTROLLER_TABLES)
    pass_on_logging()
    asyncio.run(_serve(Link(config, runtime_dir=resolve(config_path, config.controller.runtime_dir))))
    say("stop", process="link")
    return 0


async def _serve(link: Link) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, link.stop)
    say("start", process="link")
    await link.run()
