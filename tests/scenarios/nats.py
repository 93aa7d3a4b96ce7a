"""nats-server as an MQTT 3.1.1 broker: Debian's package, unpacked beside the project and never installed."""

import os
import subprocess
from pathlib import Path

from doorctl.mqtt.local_broker import HOST, BrokerKind, LocalBroker

PACKAGE = "nats-server"
SECONDS = 240
_CONFIG = """\
listen: "{host}:-1"
server_name: doorctl-test
jetstream {{ store_dir: "{store}" }}
mqtt {{ listen: "{host}:{port}" }}
"""


class NatsBroker(LocalBroker):
    """nats-server with JetStream, which it needs for MQTT; what is kept is gone with a kill."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, kind=BrokerKind.AMQTT)  # who speaks 3.1.1 alone
        self._server = unpacked() / "usr/sbin/nats-server"
        self._store = folder

    def _command(self) -> list[str]:
        config = self._store / f"broker-{self.port}.conf"
        config.write_text(_CONFIG.format(host=HOST, port=self.port, store=self._store / "jetstream"))
        return [str(self._server), "--config", str(config)]


def unpacked() -> Path:
    """Return the folder of the unpacked package; fetch it first, if it is not there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "doorctl-tests"
    folder = cache / PACKAGE
    if not (folder / "usr/sbin/nats-server").exists():
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", PACKAGE], cwd=cache, check=True, capture_output=True, timeout=SECONDS)
        package = max(cache.glob(f"{PACKAGE}_*.deb"))
        subprocess.run(["dpkg-deb", "--extract", package, folder], check=True, timeout=SECONDS)
    return folder
