"""The MQTT topics of a site: how they are built and taken apart."""

import re
from dataclasses import dataclass
from enum import StrEnum

from doorctl.errors import Refused

PREFIX = "doorctl/v1"
NAME_PATTERN = r"[a-z0-9-]{1,32}"
HUB_NAME = "hub"
"""How the hub is called in certificates, in its broker's files, and in records; nobody else may have the name."""
_NAME = re.compile(NAME_PATTERN)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


class Channel(StrEnum):
    """What a topic is for; the text is its pattern below the site."""

    TRUST = "trust"
    HEAD = "head"
    DELTA = "delta"
    RECALL = "recall"
    OCCUPANCY = "occupancy"
    ALERT = "alert"
    SNAPSHOT = "snapshot/{name}/{number}"
    ASK = "ctl/{name}/up/ask"
    ACK = "ctl/{name}/up/ack"
    LOG = "ctl/{name}/up/log"
    STATE = "ctl/{name}/up/state"
    NOTES = "ctl/{name}/up/notes"
    CARRIED = "ctl/{name}/up/carried"
    ANSWER = "ctl/{name}/down/answer"
    LOG_ACK = "ctl/{name}/down/logack"
    ORDER = "ctl/{name}/down/do"
    WHOLE_OCCUPANCY = "ctl/{name}/down/occupancy"
    COMMAND = "admin/{name}/cmd"
    RESPONSE = "admin/{name}/rsp"


RETAINED = frozenset({Channel.TRUST, Channel.HEAD, Channel.STATE})
TO_CONTROLLERS = (
    Channel.TRUST,
    Channel.HEAD,
    Channel.DELTA,
    Channel.ANSWER,
    Channel.LOG_ACK,
    Channel.RECALL,
    Channel.ORDER,
    Channel.SNAPSHOT,
    Channel.OCCUPANCY,
    Channel.WHOLE_OCCUPANCY,
)
"""What a link carries to its keeper; of snapshots only the one that is being collected."""
FROM_CONTROLLERS = (Channel.ASK, Channel.ACK, Channel.LOG, Channel.STATE, Channel.NOTES, Channel.CARRIED)
URGENT = frozenset({Channel.ORDER, Channel.ACK, Channel.CARRIED})
"""What goes before everything else that waits to be sent: what ends a right, and the word that it has ended."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message comes from or goes to: the channel, whose it is, and which of several."""

    channel: Channel
    name: str = ""
    number: int = 0


def is_name(text: str) -> bool:
    """Tell whether the text can be a segment: a site, a controller, an admin, a zone, a door."""
    return _NAME.fullmatch(text) is not None


def topic(site: str, address: Address) -> str:
    """Build the topic of an address."""
    return f"{PREFIX}/{site}/{address.channel.format(name=address.name, number=address.number)}"


def everyones(site: str, channel: Channel) -> str:
    """Build the subscription to one channel of every controller or admin."""
    return f"{PREFIX}/{site}/{channel.format(name='+', number='+')}"


def all_of(site: str, channel: Channel, name: str) -> str:
    """Build the subscription to everything of one name on a channel that is numbered."""
    return f"{PREFIX}/{site}/{channel.format(name=name, number='+')}"


def whole_site(site: str) -> str:
    """Build the subscription to everything of a site."""
    return f"{PREFIX}/{site}/#"


def parse(site: str, received: str) -> Address:
    """Take a topic apart; refuse what is not ours with ``unknown-topic``."""
    head = f"{PREFIX}/{site}/"
    if received.startswith(head):
        segments = received.removeprefix(head).split("/")
        for channel in Channel:
            if (address := _read(channel, segments)) is not None:
                return address
    raise Refused("unknown-topic", "not a topic of this site")


def _read(channel: Channel, segments: list[str]) -> Address | None:
    pattern = channel.split("/")
    if len(pattern) != len(segments):
        return None
    name, number = "", 0
    for expected, segment in zip(pattern, segments, strict=True):
        if expected == "{name}":
            name = segment if is_name(segment) else ""
        elif expected == "{number}":
            number = int(segment) if _NUMBER.fullmatch(segment) else -1
        elif expected != segment:
            return None
    if ("{name}" in pattern and not name) or number < 0:
        return None
    return Address(channel, name, number)
