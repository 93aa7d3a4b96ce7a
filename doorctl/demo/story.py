"""What the demo tells: steps that each do something, look at what came of it, and say where they saw it."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from doorctl.audit.checkpoint import HUB_LOG
from doorctl.audit.leaf import Leaf
from doorctl.core.reasons import Outcome, Reason
from doorctl.demo.building import PROCESSES, Building
from doorctl.demo.witness import NotSeen, wait_for

CARD = "H10301:123:4567"
FLOOR, SERVER_ROOM = "floor-3", "server-room"
QUIET_SECONDS = 0.3
"""So long a strike that must not move is watched."""
_KEEPER_TO_HUB = ("hub", "broker", "link", "keeper")
_READER_TO_STRIKE = ("door", "readers")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step saw, how long it took, and where it was read from."""

    what: str
    seconds: float
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of the story; it cannot be told without these processes."""

    tells: str
    needs: tuple[str, ...]
    do: Callable[[Building], Seen]


@dataclass(frozen=True, slots=True)
class _Swipe:
    began: float
    decision: Leaf


def _start_everything(building: Building) -> Seen:
    began = time.monotonic()
    building.broker.start()
    building.set_up()
    for name in PROCESSES:
        building.start(name)
    building.wait_until_ready()
    return Seen(f"broker, {', '.join(PROCESSES)}", time.monotonic() - began, "reader_online in audit.db")


def _describe_the_building(building: Building) -> Seen:
    began = time.monotonic()
    for zone, kind in ((FLOOR, "floor"), (SERVER_ROOM, "server-room")):
        building.admin("zone", "add", zone, "--kind", kind)
        building.admin("door", "add", zone, zone)
    listed = building.admin("list", "doors")
    if FLOOR not in listed or SERVER_ROOM not in listed:
        raise NotSeen(f"the hub lists: {listed}")
    return Seen("two zones, two doors", time.monotonic() - began, "doorctl list doors")


def _change(*commands: tuple[str, ...]) -> Callable[[Building], Seen]:
    def do(building: Building) -> Seen:
        began = time.monotonic()
        for words in commands:
            said = building.admin(*words)
        if "in force at 1 of 1" not in said:
            raise NotSeen(f"the hub says: {said.strip()}")
        return Seen("in force at 1 of 1 controllers", time.monotonic() - began, "the keeper's signed ack")

    return do


def _opens(door: str) -> Callable[[Building], Seen]:
    def do(building: Building) -> Seen:
        swipe = _swipe(building, door)
        _expect(swipe.decision, Outcome.GRANTED, Reason.GRANTED)
        released = wait_for(
            lambda: next((move for move in building.board.strike_moves(door, since=swipe.began)), None),
            what=f"the strike of {door} to be released",
            seconds=building.patience,
        )
        wait_for(
            lambda: len(building.board.strike_moves(door, since=swipe.began)) > 1 or None,
            what=f"the strike of {door} to be secured again",
            seconds=building.patience,
        )
        what = f"record {swipe.decision.seq}, then released, then secured"
        return Seen(what, released["t"] - swipe.began, "audit.db, the board's socket")

    return do


def _is_denied(door: str, reason: Reason) -> Callable[[Building], Seen]:
    def do(building: Building) -> Seen:
        swipe = _swipe(building, door)
        took = time.monotonic() - swipe.began
        _expect(swipe.decision, Outcome.DENIED, reason)
        time.sleep(QUIET_SECONDS)
        if building.board.strike_moves(door, since=swipe.began):
            raise NotSeen("it was denied, and the strike moved all the same")
        what = f"record {swipe.decision.seq}: {reason}; no strike moved"
        return Seen(what, took, "audit.db, the board's socket")

    return do


def _kill_the_broker(building: Building) -> Seen:
    began = time.monotonic()
    building.broker.kill()
    if building.broker.answers():
        raise NotSeen("the broker still answers")
    return Seen("nothing listens at its port", time.monotonic() - began, "a connection that is refused")


def _bring_the_broker_back(building: Building) -> Seen:
    """See that what happened meanwhile arrives at the hub, with what came before it."""
    began = time.monotonic()
    building.broker.start()
    newest = building.log.records()[-1].seq
    wait_for(
        lambda: (
            any(record["seq"] >= newest for record in _exported(building) if record["controller"] != HUB_LOG) or None
        ),
        what=f"record {newest} to arrive at the hub",
        seconds=building.patience,
    )
    return Seen(f"all up to record {newest} arrived", time.monotonic() - began, "the hub, by doorctl audit export")


def _export(building: Building) -> Seen:
    """Compare the export with what was done at the doors, swipe by swipe."""
    began = time.monotonic()
    exported = [(record["door"], record["outcome"]) for record in _exported(building) if record["kind"] == "decision"]
    if exported != building.swipes:
        raise NotSeen(f"exported {exported}, but at the doors it was {building.swipes}")
    return Seen(f"{len(exported)} swipes in their order", time.monotonic() - began, "the export")


def _exported(building: Building) -> Iterator[dict[str, Any]]:
    lines = building.admin("audit", "export", "--format", "jsonl", "--out", "-").splitlines()
    return (json.loads(line) for line in lines)


def _swipe(building: Building, door: str) -> _Swipe:
    before = building.log.records()[-1].seq
    began = building.swipe(f"{door}-in", CARD)
    decision = wait_for(
        lambda: building.log.decision(door, after=before),
        what=f"the decision about the badge at {door}",
        seconds=building.patience,
    )
    building.swipes.append((door, str(decision.outcome)))
    return _Swipe(began, decision)


def _expect(decision: Leaf, outcome: Outcome, reason: Reason) -> None:
    if (decision.outcome, decision.reason) != (outcome, reason):
        raise NotSeen(f"record {decision.seq} says {decision.outcome}, {decision.reason}")


STORY = (
    Step("A site is made, a controller joins, everything starts", ("broker",), _start_everything),
    Step("An admin describes the building", ("hub", "broker"), _describe_the_building),
    Step("A badge that nobody knows is denied at floor 3", _READER_TO_STRIKE, _is_denied(FLOOR, Reason.UNKNOWN_CARD)),
    Step(
        "The badge is given to Ada, and floor 3 is granted",
        _KEEPER_TO_HUB,
        _change(
            ("person", "add", "ada", "--name", "Ada"),
            ("card", "add", "ada", CARD),
            ("grant", "ada", FLOOR),
        ),
    ),
    Step("The same badge opens floor 3", _READER_TO_STRIKE, _opens(FLOOR)),
    Step("It is denied at the server room", _READER_TO_STRIKE, _is_denied(SERVER_ROOM, Reason.NO_GRANT)),
    Step("The server room is granted", _KEEPER_TO_HUB, _change(("grant", "ada", SERVER_ROOM))),
    Step("It opens the server room", _READER_TO_STRIKE, _opens(SERVER_ROOM)),
    Step("The server room is revoked", _KEEPER_TO_HUB, _change(("revoke", "ada", SERVER_ROOM))),
    Step("It is denied there again", _READER_TO_STRIKE, _is_denied(SERVER_ROOM, Reason.NO_GRANT)),
    Step("The broker is killed", (), _kill_the_broker),
    Step("Floor 3 still opens", _READER_TO_STRIKE, _opens(FLOOR)),
    Step("The broker comes back, and the records arrive", ("hub", "link", "keeper"), _bring_the_broker_back),
    Step("The export shows every swipe in order", ("hub", "broker"), _export),
)
