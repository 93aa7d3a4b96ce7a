"""The benchmark of swipes beside busy loops, with hardly any: it runs where it may, and says where it may not."""

import ctypes
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import loaded
from benchmarks.busy_loops import BusyLoops
from benchmarks.unit_scheduling import NotAllowed, Scheduling, scheduling_of_the_door
from tests.benchmarks.contract import cases_of

ROOT = Path(__file__).resolve().parents[2]
LIBC = ctypes.CDLL(None, use_errno=True)
PR_CAPBSET_DROP, CAP_SYS_NICE = 24, 23
TWO_THREADS = """
import threading, time
threading.Thread(target=time.sleep, args=(600,)).start()
print(flush=True)
time.sleep(600)
"""
TICKS = 13
"""Where /proc/PID/stat tells the time that a process has computed, in clock ticks."""


def may_schedule_in_real_time() -> bool:
    try:
        scheduling_of_the_door().try_on_myself()
    except NotAllowed:
        return False
    return True


def give_up_real_time() -> None:
    """Take from this process, and from what it runs, the right to it."""
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
    if os.geteuid() == 0:
        assert LIBC.prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0) == 0


def computed(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[TICKS - 2])


def test_the_scheduling_is_that_of_the_doors_unit() -> None:
    assert scheduling_of_the_door() == Scheduling(os.SCHED_RR, 10)


def test_swipes_beside_busy_loops_are_told_beside_those_without(capsys: pytest.CaptureFixture[str]) -> None:
    if not may_schedule_in_real_time():
        pytest.skip("this user may not schedule in real time")

    assert loaded.main(["--json", "--swipes", "3", "--flush-ms", "4", "--credentials", "20"]) == 0

    cases = cases_of(capsys.readouterr().out)
    assert list(cases) == ["a swipe beside 2 busy loops"]
    (case,) = cases.values()
    assert min(case["value_ms"], case["floor_ms"]) >= 4
    assert case["samples"] == 3


def test_every_thread_of_a_process_is_scheduled_so() -> None:
    if not may_schedule_in_real_time():
        pytest.skip("this user may not schedule in real time")
    with subprocess.Popen([sys.executable, "-c", TWO_THREADS], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            scheduling_of_the_door().apply_to(process.pid)
            tasks = [int(task.name) for task in Path(f"/proc/{process.pid}/task").iterdir()]

            assert len(tasks) == 2
            assert {os.sched_getscheduler(task) for task in tasks} == {os.SCHED_RR}
        finally:
            process.kill()


@pytest.mark.parametrize(("check", "code"), [((), 0), (("--check",), 1)])
def test_without_the_right_to_real_time_nothing_is_measured_and_that_is_said(
    check: tuple[str, ...], code: int
) -> None:
    words = [sys.executable, "-c", "import sys; from benchmarks.loaded import main; sys.exit(main(sys.argv[1:]))"]
    done = subprocess.run(
        [*words, "--json", *check],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=give_up_real_time,
    )

    assert (done.returncode, done.stdout) == (code, "")
    assert "not measured" in done.stderr
    assert "ulimit -r 10" in done.stderr


def test_busy_loops_compute_only_while_they_are_to() -> None:
    with BusyLoops(1) as loops:
        (pid,) = loops.pids
        loops.run()
        deadline = time.monotonic() + 60
        while computed(pid) == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        loops.rest()
        time.sleep(0.05)
        rested = computed(pid)
        time.sleep(0.1)

        assert rested > 0
        assert computed(pid) == rested
