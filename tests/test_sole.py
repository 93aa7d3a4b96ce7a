"""One process of a kind for each folder, also right after one was killed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from doorctl.errors import AlreadyRuns
from doorctl.sole import sole

HOLDER = """
import sys, time
from pathlib import Path
from doorctl.sole import sole
with sole("keeper", Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_of_a_kind_is_refused_in_each_of_the_folders(tmp_path: Path) -> None:
    state, run, another = (tmp_path / name for name in ("state", "run", "another"))
    for folder in (state, run, another):
        folder.mkdir()

    with sole("keeper", state, run):
        for folders in ((state, another), (another, run)):
            with pytest.raises(AlreadyRuns, match="another keeper runs on"), sole("keeper", *folders):
                pass


def test_others_have_the_folder_too(tmp_path: Path) -> None:
    with sole("keeper", tmp_path), sole("door", tmp_path):
        pass


def test_the_next_may_come_when_one_has_ended_or_was_refused(tmp_path: Path) -> None:
    with sole("hub", tmp_path, tmp_path):
        pass
    with sole("hub", tmp_path), pytest.raises(AlreadyRuns), sole("hub", tmp_path):
        pass

    with sole("hub", tmp_path):
        pass


def test_the_next_may_come_at_once_when_one_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRuns), sole("keeper", tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()

        with sole("keeper", tmp_path):
            pass


def test_a_folder_in_which_nothing_can_be_made_holds_nobody_up(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with sole("door", tmp_path / "none"):
        pass

    assert "event=lock_unavailable" in capfd.readouterr().err
