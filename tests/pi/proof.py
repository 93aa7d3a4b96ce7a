"""Writes ``docs/hardware-proof.md`` and its picture from what `make test-mcu` and `make test-pi` have left behind.

``python -m tests.pi.proof FOLDER`` takes ``mcu.xml``, ``mcu.size``, ``pi.xml``, ``pi.json`` and ``pi.svg`` there.
All that the page tells is in ``docs/hardware-proof.json``, too, so that a test can make it again.
"""

import json
import shutil
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.pi.base import ROOT

PAGE, FACTS, PICTURE = (ROOT / f"docs/hardware-proof.{kind}" for kind in ("md", "json", "svg"))
TEXT = Path(__file__).with_name("hardware-proof.txt").read_text()


def page(facts: Mapping[str, Any]) -> str:
    """Write the page that these facts make."""
    lists = {f"{part}_tests": "\n".join(f"* {name}" for name in facts[f"{part}_tests"]) for part in ("mcu", "pi")}
    rows = [f"| {what} | {seconds:.3f} | ± {slack * 1000:.1f} ms |" for what, seconds, slack in facts["pulses"]]
    return TEXT.format(**{**facts, **lists, "pulses": "\n".join(rows)})


def names_in(results: Path) -> Iterator[str]:
    """Name what has passed, each test once, in words, by their files. Raises AssertionError where one has not."""
    seen: dict[str, int] = {}
    for case in sorted(ET.parse(results).getroot().iter("testcase"), key=lambda it: it.attrib["classname"]):
        assert not {"failure", "error", "skipped"} & {child.tag for child in case}, case.attrib
        name = case.attrib["name"].partition("[")[0].removeprefix("test_").replace("_", " ")
        seen[name] = seen.get(name, 0) + 1
    return (f"{name} ({times} cases)" if times > 1 else name for name, times in seen.items())


def facts_of(folder: Path) -> dict[str, Any]:
    """Gather the facts of one run."""
    facts: dict[str, Any] = {
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "size": (folder / "mcu.size").read_text().strip(),
        "mcu_tests": list(names_in(folder / "mcu.xml")),
        "pi_tests": list(names_in(folder / "pi.xml")),
    }
    facts.update(json.loads((folder / "pi.json").read_text()))
    return facts


if __name__ == "__main__":
    gathered = facts_of(Path(sys.argv[1]))
    FACTS.write_text(json.dumps(gathered, indent=1, ensure_ascii=False) + "\n")
    PAGE.write_text(page(gathered))
    shutil.copy(Path(sys.argv[1]) / "pi.svg", PICTURE)
