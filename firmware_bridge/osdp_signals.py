"""What a reader shows, as OSDP commands: times are steps of 100 ms, one byte of them."""

from collections.abc import Iterator, Mapping

from firmware_bridge.reader_protocol import Indication, Led

LED_COMMAND, BUZZER_COMMAND = 2, 3
"""As the library numbers commands."""
STEP_MS = 100
MOST_STEPS = 255
LONGEST_LIGHT_MS = STEP_MS * MOST_STEPS

_COLOURS: Mapping[Led, int] = {Led.OFF: 0, Led.RED: 1, Led.GREEN: 2, Led.AMBER: 3}
_SET = 1
_SET_FOR_A_TIME = 2
_TONE = 2
_STEADY = 10


def commands(indication: Indication, *, has_light: bool, has_buzzer: bool) -> Iterator[Mapping[str, object]]:
    """Give the commands for a reader that can show so much, and none that it would refuse."""
    if indication.led is not None and has_light:
        yield from _light(_COLOURS[indication.led], indication.led_ms)
    if indication.buzzer_ms and has_buzzer:
        yield {
            "command": BUZZER_COMMAND,
            "reader": 0,
            "control_code": _TONE,
            "on_count": _steps(indication.buzzer_ms),
            "off_count": 0,
            "rep_count": 1,
        }


def _light(colour: int, milliseconds: int) -> Iterator[Mapping[str, object]]:
    """Light for a time, or until the next one: what still shows for a time is then cut short."""
    yield _led(colour, control_code=_SET_FOR_A_TIME, temporary=True, timer_count=_steps(milliseconds or STEP_MS))
    if not milliseconds:
        yield _led(colour, control_code=_SET, temporary=False)


def _led(colour: int, *, control_code: int, temporary: bool, **more: int) -> Mapping[str, object]:
    return {
        "command": LED_COMMAND,
        "reader": 0,
        "led_number": 0,
        "temporary": temporary,
        "control_code": control_code,
        "on_count": _STEADY,
        "off_count": 0,
        "on_color": colour,
        "off_color": colour,
        **more,
    }


def _steps(milliseconds: int) -> int:
    return min(max(round(milliseconds / STEP_MS), 1), MOST_STEPS)
