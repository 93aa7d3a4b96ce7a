"""What a process tells systemd of itself: each time to a real datagram socket."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from doorctl.supervisor import Supervisor
from tests.a_supervisor import ASupervisor, a_supervisor

AT_ONCE = 0.0
SOON = 10.0


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[ASupervisor]:
    with a_supervisor(tmp_path, watch_seconds=8) as systemd:
        yield systemd


class Counter:
    """Seconds in the test's hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_first_turn_tells_that_the_process_is_ready_and_later_ones_that_it_lives(systemd: ASupervisor) -> None:
    counter = Counter()
    supervisor = Supervisor(systemd.environment, counter=counter)

    supervisor.turned()
    counter.now += 2
    supervisor.turned()

    assert [systemd.hear(SOON), systemd.hear(SOON)] == [["READY=1", "WATCHDOG=1"], ["WATCHDOG=1"]]


def test_a_loop_that_turns_often_tells_it_four_times_in_each_watch(systemd: ASupervisor) -> None:
    counter = Counter()
    supervisor = Supervisor(systemd.environment, counter=counter)

    for _ in range(800):
        supervisor.turned()
        counter.now += 0.01

    assert systemd.hear_for(0.1).count("WATCHDOG=1") == 4


def test_the_end_is_told(systemd: ASupervisor) -> None:
    Supervisor(systemd.environment).stopping()

    assert systemd.hear(SOON) == ["STOPPING=1"]


def test_without_a_watch_readiness_alone_is_told(systemd: ASupervisor) -> None:
    counter = Counter()
    supervisor = Supervisor({"NOTIFY_SOCKET": systemd.environment["NOTIFY_SOCKET"]}, counter=counter)

    supervisor.turned()
    counter.now += 1e9
    supervisor.turned()

    assert systemd.hear_for(0.1) == ["READY=1", "WATCHDOG=1"]


def test_the_watch_of_another_process_is_not_kept(systemd: ASupervisor) -> None:
    counter = Counter()
    supervisor = Supervisor(systemd.environment | {"WATCHDOG_PID": str(os.getpid() + 1)}, counter=counter)

    supervisor.turned()
    counter.now += 1e9
    supervisor.turned()

    assert systemd.hear_for(0.1) == ["READY=1", "WATCHDOG=1"]


def test_the_watch_of_this_process_is_kept(systemd: ASupervisor) -> None:
    counter = Counter()
    supervisor = Supervisor(systemd.environment | {"WATCHDOG_PID": str(os.getpid())}, counter=counter)

    supervisor.turned()
    counter.now += 2
    supervisor.turned()

    assert systemd.hear_for(0.1).count("WATCHDOG=1") == 2


def test_what_systemd_does_not_take_is_told_at_a_later_turn_and_nobody_waits(systemd: ASupervisor) -> None:
    counter = Counter()
    supervisor = Supervisor(systemd.environment, counter=counter)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as flood, suppress(BlockingIOError):
        while True:
            flood.sendto(b"flood", systemd.environment["NOTIFY_SOCKET"])

    supervisor.turned()
    while systemd.hear(AT_ONCE) == ["flood"]:
        pass
    supervisor.turned()

    assert systemd.hear(SOON) == ["READY=1", "WATCHDOG=1"]


@pytest.mark.parametrize("address", ["", "relative.sock", "/nowhere/at/all.sock", "@nobody-listens-here"])
def test_without_systemd_nothing_is_told_and_nothing_fails(address: str) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "soon"})

    supervisor.turned()
    supervisor.stopping()


def test_an_abstract_address_is_reached() -> None:
    name = f"doorctl-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name)
        Supervisor({"NOTIFY_SOCKET": "@" + name}).stopping()

        assert listener.recv(100) == b"STOPPING=1"
