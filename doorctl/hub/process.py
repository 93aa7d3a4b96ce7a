"""The hub process: one hub, connected to every broker of the site, until SIGTERM.

Before it speaks at a broker it listens there for the trust and the head that the broker has kept: a hub that was
restored from an old backup must not put its old ones in their place, nor take commands before it has heard all who
may know more (``doorctl.hub.beginning``, ADR 10). What a broker does not take is counted and told, not kept: the
notes' own protocol repairs it.
"""

import asyncio
import gc
import hashlib
import shutil
import signal
import sqlite3
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from doorctl.brokers import Broker
from doorctl.clock import WallClock, boot_id, boottime
from doorctl.config import HubConfig, HubTable, brokers_of, read_config, resolve
from doorctl.core.suspicion.alerts import Severity
from doorctl.errors import DoorctlError, Refused, SiteUnavailable
from doorctl.hub.alerts.outbox import Outbox
from doorctl.hub.alerts.sender import Sender
from doorctl.hub.alerts.ways import ways_of
from doorctl.hub.beginning import Beginning
from doorctl.hub.disk_reserve import DiskReserve
from doorctl.hub.hub import Hub
from doorctl.hub.means import Means
from doorctl.hub.outgoing import Outgoing
from doorctl.hub.own_log import RecordClock
from doorctl.hub.rights.limits import Limits
from doorctl.hub.site_db import close_site, open_site
from doorctl.hub.snapshots.shelf import SnapshotShelf
from doorctl.hub.trust_file import TrustFile
from doorctl.journal import Level, is_worth_saying, pass_on_logging, say
from doorctl.keys.card_keys import load_card_keys, replace_card_keys
from doorctl.keys.identity import Identity, decode_public
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.session import new_client_id
from doorctl.places import StateFile
from doorctl.sole import sole
from doorctl.supervisor import Supervisor
from doorctl.trust.expiry_watch import ExpiryWatch
from doorctl.trust.verify import SignedTrust
from doorctl.wire.topics import FROM_CONTROLLERS, URGENT, Address, Channel, everyones, parse, topic

TICK_SECONDS = 0.25
TIDY_SECONDS = 60.0
LISTEN_SECONDS = 0.5
"""How long a broker has for bringing what it has kept of the hub's own words, if it has any."""
OWN_WORDS = (Channel.TRUST, Channel.HEAD)
MOST_EARLY = 1000
LISTENS_TO = (*OWN_WORDS, Channel.COMMAND, *FROM_CONTROLLERS)


def run(config_path: Path) -> int:
    """Run the hub until SIGTERM; return the exit code. Raises DoorctlError when it cannot start."""
    config = read_config(config_path, HubConfig, cross_check=lambda pieces, _: _timezone_mistakes(pieces.get("hub")))
    pass_on_logging()
    with sole("hub", resolve(config_path, config.hub.state_dir)):
        while _serve(config, config_path):
            pass
    Supervisor().stopping()
    say("stop", process="hub")
    return 0


def _serve(config: HubConfig, config_path: Path) -> bool:
    """Run one hub until it shall stop; tell whether to begin anew, because trust names other keys of ours."""
    state_dir, clock = resolve(config_path, config.hub.state_dir), WallClock()
    root_keys = [decode_public(key) for key in config.hub.root_keys]
    trust_file = TrustFile(state_dir, site=config.hub.site, root_keys=root_keys)
    trust, card_keys = trust_file.load(), load_card_keys(state_dir / StateFile.CARD_KEYS)
    identity, brokers = trust_file.identity_of(trust.trust.hub), brokers_of(config.mqtt, config_path)
    with _opened(config.hub, state_dir, identity=identity, clock=clock) as (connection, means):
        hub = Hub(
            connection,
            identity,
            trust=trust,
            card_keys=card_keys,
            store_card_keys=partial(replace_card_keys, state_dir / StateFile.CARD_KEYS),
            means=means,
        )
        _record_start(hub, trust, config_path, clock, state_dir)
        process = HubProcess(
            hub,
            trust_file,
            config.hub,
            brokers,
            config.mqtt.mqtt_version,
            clock=clock,
            state_dir=state_dir,
            sender=_sender_of(connection, hub, config, config_path),
        )
        gc.collect()
        gc.freeze()
        asyncio.run(process.run())
        with suppress(sqlite3.Error):
            hub.chronicle.end(clock.now())
    return process.begins_anew


