"""The building of `doorctl demo --building` as real processes, with an admin who commands from within the test."""

from collections.abc import Collection

from typer.testing import CliRunner

from doorctl.audit.leaf import Leaf
from doorctl.cli.app import app
from doorctl.demo.building import Building
from doorctl.demo.chapters.parts import newest
from doorctl.demo.chapters.site import wired
from doorctl.demo.rules_story import RULES_STORY
from doorctl.demo.steps import Do
from doorctl.errors import DoorctlError
from doorctl.mqtt.local_broker import BrokerKind

PATIENCE_SECONDS = 60.0


class RuledBuilding(Building):
    """Tells what it has recorded, and starts no interpreter for a command."""

    def __init__(self) -> None:
        super().__init__(patience=PATIENCE_SECONDS, broker_kind=BrokerKind.MOSQUITTO, wired=wired)

    def begin(self) -> None:
        """Start everything, and describe the building by its site file."""
        for step in RULES_STORY[:2]:
            step.do(self)

    def doorctl(self, *words: str, typed: str = "", may_end_with: Collection[int] = (0,)) -> str:
        """Run a command to its end and return what it printed. Raises DoorctlError with what it complained of."""
        result = CliRunner().invoke(app, list(words), input=typed, env={"DOORCTL_CONFIG": str(self.admin_config)})
        if result.exit_code not in may_end_with:
            raise DoorctlError(f"doorctl {words[0]} ended with {result.exit_code}: {result.stderr.strip()}")
        return result.stdout

    def recorded(self, *parts: Do) -> list[Leaf]:
        """Do one part after the other, and return the records that came of it so far."""
        before = newest(self)
        for part in parts:
            part(self)
        return self.log.records(after=before)
