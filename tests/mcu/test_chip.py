"""The firmware itself, on a simulated chip: pulses, resets, a main loop that hangs, a line that loses bytes."""

import re
import subprocess
from itertools import product
from pathlib import Path
from random import Random
from socket import socket

import pytest

from firmware_bridge.bridge_messages import SetLed, SetStrike
from firmware_bridge.reader_events import (
    CardRead,
    FaultKind,
    LinesChanged,
    ReaderOffline,
    ReaderOnline,
    ReaderTamper,
    ReadFault,
)
from firmware_bridge.supervised_line import AlarmWhen, LineState, SupervisedInput, ratio_of, read_resistors
from tests.mcu.chip import Chip, pulses
from tests.mcu.stepped_host import SteppedHost

MOST_FLASH, MOST_STATIC_RAM, LEAST_FREE_RAM = 12_000, 1600, 128
"""Bytes of 32,768 and 2,048: half of the flash is left for what comes, and the stack never meets the rest."""
CARD = "10111101100010001110101110"
OTHER = CARD.translate(str.maketrans("01", "10"))
RESISTORS = read_resistors("2k2/4k7", "4k7")
CONTACT = SupervisedInput("front.contact", RESISTORS, AlarmWhen.OPEN)
REX = SupervisedInput("front.rex", RESISTORS, AlarmWhen.CLOSED)
WATCHDOG_MS = 250
DOC = (Path(__file__).resolve().parents[2] / "docs" / "microcontroller.md").read_text()


@pytest.fixture
def host(chip: Chip, line: tuple[socket, socket]) -> SteppedHost:
    """A host that the chip has answered, with sound lines at all channels."""
    host = SteppedHost(chip, line[0], inputs={0: CONTACT, 1: REX})
    for channel in range(8):
        chip.analog(channel, RESISTORS.ratios[1])
    chip.analog(1, RESISTORS.ratios[2])
    host.join()
    return host


def noise(chance: Random, ms: int) -> list[str]:
    """Shake all data lines at once for a while, as a cable beside a motor's does."""
    tracks = []
    for pin in ("D2", "D3", "D4", "D5"):
        spans = [chance.choice((0.5, 2, 5, 8, 12, 30, 150, 900)) for _ in range(10 * ms)]
        edges = [f"{pin}{'-+'[turn % 2]}{span}" for turn, span in enumerate(spans)]
        tracks.append(" ".join([*edges[: 2 * ms], f"{pin}+1"]))
    return tracks


def test_flash_and_ram_stay_within_their_limits(elf: Path) -> None:
    told = subprocess.run(["avr-size", "-A", elf], check=True, capture_output=True, text=True).stdout
    size = {name: int(count) for name, count in re.findall(r"^\.(\w+) +(\d+)", told, re.MULTILINE)}

    assert size["text"] + size["data"] <= MOST_FLASH
    assert size["data"] + size["bss"] <= MOST_STATIC_RAM
    assert f"at most {MOST_FLASH:,} bytes of 32,768; RAM: at most {MOST_STATIC_RAM:,} bytes" in DOC
    assert f"and {LEAST_FREE_RAM} bytes of the rest" in DOC


