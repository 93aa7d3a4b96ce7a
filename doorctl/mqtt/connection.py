"""One connection to one broker, from CONNECT to its end, over paho-mqtt; nothing else imports paho.

Each connection has a paho client of its own, so paho never has a message to resend and an acknowledgement
cannot reach another connection than the message's. After the TCP handshake, which has a thread so that it
holds nobody up, everything runs in the event loop. At most as many messages are on their way as the broker
allows; the rest waits here, bounded, and is gone with the connection.
"""

import asyncio
import contextlib
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, LogLevel, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from doorctl.brokers import Broker
from doorctl.errors import ConfigError, Unreachable
from doorctl.mqtt.packets import PacketReader, PassedBy
from doorctl.mqtt.session import KEEPALIVE_SECONDS, MAX_PACKET_BYTES, TOPIC_AND_HEADER_BYTES, Received, Session
from doorctl.mqtt.tls import client_context, named, reason_of
from doorctl.mqtt.urgent_first import UrgentFirst

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike  # paho has it for type checkers alone

CONNECT_SECONDS = 5.0
ON_THEIR_WAY = 20
WAITING = 1024
HANDED_OVER = 20


class _Client(Client):
    """paho's client, which would keep whatever a broker sends, be it 256 MB long."""

    def read_by(self, reader: PacketReader) -> None:
        """Read so from now on."""
        self._reader = reader

    def _sock_recv(self, bufsize: int) -> bytes:
        return self._reader.read(bufsize, super()._sock_recv)


