"""Following a hub: small increments on a base, a new base when it is time, old ones pruned, nothing left out."""

from pathlib import Path

import pytest

from doorctl.backup.following import NEW_BASE_AFTER
from doorctl.backup.place import prune, stem_of
from doorctl.errors import Refused
from tests.backup.hubs import AHub, contents, later, paths, record_count, restored
from tests.full_disk import full_disk

DAY = NEW_BASE_AFTER.total_seconds()


@pytest.fixture
def grown(hub: AHub) -> AHub:
    """A hub whose database is large beside what changes in a minute."""
    hub.write_records(4000)
    hub.checkpoint()
    return hub


def test_a_base_and_its_increments_are_the_newest_moment(grown: AHub, tmp_path: Path) -> None:
    follower = grown.follower()
    made = [follower.must(0)]
    for minute in (1, 2, 3):
        grown.write_records(10)
        made.append(follower.must(60 * minute))

    back = restored(paths(*made), tmp_path / "back")

    assert [each.manifest.number for each in made] == [0, 1, 2, 3]
    assert (back.records, record_count(back.state_dir), back.manifest.number) == (4130, 4130, 3)


def test_fewer_increments_are_an_older_moment(grown: AHub, tmp_path: Path) -> None:
    follower = grown.follower()
    base = follower.must(0)
    grown.write_records(10)
    first = follower.must(60)
    grown.write_records(10)
    follower.must(120)

    back = restored(paths(first, base), tmp_path / "back")

    assert (back.records, back.manifest.made_at) == (4110, int(later(60).timestamp()))


def test_an_increment_is_small(grown: AHub) -> None:
    follower = grown.follower()
    base = follower.must(0)
    grown.write_records(1)

    increment = follower.must(60)

    assert increment.written.size < base.written.size / 5


def test_checkpoints_in_between_change_nothing(grown: AHub, tmp_path: Path) -> None:
    follower = grown.follower()
    made = [follower.must(0)]
    for minute in range(1, 6):
        grown.write_records(3)
        made.append(follower.must(60 * minute))
        grown.checkpoint()

    back = restored(
        paths(*(each for each in made if each.manifest.series == made[-1].manifest.series)), tmp_path / "b"
    )

    assert back.records == 4115


def test_of_a_hub_that_was_stopped_in_between_no_older_log_comes_back(grown: AHub, tmp_path: Path) -> None:
    follower = grown.follower()
    base = follower.must(0)
    grown.write_records(5)
    first = follower.must(60)
    grown.write_records(7)
    grown.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    grown.connection.close()
    second = follower.must(120)

    assert restored(paths(base, first, second), tmp_path / "back").records == 4112


def test_a_log_that_became_shorter_comes_back_so(grown: AHub, tmp_path: Path) -> None:
    follower = grown.follower()
    base = follower.must(0)
    grown.write_records(300)
    first = follower.must(60)
    grown.checkpoint()
    grown.write_records(1)
    second = follower.must(120)

    sizes = [{each.name: each.size for each in made.manifest.files}["state/site.db-wal"] for made in (first, second)]
    assert sizes[1] < sizes[0]
    assert restored(paths(base, first, second), tmp_path / "back").records == 4401


def test_a_file_that_was_gone_by_then_does_not_come_back(grown: AHub, tmp_path: Path) -> None:
    text = grown.config.read_text()
    (grown.folder / "ca.crt").write_text("certificate")
    grown.config.write_text(text.replace('["mqtt:', '["mqtts:') + 'ca = "ca.crt"\n')
    follower = grown.follower()
    base = follower.must(0)
    grown.config.write_text(text)
    first = follower.must(60)

    restored(paths(base, first), tmp_path / "back")

    assert not [path for path in (tmp_path / "back").rglob("*") if "ca" in path.name and path.name != "card.keys"]


def test_nothing_new_is_no_increment(grown: AHub) -> None:
    follower = grown.follower()
    follower.must(0)

    assert follower.follow(60) is None
    assert len(list(grown.place.iterdir())) == 1


def test_nothing_new_of_a_hub_that_is_stopped_is_no_increment(grown: AHub) -> None:
    grown.connection.close()
    follower = grown.follower()
    follower.must(0)
    follower.follow(60)

    assert follower.follow(120) is None


