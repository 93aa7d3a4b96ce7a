"""The real door process behind the firmware: what is pulsed on the chip's pins is what stands in the log."""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from firmware_bridge.wiegand import Accepted, encode, first_match, frame_of_card
from firmware_bridge.wiegand_formats import FORMATS, Layout
from tests.door.test_bridge_strikes import AT_BRIDGE
from tests.door.test_inputs_process import SUPERVISED
from tests.door_rig import ADA, FLOOR, SERVER_ROOM, STRANGER
from tests.mcu.chip import Chip, pulses
from tests.mcu.chip_rig import EVERY_FORMAT, READERS, ChipRig
from tests.mcu.test_chip import RESISTORS

CARDS = 1000
CARDS_IN_A_TRACK = 10
WIDTHS, INTERVALS = (20, 50, 100, 400), (200, 500, 1000, 2000, 20_000)
HOW_OFTEN = (4, 4, 4, 4, 1)
CLOSED, OPEN, CUT = RESISTORS.ratios[1:]
CONTACT, REX, TAMPER = 3, 4, 5
STRIKE, OTHER_STRIKE = "D7", "D6"
HOST_GONE_MS = 3000
WIRED = (
    SUPERVISED.replace("channel = 3", "channel = 5")
    .replace("channel = 2", "channel = 4")
    .replace("channel = 1", "channel = 3")
)
"""The door of the chip's second reader, by the channels of docs/microcontroller.md."""


@pytest.fixture
def rig(tmp_path: Path, paced_chip: Chip) -> Iterator[ChipRig]:
    """A door that is not started yet; Ada may pass the floor's."""
    rig = ChipRig(tmp_path, paced_chip)
    for channel in range(8):
        paced_chip.analog(channel, CLOSED)
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
    yield rig
    rig.close()


def show(rig: ChipRig, reader: int, bits: str, *, width: int = 50, interval: int = 1000) -> None:
    """Send a burst, and wait until the next may begin."""
    rig.chip.play(f"{pulses(reader, bits, width=width, interval=interval)} {pause(reader, 100_000)}")
    rig.chip.finish()


def high(chip: Chip, pin: str) -> bool:
    """Tell whether an output is high now."""
    chip.drain()
    return next((bool(change.level) for change in reversed(chip.changes) if change.pin == pin), False)


def let_pass(chip: Chip, *, seconds: float) -> None:
    """Wait by the chip's clock."""
    chip.play(pause(0, round(seconds * 1_000_000)))
    chip.finish()


def pause(reader: int, us: int) -> str:
    """Leave a reader's line as it is for a while."""
    return f"D{2 + 2 * reader}+{us} D{2 + 2 * reader}+1"


def a_frame(layout: Layout, chance: Random) -> str:
    """Give a card of a format with random numbers in all of its fields."""
    fields = {name: getattr(layout, name) for name in ("facility_code", "card_number", "issue_level", "oem")}
    numbers = {name: chance.randrange(1, 1 << len(places)) for name, places in fields.items() if places}
    if layout.fixed_facility is not None:
        numbers["facility_code"] = layout.fixed_facility
    if layout.card_number_is_bcd:
        numbers["card_number"] = chance.randrange(1, 100_000_000)
    return encode(layout.format, **numbers)


def random_cards(chance: Random, count: int) -> dict[str, str]:
    """Give so many different cards, of all formats by turns: what the door takes each for, and its bits."""
    cards: dict[str, str] = {}
    for turn in range(4 * count):
        bits = a_frame(FORMATS[turn % len(FORMATS)], chance)
        read = first_match(bits, EVERY_FORMAT)
        if isinstance(read, Accepted) and len(cards) < count:
            cards.setdefault(read.card, bits)
    return cards


def track(reader: int, frames: list[str], chance: Random) -> str:
    """Play cards one after the other, each with pulses of its own."""
    played = []
    for bits in frames:
        (interval,) = chance.choices(INTERVALS, HOW_OFTEN)
        width = chance.choice([width for width in WIDTHS if width < interval])
        played += [
            pulses(reader, bits, width=width, interval=interval),
            pause(reader, chance.randrange(50_000, 90_000)),
        ]
    return " ".join(played)


