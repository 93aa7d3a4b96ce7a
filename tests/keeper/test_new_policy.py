"""The file in progress: gone on with, thrown away after any doubt, written in small steps."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from doorctl.errors import Refused
from doorctl.keeper.policy_files import in_progress, throw_away
from doorctl.keeper.write_pace import MOST_STEP_BYTES, PAUSE_SECONDS
from doorctl.places import StateFile
from doorctl.policy.rows import CredentialRow, GroupRow, HolderRow, PinRow
from doorctl.policy.schema import migrate
from doorctl.policy.snapshot import rows_in
from tests.full_disk import full_disk
from tests.keeper.new_policies import begin, complete, is_whole
from tests.keeper.snapshots import SITE, AHistory, ASnapshot, a_snapshot, some_people

MOST_DIRTY_BYTES = 256 * 1024
PEOPLE = 1200


@pytest.fixture(scope="module")
def snapshot() -> ASnapshot:
    """A snapshot with a chunk that takes more than one step."""
    return a_snapshot(some_people(PEOPLE))


def schema_of(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    return set(connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"))


def test_a_new_policy_has_every_row_index_and_the_position_of_its_offer(tmp_path: Path, snapshot: ASnapshot) -> None:
    path = complete(begin(tmp_path, snapshot), snapshot)

    assert is_whole(path, snapshot)
    with closing(sqlite3.connect(path)) as made, closing(sqlite3.connect(":memory:", isolation_level=None)) as usual:
        migrate(usual, site=SITE)
        assert {name for name, _ in schema_of(made) ^ schema_of(usual)} == {"new_policy"}


def test_it_is_named_as_the_file_in_progress_and_for_its_snapshot(tmp_path: Path, snapshot: ASnapshot) -> None:
    with closing(begin(tmp_path, snapshot)) as policy:
        assert (tmp_path / StateFile.POLICY_NEXT).readlink() == Path(policy.path.name)
    assert in_progress(tmp_path) == snapshot.offer.snapshot


def test_it_is_gone_on_with_where_it_was_left(tmp_path: Path, snapshot: ASnapshot) -> None:
    with closing(begin(tmp_path, snapshot)) as policy:
        for number in range(3):
            policy.add(number, snapshot.pieces[number])

    again = begin(tmp_path, snapshot)

    assert (again.path, again.next_chunk) == (policy.path, 3)
    assert is_whole(complete(again, snapshot), snapshot)


def test_one_that_is_finished_can_be_finished_again(tmp_path: Path, snapshot: ASnapshot) -> None:
    complete(begin(tmp_path, snapshot), snapshot)

    assert is_whole(complete(begin(tmp_path, snapshot), snapshot), snapshot)


def is_left(pauses: Iterator[int], _: float) -> bool:
    return next(pauses, None) is not None


def test_what_rows_say_of_people_is_gathered_however_often_that_is_interrupted(tmp_path: Path) -> None:
    people = some_people(PEOPLE)
    known = a_snapshot([*people, *(PinRow(row.id, 1, bytes(32)) for row in people if isinstance(row, HolderRow))])

    interrupted, path = 0, None
    while path is None:
        pauses = iter(range(interrupted))  # each time a pause later
        try:
            path = complete(begin(tmp_path, known, pause=partial(is_left, pauses)), known)
        except InterruptedError:
            interrupted += 1

    with closing(sqlite3.connect(path)) as made:
        pins = made.execute("SELECT count(*) FROM holders WHERE json_array_length(gathered, '$.pin') = 3").fetchone()
    assert (pins, is_whole(path, known)) == ((PEOPLE,), True)
    assert interrupted > 1


# Doubt.


def statement(text: str, *values: object) -> Callable[[Path], None]:
    def run(link: Path) -> None:
        with closing(sqlite3.connect(link, isolation_level=None)) as connection:
            connection.execute(text, values)

    return run


def overwritten(link: Path) -> None:
    link.resolve().write_bytes(b"this is not a database\n" * 1000)


def cut_off(link: Path) -> None:
    content = link.resolve().read_bytes()
    link.resolve().write_bytes(content[: len(content) // 2])


def gone(link: Path) -> None:
    link.resolve().unlink()


def a_file_in_the_link_s_place(link: Path) -> None:
    link.unlink()
    link.write_bytes(b"what is this?")


DOUBTS = [
    statement("UPDATE new_policy SET boot = 'another'"),
    statement("UPDATE new_policy SET offer = x'7b7d'"),
    statement("DELETE FROM new_policy"),
    statement("DROP TABLE new_policy"),
    overwritten,
    cut_off,
    gone,
    a_file_in_the_link_s_place,
]


@pytest.mark.parametrize("doubt", DOUBTS, ids=range(len(DOUBTS)))
def test_after_any_doubt_it_is_thrown_away_and_begun_anew(
    tmp_path: Path, snapshot: ASnapshot, doubt: Callable[[Path], None]
) -> None:
    with closing(begin(tmp_path, snapshot)) as policy:
        for number in range(3):
            policy.add(number, snapshot.pieces[number])
    doubt(tmp_path / StateFile.POLICY_NEXT)

    again = begin(tmp_path, snapshot)

    assert (again.next_chunk, again.path != policy.path) == (0, True)
    assert is_whole(complete(again, snapshot), snapshot)


def test_what_was_begun_for_another_snapshot_is_thrown_away(tmp_path: Path, snapshot: ASnapshot) -> None:
    with closing(begin(tmp_path, snapshot)) as policy:
        policy.add(0, snapshot.pieces[0])
    other = a_snapshot(some_people(3), name="b")

    again = begin(tmp_path, other)

    assert (again.next_chunk, policy.path.exists()) == (0, False)
    assert is_whole(complete(again, other), other)


def test_thrown_away_it_leaves_nothing(tmp_path: Path, snapshot: ASnapshot) -> None:
    begin(tmp_path, snapshot).close()

    throw_away(tmp_path)

    assert list(tmp_path.iterdir()) == []


# Rows that are not those of the offer.


def of_rows(*rows: HolderRow | CredentialRow | GroupRow) -> bytes:
    history = AHistory()
    history.change(rows)
    return history.snapshot().pieces[0]


def test_chunks_in_another_order_are_refused(tmp_path: Path, snapshot: ASnapshot) -> None:
    with closing(begin(tmp_path, snapshot)) as policy, pytest.raises(Refused, match="gap"):
        policy.add(1, snapshot.pieces[1])


@pytest.mark.parametrize("number", range(3))
def test_a_chunk_of_another_snapshot_among_them_is_noticed_at_the_end(
    tmp_path: Path, snapshot: ASnapshot, number: int
) -> None:
    pieces = [*snapshot.pieces]
    pieces[number] = of_rows(GroupRow(id="foreign"))
    with closing(begin(tmp_path, snapshot)) as policy:
        for place, piece in enumerate(pieces):
            policy.add(place, piece)

        with pytest.raises(Refused, match="digest-differs"):
            policy.finish(site=SITE)


def test_a_chunk_that_came_before_is_refused_by_its_rows(tmp_path: Path, snapshot: ASnapshot) -> None:
    with closing(begin(tmp_path, snapshot)) as policy:
        policy.add(0, snapshot.pieces[0])

        with pytest.raises(sqlite3.IntegrityError):
            policy.add(1, snapshot.pieces[0])

        assert policy.next_chunk == 1


def test_a_damaged_chunk_is_refused_and_changes_nothing(tmp_path: Path, snapshot: ASnapshot) -> None:
    policy = begin(tmp_path, snapshot)

    with pytest.raises(Refused, match="bad-chunk"):
        policy.add(0, snapshot.pieces[0][:-1])

    assert is_whole(complete(policy, snapshot), snapshot)


# The disk.


def test_a_chunk_that_the_disk_refuses_can_be_added_later(tmp_path: Path, snapshot: ASnapshot) -> None:
    policy = begin(tmp_path, snapshot)
    largest = max(range(snapshot.offer.chunks), key=lambda number: len(rows_in(snapshot.pieces[number]).rows))
    for number in range(largest):
        policy.add(number, snapshot.pieces[number])

    with full_disk(), pytest.raises(sqlite3.OperationalError):
        policy.add(largest, snapshot.pieces[largest])

    assert is_whole(complete(policy, snapshot), snapshot)


def test_a_new_policy_that_cannot_be_begun_leaves_nothing(tmp_path: Path, snapshot: ASnapshot) -> None:
    with full_disk(), pytest.raises(OSError, match="File too large"):
        begin(tmp_path, snapshot)

    assert list(tmp_path.iterdir()) == []


def test_a_pause_that_says_stop_ends_it_in_the_middle_of_a_chunk(tmp_path: Path, snapshot: ASnapshot) -> None:
    answers = [True] * 3
    policy = begin(tmp_path, snapshot, pause=lambda _: bool(answers and answers.pop()))
    answers.clear()

    with closing(policy), pytest.raises(InterruptedError, match="stops"):
        policy.add(0, snapshot.pieces[0])

    assert is_whole(complete(begin(tmp_path, snapshot), snapshot), snapshot)


def test_a_pause_that_says_stop_at_the_beginning_leaves_nothing(tmp_path: Path, snapshot: ASnapshot) -> None:
    with pytest.raises(InterruptedError, match="stops"):
        begin(tmp_path, snapshot, pause=lambda _: False)

    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def many() -> ASnapshot:
    return a_snapshot(some_people(6000))


def written_bytes() -> int:
    """Return how many bytes this process has handed to the system to write, to whatever file."""
    words = Path("/proc/self/io").read_text().split()
    return int(words[words.index("wchar:") + 1])


def test_no_step_leaves_more_unwritten_than_a_slow_card_takes_in_a_moment(tmp_path: Path, many: ASnapshot) -> None:
    steps: list[int] = []
    before = written_bytes()

    def pause(seconds: float) -> bool:
        nonlocal before
        now = written_bytes()
        steps.append(now - before)
        before = now
        return seconds == PAUSE_SECONDS

    path = complete(begin(tmp_path, many, pause=pause), many)

    assert path.stat().st_size > 5 * MOST_STEP_BYTES
    assert max(steps) <= MOST_DIRTY_BYTES


@pytest.fixture(autouse=True)
def _no_file_is_left_open() -> Iterator[None]:
    before = open_files()
    yield
    assert open_files() == before


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
