"""What the steps of a story are made of: each does something, looks at what came of it, and says where it saw it."""

import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from doorctl.audit.checkpoint import HUB_LOG
from doorctl.audit.leaf import Leaf
from doorctl.core.reasons import Outcome, Reason
from doorctl.demo.building import PROCESSES, Building
from doorctl.demo.witness import NotSeen, wait_for
from doorctl.door.flood import A_SECOND

QUIET_SECONDS = 0.3
"""So long a strike that must not move is watched."""
_BETWEEN_DENIALS = A_SECOND + 0.1
"""Of denials at one reader that follow each other faster, the flood rule records the first."""
_THERE_AND_BACK = 2
KEEPER_TO_HUB = ("hub", "broker", "link", "keeper")
READER_TO_STRIKE = ("door", "readers")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step saw, how long it took, and where it was read from."""

    what: str
    seconds: float
    source: str


Do = Callable[[Building], Seen]


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of the story; it cannot be told without these processes."""

    tells: str
    needs: tuple[str, ...]
    do: Do


@dataclass(frozen=True, slots=True)
class Badge:
    """What somebody holds to a reader, or keys in there after it."""

    card: str = ""
    keys: str = ""


@dataclass(frozen=True, slots=True)
class _Swipe:
    began: float
    decision: Leaf


def start_everything(building: Building) -> Seen:
    """Make the site, let the controller join, and start all processes."""
    began = time.monotonic()
    building.broker.start()
    building.set_up()
    for name in PROCESSES:
        building.start(name)
    building.wait_until_ready()
    return Seen(f"broker, {', '.join(PROCESSES)}", time.monotonic() - began, "reader_online in audit.db")


def in_turn(*parts: Do) -> Do:
    """Do one after the other, as one step."""

    def do(building: Building) -> Seen:
        began = time.monotonic()
        seen = [part(building) for part in parts]
        sources = dict.fromkeys(source for each in seen for source in each.source.split(", "))
        return Seen("; ".join(each.what for each in seen), time.monotonic() - began, ", ".join(sources))

    return do


def change(*commands: tuple[str, ...], typed: str = "") -> Do:
    """Give these commands; the last must come into force. ``typed`` is what the last is told at its prompts."""

    def do(building: Building) -> Seen:
        began = time.monotonic()
        for words in commands[:-1]:
            building.admin(*words)
        said = building.admin(*commands[-1], typed=typed)
        if "in force at 1 of 1" not in said:
            raise NotSeen(f"the hub says: {said.strip()}")
        return Seen("in force at 1 of 1 controllers", time.monotonic() - began, "the keeper's signed ack")

    return do


def opens(door: str, badge: Badge, *, reader: str = "", reason: Reason = Reason.GRANTED, passing: bool = False) -> Do:
    """Present a badge, which must open the door; by another ``reader`` than the one on its way in.

    Who is ``passing`` opens it, and leaves it open.
    """

    def do(building: Building) -> Seen:
        swipe = _swipe(building, door, badge, reader=reader)
        _expect(swipe.decision, Outcome.GRANTED, reason)
        released = wait_for(
            lambda: next((move for move in building.board.strike_moves(door, since=swipe.began)), None),
            what=f"the strike of {door} to be released",
            seconds=building.patience,
        )
        if passing:
            building.board.drive(f"{door}.contact", active=True)
        wait_for(
            lambda: len(building.board.strike_moves(door, since=swipe.began)) > 1 or None,
            what=f"the strike of {door} to be secured again",
            seconds=building.patience,
        )
        what = f"record {swipe.decision.seq}{_beside(reason)}, then released, then secured"
        return Seen(what, released["t"] - swipe.began, "audit.db, the board's socket")

    return do


def is_granted(door: str, badge: Badge) -> Do:
    """Present a badge, which must be granted, at a door that may stay released."""

    def do(building: Building) -> Seen:
        swipe = _swipe(building, door, badge, reader="")
        _expect(swipe.decision, Outcome.GRANTED, Reason.GRANTED)
        return Seen(f"record {swipe.decision.seq}", time.monotonic() - swipe.began, "audit.db")

    return do


def is_denied(door: str, reason: Reason, badge: Badge, *, reader: str = "") -> Do:
    """Present a badge, which must be denied for this reason and move no strike."""

    def do(building: Building) -> Seen:
        swipe = _swipe(building, door, badge, reader=reader)
        took = time.monotonic() - swipe.began
        _expect(swipe.decision, Outcome.DENIED, reason)
        time.sleep(QUIET_SECONDS)
        if building.board.strike_moves(door, since=swipe.began):
            raise NotSeen("it was denied, and the strike moved all the same")
        what = f"record {swipe.decision.seq}: {reason}; no strike moved"
        return Seen(what, took, "audit.db, the board's socket")

    return do


