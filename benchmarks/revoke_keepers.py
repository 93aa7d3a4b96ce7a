"""Many controllers in one process: the code of keeper and link, a thread for each keeper, own files and connections.

``python -m benchmarks.revoke_keepers PORT ROOT_KEY STATE_DIR…``; it says ``ready`` when all are connected.
"""

import asyncio
import sys
from pathlib import Path
from threading import Thread

from doorctl.brokers import Broker, BrokerUrl
from doorctl.config import ControllerTable, LinkConfig, LinkTable
from doorctl.keeper.process import KeeperLoop
from doorctl.link.process import Link
from doorctl.mqtt.local_broker import HOST

SITE = "demo"
CONNECT_SECONDS = 30.0


def main(port: str, root_key: str, *state_dirs: str) -> None:
    """Serve until killed."""
    asyncio.run(_serve(int(port), root_key, [Path(each) for each in state_dirs]))


async def _serve(port: int, root_key: str, state_dirs: list[Path]) -> None:
    brokers = LinkTable(brokers=(BrokerUrl(f"mqtt://{HOST}:{port}"),))
    links = []
    for state_dir in state_dirs:
        table = ControllerTable(site=SITE, name=state_dir.name, root_keys=(root_key,))
        runtime_dir = state_dir / "run"
        Thread(target=_keep, args=(table, state_dir, runtime_dir), daemon=True).start()
        links.append(Link(LinkConfig(table, brokers), brokers=[Broker(HOST, port)], runtime_dir=runtime_dir))
    async with asyncio.TaskGroup() as tasks:
        for link in links:
            tasks.create_task(link.run())
        sys.stdout.write("ready\n")
        sys.stdout.flush()


def _keep(table: ControllerTable, state_dir: Path, runtime_dir: Path) -> None:
    loop = KeeperLoop(table, state_dir=state_dir, runtime_dir=runtime_dir)
    while True:
        loop.turn()


if __name__ == "__main__":
    main(*sys.argv[1:])
