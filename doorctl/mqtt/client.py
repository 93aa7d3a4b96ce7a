"""The MQTT client of link, hub and commands: always connected to one of the brokers, or trying to be.

1. Messages are handled one at a time, in the order they came; the broker's acknowledgement goes out only
   after the handler has returned, and only on the connection that the message came on.
2. A handler outlives a lost connection; what waited behind it is dropped, for the broker sends it again.
3. Nothing is kept for a broker that is away: ``publish`` says no, and the notes' own protocol repairs it.
4. What is urgent goes before all that waits, in both directions.
5. Every lost connection is followed by another, after a random part of a growing pause (full jitter).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import SystemRandom

from doorctl.brokers import Broker
from doorctl.errors import Refused, Unreachable
from doorctl.mqtt.connection import Connection
from doorctl.mqtt.pauses import STEADY_SECONDS, Pauses
from doorctl.mqtt.session import SESSION_SECONDS, MessageHandler, Received, Session, Will
from doorctl.mqtt.tls import client_context
from doorctl.mqtt.urgent_first import UrgentFirst
from doorctl.wire.notes import MAX_PAYLOAD_BYTES

LEAVE_SECONDS = 1.0
MOST_TO_HANDLE = 256

_CHANCE = SystemRandom()
_log = logging.getLogger(__name__)


class MqttClient:
    """One client; ``run`` it, ``stop`` it. ``counters`` tells what was refused or dropped, by name."""

    def __init__(
        self,
        *,
        client_id: str,
        brokers: Sequence[Broker | tuple[str, int]],
        on_message: MessageHandler,
        subscriptions: Sequence[str] = (),
        version: int = 5,
        will: Will | Callable[[], Will] | None = None,
        session_seconds: int = SESSION_SECONDS,
        on_connected: Callable[[], None] = lambda: None,
        on_disconnected: Callable[[], None] = lambda: None,
        on_refused: Callable[[Refused], None] = lambda _: None,
        is_urgent: Callable[[str], bool] = lambda _: False,
        chance: Callable[[], float] = _CHANCE.random,
    ) -> None:
        """Prepare a client of the first of these brokers that answers; ``chance`` gives numbers in [0, 1).

        A ``will`` that is a function is asked anew for each connection; ``is_urgent`` tells by its topic what goes
        first to the handler. Raises ConfigError when the files for TLS cannot be used.
        """
        self.counters: Counter[str] = Counter()
        self._session = Session(client_id, version, (), None, session_seconds)
        self._will = will
        self._subscriptions = dict.fromkeys(subscriptions)
        self._given_up: set[str] = set()
        self._brokers = _usable(brokers)
        self._on_message = on_message
        self._on_connected = on_connected
        self._on_disconnected = on_disconnected
        self._on_refused = on_refused
        self._is_urgent = is_urgent
        self._chance = chance
        self._connection: Connection | None = None
        self._to_handle: UrgentFirst[tuple[Connection, Received]] = UrgentFirst()
        self._troubles: dict[Broker, str] = {}
        self._something_came = asyncio.Event()
        self._connected = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        """Tell whether a broker has acknowledged our subscriptions and is still there."""
        return self._connection is not None and self._connection.is_open

    async def run(self) -> None:
        """Stay connected and hand over messages until ``stop``; what the handler raises ends it too, suddenly."""
        tasks = [asyncio.create_task(work()) for work in (self._stay_connected, self._hand_over, self._stopping.wait)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._connection is not None and self._stopping.is_set():
                await self._connection.drain(LEAVE_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self._leave()
        for task in done:
            task.result()

    def stop(self) -> None:
        """End ``run``: what was published is given a second to arrive, then the broker is left in good order."""
        self._stopping.set()

    async def wait_connected(self, seconds: float) -> None:
        """Wait until connected and subscribed. Raises Unreachable."""
        try:
            async with asyncio.timeout(seconds):
                await self._connected.wait()
        except TimeoutError as error:
            brokers = ", ".join(f"{each} ({self._troubles.get(each, 'no answer')})" for each in self._brokers)
            raise Unreachable(f"no broker answered within {seconds:g} s: {brokers}") from error

    def publish(self, topic: str, payload: bytes, retain: bool = False, *, urgent: bool = False) -> bool:
        """Hand a message to the broker with QoS 1. False: it was dropped (away, overrun, or too large for it)."""
        if self._connection is None:
            self.counters["not-connected"] += 1
            return False
        return self._connection.publish(topic, payload, retain=retain, urgent=urgent)

    def subscribe(self, topic: str) -> None:
        """Subscribe from now on, on this connection and on each one after it."""
        self._subscriptions[topic] = None
        self._given_up.discard(topic)
        if self._connection is not None:
            self._connection.subscribe(topic)

    def unsubscribe(self, topic: str) -> None:
        """Subscribe no more; where no broker is there, the next one is told."""
        self._subscriptions.pop(topic, None)
        if self.is_connected and self._connection is not None:
            self._connection.unsubscribe(topic)
        else:
            self._given_up.add(topic)

    async def _leave(self) -> None:
        if self._connection is not None and self._stopping.is_set():
            self._connection.close()
        elif self._connection is not None:
            self._connection.drop()
        await asyncio.sleep(0)  # one turn of the loop: the connection lets go of its socket

    async def _stay_connected(self) -> None:
        pauses = Pauses(self._chance)
        while True:
            lasted = 0.0
            for broker in self._brokers:
                lasted = await self._connect_once(broker)
                if lasted >= STEADY_SECONDS:  # one that lets us in and throws us out must not keep us from the next
                    break
            await asyncio.sleep(pauses.after(lasted))

    async def _connect_once(self, broker: Broker) -> float:
        """Connect and wait for the end; return how many seconds it lasted, 0 if it never was."""
        will = self._will() if callable(self._will) else self._will
        session = replace(self._session, subscriptions=tuple(self._subscriptions), will=will)
        connection = Connection(session, received=self._receive, counters=self.counters)
        try:
            await connection.open(broker)
        except Unreachable as error:
            self._to_handle.clear()
            self._troubles[broker] = str(error)
            _log.info("event=broker_unreachable broker=%s why=%r", broker, str(error))
            return 0.0
        self._connection = connection
        self._catch_up(connection, session)
        return await self._use(connection, broker)

    def _catch_up(self, connection: Connection, session: Session) -> None:
        """Tell the broker of subscriptions that have begun or ended while it did not listen."""
        for topic in self._subscriptions.keys() - set(session.subscriptions):
            connection.subscribe(topic)
        for topic in self._given_up:
            connection.unsubscribe(topic)
        self._given_up.clear()

    async def _use(self, connection: Connection, broker: Broker) -> float:
        loop = asyncio.get_running_loop()
        since = loop.time()
        _log.info("event=broker_connected broker=%s", broker)
        self._connected.set()
        self._on_connected()
        why = await connection.ended()
        _log.info("event=broker_lost broker=%s why=%r", broker, why)
        self._connected.clear()
        self._connection = None
        self._to_handle.clear()
        self._on_disconnected()
        return max(loop.time() - since, 0.001)

    def _receive(self, connection: Connection, message: Received) -> None:
        urgent = message.topic is not None and self._is_urgent(message.topic)
        self._to_handle.put((connection, message), urgent=urgent)
        self._something_came.set()
        if len(self._to_handle) >= MOST_TO_HANDLE:  # QoS 0 alone can do that: there the broker waits for no one
            connection.pause()

    async def _hand_over(self) -> None:
        while True:
            await self._something_came.wait()
            self._something_came.clear()
            while self._to_handle:
                await self._connected.wait()  # a broker may send before it lets us answer
                if not self._to_handle:
                    break
                connection, message = self._to_handle.take()
                await self._handle(message)
                connection.acknowledge(message)
                if len(self._to_handle) < MOST_TO_HANDLE // 2:
                    connection.resume()

    async def _handle(self, message: Received) -> None:
        if message.is_too_long or len(message.payload) > MAX_PAYLOAD_BYTES:
            self._refuse(Refused("too-large", f"a payload has at most {MAX_PAYLOAD_BYTES} bytes"))
        elif message.topic is None:
            self._refuse(Refused("topic-not-utf8"))
        else:
            waiting = self._on_message(message.topic, message.payload, message.retained)
            if waiting is not None:
                await waiting

    def _refuse(self, refusal: Refused) -> None:
        self.counters[refusal.refusal] += 1
        self._on_refused(refusal)


def _usable(brokers: Sequence[Broker | tuple[str, int]]) -> tuple[Broker, ...]:
    """Return the brokers, once the files for TLS of each were read. Raises ConfigError."""
    usable = tuple(Broker(*broker) for broker in brokers)
    for broker in usable:
        if broker.tls is not None:
            client_context(broker.tls)
    return usable
