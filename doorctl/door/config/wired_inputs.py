"""Which inputs a controller has, by their names: on pins of the board, and at the ends of supervised lines."""

from collections.abc import Iterator, Sequence

from doorctl.door.config.elevator_tables import BUTTON, ElevatorTable, floors_of
from doorctl.door.config.tables import BOARD_INPUTS, INPUTS, USUAL_PULL_UP, BoardTable, DoorTable, InputTable
from firmware_bridge.supervised_line import AlarmWhen, SupervisedInput, read_resistors
from hardware.pins import ActiveLevel, Input, Pull


def inputs_of(
    doors: Sequence[DoorTable], board: BoardTable | None, elevators: Sequence[ElevatorTable] = ()
) -> Iterator[tuple[str, InputTable]]:
    """Yield every input: `floor-3.contact` is a door's, `lift-3.button` a floor's, `fire` the controller's."""
    for door in doors:
        for key in INPUTS:
            table: InputTable | None = getattr(door, key)
            if table is not None:
                yield f"{door.id}.{key}", table
    for floor in floors_of(elevators):
        if floor.button is not None:
            yield f"{floor.door}.{BUTTON}", floor.button
    for key in BOARD_INPUTS if board else ():
        table = getattr(board, key)
        if table is not None:
            yield key, table


def on_pins(
    doors: Sequence[DoorTable], board: BoardTable | None, elevators: Sequence[ElevatorTable] = ()
) -> tuple[Input, ...]:
    """Return the inputs that the board samples."""
    return tuple(
        Input(name, table.pin, ActiveLevel(table.active), table.pull or Pull.UP, table.debounce_ms)
        for name, table in inputs_of(doors, board, elevators)
        if table.pin is not None
    )


def on_lines_to(
    bridge: str, doors: Sequence[DoorTable], board: BoardTable | None, elevators: Sequence[ElevatorTable] = ()
) -> dict[int, SupervisedInput]:
    """Return the inputs whose lines lead to a bridge, by its channels."""
    return {
        table.channel: SupervisedInput(
            name,
            read_resistors(table.resistors, table.pull_up or USUAL_PULL_UP),
            AlarmWhen(table.active),
            table.debounce_ms,
        )
        for name, table in inputs_of(doors, board, elevators)
        if table.bridge == bridge and table.channel is not None and table.resistors is not None
    }
