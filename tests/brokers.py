"""Brokers for tests: real ones, each on a free loopback port, ended with the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doorctl.mqtt.local_broker import BrokerKind, LocalBroker

HUGE = 1 << 24


@contextmanager
def a_broker(folder: Path, kind: BrokerKind = BrokerKind.MOSQUITTO) -> Iterator[LocalBroker]:
    """Run a broker that lets packets of any size pass, as a hostile one would."""
    broker = LocalBroker(folder, kind=kind, max_packet_bytes=HUGE)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
