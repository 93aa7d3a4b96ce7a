"""The units for systemd: what they grant and what they bound."""

import re
from pathlib import Path

UNITS = Path(__file__).resolve().parent.parent / "systemd"


def setting(unit: str, name: str) -> str:
    (value,) = re.findall(rf"^{name}=(.*)$", (UNITS / f"doorctl-{unit}.service").read_text(), flags=re.MULTILINE)
    return str(value)


def test_where_memory_runs_short_the_link_is_ended_before_the_door() -> None:
    assert setting("link", "MemoryMax") == "128M"
    assert int(setting("door", "OOMScoreAdjust")) <= -900
