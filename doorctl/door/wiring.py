"""How the parts of the door process hang together: readers, inputs, doors, policy, orders, and the loop over them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from doorctl.clock import TRUSTED
from doorctl.core.machines.door_state import DoorState
from doorctl.door.asking.asked import WayOut
from doorctl.door.asking.card_keys import CardKeyFile
from doorctl.door.asking.enrolments import Enrolments
from doorctl.door.asking.escorts import VisitorBook
from doorctl.door.asking.own_pins import OwnPins
from doorctl.door.asking.uses import UseBook
from doorctl.door.asking.wrong_pins import WrongPinBook
from doorctl.door.bell_line import BellLine
from doorctl.door.config.door_config import (
    DoorConfig,
    indicators_of,
    interlock_of,
    reader_classes_of,
    settings_of,
    signatures_of,
    strikes_at_bridges,
)
from doorctl.door.config.elevator_tables import ElevatorTable, cabin_floors_of, cabin_settings_of, floors_of
from doorctl.door.config.tables import DoorTable, Egress
from doorctl.door.config.wired_inputs import on_pins
from doorctl.door.doorway import Doorway
from doorctl.door.elevator import Elevator
from doorctl.door.foundation import Foundation
from doorctl.door.garbage import search_if_many
from doorctl.door.hub_watch import HubWatch
from doorctl.door.inputs.bridge_strikes import BridgeStrikes, Output
from doorctl.door.inputs.feedback import feedback_of
from doorctl.door.inputs.input_reports import InputReports
from doorctl.door.inputs.inputs import DoorInputs
from doorctl.door.inputs.signals import Signals
from doorctl.door.interlock import Interlock
from doorctl.door.loop import DoorLoop
from doorctl.door.loop_watch import LoopWatch
from doorctl.door.orders.deny_list import DenyList
from doorctl.door.orders.orders import Orders
from doorctl.door.pairing_desk import PairingDesk
from doorctl.door.policy.erasures import Erasures
from doorctl.door.policy.policy_desk import Files, PolicyDesk
from doorctl.door.policy.policy_watch import PolicyWatch, RosterRecords
from doorctl.door.policy.standing import Standing
from doorctl.door.policy.trust_watch import TrustWatch
from doorctl.door.presence.movement_records import MovementRecords
from doorctl.door.presence.occupancy import OccupancyBook
from doorctl.door.presence.occupancy_watch import OccupancyWatch
from doorctl.door.reader_events import DoorWithReader, ReaderEvents
from doorctl.door.reader_lines import lines_of, pairing_desks_of, telling
from doorctl.door.surroundings import Surroundings
from doorctl.door.technician.desk import TechnicianDesk
from doorctl.keys.identity import decode_public
from doorctl.places import RunSocket, StateFile
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rosters import RosterBook
from firmware_bridge.reader_line import ReaderLine
from hardware.debounce import Debouncer

FIRST_LOOK_SECONDS = 0.5
"""So long the first sample of the inputs may wait for the policy, by which a door may be unlocked."""


@dataclass(frozen=True, slots=True)
class BeforeDoors:
    """Who takes what readers tell before it is a door's, and what is no door's at all."""

    inputs: DoorInputs
    enrolments: Enrolments
    own_pins: OwnPins
    pairing: Sequence[PairingDesk]


def loop_of(base: Foundation) -> DoorLoop:
    """Make all parts and the loop over them; the policy is looked at from now on."""
    card_keys = CardKeyFile(base.state_dir / StateFile.CARD_KEYS)
    desk = PolicyDesk(_files_of(base, card_keys))
    lines = lines_of(base.config, base.config_path)
    signals = _signals_of(base, lines)
    movements = MovementRecords(base.statements, base.writer.submit)
    strikes = _strikes_of(base, lines, zone_of=lambda door: doorways[door].zone)
    around = _surroundings_of(base, desk, signals, movements, strikes)
    doorways = _doorways_of(base.config, around)
    own_pins = OwnPins(around, _by_reader(base.config, doorways), card_keys)
    enrolments = _enrolments_of(base.config, around)
    elevators = _elevators_of(base.config, around, desk)
    every_door = doorways | {floor: it for elevator in elevators for floor, it in elevator.floors.items()}
    occupancy = _occupancy_of(base, around, movements)
    watch, each_second = _watch_of(base, every_door, around, desk=desk, enrolments=enrolments, occupancy=occupancy)
    desk.start(watch)
    inputs = _inputs_of(base, doorways, elevators, around, zone_of=lambda door: every_door[door].zone if door else "")
    at_readers = _at_readers(base.config, doorways, elevators)
    pairing = pairing_desks_of(base, lines, at_readers)
    before = BeforeDoors(inputs, enrolments, own_pins, pairing)
    reader_events = _reader_events_of(base, at_readers, card_keys, around, signals, before=before)
    technician = _technician_of(base, every_door)
    desk.wait_for_first_look(FIRST_LOOK_SECONDS)
    return DoorLoop(
        writer=base.writer,
        lines=lines,
        board=base.board,
        doorways=(*doorways.values(), *elevators),
        inputs=inputs,
        reader_events=reader_events,
        signals=signals,
        policy_desk=desk,
        clock=base.clock,
        recorder=base.recorder,
        latency=base.latency,
        each_second=(*each_second, own_pins.tick, strikes.tick, technician.tick, base.turned),
        at_end=(strikes.close, movements.close),
        desks=(*pairing, technician),
    )


def _technician_of(base: Foundation, doorways: Mapping[str, Doorway]) -> TechnicianDesk:
    path = base.socket(RunSocket.TECHNICIAN)
    said, submit = base.statements, base.writer.submit
    return TechnicianDesk(
        doorways, path=path, live=base.live, statements=said, submit=submit, epoch=lambda: base.log.epoch
    )


def _watch_of(
    base: Foundation,
    doorways: Mapping[str, Doorway],
    around: Surroundings,
    *,
    desk: PolicyDesk,
    enrolments: Enrolments,
    occupancy: OccupancyWatch,
) -> tuple[PolicyWatch, Sequence[Callable[[], None]]]:
    """Return who takes the desk's news, and what is to be called each second for it."""
    roster_records = RosterRecords(base.statements, base.writer.submit)
    erasures = Erasures(
        base.writer, base.log, statements=base.statements, erased=base.memory.erased, submit=base.writer.submit
    )
    hub_watch = HubWatch(base.recorder, base.writer, base.log, room=around.room)
    orders = _orders_of(base, doorways, around, desk=desk, enrolments=enrolments)
    watch = PolicyWatch(
        doorways,
        base.recorder,
        roster_records=roster_records,
        deny_list=around.deny_list,
        carry_out=orders.take,
        erase=erasures.take,
        hear=hub_watch.take,
        learn=occupancy.learn,
        count=around.occupancy.hear,
    )
    loop_watch = LoopWatch(base.latency, desk.tell_keeper)
    ticks = (roster_records.try_again, erasures.try_again, hub_watch.tick, enrolments.tick, occupancy.tick)
    return watch, (*ticks, loop_watch.tick, search_if_many)


