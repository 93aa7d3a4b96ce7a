"""The clock and the real-time clock: whether the time of day can be believed, now and after a power cut."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from doorctl.machine.computer import Computer
from doorctl.machine.troubles import Finding, Trouble

_SYNCHRONIZED = "/run/systemd/timesync/synchronized"
_KEPT = ("/var/lib/systemd/timesync/clock", "/var/lib/systemd/random-seed", "/etc/fake-hwclock.data")
"""Files that are written at each end, so that their times tell when this computer last ran."""
_RTC = "/sys/class/rtc/rtc0"
_BUILT = datetime(2026, 11, 1, tzinfo=UTC)
_ALLOWED = timedelta(minutes=5)
RTC_ALLOWED = timedelta(minutes=2)


def look_at_clock(computer: Computer, newest: Path) -> Iterator[Finding]:
    """Look at both clocks; ``newest`` is a file that the controller writes to, if it is there."""
    since = max([_BUILT, *_times(computer, newest)])
    if computer.now < since - _ALLOWED:
        yield Finding(Trouble.CLOCK_WRONG, f"it is {_written(computer.now)} here, and was {_written(since)} before")
    if not computer.at(_SYNCHRONIZED).exists():
        yield Finding(Trouble.CLOCK_UNSYNCHRONIZED, "nothing has set this clock since the start")
    yield from _of_rtc(computer)


def _of_rtc(computer: Computer) -> Iterator[Finding]:
    if not computer.at(_RTC).exists():
        yield Finding(Trouble.RTC_MISSING, "there is no real-time clock")
        return
    seconds = computer.number(f"{_RTC}/since_epoch")
    if seconds is None:
        yield Finding(Trouble.RTC_WRONG, "the real-time clock cannot be read, or was never set")
        return
    shown = datetime.fromtimestamp(seconds, UTC)
    if abs(shown - computer.now) > RTC_ALLOWED:
        yield Finding(Trouble.RTC_WRONG, f"the real-time clock shows {_written(shown)} at {_written(computer.now)}")


def _times(computer: Computer, newest: Path) -> Iterator[datetime]:
    for path in (*map(computer.at, _KEPT), newest):
        try:
            yield datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError:
            continue


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
