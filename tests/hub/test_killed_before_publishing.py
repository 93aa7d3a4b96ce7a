"""A hub that is killed once a change is committed and before it tells of it: the next one gives it, and once."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.hub.site_db import open_site
from doorctl.policy.apply import apply_changes
from doorctl.wire.commands import GroupAdd
from doorctl.wire.verdict import Verdict
from tests.hub.builders import NOON, SITE, ASite, a_policy

STAFF = GroupAdd("staff")
COMMIT = "COMMIT"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ASite]:
    """A hub without an open database, so that it can be opened in a child."""
    site = ASite(tmp_path, controllers=("pi-1",))
    site.connection.close()
    yield site
    site.connection.close()


@pytest.fixture
def command(site: ASite) -> bytes:
    """A command that reached a hub, whose next statement to its database after the commit was its last."""
    command = site.a_command(STAFF)
    assert statements_of_a_killed_hub(site, command).endswith(f"\n{COMMIT}\n")
    site.connection = open_site(site.path, site=SITE)
    site.hub = site.a_hub()
    return command


def statements_of_a_killed_hub(site: ASite, command: bytes) -> str:
    """Give a command to a hub in a process of its own, which SIGKILL ends behind its commit; return what it wrote."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _obey_until_committed(site, command, writing)
        finally:
            os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    with os.fdopen(reading) as told:
        return told.read()


def _obey_until_committed(site: ASite, command: bytes, writing: int) -> None:
    site.connection = open_site(site.path, site=SITE)
    site.hub = site.a_hub()
    is_committed = False

    def look(statement: str) -> None:
        nonlocal is_committed
        if is_committed:
            os.kill(os.getpid(), signal.SIGKILL)  # SQLite names a statement before it begins: the commit has ended
        is_committed = statement == COMMIT
        os.write(writing, f"{statement}\n".encode())

    site.connection.set_trace_callback(look)
    site.send(command)
    os.write(writing, b"published\n")


def test_its_change_is_given_to_a_controller_that_asks(site: ASite, command: bytes, tmp_path: Path) -> None:
    (delta,) = site.deltas(site.ask_as(site.controllers[0]))

    with closing(a_policy(tmp_path / "policy.db")) as policy:
        position = apply_changes(policy, delta.changes, epoch=delta.epoch, chain=delta.chain)
    head = site.head()
    assert (delta.first, delta.last) == (1, 1)
    assert (position.revision, position.chain.hex(), position.digest_hex) == (1, head.chain, head.digest)


def test_its_newest_change_and_its_head_are_shown_by_the_next_hub_unasked(site: ASite, command: bytes) -> None:
    (delta,) = site.deltas(site.hub.greet(NOON))

    assert (delta.first, delta.last, site.head().revision) == (1, 1, 1)


def test_its_admin_who_gives_the_command_again_gets_its_answer_and_one_effect(site: ASite, command: bytes) -> None:
    answers = [site.responses(site.send(command)) for _ in range(2)]

    assert answers[0] == answers[1]
    assert [(it.verdict, it.revision, it.text) for it in answers[0]] == [(Verdict.ACCEPTED, 1, "group staff added")]
    assert site.rows("SELECT revision FROM changes") == [(1,)]
