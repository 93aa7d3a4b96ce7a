"""Whole sites as real processes, each on another kind of broker."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from doorctl.mqtt.local_broker import BrokerKind, LocalBroker
from tests.brokers import TlsBroker, a_tls_mosquitto
from tests.scenarios.nats import NatsBroker
from tests.system.site import RunningSite

CONTROLLER = "controller-1"
_IN_THE_OPEN = re.compile(r"^brokers = .*\n", flags=re.MULTILINE)


class ScenarioSite(RunningSite):
    """A running site on a broker of its own kind."""

    def __init__(self, a_broker: Callable[[Path], LocalBroker], *, mqtt_version: int) -> None:
        super().__init__(mqtt_version=mqtt_version)
        self.broker = a_broker(self.folder)


class TlsSite(RunningSite):
    """A running site on mosquitto as ``doorctl broker-config`` sets it up: TLS, certificates and an access list."""

    def __init__(self, *, mqtt_version: int) -> None:
        super().__init__(mqtt_version=mqtt_version)
        self._tls: TlsBroker = a_tls_mosquitto("demo", self.folder / "tls", admins=["admin"])
        self.broker = self._tls.broker

    def set_up(self) -> None:
        """Set the site up, and have everybody speak TLS, each with a certificate of its own."""
        super().set_up()
        for place, name in (("hub/hub", "hub"), ("controller/controller", CONTROLLER), ("admin/admin", "admin")):
            path = self.site / f"{place}.toml"
            path.write_text(_IN_THE_OPEN.sub(self._tls.lines(name), path.read_text(), count=1))


@contextmanager
def running(site: RunningSite) -> Iterator[RunningSite]:
    """Set a site up and run it, with Ada's card granted; end it afterwards."""
    with site:
        site.set_up()
        site.rewrite_configs("unlock_seconds = 1.0", "unlock_seconds = 0.05")  # each release is a change of its own
        site.run_everything()
        yield site


def an_amqtt_site() -> RunningSite:
    """Make a site on the embedded broker, which speaks 3.1.1 and loses what is in flight on a reconnect."""
    return ScenarioSite(lambda folder: LocalBroker(folder, kind=BrokerKind.AMQTT), mqtt_version=4)


def a_nats_site() -> RunningSite:
    """Make a site on nats-server, which speaks 3.1.1 and redelivers out of order."""
    return ScenarioSite(NatsBroker, mqtt_version=4)
