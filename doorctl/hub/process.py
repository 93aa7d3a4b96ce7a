"""The hub process: one hub, connected to every broker of the site, until SIGTERM."""

import asyncio
import signal
from pathlib import Path
from zoneinfo import ZoneInfo

from doorctl.clock import WallClock, boottime
from doorctl.config import HubConfig, HubTable, LinkTable, broker_address, read_config, resolve
from doorctl.errors import DoorctlError, Refused
from doorctl.hub.hub import Hub
from doorctl.hub.outgoing import Outgoing
from doorctl.hub.site_db import close_site, open_site
from doorctl.hub.trust_file import TrustFile
from doorctl.journal import Level, pass_on_logging, say
from doorctl.keys import decode_public, hub_key_name, load_card_keys, load_identity
from doorctl.mqtt.client import MqttClient
from doorctl.topics import Channel, everyones, parse, topic

TICK_SECONDS = 0.25
TIDY_SECONDS = 60.0
LISTENS_TO = (Channel.COMMAND, Channel.ASK, Channel.ACK, Channel.LOG, Channel.STATE)


def run(config_path: Path) -> int:
    """Run the hub until SIGTERM; return the exit code. Raises DoorctlError when it cannot start."""
    config = read_config(config_path, HubConfig, cross_check=lambda pieces, _: _timezone_mistakes(pieces.get("hub")))
    state_dir = resolve(config_path, config.hub.state_dir)
    identity = load_identity(state_dir / "keys", hub_key_name(config.hub.site))
    root_keys = [decode_public(key) for key in config.hub.root_keys]
    trust_file = TrustFile(state_dir, site=config.hub.site, root_keys=root_keys, hub=identity)
    trust, card_keys = trust_file.load(), load_card_keys(state_dir / "card.keys")
    pass_on_logging()
    connection = open_site(state_dir / "site.db", site=config.hub.site)
    try:
        hub = Hub(connection, identity, trust=trust, card_keys=card_keys)
        asyncio.run(HubProcess(hub, trust_file, config.hub, config.mqtt).run())
    finally:
        close_site(connection)
    say("stop", process="hub")
    return 0


class HubProcess:
    """Brings a hub what brokers, clock and files say, and publishes what it answers."""

    def __init__(self, hub: Hub, trust_file: TrustFile, table: HubTable, mqtt: LinkTable) -> None:
        """Prepare one client for each broker; none is connected yet."""
        self._hub = hub
        self._trust_file = trust_file
        self._table = table
        self._clock = WallClock()
        self._stopping = asyncio.Event()
        self._clients = [self._client_of(url, mqtt.mqtt_version) for url in mqtt.brokers]

    async def run(self) -> None:
        """Serve until a signal asks to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        self._hub.set_timezone(self._table.timezone, self._clock.now())
        say("start", process="hub", site=self._table.site, brokers=len(self._clients))
        async with asyncio.TaskGroup() as tasks:
            for client in self._clients:
                tasks.create_task(client.run())
            tasks.create_task(self._tick_on())

    def _client_of(self, url: str, version: int) -> MqttClient:
        site = self._table.site
        client = MqttClient(
            client_id=f"hub-{site}",
            brokers=[broker_address(url)],
            version=version,
            subscriptions=[everyones(site, channel) for channel in LISTENS_TO],
            on_message=self._receive,
            on_connected=lambda: self._publish(self._hub.greet(self._clock.now()), [client]),
            on_refused=self._hub.count,
        )
        return client

    def _receive(self, received: str, payload: bytes, retained: bool) -> None:
        try:
            address = parse(self._table.site, received)
        except Refused as refusal:
            self._hub.count(refusal)
            return
        self._publish(self._hub.handle(address, payload, self._clock.now(), retained=retained), self._clients)

    def _publish(self, outgoing: list[Outgoing], clients: list[MqttClient]) -> None:
        for each in outgoing:
            for client in clients:
                client.publish(topic(self._table.site, each.address), each.payload, retain=each.retain)

    async def _tick_on(self) -> None:
        tidied = boottime()
        while not self._stopping.is_set():
            self._publish(self._hub.tick(self._clock.now()), self._clients)
            self._look_for_trust()
            if boottime() >= tidied + TIDY_SECONDS:
                self._hub.tidy(self._clock.now())
                tidied = boottime()
            await asyncio.sleep(TICK_SECONDS)

    def _look_for_trust(self) -> None:
        if not self._trust_file.is_news:
            return
        try:
            trust = self._trust_file.load()
        except DoorctlError as error:
            say("trust_refused", Level.ALARM, why=error)
            return
        self._publish(self._hub.take_trust(trust, self._clock.now()), self._clients)
        say("trust_loaded", version=trust.trust.version, controllers=len(trust.trust.controllers))

    def _stop(self) -> None:
        self._stopping.set()
        for client in self._clients:
            client.stop()


def _timezone_mistakes(hub: object) -> list[str]:
    timezone = hub.timezone if isinstance(hub, HubTable) else "UTC"
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, KeyError):
        return [f"hub.timezone: {timezone!r} is not a time zone such as Europe/Paris"]
    return []