def _strikes_of(base: Foundation, lines: Sequence[ReaderLine], *, zone_of: Callable[[str], str]) -> BridgeStrikes:
    line_called = {line.name: line for line in lines}
    outputs = {
        door: Output(line_called[at.bridge], at.output) for door, at in strikes_at_bridges(base.config.door).items()
    }
    return BridgeStrikes(outputs, base.recorder, drive_pin=base.board.drive, zone_of=zone_of)


def _surroundings_of(
    base: Foundation, desk: PolicyDesk, signals: Signals, movements: MovementRecords, strikes: BridgeStrikes
) -> Surroundings:
    return Surroundings(
        ask=desk.ask,
        position=lambda: desk.position,
        submit=base.writer.submit,
        insist=movements.insist,
        drive=strikes.drive,
        signal=lambda door, name: signals.show(door, name, time.monotonic()),
        statements=base.statements,
        deny_list=DenyList(),
        wrong_pins=WrongPinBook(base.memory.wrong_pins, at=base.clock.now()),
        uses=UseBook(base.memory.uses),
        visitors=VisitorBook(base.memory.brought),
        occupancy=OccupancyBook(base.memory.occupancy, write=movements.take, clock=base.clock.now),
        interlock=Interlock(interlock_of(base.config.door)),
        room=lambda: base.log.has_room_for_floods,
        standing=desk.with_standing,
        kept_modes=base.memory.modes,
        clock=base.clock.now,
    )


def _orders_of(
    base: Foundation,
    doorways: Mapping[str, Doorway],
    around: Surroundings,
    *,
    desk: PolicyDesk,
    enrolments: Enrolments,
) -> Orders:
    return Orders(
        doorways,
        deny_list=around.deny_list,
        answered=base.memory.orders,
        statements=around.statements,
        submit=around.submit,
        tell=desk.tell_keeper,
        position=around.position,
        clock=base.clock.now,
        enrolments=enrolments,
    )