def test_trust_that_has_changed_is_news_though_the_database_is_not(grown: AHub, tmp_path: Path) -> None:
    follower = grown.follower()
    base = follower.must(0)
    (grown.state_dir / "trust.note").write_bytes((grown.state_dir / "trust.note").read_bytes() + b"\n")

    assert follower.must(60).manifest.previous == base.manifest.state


def test_trust_that_has_changed_is_in_the_increment(grown: AHub, tmp_path: Path) -> None:
    follower = grown.follower()
    base = follower.must(0)
    text = grown.config.read_text().replace("Europe/Paris", "Europe/Berlin")
    grown.config.write_text(text)

    back = restored(paths(base, follower.must(60)), tmp_path / "back")

    assert contents(back.hub.path.parent)["hub.toml"] == text.encode()


def test_when_increments_are_half_of_it_a_new_base_is_made(hub: AHub) -> None:
    follower = hub.follower()
    made = [follower.must(0)]
    while made[-1].manifest.number or len(made) == 1:
        hub.write_records(20)
        made.append(follower.must(60 * len(made)))

    sizes = [each.written.size for each in made]
    assert sum(sizes[1:-1]) > sizes[0] / 2 >= sum(sizes[1:-2])
    assert made[-1].records == 100 + 20 * (len(made) - 1)


@pytest.mark.parametrize("seconds", [DAY, -60])
def test_after_a_day_or_with_a_clock_set_back_a_new_base_is_made(grown: AHub, seconds: float) -> None:
    follower = grown.follower()
    follower.must(0)

    assert follower.must(seconds).manifest.number == 0


def test_a_base_that_is_gone_is_made_anew(grown: AHub) -> None:
    follower = grown.follower()
    follower.must(0).written.path.unlink()
    grown.write_records(1)

    assert follower.must(60).manifest.number == 0


def test_what_could_not_be_written_comes_with_the_next(grown: AHub, tmp_path: Path) -> None:
    follower = grown.follower()
    base = follower.must(0)
    grown.write_records(10)
    with full_disk(), pytest.raises(Refused, match="no-room"):
        follower.follow(60)
    grown.write_records(10)

    second = follower.must(120)

    assert second.manifest.number == 1
    assert restored(paths(base, second), tmp_path / "back").records == 4120


def a_series(folder: Path, stem: str, increments: int) -> None:
    for name in (stem, *(f"{stem}.{number:06d}" for number in range(1, increments + 1))):
        (folder / f"{name}.age").touch()


def test_old_series_are_pruned_with_their_increments_and_nothing_else(tmp_path: Path) -> None:
    stems = [f"hq-2027011{day}T120000Z-0000000{day}" for day in range(5)]
    for stem in stems:
        a_series(tmp_path, stem, 2)
    for stranger in ("notes.txt", "hq-2-20270110T120000Z-00000000.age", "hq.age", f"{stems[0]}.age.part"):
        (tmp_path / stranger).touch()

    gone = prune(tmp_path, "hq", keep=2, newest=stems[4], at=later(0))

    left = {stem_of(path) for path in tmp_path.iterdir() if path.name.startswith("hq-2027") and path.suffix == ".age"}
    assert left == set(stems[3:])
    assert len(gone) == 9
    assert gone[-1].name == f"{stems[0]}.age"
    assert (tmp_path / "hq-2-20270110T120000Z-00000000.age").exists()
    assert (tmp_path / "notes.txt").exists()


def test_the_one_made_just_now_stays_whatever_the_clock_says(tmp_path: Path) -> None:
    old, new = "hq-20270115T120000Z-00000001", "hq-20200101T000000Z-00000002"
    a_series(tmp_path, old, 0)
    a_series(tmp_path, new, 0)

    prune(tmp_path, "hq", keep=1, newest=new, at=later(0))

    assert [path.name for path in tmp_path.iterdir()] == [f"{new}.age"]


def test_what_a_crash_left_half_written_goes_after_a_day(tmp_path: Path) -> None:
    (tmp_path / ".hq-20270115T120000Z-00000001.age.0a1b2c3d").touch()
    at = later(0)
    prune(tmp_path, "hq", keep=1, newest="", at=at.fromtimestamp(0, at.tzinfo))
    kept = len(list(tmp_path.iterdir()))

    prune(tmp_path, "hq", keep=1, newest="", at=at.replace(year=2099))

    assert (kept, list(tmp_path.iterdir())) == (1, [])
