"""The firmware on a simulated ATmega328P: pulses to the microsecond, its serial line at a pty or socket."""

import os
import select
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from socket import socket

ANSWER_SECONDS = 60.0
FIRST_DATA_PIN = 2
READ_SIZE = 4096


@dataclass(frozen=True, slots=True)
class PinChange:
    """A driven output changed, so many microseconds after the start of the chip."""

    pin: str
    level: int
    us: int


def pulses(reader: int, bits: str, *, width: float, interval: float) -> str:
    """Write a burst as what the harness plays."""
    pins = (f"D{FIRST_DATA_PIN + 2 * reader + int(bit)}" for bit in bits)
    return " ".join(f"{pin}-{width} {pin}+{interval - width}" for pin in pins)


class Chip:
    """One chip with the firmware: at a pty it keeps to the clock, at `line` time passes by `run` alone."""

    def __init__(self, harness: Path, firmware: Path, *, line: socket | None = None) -> None:
        descriptors = [] if line is None else [line.fileno()]
        words = [str(harness), str(firmware), *(map(str, descriptors) if descriptors else ["pty"])]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=descriptors)
        assert self._process.stdout is not None
        self._output = self._process.stdout.fileno()
        self._partial = b""
        self.changes: list[PinChange] = []
        self.pty = "" if descriptors else self._answer("pty")

    def play(self, *tracks: str) -> None:
        """Drive pins side by side from now on."""
        for track in tracks:
            self._say(f"play {track}")

    def finish(self) -> None:
        """Wait until all that is played has ended."""
        self._say("idle")

    def run(self, us: float) -> None:
        """Let time pass."""
        self._say(f"run {round(us)}")

    def analog(self, channel: int, share: float) -> None:
        """Put a share of the supply to a channel of the converter."""
        self._say(f"analog {channel} {round(share * 5000)}")

    def lossy(self, permille: int, *, seed: int) -> None:
        """Drop or change bytes of the serial line."""
        self._say(f"lossy {permille} {seed}")

    def reset(self) -> None:
        """Pull the reset pin."""
        self._say("reset")

    def hang(self, ms: int) -> None:
        """Hold the main loop where it is."""
        self._say(f"hang {ms}")

    def unused_stack(self) -> int:
        """How many bytes of RAM were never used since the start."""
        return int(self._say("stack"))

    def drain(self) -> None:
        """Take what has been said of pins, so that the harness never waits for us."""
        while select.select([self._output], [], [], 0)[0]:
            self._take_lines()

    def lasted(self, pin: str) -> list[float]:
        """How long each time an output was high that is over, in milliseconds."""
        of_pin = [change for change in self.changes if change.pin == pin]
        return [(low.us - high.us) / 1000 for high, low in pairwise(of_pin) if high.level]

    def close(self) -> None:
        """Take the chip away."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def _say(self, command: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n".encode())
        self._process.stdin.flush()
        return self._answer("ok")

    def _answer(self, word: str) -> str:
        while True:
            assert select.select([self._output], [], [], ANSWER_SECONDS)[0], "the harness does not answer"
            for answer in self._take_lines():
                assert answer.startswith(word)
                return answer.partition(" ")[2]

    def _take_lines(self) -> list[str]:
        """Read whole lines; those of pins are kept, the others answered."""
        data = os.read(self._output, READ_SIZE)
        assert data, "the harness ended"
        *lines, self._partial = (self._partial + data).split(b"\n")
        words = [line.decode().split(" ") for line in lines]
        self.changes += [
            PinChange(pin, int(level), int(us)) for kind, *rest in words if kind == "pin" for pin, level, us in [rest]
        ]
        return [" ".join(line) for line in words if line[0] != "pin"]
