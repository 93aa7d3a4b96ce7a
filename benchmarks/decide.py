"""What the rules of a building cost a decision: facts, decision and what is remembered, with them and without.

``python -m benchmarks.decide [--json] [--check] [--credentials 2000000] [--decisions 2000]``

The value is a decision at a door that asks for everything that there is: card and PIN by the clock, several persons,
one of them of a group. The floor is one at a door of the same policy that asks for a card. Both in turn, each for
another badge; no record is written.
"""

import argparse
import random
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.command_line import a_parser, run
from benchmarks.figures import Figures, progress, time_figures
from benchmarks.many_credentials import card, holder, write_many_credentials
from benchmarks.targets import missed_decisions
from doorctl.core.decision import decide
from doorctl.core.model import Factor, ZoneKind
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Companion
from doorctl.database import open_reader, open_writer
from doorctl.door.asking.asked import Asked, Presented
from doorctl.door.asking.wrong_pins import WrongPinBook
from doorctl.keys.card_keys import CardKeys, pin_text
from doorctl.policy.facts import FactsReader
from doorctl.policy.rows import DoorRow, FactorTime, GrantRow, GroupRow, Row, ZoneFactorRow, ZoneRow
from tests.door_folder import DoorFolder

PLAIN, RULED = "front", "vault"
PIN = "4711"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
COMPANY = (Companion("somebody", leads=True),)
_VAULT: tuple[Row, ...] = (
    ZoneRow(id=RULED, kind=ZoneKind.SERVER_ROOM, max_age_seconds=900),
    DoorRow(id=RULED, zone=RULED),
    GroupRow(id="guards"),
    GrantRow(id="vault-0", zone=RULED, group="team-0", schedule="always"),
    ZoneFactorRow(
        RULED, Factor.CARD, (FactorTime("always", Factor.CARD_AND_PIN),), persons=2, persons_group="guards"
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; return the exit code."""
    options = _parser().parse_args(arguments)
    return run(
        lambda folder: measure(folder, options.credentials, options.decisions), options, missed=missed_decisions
    )


def measure(folder: Path, credentials: int, decisions: int) -> Iterator[Figures]:
    """Decide in turn at both doors."""
    progress(f"writing a policy with {credentials:,} credentials")
    at_doors = DoorFolder(folder, config="")
    path = write_many_credentials(at_doors, credentials, [PLAIN])
    with closing(open_writer(path)) as connection:
        at_doors.change_policy(connection, _VAULT)
        _write_pins(connection, at_doors.card_keys, credentials)
    with closing(open_reader(path)) as connection:
        values, floors = _decide_in_turn(FactsReader(connection), at_doors.card_keys, credentials, decisions)
    yield time_figures(f"all rules, {credentials:,} credentials", values, floors)


def _write_pins(connection: sqlite3.Connection, keys: CardKeys, credentials: int) -> None:
    """Give everybody a PIN, and one for duress."""
    whose = sorted(holder(number) for number in range(credentials))
    rows = (
        (each, *(keys.credential_key(pin_text(digits, holder=each)) for digits in (PIN, "4712"))) for each in whose
    )
    connection.execute("BEGIN")
    connection.executemany('INSERT INTO pins (holder, ring_keys, "key", duress) VALUES (?, 1, ?, ?)', rows)
    connection.execute("COMMIT")


def _decide_in_turn(
    reader: FactsReader, keys: CardKeys, credentials: int, decisions: int
) -> tuple[list[float], list[float]]:
    """Return the seconds of decisions at the door with all rules, and at the one with none."""
    book, chance = WrongPinBook({}, at=AT), random.Random(1)
    seconds: dict[str, list[float]] = {PLAIN: [], RULED: []}
    for done in range(decisions):
        progress(f"{done} of {decisions} decisions")
        number = chance.randrange(credentials // 100) * 100  # of team-0, which may enter both
        for door in chance.sample((PLAIN, RULED), 2):
            seconds[door].append(_decide(reader, book, _request(keys, door, number)))
    return seconds[RULED], seconds[PLAIN]


def _request(keys: CardKeys, door: str, number: int) -> AccessRequest:
    badge = keys.credential_keys(card(number))
    if door == PLAIN:
        return AccessRequest(door, badge, AT)
    pins = keys.credential_keys(pin_text(PIN, holder=holder(number)))
    return AccessRequest(door, badge, AT, companions=COMPANY, pins=pins)


def _decide(reader: FactsReader, book: WrongPinBook, request: AccessRequest) -> float:
    """Decide as a door does; return how long it took."""
    began = time.perf_counter()
    facts, position = reader.facts(request)
    facts = book.add_to(replace(facts, policy_age_seconds=0.0, clock_trusted=True), request, reader="front-in")
    decision = decide(request, facts)
    book.judge(Asked(Presented(request, "front-in", 0.0), facts, decision, position))
    seconds = time.perf_counter() - began
    assert decision.reason is Reason.GRANTED, decision
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = a_parser("decide", __doc__)
    parser.add_argument("--credentials", type=int, default=2_000_000, help="how many the policy has")
    parser.add_argument("--decisions", type=int, default=2000, help="how many are made at each door")
    return parser


if __name__ == "__main__":
    sys.exit(main())
