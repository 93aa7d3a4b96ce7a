"""Inputs of doors: fire before REX before contacts, and a REX that is held releases without a gap."""

from collections.abc import Mapping

import pytest

from doorctl.audit.state import FireKept
from doorctl.core.machines.door_state import Contact
from doorctl.core.machines.inputs import InputState
from doorctl.core.records import RecordKind
from doorctl.door.inputs.input_reports import InputReports
from doorctl.door.inputs.inputs import DoorInputs
from firmware_bridge.reader_events import LineChanged, LinesChanged
from firmware_bridge.supervised_line import LineState
from hardware.debounce import Debouncer
from hardware.pins import ActiveLevel, Input, Pull
from tests.door.hand_driven import DOOR, RELEASED, SECURED, HandDrivenDoorway, Notebook

UNLOCK_SECONDS = 5.0
CONTACT, REX, TAMPER, FIRE = f"{DOOR}.contact", f"{DOOR}.rex", f"{DOOR}.tamper", "fire"
FAULTS = (LineState.OPEN_LINE, LineState.SHORT, LineState.SILENT, LineState.UNSTEADY)
AT_REST = {CONTACT: False, REX: False, FIRE: False}


class WiredDoorway(HandDrivenDoorway):
    """A doorway whose inputs are sampled by the test."""

    def __init__(
        self,
        levels: Mapping[str, bool] = AT_REST,
        *,
        at_rest: Mapping[str, bool] = AT_REST,
        fault_is_fire: bool = False,
        was_burning: bool = False,
    ) -> None:
        super().__init__()
        wired = [Input(name, pin, ActiveLevel.HIGH, Pull.UP, debounce_ms=0) for pin, name in enumerate(at_rest)]
        self.at_rest = at_rest
        self.notebook = Notebook()
        self.inputs = DoorInputs(
            Debouncer(wired),
            {DOOR: self.doorway},
            {DOOR: UNLOCK_SECONDS},
            reports=InputReports(self.notebook, zone_of=lambda door: f"zone-of-{door}"),
            fault_is_fire=fault_is_fire,
            was_burning=was_burning,
        )
        self.sample(levels)

    def sample(self, levels: Mapping[str, bool]) -> None:
        """Take one sample; inputs that are not named rest."""
        self.inputs.take({**self.at_rest, **levels}, self.now)
        self.doorway.tick(self.now)

    def tell(self, *lines: tuple[str, LineState]) -> None:
        """Have supervised lines tell something, all at once."""
        self.now += 2.0
        changes = tuple(LineChanged(name, state, self.now) for name, state in lines)
        self.inputs.take_lines(LinesChanged("lobby", self.now, changes))
        self.doorway.tick(self.now)

    @property
    def told(self) -> list[tuple[RecordKind, str, str, str]]:
        """Kind, detail, door and zone of what was recorded of inputs."""
        statements = [draft.statement for draft in self.notebook.drafts]
        return [(it.kind, it.detail, it.door, it.zone) for it in statements]


@pytest.fixture
def door() -> WiredDoorway:
    return WiredDoorway()


def test_inputs_at_rest_at_the_start_do_nothing(door: WiredDoorway) -> None:
    assert door.done == []


def test_fire_that_burns_at_the_start_releases() -> None:
    door = WiredDoorway({FIRE: True})

    assert door.moves == [RELEASED]


def test_in_one_sample_fire_comes_before_rex_and_rex_before_the_contact(door: WiredDoorway) -> None:
    door.sample({CONTACT: True, REX: True, FIRE: True})

    assert [kind for kind in door.kinds if kind in (RecordKind.FIRE, RecordKind.REX, RecordKind.OPENED)] == [
        RecordKind.FIRE,
        RecordKind.REX,
        RecordKind.OPENED,
    ]


def test_an_opening_in_the_sample_of_the_rex_is_no_break_in(door: WiredDoorway) -> None:
    door.sample({CONTACT: True, REX: True})

    assert RecordKind.FORCED_OPEN not in door.kinds


def test_rex_that_is_held_never_lets_its_release_end(door: WiredDoorway) -> None:
    for _ in range(int(3 * UNLOCK_SECONDS * 100)):
        door.sample({REX: True})
        door.now += 0.01

    assert SECURED not in door.moves


def test_rex_that_was_let_go_ends_after_the_unlock_time(door: WiredDoorway) -> None:
    door.sample({REX: True})
    door.sample({})
    door.now += UNLOCK_SECONDS
    door.sample({})

    assert door.moves == [RELEASED, SECURED]


def test_a_board_that_cannot_be_read_changes_nothing(door: WiredDoorway) -> None:
    door.inputs.take({}, door.now)

    assert door.done == []


def test_the_core_has_a_word_for_every_state_of_a_line() -> None:
    assert list(map(str, LineState)) == list(map(str, InputState))


