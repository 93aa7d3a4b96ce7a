"""A door process with a keypad: card and PIN open, wrong PINs block, and a power cut does not end that."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.model import Factor
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.policy.rows import PinRow, Row, ZoneFactorRow
from firmware_bridge.reader_protocol import Indication
from tests.door_rig import ADA, CONFIG, FLOOR, DoorRig

PIN, DURESS, WRONG = "4711", "4712", "9753"
WITH_KEYPAD = CONFIG.replace('name = "front"\nnumber = 0\n', 'name = "front"\nnumber = 0\nkeypad = true\n')
KEY_TONE = Indication(buzzer_ms=60)


class KeypadRig(DoorRig):
    """A door process with a keypad at the reader of the floor."""

    def __init__(self, folder: Path) -> None:
        feedback = f"[feedback.key]\nbuzzer_ms = {KEY_TONE.buzzer_ms}\n"
        super().__init__(folder, config=f"{WITH_KEYPAD}\n{feedback}", keypad=True)
        hashes = {digits: self.card_keys.credential_key(f"pin:ada:{digits}") for digits in (PIN, DURESS)}
        rows: tuple[Row, ...] = (
            ZoneFactorRow(FLOOR, Factor.CARD_AND_PIN, pin_tries=2, pin_block_seconds=3600),
            PinRow("ada", ring_keys=1, key=hashes[PIN], duress=hashes[DURESS]),
        )
        self.write_policy([*self.a_holder("ada", ADA, FLOOR), *rows])

    @property
    def key_tones(self) -> list[str]:
        """The readers at which a key sounded, each time."""
        return [reader for reader, shown in self.reader.indications if shown == KEY_TONE]

    def enter(self, pin: str) -> Reason | None:
        """Present Ada's card, key in a PIN, and tell why she was let in or not."""
        before = self.count(RecordKind.DECISION)
        self.swipe("front", ADA)
        self.reader.press("front", f"{pin}#")
        return self.wait_for_decisions(before + 1)[before].reason


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[KeypadRig]:
    rig = KeypadRig(tmp_path)
    yield rig
    rig.close()


def test_card_and_pin_open_wrong_pins_block_and_a_power_cut_does_not_end_that(rig: KeypadRig) -> None:
    rig.start_online()
    entered = [rig.enter(pin) for pin in (PIN, DURESS, WRONG, WRONG)]
    rig.kill()

    rig.start_online()
    rig.swipe("front", ADA)
    blocked = rig.wait_for_decisions(5)[4]

    assert entered == [Reason.GRANTED, Reason.DURESS, Reason.WRONG_PIN, Reason.WRONG_PIN]
    assert blocked.reason is Reason.PIN_BLOCKED
    kept = (rig.state / "audit.db").read_bytes() + rig.log().encode()
    assert all(pin.encode() not in kept for pin in (f'"{PIN}"', f"={PIN}", f'"{WRONG}"', f"={WRONG}"))


def test_each_key_sounds_at_its_reader_as_the_configuration_says(rig: KeypadRig) -> None:
    rig.start_online()

    rig.enter(PIN)
    rig.wait_for(lambda: len(rig.key_tones) >= len(f"{PIN}#"), what="a tone for each key")

    assert rig.key_tones == ["front"] * len(f"{PIN}#")