def _files_of(base: Foundation, card_keys: CardKeyFile) -> Files:
    controller, log = base.config.controller, base.log
    doors, floors = base.config.door, tuple(floors_of(base.config.elevator))
    strict = [(door.id, door.strict_zone) for door in doors] + [(floor.door, floor.strict_zone) for floor in floors]
    rosters = RosterBook(signatures=signatures_of((*doors, *floors)), accepted=base.memory.rosters)
    root_keys = [decode_public(key) for key in controller.root_keys]
    return Files(
        policy=PolicyReader(base.state_dir / StateFile.POLICY, rosters=rosters),
        rosters=rosters,
        trust=TrustWatch(base.state_dir / StateFile.TRUST, site=controller.site, root_keys=root_keys),
        card_keys=card_keys,
        standing=Standing(
            base.clock,
            fork_mark=base.state_dir / StateFile.FORK_MARK,
            is_disk_almost_full=lambda: log.is_disk_almost_full,
        ),
        bell=BellLine(base.socket(RunSocket.BELL)),
        doors=tuple(door for door, _ in strict),
        strict_zones={door: zone for door, zone in strict if zone is not None},
    )


def _doorways_of(config: DoorConfig, around: Surroundings) -> dict[str, Doorway]:
    return {
        door.id: Doorway(
            door.id,
            DoorState(settings_of(door)),
            late_seconds=door.late_seconds,
            around=around,
            strict_zone=door.strict_zone,
            way_out=WayOut(frozenset(door.exit_readers), door.egress is Egress.HARDWARE),
        )
        for door in config.door
    }


def _elevators_of(config: DoorConfig, around: Surroundings, desk: PolicyDesk) -> list[Elevator]:
    return [
        Elevator(
            elevator.id,
            cabin_floors_of(elevator),
            cabin_settings_of(elevator),
            late_seconds=elevator.late_seconds,
            around=around,
            ask=desk.ask_together,
        )
        for elevator in config.elevator
    ]


def _inputs_of(
    base: Foundation,
    doorways: Mapping[str, Doorway],
    elevators: Sequence[Elevator],
    around: Surroundings,
    *,
    zone_of: Callable[[str], str],
) -> DoorInputs:
    doors, board = base.config.door, base.config.board
    return DoorInputs(
        Debouncer(on_pins(doors, board, base.config.elevator)),
        doorways,
        {door.id: door.unlock_seconds for door in doors},
        reports=InputReports(base.recorder, zone_of=zone_of, room=around.room),
        elevators=elevators,
        fault_is_fire=board.fault_is_fire,
        was_burning=base.memory.burning and board.fire is not None,
        overhear=base.live.input,
    )


def _at_readers(
    config: DoorConfig, doorways: Mapping[str, Doorway], elevators: Sequence[Elevator]
) -> dict[str, DoorWithReader]:
    at_doors = _by_reader(config, doorways)
    in_cabins = {
        reader: elevator
        for elevator, table in zip(elevators, config.elevator, strict=True)
        for reader in table.readers
    }
    return {**at_doors, **in_cabins}


def _occupancy_of(base: Foundation, around: Surroundings, movements: MovementRecords) -> OccupancyWatch:
    return OccupancyWatch(
        around.occupancy, movements, clock=base.clock.now, is_clock_trusted=lambda: base.clock.quality() in TRUSTED
    )


def _enrolments_of(config: DoorConfig, around: Surroundings) -> Enrolments:
    outside = {door.id: door.readers for door in config.door}
    return Enrolments(around, outside, inside={door.id: door.exit_readers for door in config.door})


def _by_reader(config: DoorConfig, doorways: Mapping[str, Doorway]) -> dict[str, Doorway]:
    return {reader: doorways[door.id] for door in config.door for reader in door.all_readers}


def _reader_events_of(
    base: Foundation,
    at_readers: Mapping[str, DoorWithReader],
    card_keys: CardKeyFile,
    around: Surroundings,
    signals: Signals,
    *,
    before: BeforeDoors,
) -> ReaderEvents:
    return ReaderEvents(
        at_readers,
        card_keys,
        base.recorder,
        clock=base.clock.now,
        room=around.room,
        sound_key=signals.sound_key,
        take_lines=before.inputs.take_lines,
        classes=reader_classes_of(base.config.line),
        before_doors=(before.enrolments, before.own_pins),
        take_entry=before.own_pins.take_entry,
        take_pairing=telling(before.pairing),
        overhear=base.live.reader,
    )


def _signals_of(base: Foundation, lines: Sequence[ReaderLine]) -> Signals:
    line_of = {reader: line for line in lines for reader in line.readers}
    doors: tuple[DoorTable | ElevatorTable, ...] = (*base.config.door, *base.config.elevator)
    return Signals(
        base.board,
        {door.id: indicators_of(door) for door in doors},
        {
            **{door.id: door.all_readers for door in base.config.door},
            **{cabin.id: cabin.readers for cabin in base.config.elevator},
        },
        indicate=lambda reader, indication: line_of[reader].indicate(reader, indication),
        feedback=feedback_of(base.config.feedback),
    )