def test_in_one_moment_lines_are_taken_as_samples_are(door: WiredDoorway) -> None:
    door.tell((CONTACT, LineState.ALARM), (REX, LineState.ALARM), (FIRE, LineState.ALARM))

    assert [kind for kind in door.kinds if kind in (RecordKind.FIRE, RecordKind.REX, RecordKind.OPENED)] == [
        RecordKind.FIRE,
        RecordKind.REX,
        RecordKind.OPENED,
    ]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_line_is_recorded_and_moves_nothing(door: WiredDoorway, fault: LineState) -> None:
    for name in (CONTACT, REX, FIRE, TAMPER, "tamper", "mains", "battery"):
        door.tell((name, fault))

    assert door.moves == []
    assert door.told == [
        (RecordKind.INPUT_FAULT, f"contact {fault}", DOOR, f"zone-of-{DOOR}"),
        (RecordKind.INPUT_FAULT, f"rex {fault}", DOOR, f"zone-of-{DOOR}"),
        (RecordKind.INPUT_FAULT, f"fire {fault}", "", "zone-of-"),
        (RecordKind.INPUT_FAULT, f"tamper {fault}", DOOR, f"zone-of-{DOOR}"),
        (RecordKind.INPUT_FAULT, f"tamper {fault}", "", "zone-of-"),
        (RecordKind.INPUT_FAULT, f"mains {fault}", "", "zone-of-"),
        (RecordKind.INPUT_FAULT, f"battery {fault}", "", "zone-of-"),
    ]


def test_tamper_and_power_are_recorded_and_open_nothing(door: WiredDoorway) -> None:
    for name in (TAMPER, "tamper", "mains", "battery"):
        door.tell((name, LineState.ALARM))

    assert door.done == []
    assert [told[:3] for told in door.told] == [
        (RecordKind.TAMPER, "tamper opened", DOOR),
        (RecordKind.TAMPER, "tamper opened", ""),
        (RecordKind.POWER, "mains failed", ""),
        (RecordKind.POWER, "battery low", ""),
    ]


def test_a_fire_line_that_burns_through_goes_on_burning(door: WiredDoorway) -> None:
    door.tell((FIRE, LineState.ALARM))
    door.tell((FIRE, LineState.OPEN_LINE))
    burnt = list(door.moves)
    door.tell((FIRE, LineState.NORMAL))

    assert (burnt, door.moves) == ([RELEASED], [RELEASED, SECURED])


def test_a_fire_in_which_the_process_ended_burns_on_behind_a_line_that_tells_nothing() -> None:
    door = WiredDoorway({}, at_rest={CONTACT: False, REX: False}, was_burning=True)
    door.tell((FIRE, LineState.SILENT))
    door.tell((FIRE, LineState.OPEN_LINE))
    burning = list(door.moves)
    door.tell((FIRE, LineState.NORMAL))

    assert (burning, door.moves) == ([RELEASED], [RELEASED, SECURED])


def test_a_fire_that_was_over_before_the_start_is_over_at_the_first_sample() -> None:
    door = WiredDoorway(was_burning=True)

    assert door.moves == [RELEASED, SECURED]
    drafts = [submitted.draft for submitted in door.waiting]
    assert [draft.remembered for draft in drafts if draft.statement.kind is RecordKind.FIRE] == [
        (FireKept(burning=True),),
        (FireKept(burning=False),),
    ]


def test_a_fault_of_the_fire_line_releases_where_the_site_wants_it() -> None:
    door = WiredDoorway(fault_is_fire=True)
    door.tell((FIRE, LineState.OPEN_LINE))
    door.tell((FIRE, LineState.NORMAL))

    assert door.moves == [RELEASED, SECURED]


def test_a_button_that_is_held_when_its_line_fails_is_held_no_longer(door: WiredDoorway) -> None:
    door.tell((REX, LineState.ALARM))
    door.tell((REX, LineState.SHORT))
    door.now += UNLOCK_SECONDS
    door.sample({})

    assert door.moves == [RELEASED, SECURED]


def test_a_door_that_was_opened_behind_a_cut_line_was_forced(door: WiredDoorway) -> None:
    door.tell((CONTACT, LineState.NORMAL))
    door.tell((CONTACT, LineState.OPEN_LINE))
    door.tell((CONTACT, LineState.ALARM))

    assert RecordKind.FORCED_OPEN in door.kinds
    assert [detail for _, detail, _, _ in door.told] == ["contact open-line", "contact sound"]


def test_while_a_card_is_decided_a_line_that_is_lost_waits_and_counts_as_open(door: WiredDoorway) -> None:
    door.tell((CONTACT, LineState.NORMAL))
    door.keeps_waiting = True
    door.present()
    door.tell((CONTACT, LineState.SHORT))

    assert door.doorway.state.contact is Contact.OPEN
