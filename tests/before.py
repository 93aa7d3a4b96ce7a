"""The doorctl of one version before, as source: what is installed meets it, in an upgrade and over the wire."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMMIT = "2626dd0"
"""Until there is a release: a commit of the day before packages, with other tables at the hub, and other units."""
VERSION = "0.0.9"


def source_before(folder: Path) -> Path:
    """Lay the source out in a folder; where the history is cut off before it, the test is skipped and says so."""
    done = subprocess.run(["git", "-C", ROOT, "archive", COMMIT], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"this copy of the repository does not reach back to {COMMIT}: git fetch --unshallow")
    source = folder / "before"
    source.mkdir()
    subprocess.run(["tar", "-C", source, "-x"], input=done.stdout, check=True)
    return source
