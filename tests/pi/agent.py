"""Runs in the emulated Pi: joins the network, calls the test, and runs what it is told, one command at a time."""

import json
import subprocess
import time
from pathlib import Path
from socket import create_connection

HOST = "10.0.2.2"
SETTLE_SECONDS = 0.1


def join_network() -> None:
    """Take the address that QEMU has for its only guest."""
    while not Path("/sys/class/net/usb0").exists():
        time.sleep(SETTLE_SECONDS)
    for words in ("link set lo up", "link set usb0 up", "addr add 10.0.2.15/24 dev usb0"):
        subprocess.run(["ip", *words.split()], check=True)


def answer(line: str) -> dict[str, object]:
    """Run one command to its end."""
    asked = json.loads(line)
    try:
        done = subprocess.run(asked["run"], capture_output=True, check=False, timeout=asked["seconds"])
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"code": -1, "said": str(error)}
    return {"code": done.returncode, "said": (done.stdout + done.stderr).decode(errors="replace")}


def main() -> None:
    """Serve the test until it hangs up."""
    words = dict(word.partition("=")[::2] for word in Path("/proc/cmdline").read_text().split())
    join_network()
    with create_connection((HOST, int(words["agent"]))) as test, test.makefile("rw") as lines:
        for line in lines:
            lines.write(json.dumps(answer(line)) + "\n")
            lines.flush()


if __name__ == "__main__":
    main()
