"""The MQTT topics of a site: how they are built and taken apart."""

import re
from dataclasses import dataclass
from enum import StrEnum

from doorctl.errors import Refused

PREFIX = "doorctl/v1"
NAME_PATTERN = r"[a-z0-9-]{1,32}"
_NAME = re.compile(NAME_PATTERN)


class Channel(StrEnum):
    """What a topic is for; the text is its pattern below the site."""

    TRUST = "trust"
    HEAD = "head"
    DELTA = "delta"
    ASK = "ctl/{name}/up/ask"
    ACK = "ctl/{name}/up/ack"
    LOG = "ctl/{name}/up/log"
    STATE = "ctl/{name}/up/state"
    ANSWER = "ctl/{name}/down/answer"
    LOG_ACK = "ctl/{name}/down/logack"
    COMMAND = "admin/{name}/cmd"
    RESPONSE = "admin/{name}/rsp"


RETAINED = frozenset({Channel.TRUST, Channel.HEAD, Channel.STATE})
TO_CONTROLLERS = (Channel.TRUST, Channel.HEAD, Channel.DELTA, Channel.ANSWER, Channel.LOG_ACK)
FROM_CONTROLLERS = (Channel.ASK, Channel.ACK, Channel.LOG, Channel.STATE)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message comes from or goes to: the channel and whose it is."""

    channel: Channel
    name: str = ""


def is_name(text: str) -> bool:
    """Tell whether the text can be a segment: a site, a controller, an admin, a zone, a door."""
    return _NAME.fullmatch(text) is not None


def topic(site: str, address: Address) -> str:
    """Build the topic of an address."""
    return f"{PREFIX}/{site}/{address.channel.format(name=address.name)}"


def everyones(site: str, channel: Channel) -> str:
    """Build the subscription to one channel of every controller or admin."""
    return f"{PREFIX}/{site}/{channel.format(name='+')}"


def parse(site: str, received: str) -> Address:
    """Take a topic apart; refuse what is not ours with ``unknown-topic``."""
    head = f"{PREFIX}/{site}/"
    segments = received.removeprefix(head).split("/")
    if received.startswith(head):
        for channel in Channel:
            pattern = channel.split("/")
            if len(pattern) == len(segments) and all(
                expected in ("{name}", segment) for expected, segment in zip(pattern, segments, strict=True)
            ):
                if "{name}" not in pattern:
                    return Address(channel)
                if is_name(segments[1]):
                    return Address(channel, segments[1])
    raise Refused("unknown-topic", "not a topic of this site")
