"""A base: everything a hub needs, of one moment, checked, for one key's eyes, whole or not there."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.backup.age import encrypt, new_identity
from doorctl.backup.log_roots import SEGMENT
from doorctl.backup.making import Orders, make_base, open_again
from doorctl.backup.site_copy import copy_site
from doorctl.errors import KeyFileError, Refused, SiteUnavailable, WrongUse
from tests.backup.hubs import IDENTITY, NOON, RECIPIENT, SERIES, AHub, contents, paths, record_count, restored


def test_what_is_restored_is_what_was_there(hub: AHub, tmp_path: Path) -> None:
    made = hub.base()

    back = restored(paths(made), tmp_path / "back")

    assert (made.records, back.records, record_count(back.state_dir)) == (100, 100, 100)
    theirs, ours = contents(tmp_path / "back"), contents(hub.folder)
    assert theirs == {name: ours[name] for name in ("hub.toml", "state/trust.note")} | {
        "state/restored.json": theirs["state/restored.json"]
    }


def test_keys_are_in_it_only_when_asked_for(hub: AHub, tmp_path: Path) -> None:
    bare = restored(paths(hub.base()), tmp_path / "bare")

    full = restored(paths(hub.base(with_keys=True)), tmp_path / "full")

    keys = {name: data for name, data in contents(hub.folder).items() if "key" in name}
    assert len(keys) == 3
    assert keys.items() <= contents(tmp_path / "full").items()
    assert full.missing == ()
    assert bare.missing == tuple(str(tmp_path / "bare" / "state" / name) for name in ("keys", "card.keys"))


def test_files_for_tls_come_with_it_and_their_key_with_the_keys(hub: AHub, tmp_path: Path) -> None:
    text = hub.config.read_text().replace('brokers = ["mqtt:', 'brokers = ["mqtts:')
    hub.config.write_text(f'{text}ca = "state/ca.crt"\ncertificate = "link/tls.crt"\nkey = "link/tls.key"\n')
    (hub.folder / "link").mkdir()
    for name in ("state/ca.crt", "link/tls.crt", "link/tls.key"):
        (hub.folder / name).write_text(name)
        (hub.folder / name).chmod(0o600)

    bare = restored(paths(hub.base()), tmp_path / "bare")
    restored(paths(hub.base(with_keys=True)), tmp_path / "full")

    assert {name for name in contents(tmp_path / "bare") if "tls" in name or "ca." in name} == {
        "state/ca.crt",
        "link/tls.crt",
    }
    assert contents(tmp_path / "full")["link/tls.key"] == b"link/tls.key"
    assert bare.missing[-1] == str(tmp_path / "bare" / "link" / "tls.key")


def test_it_is_made_while_the_hub_writes_and_is_of_one_moment(hub: AHub, tmp_path: Path) -> None:
    hub.write_records(4000)  # more than one step of the copy
    steps = iter(range(3))
    made = make_base(
        hub.orders(),
        hub.place / "base.age",
        series=SERIES,
        at=NOON,
        advance=lambda _bytes: hub.write_records(1 if next(steps, None) is not None else 0),
    )

    assert next(steps, None) is None
    assert made.records == 4100
    assert record_count(restored(paths(made), tmp_path / "back").state_dir) == 4100


def test_nobody_else_can_read_it(hub: AHub) -> None:
    hub.connection.execute("INSERT INTO people (holder, handle, name) VALUES ('h1', 'ada', 'Ada Lovelace')")

    made = hub.base(with_keys=True)

    data = made.written.path.read_bytes()
    assert stat.S_IMODE(made.written.path.stat().st_mode) == 0o600
    assert data.startswith(b"age-encryption.org/v1\n")
    assert [word for word in (b"Ada", b"SQLite", b"PRIVATE KEY", b"hub.toml") if word in data] == []


def test_nothing_plain_is_left_beside(hub: AHub) -> None:
    before = {path.name for path in hub.state_dir.iterdir()}

    hub.base()

    assert {path.name for path in hub.state_dir.iterdir()} - before == {"backup.lock"}
    assert [path.name for path in hub.place.iterdir()] == ["base.age"]


def test_what_a_crash_left_of_another_backup_is_removed(hub: AHub) -> None:
    (hub.state_dir / "backup.work").mkdir()
    (hub.state_dir / "backup.work" / "site.db").write_bytes(b"half of it")

    made = hub.base()

    assert made.records == 100
    assert not (hub.state_dir / "backup.work").exists()


def test_a_damaged_database_is_not_backed_up(hub: AHub) -> None:
    older = hub.base().written.path.read_bytes()
    hub.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    hub.connection.close()
    database = hub.files.database
    with database.open("r+b") as file:
        file.seek(-4096, 2)
        file.write(b"\xff" * 4096)

    with pytest.raises(Refused, match="site-damaged"):
        hub.base()

    assert (hub.place / "base.age").read_bytes() == older


def test_a_database_against_its_own_rules_is_not_backed_up(hub: AHub) -> None:
    hub.connection.execute("PRAGMA ignore_check_constraints = ON")
    hub.connection.execute("INSERT INTO known_head (id, epoch, revision, chain) VALUES (2, 1, 1, 'x')")

    with pytest.raises(Refused, match=r"site-damaged.*known_head"):
        hub.base()


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ("UPDATE records SET leaf = x'00' WHERE seq = 50", "root"),
        ("DELETE FROM records WHERE seq = 50", "record 50 is missing"),
        ("DELETE FROM records WHERE seq = 99", "ends at record 99 of 100"),
        ("DELETE FROM records WHERE seq = 0", "begins behind record 0"),
        ("DELETE FROM records", "begins behind record 99"),
    ],
)
def test_a_log_that_is_not_whole_is_not_backed_up(hub: AHub, damage: str, why: str) -> None:
    hub.connection.execute(damage)

    with pytest.raises(Refused, match=f"log-damaged.*{why}"):
        hub.base()

    assert list(hub.place.iterdir()) == []


def test_a_log_whose_first_segment_was_dropped_is_whole(hub: AHub) -> None:
    hub.write_records(SEGMENT)
    hub.connection.execute("DELETE FROM records WHERE seq < ?", (SEGMENT,))

    assert hub.base().records == 100


def test_a_database_that_is_not_there_is_told(hub: AHub, tmp_path: Path) -> None:
    with pytest.raises(SiteUnavailable, match="cannot be copied"):
        copy_site(hub.state_dir / "none.db", tmp_path / "copy.db")


def test_with_the_identity_it_is_opened_again(hub: AHub) -> None:
    made = make_base(hub.orders(identities=IDENTITY), hub.place / "base.age", series=SERIES, at=NOON)

    assert made.written.path.exists()


def test_a_backup_that_the_identity_does_not_open_is_not_put_in_place(hub: AHub) -> None:

    with pytest.raises(Refused, match="wrong-identity"):
        make_base(hub.orders(identities=new_identity()[0]), hub.place / "base.age", series=SERIES, at=NOON)

    assert list(hub.place.iterdir()) == []


def test_what_opens_to_something_else_is_told(tmp_path: Path) -> None:
    with (path := tmp_path / "other.age").open("wb") as file:
        encrypt([b"another backup"], file.write, recipients=[RECIPIENT])

    with pytest.raises(Refused, match="written-wrong"):
        open_again(path, IDENTITY, "0" * 64)


def test_keys_that_are_readable_by_others_are_not_backed_up(hub: AHub) -> None:
    (hub.state_dir / "keys" / "sign.pem").chmod(0o644)

    with pytest.raises(KeyFileError, match="readable by others"):
        hub.base(with_keys=True)


def test_keys_that_systemd_holds_are_left_to_it(hub: AHub) -> None:
    for name in ("sign.pem", "box.pem"):
        (hub.state_dir / "keys" / name).unlink()

    with pytest.raises(KeyFileError, match="leave --with-keys out"):
        hub.base(with_keys=True)


def test_another_user_than_the_hubs_makes_none(hub: AHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 4711)

    with pytest.raises(WrongUse, match="belongs to another user"):
        hub.base()


def test_the_copy_has_no_log_of_its_own(hub: AHub, tmp_path: Path) -> None:
    copy_site(hub.files.database, tmp_path / "copy.db")

    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("copy")] == ["copy.db"]
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_one_may_be_for_several_keys(hub: AHub, tmp_path: Path) -> None:

    other, other_public = new_identity()
    orders = Orders(hub.config, (RECIPIENT, other_public))
    made = make_base(orders, hub.place / "base.age", series=SERIES, at=NOON)

    counts = [
        restored(paths(made), tmp_path / name, identities=identity).records
        for name, identity in (("one", IDENTITY), ("two", other))
    ]

    assert counts == [100, 100]