def test_the_firmware_names_its_version_which_is_the_package_s(elf: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    (version,) = re.findall(r'^version = "(.*)"$', (root / "pyproject.toml").read_text(), re.MULTILINE)

    assert f"doorctl-bridge {version}\0".encode() in elf.read_bytes()


@pytest.mark.parametrize(
    ("width", "interval"),
    [pulse for pulse in product((20, 50, 100, 400), (200, 500, 2000, 20_000)) if pulse[0] < pulse[1]],
)
def test_both_readers_at_once_are_read_whatever_pulses_they_send(
    host: SteppedHost, width: int, interval: int
) -> None:
    for _ in range(3 if interval < 20_000 else 1):
        host.show((0, CARD), (1, OTHER), width=width, interval=interval)
    reads = host.told(CardRead)

    assert [host.cards(0), host.cards(1)] == [[CARD] * (len(reads) // 2), [OTHER] * (len(reads) // 2)]
    for read in reads:
        assert read.timing is not None
        measured = (read.timing.width_min, read.timing.width_max, read.timing.interval_min, read.timing.interval_max)
        assert measured == pytest.approx(
            (width, width, interval, interval), abs=15
        )  # another interrupt may come first


def test_readers_at_every_offset_to_each_other_lose_no_bit(host: SteppedHost) -> None:
    shown = []
    for offset in range(0, 200, 7):
        late = f"D5+{offset + 1} " + pulses(1, OTHER, width=20, interval=200)
        host.chip.play(pulses(0, CARD, width=20, interval=200), late)
        host.run(60)
        shown.append(offset)
    host.run(300)

    assert [host.cards(0), host.cards(1)] == [[CARD] * len(shown), [OTHER] * len(shown)]


def test_noise_is_no_card_and_the_next_card_is_read(host: SteppedHost) -> None:
    for seed in range(20):
        host.chip.play(*noise(Random(seed), 40))
        host.run(100)
    assert host.told(CardRead) == []
    assert host.told(ReadFault)

    host.run(2000)
    host.show((0, CARD), (1, OTHER))
    assert [host.cards(0), host.cards(1)] == [[CARD], [OTHER]]


def test_noise_in_the_middle_of_cards_makes_no_other_card(host: SteppedHost) -> None:
    for seed in range(20):
        disturbed = [track.replace(" D", " D", 1) for track in noise(Random(seed), 3)]
        host.chip.play(
            pulses(0, CARD, width=50, interval=1000), *(f"D2+{5000 + 100 * seed} {it}" for it in disturbed)
        )
        host.run(100)

    assert {bits for bits in host.cards(0) if len(bits) == len(CARD)} <= {CARD}
    assert host.told(ReadFault)


def test_a_burst_that_is_cut_short_is_refused_and_the_next_card_is_read(host: SteppedHost) -> None:
    host.show((0, CARD[:13]))
    host.show((0, CARD))

    assert [fault.kind for fault in host.told(ReadFault)] == [FaultKind.UNKNOWN_LENGTH]
    assert host.cards(0) == [CARD]


def test_a_reader_is_told_gone_when_both_lines_are_low_and_back_when_they_are_high(host: SteppedHost) -> None:
    host.chip.play("D4-1", "D5-1")
    host.run(200)
    assert [event.reader for event in host.told(ReaderOffline)] == ["back"]
    host.chip.play("D4+1", "D5+1")
    host.run(200)
    host.show((1, CARD))

    assert host.cards(1) == [CARD]


@pytest.mark.parametrize("cut_at", range(1, 27, 5))
def test_a_reset_in_the_middle_of_a_card_makes_no_card_of_the_rest(host: SteppedHost, cut_at: int) -> None:
    host.chip.play(pulses(0, CARD, width=50, interval=2000))
    host.run(2 * cut_at)
    host.chip.reset()
    host.run(200)
    host.run_until(lambda: len(host.told(ReaderOnline)) == 4)
    host.show((0, OTHER))

    assert len(host.told(ReaderOffline)) == 2
    assert host.cards(0)[-1] == OTHER
    assert all(CARD.endswith(bits) and len(bits) < len(CARD) for bits in host.cards(0)[:-1])


def test_a_restart_is_told_at_once_by_another_boot(host: SteppedHost) -> None:
    for turn in range(1, 6):
        host.chip.reset()
        host.run_until(lambda turn=turn: len(host.told(ReaderOnline)) == 2 * (turn + 1), seconds=1)  # type: ignore[misc]

    host.show((0, CARD))
    assert host.cards(0) == [CARD]


def test_a_main_loop_that_hangs_is_started_anew_by_the_watchdog_with_strikes_secured(host: SteppedHost) -> None:
    host.say(SetStrike(0, 20_000), 1)
    host.run(50)
    host.chip.hang(WATCHDOG_MS + 150)
    host.run(WATCHDOG_MS + 200)

    (released_ms,) = host.chip.lasted("D6")
    assert WATCHDOG_MS <= released_ms <= WATCHDOG_MS * 1.2 + 50
    host.run_until(lambda: len(host.told(ReaderOnline)) == 4)
    host.show((0, CARD))
    assert host.cards(0) == [CARD]


def test_a_strike_is_released_to_the_millisecond_and_lights_and_buzzer_obey(host: SteppedHost) -> None:
    host.say(SetStrike(1, 1500), 1)
    host.say(SetLed(1, 2, 700), 2)
    host.run(2000)

    assert host.chip.lasted("D7") == [pytest.approx(1500, abs=2)]
    assert host.chip.lasted("B4") == [pytest.approx(700, abs=2)]
    assert host.chip.lasted("D6") == []


def test_a_strike_is_secured_three_seconds_after_the_host_fell_silent(host: SteppedHost) -> None:
    host.say(SetStrike(0, 20_000), 1)
    host.run(20)
    for _ in range(100):
        host.chip.run(100_000)

    assert host.chip.lasted("D6") == [
        pytest.approx(3000, abs=1100)
    ]  # from its last heartbeat, which comes each second
    assert all(ms <= 3100 for ms in host.chip.lasted("D6"))


def test_a_reset_secures_a_released_strike(host: SteppedHost) -> None:
    host.say(SetStrike(0, 20_000), 1)
    host.run(500)
    host.chip.reset()
    host.run(1000)

    assert host.chip.lasted("D6") == [pytest.approx(500, abs=10)]


def test_no_output_moves_while_the_chip_starts(chip: Chip) -> None:
    chip.run(1500)

    assert chip.changes == []


def test_supervised_lines_tell_their_four_states_and_tamper_contacts_theirs(host: SteppedHost) -> None:
    host.run(300)
    for state in (LineState.ALARM, LineState.OPEN_LINE, LineState.SHORT, LineState.NORMAL):
        host.chip.analog(0, ratio_of(state, CONTACT))
        host.run(300)
    host.chip.analog(5, RESISTORS.ratios[3])
    host.run(300)

    changes = [change for event in host.told(LinesChanged) for change in event.changes if change.name == CONTACT.name]
    states = [LineState.NORMAL, LineState.ALARM, LineState.OPEN_LINE, LineState.SHORT, LineState.NORMAL]
    assert [change.state for change in changes] == states
    assert [(event.reader, event.active) for event in host.told(ReaderTamper)] == [("back", True)]


@pytest.mark.parametrize("seed", range(4))
def test_over_a_line_that_loses_bytes_every_card_arrives_once_and_in_order(host: SteppedHost, seed: int) -> None:
    chance = Random(seed)
    shown = ["".join(chance.choices("01", k=chance.randrange(26, 57))) for _ in range(60)]
    host.chip.lossy(8, seed=seed)
    for turn, bits in enumerate(shown):
        host.show((turn % 2, bits))
        host.run(400)
    host.chip.lossy(0, seed=seed)
    host.run(3000)

    assert [host.cards(0), host.cards(1)] == [shown[0::2], shown[1::2]]


def test_the_stack_leaves_room_after_the_worst(host: SteppedHost) -> None:
    for seed in range(5):
        host.chip.play(*noise(Random(seed), 60))
        host.run(100)
    host.show((0, "10" * 256), (1, "01" * 256), interval=200)
    host.run(3000)

    assert host.chip.unused_stack() >= LEAST_FREE_RAM