@contextmanager
def _opened(
    table: HubTable, state_dir: Path, *, identity: Identity, clock: WallClock
) -> Iterator[tuple[sqlite3.Connection, Means]]:
    """Open the database, and what a hub works with beside it."""
    database = state_dir / StateFile.SITE
    connection = open_site(database, site=table.site)
    with ExitStack() as ending:
        ending.callback(close_site, connection)
        disk = DiskReserve(partial(shutil.disk_usage, state_dir))
        folder = state_dir / StateFile.SNAPSHOTS
        shelf = SnapshotShelf(connection, identity, database=database, folder=folder, disk=disk)
        ending.callback(shelf.close)
        yield (
            connection,
            Means(
                limits=Limits(table.grants_per_hour, table.approval_seconds),
                shelf=shelf,
                disk=disk,
                clock=RecordClock(boot_id(), lambda: int(boottime() * 1000), clock.quality),
            ),
        )


def _sender_of(connection: sqlite3.Connection, hub: Hub, config: HubConfig, config_path: Path) -> Sender:
    """Prepare what alerts leave the site by. Raises ConfigError."""
    ways = ways_of(config.alerts, config_path)
    least = config.alerts.least if config.alerts else Severity.LOW
    return Sender(Outbox(connection, hub.watch, site=config.hub.site, ways=tuple(ways), least=least), ways)


def _record_start(hub: Hub, trust: SignedTrust, config_path: Path, clock: WallClock, state_dir: Path) -> None:
    """Record the start before anything else happens. Raises SiteUnavailable."""
    try:
        config = hashlib.sha256(config_path.read_bytes()).hexdigest()
        hub.chronicle.begin(trust, clock.now(), config=config, state_dir=state_dir)
    except (sqlite3.Error, OSError) as error:
        raise SiteUnavailable(f"the hub cannot record its start ({error}): look at its disk") from error


