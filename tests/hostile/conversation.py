"""What was really said between admins and hub: every command that was given, and each word the hub had for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from doorctl.demo.building import SITE
from doorctl.wire.commands import Command
from doorctl.wire.messages import M, Response, from_text
from doorctl.wire.notes import detach, text_of
from doorctl.wire.rights import OpenDoor
from doorctl.wire.topics import Channel
from doorctl.wire.verdict import Verdict
from tests.hostile.broker import Parcel

PROMISES_NOTHING = "too-many-refused"
"""The refusal after which a command may still take effect (docs/mqtt.md): too many were refused to remember it."""


@dataclass(slots=True)
class Conversation:
    """Commands by id, and the verdicts on each."""

    commands: dict[str, Command] = field(default_factory=dict)
    verdicts: dict[str, set[Verdict]] = field(default_factory=dict)

    @property
    def opens(self) -> set[str]:
        """The commands to open a door."""
        return {name for name, command in self.commands.items() if isinstance(command.do, OpenDoor)}

    def told(self, verdict: Verdict) -> set[str]:
        """The commands of which the hub has said this."""
        return {name for name, verdicts in self.verdicts.items() if verdict in verdicts}


def conversation(said: Iterable[Parcel]) -> Conversation:
    """Read what admins and hub have said."""
    heard = Conversation()
    for parcel in said:
        if parcel.address.channel is Channel.COMMAND:
            command = _read(parcel, Command)
            heard.commands[command.id] = command
        elif parcel.address.channel is Channel.RESPONSE:
            response = _read(parcel, Response)
            if response.reason != PROMISES_NOTHING:
                heard.verdicts.setdefault(response.command, set()).add(response.verdict)
    return heard


def _read(parcel: Parcel, message_type: type[M]) -> M:
    return from_text(text_of(detach(parcel.payload)[0]), message_type, site=SITE)