class Connection:
    """A connection that is opened once, used until it is lost or closed, and never used again."""

    def __init__(
        self, session: Session, *, received: Callable[["Connection", Received], None], counters: Counter[str]
    ) -> None:
        """Prepare a connection; ``received`` gets each message, in order, and must not wait."""
        self._session = session
        self._received = received
        self._counters = counters
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[bool] = self._loop.create_future()
        self._ended: asyncio.Future[str] = self._loop.create_future()
        self._waiting: UrgentFirst[tuple[str, bytes, bool]] = UrgentFirst()
        self._on_their_way: set[int] = set()
        self._window = ON_THEIR_WAY
        self._max_packet_bytes = 2**28
        self._reading = False
        self._last_error = ""
        self._paho = self._new_client()

    @property
    def is_open(self) -> bool:
        """Tell whether the broker has acknowledged our subscriptions and is still there."""
        return self._ready.done() and not self._ended.done()

    async def open(self, broker: Broker) -> None:
        """Connect and subscribe. Raises Unreachable."""
        try:
            await asyncio.to_thread(self._connect, broker)
            self._attach()
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._ready
        except (OSError, ConfigError) as error:  # TimeoutError is one
            self._end(reason_of(error) or "no answer")
        except asyncio.CancelledError:
            self._end("given up")
            raise
        if self._ended.done():
            raise Unreachable(self._ended.result())

    async def ended(self) -> str:
        """Wait until the connection is lost or closed; return why."""
        return await asyncio.shield(self._ended)

    def publish(self, topic: str, payload: bytes, *, retain: bool, urgent: bool = False) -> bool:
        """Send with QoS 1, or say no: not connected, too much is waiting, or too large for this broker.

        What is urgent goes before all that waits, and is never too much.
        """
        if not self.is_open:
            return self._no("not-connected")
        if len(payload) + TOPIC_AND_HEADER_BYTES > self._max_packet_bytes:
            return self._no("too-large-for-broker")
        if len(self._waiting) >= WAITING and not urgent:
            return self._no("outgoing-full")
        self._waiting.put((topic, payload, retain), urgent=urgent)
        self._send_waiting()
        return True

    def subscribe(self, topic: str) -> None:
        """Subscribe to one topic more; what is published after this is known to the broker later than it."""
        if self.is_open:
            self._paho.subscribe(topic, 1)

    def unsubscribe(self, topic: str) -> None:
        """End a subscription, also one that the broker remembers from an earlier connection."""
        if self.is_open:
            self._paho.unsubscribe(topic)

    def acknowledge(self, message: Received) -> None:
        """Tell the broker that this message, which came on this connection, was handled."""
        if message.qos and not self._ended.done():
            self._paho.ack(message.identifier, message.qos)

    def pause(self) -> None:
        """Read no more until resumed: the broker is faster than whoever handles its messages."""
        self._stop_reading(self._paho.socket())

    def resume(self) -> None:
        """Read on."""
        if not self._reading and not self._ended.done() and (sock := self._paho.socket()) is not None:
            self._loop.add_reader(sock.fileno(), self._read)
            self._reading = True
            self._read_on()

    async def drain(self, seconds: float) -> None:
        """Wait until all that was sent is acknowledged, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.is_open and (self._waiting or self._on_their_way):
                    await asyncio.sleep(0.005)

    def close(self) -> None:
        """Leave in good order: the broker publishes no Will."""
        if self._ready.done() and self._paho.socket() is not None:
            self._paho.disconnect()
            self._paho.loop_write()
        self._end("closed")

    def drop(self) -> None:
        """Leave without a word: the broker publishes the Will."""
        self._end("dropped")

    def _new_client(self) -> _Client:
        session, is_v5 = self._session, self._session.version == 5
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=session.client_id,
            clean_session=None if is_v5 else session.session_seconds == 0,
            protocol=MQTTProtocolVersion.MQTTv5 if is_v5 else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
            transport="websockets" if session.has_websockets else "tcp",
        )
        client.read_by(PacketReader(MAX_PACKET_BYTES, passed_by=self._on_too_long))
        if session.user is not None:
            client.username_pw_set(session.user)
        client.connect_timeout = CONNECT_SECONDS
        client.max_inflight_messages_set(0)  # no limit: the window here keeps it from ever holding a queue
        if session.will is not None:
            client.will_set(session.will.topic, session.will.payload, qos=1, retain=True)
        client.on_socket_open = _send_at_once
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        client.on_log = self._on_log
        return client

    def _connect(self, broker: Broker) -> None:
        host, port, tls = broker
        if tls is not None:
            self._paho.tls_set_context(client_context(tls))  # anew each time: the files may have been renewed
        if self._session.version == 5:
            asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            asked.SessionExpiryInterval = self._session.session_seconds
            asked.MaximumPacketSize = MAX_PACKET_BYTES
            asked.ReceiveMaximum = HANDED_OVER
            clean = self._session.session_seconds == 0
            self._paho.connect(host, port, KEEPALIVE_SECONDS, clean_start=clean, properties=asked)
        else:
            self._paho.connect(host, port, KEEPALIVE_SECONDS)

    def _attach(self) -> None:
        self._paho.on_socket_close = self._on_socket_close
        self._paho.on_socket_register_write = self._on_register_write
        self._paho.on_socket_unregister_write = self._on_unregister_write
        self.resume()
        if self._paho.want_write() and (sock := self._paho.socket()) is not None:
            self._loop.add_writer(sock.fileno(), self._write)
        self._loop.call_later(1, self._keep_alive)

    def _read(self) -> None:
        if self._reading:
            self._paho.loop_read()
            self._read_on()

    def _read_on(self) -> None:
        """Come back for what TLS has already taken from the socket: nothing else would wake us for it."""
        if self._reading and isinstance(sock := self._paho.socket(), ssl.SSLSocket) and sock.pending():
            self._loop.call_soon(self._read)

    def _write(self) -> None:
        self._paho.loop_write()
        if not self._paho.want_write() and (sock := self._paho.socket()) is not None:
            self._loop.remove_writer(sock.fileno())

    def _keep_alive(self) -> None:
        if not self._ended.done():
            self._paho.loop_misc()
            self._loop.call_later(1, self._keep_alive)

    def _send_waiting(self) -> None:
        while self._waiting and len(self._on_their_way) < self._window:
            topic, payload, retain = self._waiting.take()
            sent = self._paho.publish(topic, payload, qos=1, retain=retain)
            if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._on_their_way.add(sent.mid)

    def _no(self, why: str) -> bool:
        self._counters[why] += 1
        return False

    def _end(self, why: str) -> None:
        if self._ended.done():
            return
        self._ended.set_result(why)
        if not self._ready.done():
            self._ready.set_result(False)
        self._waiting.clear()
        self._on_their_way.clear()
        self._loop.call_soon(self._let_go)  # not from within a callback: paho still uses the socket there

    def _let_go(self) -> None:
        client = self._paho
        if (sock := client.socket()) is not None:
            self._loop.remove_writer(sock.fileno())
            self._stop_reading(sock)
            client.on_socket_close = client.on_socket_unregister_write = client.on_socket_register_write = None
            sock.close()

    def _stop_reading(self, sock: "SocketLike | None") -> None:
        if self._reading and sock is not None:
            self._loop.remove_reader(sock.fileno())
        self._reading = False

    # What paho calls.

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, granted: Properties | None
    ) -> None:
        if reason.is_failure:
            return self._end(f"the broker refused: {reason}")
        self._window = min(ON_THEIR_WAY, getattr(granted, "ReceiveMaximum", ON_THEIR_WAY))
        self._max_packet_bytes = getattr(granted, "MaximumPacketSize", self._max_packet_bytes)
        if not self._session.subscriptions:
            return self._become_ready()
        self._paho.subscribe([(topic, 1) for topic in self._session.subscriptions])
        return None

    def _on_subscribe(
        self, _client: Client, _data: object, _identifier: int, reasons: list[ReasonCode], _granted: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._end("the broker refused a subscription")
        else:
            self._become_ready()

    def _become_ready(self) -> None:
        if not self._ready.done():
            self._ready.set_result(True)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = None
        self._received(self, Received(topic, bytes(message.payload), message.retain, message.mid, message.qos))

    def _on_too_long(self, packet: PassedBy) -> None:
        self._received(self, Received(None, b"", False, packet.identifier, packet.qos, is_too_long=True))

    def _on_publish(
        self, _client: Client, _data: object, identifier: int, reason: ReasonCode, _granted: Properties | None
    ) -> None:
        if reason.is_failure:
            self._counters["refused-by-broker"] += 1
        self._on_their_way.discard(identifier)
        self._send_waiting()

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _granted: Properties | None
    ) -> None:
        self._end(named(self._last_error) or str(reason))

    def _on_log(self, _client: Client, _data: object, level: int, text: str) -> None:
        if level == LogLevel.MQTT_LOG_ERR:  # the only place where paho says why a connection broke
            self._last_error = text

    def _on_socket_close(self, _client: Client, _data: object, sock: "SocketLike") -> None:
        self._loop.remove_writer(sock.fileno())
        self._stop_reading(sock)

    def _on_register_write(self, _client: Client, _data: object, sock: "SocketLike") -> None:
        self._loop.add_writer(sock.fileno(), self._write)

    def _on_unregister_write(self, _client: Client, _data: object, sock: "SocketLike") -> None:
        self._loop.remove_writer(sock.fileno())


def _send_at_once(_client: Client, _data: object, sock: "SocketLike") -> None:
    # Small packets wait 40 ms for company otherwise; the broker needs `set_tcp_nodelay true` as well.
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
