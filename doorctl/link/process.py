"""The link process: a courier between one controller's keeper and the broker; it can withhold and delay, no more.

A message of the broker goes to the keeper; when the keeper has handled it, and only then, the broker is told.
What the keeper publishes while no broker is there is dropped: its own protocol repairs that.
Each connection has a session of its own, which its state and its Will name: whoever hears a late Will of an
earlier session can tell.
"""

import asyncio
import secrets
import signal
from collections.abc import Sequence
from pathlib import Path
from random import SystemRandom

import msgspec

from doorctl.brokers import Broker
from doorctl.config import CONTROLLER_TABLES, LinkConfig, brokers_of, read_config, resolve
from doorctl.errors import KeyFileError, Refused
from doorctl.journal import pass_on_logging, say
from doorctl.keys.certificates import expires_at
from doorctl.link.keeper_line import KeeperLine
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.session import Will, new_client_id
from doorctl.places import RunSocket
from doorctl.supervisor import Supervisor
from doorctl.tally import Tally
from doorctl.wire.courier import MAX_CARRIED_BYTES, Collect, Publish
from doorctl.wire.link_state import LinkState, LinkWord
from doorctl.wire.topics import RETAINED, TO_CONTROLLERS, URGENT, Address, Channel, all_of, parse, topic

TURN_SECONDS = 1.0


class Link:
    """The link of one controller; ``tally`` counts what was refused or dropped."""

    def __init__(self, config: LinkConfig, *, brokers: Sequence[Broker], runtime_dir: Path) -> None:
        """Prepare both ends; nothing is connected yet. Raises ConfigError."""
        self.tally = Tally()
        self._site, self._controller = config.controller.site, config.controller.name
        self._certificate = next((broker.tls.certificate for broker in brokers if broker.tls is not None), None)
        self._session = ""
        self._collecting: str | None = None
        self._supervisor = Supervisor()
        order_topic = self._topic(Channel.ORDER)
        chance = SystemRandom().random
        self._keeper = KeeperLine(
            runtime_dir / RunSocket.KEEPER, on_publish=self._publish, on_collect=self._collect, chance=chance
        )
        self._mqtt = MqttClient(
            client_id=new_client_id(f"link-{self._site}-{self._controller}"),
            brokers=brokers,
            version=config.link.mqtt_version,
            subscriptions=[self._topic(channel) for channel in TO_CONTROLLERS if channel is not Channel.SNAPSHOT],
            on_message=self._deliver,
            on_connected=self._on_connected,
            on_disconnected=lambda: self._keeper.tell(broker_is_there=False),
            on_refused=self._refuse,
            will=self._new_will,
            is_urgent=lambda received: received == order_topic,
            chance=chance,
        )

    async def run(self) -> None:
        """Carry until ``stop``; whatever else ends one of both ends is a failure of ours and raised."""
        keeper = asyncio.create_task(self._keeper.run())
        mqtt = asyncio.create_task(self._mqtt.run())
        try:
            done: set[asyncio.Task[None]] = set()
            while not done:
                self._supervisor.turned()
                done, _ = await asyncio.wait(
                    [keeper, mqtt], timeout=TURN_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
        finally:
            for task in (keeper, mqtt):
                task.cancel()
            await asyncio.wait([keeper, mqtt])
        for task in done:
            task.result()

    def stop(self) -> None:
        """End ``run`` in good order."""
        self._supervisor.stopping()
        self._mqtt.publish(self._topic(Channel.STATE), self._state(LinkWord.OFFLINE), retain=True)
        self._mqtt.stop()

    def _new_will(self) -> Will:
        self._session = secrets.token_hex(8)
        return Will(self._topic(Channel.STATE), self._state(LinkWord.OFFLINE))

    def _on_connected(self) -> None:
        self._mqtt.publish(self._topic(Channel.STATE), self._state(LinkWord.ONLINE), retain=True)
        self._keeper.tell(broker_is_there=True)

    def _state(self, link: LinkWord) -> bytes:
        return msgspec.json.encode(LinkState(link, self._session, self._certificate_expires()))

    def _certificate_expires(self) -> int | None:
        try:
            return None if self._certificate is None else int(expires_at(self._certificate).timestamp())
        except KeyFileError:  # it is being renewed; the next connection tells
            return None

    async def _deliver(self, received: str, payload: bytes, retained: bool) -> None:
        try:
            channel = self._channel_of(received, payload, retained=retained)
        except Refused as refusal:
            self._refuse(refusal)
        else:
            await self._keeper.deliver(channel, payload)

    def _channel_of(self, received: str, payload: bytes, *, retained: bool) -> Channel:
        address = parse(self._site, received)
        ours = self._collecting if address.channel is Channel.SNAPSHOT else self._controller
        if address.channel not in TO_CONTROLLERS or address.name not in ("", ours):
            raise Refused("unknown-topic", "not for this controller")
        if retained and address.channel is Channel.ORDER:
            raise Refused("retained-order", "an order acts now; one that a broker has kept is none")
        if len(payload) > MAX_CARRIED_BYTES:
            raise Refused("too-large", f"a payload has at most {MAX_CARRIED_BYTES} bytes")
        return address.channel

    def _collect(self, collect: Collect) -> None:
        before, self._collecting = self._collecting, collect.snapshot
        if before is not None and before != collect.snapshot:
            self._mqtt.unsubscribe(all_of(self._site, Channel.SNAPSHOT, before))
        if collect.snapshot is not None and before != collect.snapshot:
            self._mqtt.subscribe(all_of(self._site, Channel.SNAPSHOT, collect.snapshot))

    def _publish(self, publish: Publish) -> None:
        retain, urgent = publish.channel in RETAINED, publish.channel in URGENT
        if not self._mqtt.publish(self._topic(publish.channel), publish.payload, retain=retain, urgent=urgent):
            self.tally.add(Refused("not-published"), source="keeper", event="dropped")

    def _topic(self, channel: Channel) -> str:
        return topic(self._site, Address(channel, self._controller))

    def _refuse(self, refusal: Refused) -> None:
        self.tally.add(refusal, source="broker")


def run(config_path: Path) -> int:
    """Run the link of this configuration until SIGTERM or SIGINT; return the exit code. Raises ConfigError."""
    config = read_config(config_path, LinkConfig, others=CONTROLLER_TABLES)
    pass_on_logging()
    brokers, runtime_dir = brokers_of(config.link, config_path), resolve(config_path, config.controller.runtime_dir)
    asyncio.run(_serve(config, brokers, runtime_dir))
    say("stop", process="link")
    return 0


async def _serve(config: LinkConfig, brokers: Sequence[Broker], runtime_dir: Path) -> None:
    link = Link(config, brokers=brokers, runtime_dir=runtime_dir)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, link.stop)
    say("start", process="link")
    await link.run()
