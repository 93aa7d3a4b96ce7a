"""Once the policy says that somebody was erased, no file of the keeper holds a trace of their cards."""

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorctl.core.model import ZoneKind
from doorctl.database import open_reader
from doorctl.policy.apply import find_row, recomputed_digest
from doorctl.policy.rows import (
    CredentialRow,
    ErasureRow,
    GrantRow,
    GroupRow,
    HolderRow,
    MemberRow,
    RosterRow,
    Row,
    ZoneRow,
)
from doorctl.wire.topics import Channel
from tests.keeper.site import AController, ASite
from tests.keeper.snapshots import collect
from tests.keeper.test_renewal import collected, offered

ADA, GRACE = "h-ada-7f31", "h-grace-90c2"
ADAS_CARDS = (b"ada's first card".ljust(32, b"1"), b"ada's second card".ljust(32, b"2"))
GRACES_CARD = b"grace's card".ljust(32, b"3")
BUILDING: tuple[Row, ...] = (ZoneRow(id="lab", kind=ZoneKind.SERVER_ROOM), GroupRow(id="staff"))


def rows_of(holder: str, *cards: bytes) -> tuple[Row, ...]:
    return (
        HolderRow(id=holder),
        MemberRow(holder=holder, group="staff"),
        GrantRow(id=f"g-{holder[2:5]}", zone="lab", holder=holder),
        *(CredentialRow(key=card, holder=holder) for card in cards),
    )


@pytest.fixture
def peopled(controller: AController, site: ASite) -> AController:
    """A controller that has followed how Ada and Grace were enrolled, one change each."""
    site.change(rows=BUILDING)
    site.change(rows=rows_of(ADA, *ADAS_CARDS))
    site.change(rows=rows_of(GRACE, GRACES_CARD))
    controller.keeper.connected(0)
    for revision in range(1, site.revision + 1):
        controller.keeper.handle(Channel.DELTA, site.delta(revision), 0)
    return controller


def erase(controller: AController, site: ASite, holder: str = ADA) -> None:
    controller.keeper.handle(Channel.DELTA, site.change(rows=[ErasureRow(holder=holder)]), 1)
    controller.keeper.tick(2)


def files_with(folder: Path, *cards: bytes) -> list[str]:
    """The files in which one of these keys stands, as it is or as JSON or hexadecimals write it."""
    spelled = [
        spelling
        for card in cards
        for spelling in (card, msgspec.json.encode(card).strip(b'"'), card.hex().encode(), base64.b64encode(card))
    ]
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if any(each in path.read_bytes() for each in spelled)]


def notes_of(controller: AController) -> list[int]:
    """The revisions at which the notes end that are kept."""
    return [revision for revision, _ in controller.kept.after(1, 0, most=99)]


def test_before_an_erasure_the_cards_stand_in_policy_and_notes(peopled: AController) -> None:
    assert len(files_with(peopled.state_dir, *ADAS_CARDS)) >= 2


def test_after_an_erasure_no_file_holds_a_card_of_that_holder(peopled: AController, site: ASite) -> None:
    erase(peopled, site)

    assert files_with(peopled.state_dir, *ADAS_CARDS) == []
    assert files_with(peopled.state_dir, GRACES_CARD) != []
    assert peopled.erasing.is_done


def test_the_policy_is_whole_and_has_no_row_of_that_holder(peopled: AController, site: ASite) -> None:
    erase(peopled, site)

    left = peopled.store.read(lambda policy: [find_row(policy, row) for row in rows_of(ADA, *ADAS_CARDS)])
    assert left == [None] * len(left)
    assert peopled.store.read(recomputed_digest) == peopled.position.digest
    assert peopled.position.digest_hex == site.digests[-1]


def test_notes_without_a_card_of_theirs_are_kept_for_a_hub_that_loses_them(peopled: AController, site: ASite) -> None:
    erase(peopled, site)

    assert notes_of(peopled) == [1, 2, 3, 4, 6, 7]
    assert peopled.kept.chain_at(1, 5) == site.chains[5]


def test_a_note_that_erases_and_names_a_card_goes_too(peopled: AController, site: ASite) -> None:
    note = site.change(rows=[CredentialRow(key=ADAS_CARDS[0], holder=ADA), ErasureRow(holder=ADA)])
    peopled.keeper.handle(Channel.DELTA, note, 1)
    peopled.keeper.tick(2)

    assert files_with(peopled.state_dir, *ADAS_CARDS) == []
    assert 7 not in notes_of(peopled)


def test_a_roster_that_names_them_goes_from_the_notes(peopled: AController, site: ASite) -> None:
    line = f'{{"holder":"{ADA}"}}'
    peopled.keeper.handle(Channel.DELTA, site.change(rows=[RosterRow(zone="lab", note=line)]), 1)
    peopled.keeper.handle(Channel.DELTA, site.change(rows=[RosterRow(zone="lab", note="{}")]), 1)
    erase(peopled, site)

    assert notes_of(peopled) == [1, 2, 3, 4, 6, 8, 9]


def test_what_was_kept_aside_for_a_newer_doorctl_goes_too(peopled: AController, site: ASite) -> None:
    card = CredentialRow(key=ADAS_CARDS[0], holder=ADA)
    peopled.keeper.handle(Channel.DELTA, site.change(rows=[card], needs=9), 1)
    erase(peopled, site)

    assert files_with(peopled.state_dir, *ADAS_CARDS) == []
    assert peopled.store.read(lambda policy: policy.execute("SELECT needs FROM withheld_changes").fetchall()) == [
        (9,)
    ]


