"""Sites as ``doorctl init`` makes them, and what tests do with them: run commands, bring records to the hub."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from doorctl.audit.checkpoint import Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.leaf import Leaf, leaf_bytes, new_opening
from doorctl.audit.tree import Tree
from doorctl.cli.app import app
from doorctl.clock import ClockQuality
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.keeper.join import load_keeper
from doorctl.keys.identity import load_signer, log_key_name
from doorctl.keys.sealing import seal
from doorctl.mqtt.client import MqttClient
from doorctl.trust.note import HubKeys, Trust
from doorctl.wire.messages import LogBatch, from_text, to_text
from doorctl.wire.notes import attach, sign_text, text_of
from doorctl.wire.topics import Address, Channel, topic

SITE = "hq"
SECONDS = 60.0
CONTROLLER = "controller-1"
BADGE = "c" * 64
"""An unknown card."""


def run(*arguments: str, typed: str | None = None) -> Result:
    """Run a command line."""
    return CliRunner().invoke(app, list(arguments), input=typed)


@dataclass(frozen=True, slots=True)
class ASite:
    """The folders of a site, and the port of its broker."""

    folder: Path
    port: int = 1883

    @property
    def controller_toml(self) -> Path:
        return self.folder / "controller" / "controller.toml"

    @property
    def admin_toml(self) -> Path:
        return self.folder / "admin" / "admin.toml"

    @property
    def trust_note(self) -> Path:
        return self.folder / "hub" / "state" / "trust.note"

    @property
    def trust(self) -> Trust:
        return from_text(text_of(self.trust_note.read_bytes()), Trust, site=SITE)

    @property
    def hub_keys(self) -> HubKeys:
        return self.trust.hub

    def admin(self, *arguments: str) -> Result:
        """Run an admin's command."""
        return run(*arguments, "--config", str(self.admin_toml))

    def ask(self, *arguments: str) -> list[Any]:
        """Run an admin's command that succeeds, and return the objects it writes."""
        result = self.admin(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    def change(self, *arguments: str) -> dict[str, Any]:
        """Run an admin's command that succeeds, and return how it ended."""
        last: dict[str, Any] = self.ask(*arguments)[-1]
        return last


def a_site(folder: Path, port: int = 1883) -> ASite:
    """Make a site in Paris."""
    broker = f"mqtt://127.0.0.1:{port}"
    result = run(
        "init", SITE, "--dir", str(folder), "--timezone", "Europe/Paris", "--broker", broker, "--no-passphrase"
    )
    assert result.exit_code == 0, result.output
    return ASite(folder, port)


def with_root(site: ASite, *words: str, root: str = "root-1") -> Result:
    """Run a command that signs trust."""
    return run(*words, "--root", str(site.folder / root), "--trust", str(site.trust_note))


def a_code(site: ASite) -> str:
    """Make the controller's keys; return the code."""
    return run("join", "--config", str(site.controller_toml)).stdout.strip()


def an_admin(site: ASite, name: str, folder: Path) -> str:
    """Make another admin's keys; return the code."""
    result = run("admin", "join", name, "--like", str(site.admin_toml), "--dir", str(folder), "--no-passphrase")
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def join_controller(site: ASite) -> None:
    """Let the controller join, as its installer and the holder of the root do."""
    result = with_root(site, "trust", "add-controller", a_code(site))
    assert result.exit_code == 0, result.output


def a_decision(seq: int, door: str, outcome: Outcome = Outcome.GRANTED, *, subject: str = "") -> tuple[Leaf, str]:
    """Make a record of a decision, and whom it is about."""
    leaf = Leaf(
        v=1,
        controller=CONTROLLER,
        epoch=1,
        seq=seq,
        boot="b00t",
        kind=RecordKind.DECISION,
        at=f"2026-11-21T10:00:{seq:02d}.000+00:00",
        clock=ClockQuality.SYNCHRONIZED,
        mono_ms=seq,
        door=door,
        zone=door,
        reader=f"{door}-in",
        outcome=outcome,
        reason=Reason.GRANTED if outcome is Outcome.GRANTED else Reason.NO_GRANT,
    )
    return leaf, subject


class ALog:
    """A controller's log, which the test writes and brings to the hub."""

    def __init__(self, site: ASite) -> None:
        self.site = site
        self._tree = Tree()

    def bring(self, *records: tuple[Leaf, str]) -> None:
        """Send the next records to the hub and wait until it says that it has them.

        They get the numbers that come next: which tests of a file brought records before is up to the run.
        """
        first = self._tree.size
        records = tuple((replace(leaf, seq=first + place), subject) for place, (leaf, subject) in enumerate(records))
        openings = [new_opening(leaf.seq, subject) for leaf, subject in records if subject]
        committed = {opening.seq: opening.commitment for opening in openings}
        leaves = [leaf_bytes(replace(leaf, subject=committed.get(leaf.seq, ""))) for leaf, _ in records]
        for leaf in leaves:
            self._tree = self._tree.append(leaf)
        sealed = seal(msgspec.json.encode(openings), to=self.site.hub_keys.box, about=f"openings:1:{first}")
        asyncio.run(_say_until_answered(self.site, attach(self._batch(first, leaves), sealed)))

    def _batch(self, first: int, leaves: Sequence[bytes]) -> bytes:
        state_dir = self.site.folder / "controller" / "state"
        log_key = load_signer(state_dir / "keys" / "log.pem", log_key_name(CONTROLLER))
        checkpoint = Checkpoint(origin_of(SITE, CONTROLLER, 1), self._tree.size, self._tree.root)
        batch = LogBatch(
            site=SITE,
            controller=CONTROLLER,
            log_epoch=1,
            first=first,
            leaves=tuple(leaf.decode() for leaf in leaves),
            checkpoint=sign_checkpoint(checkpoint, log_key).decode(),
        )
        return sign_text(to_text(batch), load_keeper(state_dir, CONTROLLER).signer)


def five_records(site: ASite) -> ALog:
    """Bring five records: Ada twice, Grace once, an unknown badge, and a door without anybody."""
    people = (("ada", "Ada"), ("grace", "=Grace()"))  # a name that a spreadsheet would reckon with
    holders = [site.ask("person", "add", handle, "--name", name)[0]["holder"] for handle, name in people]
    ada, her = (f"holder:{holder}" for holder in holders)
    join_controller(site)
    log = ALog(site)
    log.bring(
        a_decision(0, "floor-3", subject=ada),
        a_decision(1, "server-room", Outcome.DENIED, subject=ada),
        a_decision(2, "floor-3", subject=her),
        a_decision(3, "floor-3", Outcome.DENIED, subject=f"credential:{BADGE}"),
        a_decision(4, "server-room"),
    )
    return log


async def _say_until_answered(site: ASite, payload: bytes) -> None:
    answered = asyncio.Event()
    client = MqttClient(
        client_id=f"link-{CONTROLLER}",
        brokers=[("127.0.0.1", site.port)],
        subscriptions=[topic(SITE, Address(Channel.LOG_ACK, CONTROLLER))],
        on_message=lambda _topic, _payload, _retained: answered.set(),
        session_seconds=0,
    )
    running = asyncio.create_task(client.run())
    await client.wait_connected(SECONDS)
    async with asyncio.timeout(SECONDS):
        while not answered.is_set():
            client.publish(topic(SITE, Address(Channel.LOG, CONTROLLER)), payload)
            await asyncio.wait([asyncio.create_task(answered.wait())], timeout=0.3)
    client.stop()
    await running