class HubProcess:
    """Brings a hub what brokers, clock and files say, and publishes what it answers."""

    def __init__(
        self,
        hub: Hub,
        trust_file: TrustFile,
        table: HubTable,
        brokers: Sequence[Broker],
        version: int,
        *,
        clock: WallClock,
        state_dir: Path,
        sender: Sender,
    ) -> None:
        """Prepare one client for each broker; none is connected yet."""
        self.begins_anew = False
        self._hub = hub
        self._trust_file = trust_file
        self._we_are = trust_file.trust.hub if trust_file.trust else None
        self._expiry = ExpiryWatch()
        self._table = table
        self._clock = clock
        self._state_dir = state_dir
        self._sender = sender
        self._stopping = asyncio.Event()
        self._supervisor = Supervisor()
        self._to_greet: dict[MqttClient, set[Channel]] = {}
        self._beginning = Beginning(len(brokers))
        self._dropped: Counter[Channel] = Counter()
        self._early: deque[tuple[Address, bytes, bool]] | None = deque(maxlen=MOST_EARLY)
        self._clients = [self._client_of(broker, version) for broker in brokers]

    async def run(self) -> None:
        """Serve until a signal asks to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        say("start", process="hub", site=self._table.site, brokers=len(self._clients))
        async with asyncio.TaskGroup() as tasks:
            for client in self._clients:
                tasks.create_task(client.run())
            tasks.create_task(self._tick_on())

    def _client_of(self, broker: Broker, version: int) -> MqttClient:
        site = self._table.site
        client = MqttClient(
            client_id=new_client_id(f"hub-{site}"),
            brokers=[broker],
            version=version,
            subscriptions=[everyones(site, channel) for channel in LISTENS_TO],
            on_message=lambda received, payload, retained: self._receive(client, received, payload, retained),
            on_connected=lambda: self._listen(client),
            on_refused=self._hub.count,
        )
        return client

    def _listen(self, client: MqttClient) -> None:
        self._to_greet[client] = set(OWN_WORDS)
        asyncio.get_running_loop().call_later(LISTEN_SECONDS, self._greet, client)

    def _greet(self, client: MqttClient) -> None:
        """Begin to speak at a broker, once for each connection."""
        if client not in self._to_greet:
            return
        del self._to_greet[client]
        self._beginning.listened(self._clients.index(client), boottime())
        self._publish(self._hub.greet(self._clock.now()), [client])
        self._begin_if_due()

    def _begin_if_due(self) -> None:
        """Begin to obey, once."""
        if self._early is None or not self._beginning.is_due(boottime(), is_told=self._hub.is_told):
            return
        early, self._early = self._early, None
        self._publish(self._hub.set_timezone(self._table.timezone, self._clock.now()), self._clients)
        for address, payload, retained in early:
            self._hand_in(address, payload, retained)

    def _receive(self, client: MqttClient, received: str, payload: bytes, retained: bool) -> None:
        try:
            address = parse(self._table.site, received)
        except Refused as refusal:
            self._hub.count(refusal)
            return
        if address.channel in OWN_WORDS:
            if retained:  # else it is what we publish now
                self._hear_own_words(client, address, payload)
            return
        if address.channel is Channel.COMMAND and self._early is not None:
            self._early.append((address, payload, retained))
            return
        self._hand_in(address, payload, retained)

    def _hear_own_words(self, client: MqttClient, address: Address, payload: bytes) -> None:
        if address.channel is Channel.TRUST:
            self._take_kept_trust(payload)
        else:
            self._hand_in(address, payload, retained=True)
        awaited = self._to_greet.get(client, set())
        awaited.discard(address.channel)
        if not awaited:
            self._greet(client)

    def _take_kept_trust(self, note: bytes) -> None:
        try:
            if (signed := self._trust_file.newer_in(note)) is None:
                return
            self._hub.lacks_trust(signed.trust.version)
            self._trust_file.adopt(signed)
        except Refused as refusal:
            self._refuse_kept_trust(refusal)
        except (DoorctlError, OSError) as error:
            say("trust_refused", Level.ALARM, why=error)
        else:
            self._go_on_under(signed)

    def _refuse_kept_trust(self, refusal: Refused) -> None:
        if refusal.refusal == "needs-upgrade" and self._trust_file.trust:
            self._hub.lacks_trust(self._trust_file.trust.version + 1)
        if refusal.refusal != "old-trust":  # a broker that was away has an older one: it gets ours
            self._hub.count(refusal, Address(Channel.TRUST))

    def _hand_in(self, address: Address, payload: bytes, retained: bool) -> None:
        self._publish(self._hub.handle(address, payload, self._clock.now(), retained=retained), self._clients)

    def _publish(self, outgoing: list[Outgoing], clients: list[MqttClient]) -> None:
        for each in outgoing:
            for client in clients:
                if each.address.channel is Channel.TRUST and not self._has_greeted(client):
                    continue  # it may have kept newer trust than ours
                self._send(client, each)

    def _send(self, client: MqttClient, each: Outgoing) -> None:
        channel, to = each.address.channel, topic(self._table.site, each.address)
        if client.publish(to, each.payload, retain=each.retain, urgent=channel in URGENT):
            return
        self._dropped[channel] += 1
        if is_worth_saying(count := self._dropped[channel]):
            say("dropped", Level.WARNING, channel=channel.name.lower(), count=count)

    def _has_greeted(self, client: MqttClient) -> bool:
        return client.is_connected and client not in self._to_greet

    async def _tick_on(self) -> None:
        tidied = boottime()
        while not self._stopping.is_set():
            self._look_at_clock()
            self._publish(self._hub.tick(self._clock.now()), self._clients)
            self._sender.turn(self._clock.now())
            self._begin_if_due()
            self._look_for_trust()
            self._expiry.look(self._trust_file.trust, self._clock.now())
            if boottime() >= tidied + TIDY_SECONDS:
                self._hub.tidy(self._clock.now())
                self._hub.chronicle.look(self._state_dir, self._clock.now())
                self._clock.look_for_synchronization()
                tidied = boottime()
            self._supervisor.turned()
            await asyncio.sleep(TICK_SECONDS)

    def _look_at_clock(self) -> None:
        at = self._clock.now()
        if (step := self._clock.take_step()) is not None:
            self._hub.chronicle.clock_stepped(step, at)

    def _look_for_trust(self) -> None:
        if not self._trust_file.is_news:
            return
        try:
            trust = self._trust_file.load()
        except DoorctlError as error:
            say("trust_refused", Level.ALARM, why=error)
            return
        self._go_on_under(trust)

    def _go_on_under(self, trust: SignedTrust) -> None:
        say("trust_loaded", version=trust.trust.version, controllers=len(trust.trust.controllers))
        if trust.trust.hub != self._we_are:
            self.begins_anew = True
            self._stop()
            return
        self._publish(self._hub.take_trust(trust, self._clock.now()), self._clients)

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