def test_an_unusable_policy_that_was_kept_goes_too(peopled: AController, site: ASite) -> None:
    (peopled.state_dir / "policy.db.broken").write_bytes(ADAS_CARDS[0])
    erase(peopled, site)

    assert files_with(peopled.state_dir, *ADAS_CARDS) == []


@pytest.fixture
def begun(peopled: AController, site: ASite) -> AController:
    """The controller while it makes a policy of a snapshot that is older than the erasure; the cards are in it."""
    site.change()
    snapshot = site.snapshot()
    offered(peopled, site, snapshot.offer, now=1)
    collect(peopled.refill, snapshot, until=5)
    peopled.keeper.handle(Channel.DELTA, site.delta(site.revision), 1)
    assert any("policy-aaaa" in name for name in files_with(peopled.state_dir, *ADAS_CARDS))
    return peopled


def test_what_is_made_of_an_older_snapshot_goes_too(begun: AController, site: ASite) -> None:
    erase(begun, site)

    assert files_with(begun.state_dir, *ADAS_CARDS) == []
    assert (begun.refill.offer, list(begun.state_dir.glob("policy.db.next"))) == (None, [])


def test_what_was_begun_before_a_restart_goes_too(begun: AController, site: ASite) -> None:
    again = begun.restart()
    again.keeper.handle(Channel.TRUST, site.trust().note, 0)

    erase(again, site)

    assert files_with(again.state_dir, *ADAS_CARDS) == []
    again.close()


def test_who_comes_by_a_snapshot_forgets_as_well(peopled: AController, site: ASite) -> None:
    site.change(rows=[ErasureRow(holder=ADA)])
    site.change()
    snapshot = site.snapshot()

    offered(peopled, site, snapshot.offer, now=1)
    collected(peopled, site, snapshot, now=1)
    peopled.keeper.tick(2)

    assert peopled.position.revision == site.revision
    assert files_with(peopled.state_dir, *ADAS_CARDS) == []


def test_with_a_snapshot_it_waits_for_the_door_to_let_go_of_the_old_policy(peopled: AController, site: ASite) -> None:
    peopled.door_arrives()
    peopled.door_answers_by(peopled.position.revision)
    site.change(rows=[ErasureRow(holder=ADA)])
    snapshot = site.snapshot()
    offered(peopled, site, snapshot.offer, now=1)
    collected(peopled, site, snapshot, now=1)
    peopled.keeper.tick(2)
    before = peopled.erasing.is_done

    peopled.door_answers_by(site.revision)
    peopled.keeper.tick(3)
    peopled.keeper.tick(4)

    assert (before, peopled.erasing.is_done, files_with(peopled.state_dir, *ADAS_CARDS)) == (False, True, [])


def test_a_reader_in_the_way_is_waited_for(peopled: AController, site: ASite) -> None:
    policy = peopled.state_dir / (peopled.state_dir / "policy.db").readlink()
    with closing(open_reader(policy)) as door:
        door.execute("BEGIN")
        door.execute("SELECT count(*) FROM credentials").fetchone()
        erase(peopled, site)
        while_reading = peopled.erasing.is_done

    peopled.keeper.tick(3)

    assert (while_reading, peopled.erasing.is_done, files_with(peopled.state_dir, *ADAS_CARDS)) == (False, True, [])


def test_a_crash_before_the_end_is_made_up_for_at_the_next_start(peopled: AController, site: ASite) -> None:
    site.change(rows=[ErasureRow(holder=ADA)])
    peopled.store.apply(site.changes[-1:], epoch=1, chain=site.chains[-1].hex(), now=1)
    again = peopled.restart()

    again.keeper.tick(2)

    assert (again.erasing.is_done, files_with(again.state_dir, *ADAS_CARDS)) == (True, [])
    again.close()


def test_who_is_forgotten_is_not_looked_for_again(peopled: AController, site: ASite) -> None:
    erase(peopled, site)

    again = peopled.restart()

    assert again.kept.not_forgotten({ADA, GRACE}) == {GRACE}
    again.close()


def test_a_second_erasure_follows_the_first(peopled: AController, site: ASite) -> None:
    erase(peopled, site)
    erase(peopled, site, GRACE)

    assert files_with(peopled.state_dir, *ADAS_CARDS, GRACES_CARD) == []


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(st.integers(0, 60), min_size=1, max_size=12, unique=True),
    erased=st.integers(0, 11),
    checkpoints=st.booleans(),
)
def test_whoever_is_erased_among_many_leaves_no_card_in_any_file(
    tmp_path_factory: pytest.TempPathFactory, people: list[int], erased: int, checkpoints: bool
) -> None:
    site = ASite()
    controller = AController(tmp_path_factory.mktemp("many"), site)
    controller.keeper.handle(Channel.TRUST, site.trust().note, 0)
    site.change(rows=BUILDING)
    for number in people:
        site.change(rows=rows_of(f"h-{number:03}-of-many", f"card {number:03}".encode().ljust(32, b"x")))
    for revision in range(1, site.revision + 1):
        controller.keeper.handle(Channel.DELTA, site.delta(revision), 0)
        controller.keeper.tick(revision if checkpoints else 0)
    number = people[erased % len(people)]

    erase(controller, site, f"h-{number:03}-of-many")

    assert files_with(controller.state_dir, f"card {number:03}".encode()) == []
    controller.close()


def test_a_note_that_cannot_be_read_and_names_them_goes(peopled: AController, site: ASite) -> None:
    with closing(sqlite3.connect(peopled.state_dir / "kept-notes.db", isolation_level=None)) as shelf:
        shelf.execute("UPDATE ends SET note = ? WHERE revision = 2", (f"odd {ADA}".encode(),))
    erase(peopled, site)

    assert 2 not in notes_of(peopled)