def enables(cabin: str, floors: Collection[str], badge: Badge, *, of: Collection[str]) -> Do:
    """Present a badge in a cabin, which must enable these floors ``of`` it for a time, and no other."""

    def do(building: Building) -> Seen:
        swipe = _swipe(building, cabin, badge, reader="")
        _expect(swipe.decision, Outcome.GRANTED, Reason.GRANTED)
        moves = wait_for(
            lambda: _moved(building, of, since=swipe.began, there_and_back=floors),
            what=f"{', '.join(floors)} to be enabled, and then disabled",
            seconds=building.patience,
        )
        if others := sorted(set(moves) - set(floors)):
            raise NotSeen(f"{', '.join(others)} moved, too")
        what = f"record {swipe.decision.seq}, then {len(floors)} of {len(of)} floors enabled, then disabled"
        return Seen(what, min(moves.values()) - swipe.began, "audit.db, the board's socket")

    return do


def _moved(
    building: Building, floors: Collection[str], *, since: float, there_and_back: Collection[str]
) -> dict[str, float] | None:
    """Return when each relay that moved did so first; None while these have not moved there and back."""
    moves = {floor: building.board.strike_moves(floor, since=since) for floor in floors}
    if any(len(moves[floor]) < _THERE_AND_BACK for floor in there_and_back):
        return None
    return {floor: each[0]["t"] for floor, each in moves.items() if each}


def kill_the_broker(building: Building) -> Seen:
    """Take the network away."""
    began = time.monotonic()
    building.broker.kill()
    if building.broker.answers():
        raise NotSeen("the broker still answers")
    return Seen("nothing listens at its port", time.monotonic() - began, "a connection that is refused")


def bring_the_broker_back(building: Building) -> Seen:
    """See that what happened meanwhile arrives at the hub, with what came before it."""
    began = time.monotonic()
    building.broker.start()
    newest = building.log.records()[-1].seq
    wait_for(
        lambda: (
            any(record["seq"] >= newest for record in exported(building) if record["controller"] != HUB_LOG) or None
        ),
        what=f"record {newest} to arrive at the hub",
        seconds=building.patience,
    )
    return Seen(f"all up to record {newest} arrived", time.monotonic() - began, "the hub, by doorctl audit export")


def export(building: Building) -> Seen:
    """Compare the export with what was done at the doors, swipe by swipe."""
    began = time.monotonic()
    wait_for(
        lambda: _decided(building) == building.swipes or None,
        what=f"the export to show what it was at the doors: {building.swipes}",
        seconds=building.patience,
    )
    return Seen(f"{len(building.swipes)} swipes in their order", time.monotonic() - began, "the export")


def _decided(building: Building) -> list[tuple[str, str]]:
    return [(record["door"], record["outcome"]) for record in exported(building) if record["kind"] == "decision"]


def exported(building: Building) -> Iterator[dict[str, Any]]:
    """Return all records that the hub has."""
    lines = building.admin("audit", "export", "--format", "jsonl", "--out", "-").splitlines()
    return (json.loads(line) for line in lines)


def _swipe(building: Building, door: str, badge: Badge, *, reader: str) -> _Swipe:
    reader, began = reader or f"{door}-in", 0.0
    time.sleep(max(0.0, building.denied_at.get(reader, 0.0) + _BETWEEN_DENIALS - time.monotonic()))
    before = building.log.records()[-1].seq
    if badge.card:
        began = building.swipe(reader, badge.card)
    if badge.keys:
        began = building.press(reader, badge.keys)
    decision = wait_for(
        lambda: building.log.decision(door, after=before),
        what=f"the decision about the badge at {door}",
        seconds=building.patience,
    )
    building.swipes.append((door, str(decision.outcome)))
    if decision.outcome is Outcome.DENIED:
        building.denied_at[reader] = time.monotonic()
    return _Swipe(began, decision)


def _expect(decision: Leaf, outcome: Outcome, reason: Reason) -> None:
    if (decision.outcome, decision.reason) != (outcome, reason):
        raise NotSeen(f"record {decision.seq} says {decision.outcome}, {decision.reason}")


def _beside(reason: Reason) -> str:
    return "" if reason is Reason.GRANTED else f": {reason}"