@pytest.mark.timeout(200)
def test_a_thousand_random_cards_of_all_formats_arrive_exactly_once_and_right(rig: ChipRig) -> None:
    chance = Random(20261123)
    cards = random_cards(chance, CARDS)
    holders = {card: f"h{number}" for number, card in enumerate(cards)}
    rig.write_policy([row for card, name in holders.items() for row in rig.a_holder(name, card, FLOOR, SERVER_ROOM)])
    rig.start_online()
    shown = [list(cards)[reader::2] for reader in range(2)]
    for first in range(0, CARDS // 2, CARDS_IN_A_TRACK):
        now = [[cards[card] for card in shown[reader][first : first + CARDS_IN_A_TRACK]] for reader in range(2)]
        rig.chip.play(*(track(reader, now[reader], chance) for reader in range(2)))
        rig.chip.finish()
    rig.wait_for(lambda: rig.count(RecordKind.DECISION) >= CARDS, what="all decisions")

    subjects, decisions = rig.subjects(), rig.records(RecordKind.DECISION)
    for reader, name in enumerate(READERS):
        read = [subjects[leaf.seq] for leaf in decisions if leaf.reader == name]
        assert read == [f"holder:{holders[card]}" for card in shown[reader]]
    assert len(decisions) == CARDS
    assert {leaf.outcome for leaf in decisions} == {Outcome.GRANTED}
    assert rig.count(RecordKind.READ_FAULT) == 0
    assert rig.count(RecordKind.READER_OFFLINE) == 0


def test_a_granted_card_releases_the_strike_and_lights_its_reader(rig: ChipRig) -> None:
    rig.start_online()
    show(rig, 0, frame_of_card(ADA))
    rig.wait_for(lambda: rig.strike_states(FLOOR) == ["released", "secured"], what="release and relock")
    rig.wait_for(lambda: [ms for ms in rig.chip.lasted("B1") if ms > 1000], what="the green light's end")

    (decision,) = rig.records(RecordKind.DECISION)
    assert (decision.reader, decision.reason) == ("front", Reason.GRANTED)
    assert decision.pulse is not None
    assert decision.pulse.width == pytest.approx((50, 50), abs=15)
    assert decision.pulse.interval == pytest.approx((1000, 1000), abs=15)
    assert rig.chip.lasted("B4") == []  # the other reader's


def test_over_a_line_that_loses_bytes_every_card_is_decided_once(rig: ChipRig) -> None:
    rig.start_online()
    rig.chip.lossy(8, seed=9)
    for _ in range(30):
        show(rig, 0, frame_of_card(ADA))
        let_pass(rig.chip, seconds=0.25)
    rig.chip.lossy(0, seed=9)
    rig.wait_for_decisions(30)

    assert [leaf.outcome for leaf in rig.wait_for_decisions(30)] == [Outcome.GRANTED] * 30


def test_a_card_that_a_reset_cuts_opens_nothing_and_the_door_goes_on(rig: ChipRig) -> None:
    rig.start_online()
    half = time.monotonic() + 13 * 0.02
    rig.chip.play(f"{pulses(0, frame_of_card(ADA), width=50, interval=20_000)} {pause(0, 100_000)}")
    rig.wait_for(lambda: time.monotonic() > half, what="half of the card")
    rig.chip.reset()
    rig.chip.finish()
    rig.wait_for(lambda: rig.count(RecordKind.READER_OFFLINE) == 2, what="the restart")
    let_pass(rig.chip, seconds=2)  # so soon after the other not every record that the readers are back is written
    assert rig.records(RecordKind.DECISION) == []
    assert rig.strike_states(FLOOR) == []
    show(rig, 0, frame_of_card(ADA))

    assert rig.wait_for_decisions(1)[0].outcome is Outcome.GRANTED


def test_a_burst_that_is_cut_short_is_a_fault_that_the_log_names(rig: ChipRig) -> None:
    rig.start_online()
    show(rig, 0, frame_of_card(ADA)[:20])
    rig.wait_for(lambda: rig.count(RecordKind.READ_FAULT) == 1, what="the fault")

    assert rig.records(RecordKind.DECISION) == []


def test_a_door_process_that_is_killed_and_started_again_reads_on(rig: ChipRig) -> None:
    rig.start_online()
    rig.kill()
    rig.start_online()
    show(rig, 0, frame_of_card(ADA))

    assert rig.wait_for_decisions(1)[0].outcome is Outcome.GRANTED


def strike_rig(folder: Path, chip: Chip, *, unlock_seconds: float) -> ChipRig:
    """A door whose second strike is the chip's; Ada may pass it."""
    for channel in range(8):
        chip.analog(channel, CLOSED)
    at_chip = AT_BRIDGE.replace("{unlock_seconds}", f"{unlock_seconds}")
    rig = ChipRig(folder, chip, config=at_chip)
    rig.write_policy(rig.a_holder("ada", ADA, SERVER_ROOM))
    return rig


def test_a_granted_card_raises_the_strikes_pin_of_the_chip_for_its_time(tmp_path: Path, paced_chip: Chip) -> None:
    rig = strike_rig(tmp_path, paced_chip, unlock_seconds=2.0)
    try:
        rig.start_online()
        show(rig, 1, frame_of_card(STRANGER))
        rig.wait_for_decisions(1)
        show(rig, 1, frame_of_card(ADA))
        rig.wait_for(lambda: paced_chip.lasted(STRIKE), what="release and relock")

        (lasted,) = paced_chip.lasted(STRIKE)
        assert 1000 <= lasted <= 4000  # on a busy computer the chip's clock falls behind, and catches up
        assert paced_chip.lasted(OTHER_STRIKE) == []
        assert rig.count(RecordKind.BOARD_FAULT) == 0
    finally:
        rig.close()


def test_a_door_process_that_is_killed_leaves_the_chips_strike_secured_within_three_seconds(
    tmp_path: Path, paced_chip: Chip
) -> None:
    rig = strike_rig(tmp_path, paced_chip, unlock_seconds=600.0)
    try:
        rig.start_online()
        show(rig, 1, frame_of_card(ADA))
        rig.wait_for(lambda: high(paced_chip, STRIKE), what="the release")
        rig.kill()
        let_pass(paced_chip, seconds=5)

        (lasted,) = paced_chip.lasted(STRIKE)
        assert HOST_GONE_MS - 100 <= lasted <= HOST_GONE_MS + 1500  # it also lasted until it was seen, and we killed
        assert not high(paced_chip, STRIKE)
    finally:
        rig.close()


def test_contact_rex_and_their_cut_lines_are_what_the_chip_reads(tmp_path: Path, paced_chip: Chip) -> None:
    rig = ChipRig(tmp_path, paced_chip, config=WIRED)
    try:
        rig.write_policy(rig.a_holder("ada", ADA, FLOOR, SERVER_ROOM))
        for channel in range(8):
            paced_chip.analog(channel, OPEN if channel == REX else CLOSED)
        rig.start_online()
        for share, kind in (
            (CUT, RecordKind.INPUT_FAULT),
            (OPEN, RecordKind.FORCED_OPEN),
            (CLOSED, RecordKind.CLOSED),
        ):
            paced_chip.analog(CONTACT, share)
            rig.wait_for(lambda kind=kind: rig.count(kind) >= 1, what=kind)  # type: ignore[misc]
        paced_chip.analog(REX, CLOSED)
        rig.wait_for(lambda: rig.count(RecordKind.REX) == 1, what="the button")
        paced_chip.analog(TAMPER, CUT)
        rig.wait_for(lambda: rig.count(RecordKind.READER_TAMPER) >= 1, what="the tamper contact")
    finally:
        rig.close()
