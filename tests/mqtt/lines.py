"""A broker of each kind, with each version of MQTT, in the open and over TLS."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from doorctl.brokers import Broker
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import BrokerKind, LocalBroker
from doorctl.mqtt.session import Will
from tests.brokers import HUGE, TlsBroker, a_broker, tls_mosquitto
from tests.mqtt.clients import Inbox, a_client


@dataclass(frozen=True, slots=True)
class Line:
    """A broker and the version of MQTT that is spoken with it."""

    broker: LocalBroker
    version: int
    tls: TlsBroker | None = None

    def reached_by(self, name: str) -> Broker:
        return self.tls.seen_by(name) if self.tls is not None else Broker(*self.broker.address)

    def client(
        self, name: str, inbox: Inbox | None = None, *, topic: str = "t/#", will: Will | None = None
    ) -> MqttClient:
        inbox = inbox or Inbox()
        return a_client(self.reached_by(name), name, inbox, version=self.version, subscriptions=(topic,), will=will)

    def publisher(self, name: str = "sender") -> MqttClient:
        return a_client(
            self.reached_by(name), name, Inbox(), version=self.version, subscriptions=(), session_seconds=0
        )


@contextmanager
def over_tls(folder: Path, version: int) -> Iterator[Line]:
    with tls_mosquitto("hq", folder, more_acl="pattern readwrite #\n", more_conf=f"max_packet_size {HUGE}\n") as tls:
        yield Line(tls.broker, version, tls)


@contextmanager
def in_the_open(folder: Path, version: int, kind: BrokerKind = BrokerKind.MOSQUITTO) -> Iterator[Line]:
    with a_broker(folder, kind) as broker:
        yield Line(broker, version)


LINES = {
    "mosquitto-v5": partial(in_the_open, version=5),
    "mosquitto-v4": partial(in_the_open, version=4),
    "mosquitto-tls-v5": partial(over_tls, version=5),
    "mosquitto-tls-v4": partial(over_tls, version=4),
    "amqtt-v4": partial(in_the_open, version=4, kind=BrokerKind.AMQTT),
}

MOSQUITTOS = [name for name in LINES if name.startswith("mosquitto")]
