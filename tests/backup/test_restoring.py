"""Restoring: into an empty folder alone, whole and checked, and a sentence for everything that cannot be."""

import fcntl
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from doorctl.backup.age import encrypt, new_identity
from doorctl.backup.contents import TRUST
from doorctl.backup.manifest import SITE_DB, Manifest, PackedFile, manifest_bytes, packed
from doorctl.backup.opening import in_order
from doorctl.backup.packing import Member, member, pack
from doorctl.backup.site_copy import copy_site
from doorctl.errors import ConfigError, KeyFileError, Refused, WrongUse
from doorctl.hub.backups.news import Restored, restore_told
from tests.backup.hubs import IDENTITY, NOON, RECIPIENT, SERIES, AHub, later, paths, restored
from tests.full_disk import full_disk


def refusal(files: list[Path], to: Path, **more: str) -> str:
    """Try to restore what cannot be; return why not, and prove that nothing is there then."""
    before = set(to.parent.iterdir())
    with pytest.raises((Refused, KeyFileError, WrongUse, ConfigError)) as refused:
        restored(files, to, **more)
    assert set(to.parent.iterdir()) == before
    return str(refused.value)


def test_the_restored_hub_finds_that_it_was_and_from_when(hub: AHub, tmp_path: Path) -> None:
    back = restored(paths(hub.base()), tmp_path / "back")

    told = restore_told(back.state_dir)
    assert told is not None
    assert told[1] == Restored(SERIES, 0, int(NOON.timestamp()), int(later(3600).timestamp()))


def test_what_is_restored_is_for_its_owner_alone(hub: AHub, tmp_path: Path) -> None:
    restored(paths(hub.base(with_keys=True)), tmp_path / "back")

    open_to_others = [path for path in (tmp_path / "back").rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == []


def test_nothing_is_overwritten(hub: AHub, tmp_path: Path) -> None:
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "site.db").write_text("precious")

    assert "not empty" in refusal(paths(hub.base()), tmp_path / "back")
    assert (tmp_path / "back" / "site.db").read_text() == "precious"


def test_the_folder_in_which_one_is_has_no_name(hub: AHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = paths(hub.base())
    (tmp_path / "back").mkdir()
    monkeypatch.chdir(tmp_path / "back")

    assert "name a new folder" in refusal(backup, Path())


def test_an_empty_folder_will_do(hub: AHub, tmp_path: Path) -> None:
    (tmp_path / "back").mkdir()

    assert restored(paths(hub.base()), tmp_path / "back").records == 100


def test_what_a_killed_restore_has_left_goes_with_the_next_to_that_place(hub: AHub, tmp_path: Path) -> None:
    for name in (".back.0123abcd", ".other.0123abcd"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "site.db").write_text("Ada")

    restored(paths(hub.base()), tmp_path / "back")

    assert {path.name for path in tmp_path.glob(".*")} == {".other.0123abcd"}


def test_what_another_restore_works_in_stays(hub: AHub, tmp_path: Path) -> None:
    (tmp_path / ".back.0123abcd").mkdir()
    other = os.open(tmp_path / ".back.0123abcd", os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)

    restored(paths(hub.base()), tmp_path / "back")

    os.close(other)
    assert (tmp_path / ".back.0123abcd").exists()


def test_another_identity_does_not_open_it(hub: AHub, tmp_path: Path) -> None:
    why = refusal(paths(hub.base()), tmp_path / "back", identities=new_identity()[0])

    assert why.startswith("wrong-identity")
    assert "base.age" in why


@pytest.mark.parametrize("text", ["", "# nothing\n", "AGE-SECRET-KEY-1QQ\n", "-----BEGIN PRIVATE KEY-----\n"])
def test_what_is_no_identity_is_told(hub: AHub, tmp_path: Path, text: str) -> None:
    assert "identity file" in refusal(paths(hub.base()), tmp_path / "back", identities=text)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_file_that_was_cut_is_told(hub: AHub, tmp_path: Path, share: float) -> None:
    path = hub.base().written.path
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    assert refusal([path], tmp_path / "back").startswith("damaged-backup")


def test_a_file_that_has_grown_is_told(hub: AHub, tmp_path: Path) -> None:
    path = hub.base().written.path
    path.write_bytes(path.read_bytes() + b"\0")

    assert refusal([path], tmp_path / "back").startswith("damaged-backup")


def test_any_changed_byte_is_told(hub: AHub, tmp_path: Path) -> None:
    path = hub.base().written.path
    data = path.read_bytes()
    words = set()
    for at in (*range(0, 400, 7), *range(400, len(data), len(data) // 40), len(data) - 1):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        words.add(refusal([path], tmp_path / "back").partition(":")[0])

    assert words == {"damaged-backup", "wrong-identity"}


def a_series(hub: AHub) -> list[Path]:
    """Make a base and three increments."""
    hub.write_records(2000)
    hub.checkpoint()
    follower = hub.follower()
    made = [follower.must(0)]
    for minute in (1, 2, 3):
        hub.write_records(1)
        made.append(follower.must(60 * minute))
    assert [each.manifest.number for each in made] == [0, 1, 2, 3]
    return paths(*made)


def test_a_missing_increment_is_named(hub: AHub, tmp_path: Path) -> None:
    base, first, _, third = a_series(hub)

    assert refusal([base, first, third], tmp_path / "back").startswith("missing-increment: increment 2 is missing")


def test_increments_without_their_base_are_told(hub: AHub, tmp_path: Path) -> None:
    _, first, second, _ = a_series(hub)

    assert refusal([second, first], tmp_path / "back").startswith("no-base")


def test_an_older_increment_does_not_follow_a_newer_base(hub: AHub, tmp_path: Path) -> None:
    _, first, *_ = a_series(hub)
    newer = hub.base("newer.age", series="6f" * 16).written.path

    assert "belong to different bases" in refusal([newer, first], tmp_path / "back")


def test_two_bases_are_one_too_many(hub: AHub, tmp_path: Path) -> None:
    bases = [hub.base("one.age").written.path, hub.base("two.age", series="6f" * 16).written.path]

    assert "belong to different bases" in refusal(bases, tmp_path / "back")


def test_one_file_given_twice_is_one_too_many(hub: AHub, tmp_path: Path) -> None:
    base, first, *_ = a_series(hub)

    assert "leave out one of the two" in refusal([base, first, first], tmp_path / "back")


def test_an_increment_that_was_made_on_another_state_does_not_follow(hub: AHub, tmp_path: Path) -> None:
    """As when two followers go on with one series: the numbers fit, the states do not."""
    base, first, second, _ = a_series(hub)
    manifest = in_order([base, first, second], identities=IDENTITY)[-1].manifest
    a_file(second, msgspec.structs.replace(manifest, previous="0" * 64))

    assert "does not follow" in refusal([base, first, second], tmp_path / "back")


def test_without_room_it_says_how_much_is_needed(hub: AHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = hub.base().written.path
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 1000}))

    assert refusal([base], tmp_path / "back").startswith(f"no-room: {tmp_path} has 1000 bytes free, and ")


def test_a_disk_that_fills_leaves_nothing(hub: AHub, tmp_path: Path) -> None:
    base = hub.base().written.path

    with full_disk():
        why = refusal([base], tmp_path / "back")

    assert why.startswith("no-room")


def test_a_folder_that_is_not_there_is_told(hub: AHub, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="is not there"):
        restored(paths(hub.base()), tmp_path / "none" / "back")


def a_file(path: Path, manifest: Manifest, *members: Member) -> Path:
    """Encrypt an archive that doorctl would not have made."""
    with path.open("wb") as file:
        encrypt(pack(manifest, members), file.write, recipients=[RECIPIENT])
    return path


def a_manifest(*files: PackedFile, site: str = "hq") -> Manifest:
    return Manifest(site=site, series=SERIES, number=0, made_at=1, doorctl="0", files=files)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "state/../../evil", "state/a/b/c", "backup.json", ""])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    path = a_file(tmp_path / "evil.age", a_manifest(PackedFile(name, 1, "0" * 64)), member(name, b"x"))

    assert refusal([path], tmp_path / "back").startswith("not-a-backup")


@pytest.mark.parametrize(
    "name", ["../evil", "state/other", "state/trust.note.blocks/00000000", f"{SITE_DB}.blocks/1"]
)
def test_what_the_archive_holds_beside_what_it_tells_of_is_refused(tmp_path: Path, name: str) -> None:
    path = a_file(tmp_path / "evil.age", a_manifest(packed(TRUST, b"x")), member(name, b"y"))

    assert f"holds {name!r}, which it does not tell of" in refusal([path], tmp_path / "back")


def test_a_file_that_is_not_the_one_it_tells_of_is_refused(tmp_path: Path) -> None:
    path = a_file(tmp_path / "evil.age", a_manifest(packed(TRUST, b"x")), member(TRUST, b"y"))

    assert "is not what was backed up" in refusal([path], tmp_path / "back")


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 2048, b"x" * 3_000_000])
def test_what_is_encrypted_but_no_backup_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.age"
    with path.open("wb") as file:
        encrypt([content], file.write, recipients=[RECIPIENT])

    assert refusal([path], tmp_path / "back").startswith("not-a-backup")


def begun_with(path: Path, name: str, content: bytes) -> Path:
    """Encrypt an archive whose first member is this one."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    with path.open("wb") as file:
        encrypt([info.tobuf(), content, bytes(-len(content) % 512)], file.write, recipients=[RECIPIENT])
    return path


def test_an_archive_that_begins_with_something_else_is_told(tmp_path: Path) -> None:
    path = begun_with(tmp_path / "other.age", "other.json", manifest_bytes(a_manifest()))

    assert "does not begin with what it is" in refusal([path], tmp_path / "back")


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"format": "doorctl-backup/2"}', b"\xff", b'{"site": "\xff"}']
)
def test_what_begins_with_another_kind_of_manifest_is_told(tmp_path: Path, content: bytes) -> None:
    path = begun_with(tmp_path / "other.age", "backup.json", content)

    assert refusal([path], tmp_path / "back").startswith("not-a-backup")


def test_a_backup_of_another_site_than_its_configuration_is_refused(hub: AHub, tmp_path: Path) -> None:
    small = hub.files.small_files(with_keys=False)
    copy_site(hub.files.database, tmp_path / "copy.db")
    files = {**small, SITE_DB: (tmp_path / "copy.db").read_bytes()}
    manifest = a_manifest(*(packed(name, data) for name, data in files.items()), site="other")
    path = a_file(tmp_path / "other.age", manifest, *(member(name, data) for name, data in files.items()))

    assert "is of another site" in refusal([path], tmp_path / "back")


def edited(hub: AHub, edit: Callable[[str], str]) -> Path:
    """Back the hub up with another hub.toml."""
    hub.config.write_text(edit(hub.config.read_text()))
    return hub.base().written.path


def test_trust_that_the_root_keys_of_the_configuration_have_not_signed_is_refused(hub: AHub, tmp_path: Path) -> None:
    stranger = "A" * 43
    lines = [
        f'    "{stranger}",' if line.startswith('    "') else line for line in hub.config.read_text().splitlines()
    ]

    assert refusal([edited(hub, lambda _: "\n".join(lines))], tmp_path / "back").startswith("unknown-signer")


def test_a_state_folder_that_is_elsewhere_is_restored_as_state(hub: AHub, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    hub.state_dir.rename(elsewhere)
    path = edited(hub, lambda text: text.replace('state_dir = "state"', f'state_dir = "{elsewhere}"'))

    back = restored([path], tmp_path / "back")

    assert back.state_dir == tmp_path / "back" / "state"
    assert back.hub.state_dir == elsewhere
    assert (back.state_dir / "site.db").exists()


@pytest.mark.parametrize(("state_dir", "place"), [(".", "."), ("var/hub", "var/hub"), ("../hub-state", "state")])
def test_a_state_folder_is_where_the_configuration_says_if_that_is_inside(
    hub: AHub, tmp_path: Path, state_dir: str, place: str
) -> None:
    (hub.folder / state_dir).mkdir(parents=True, exist_ok=True)
    for path in hub.state_dir.iterdir():
        path.rename(hub.folder / state_dir / path.name)
    path = edited(hub, lambda text: text.replace('state_dir = "state"', f'state_dir = "{state_dir}"'))

    back = restored([path], tmp_path / "back")

    assert back.state_dir == tmp_path / "back" / place
    assert (back.state_dir / "site.db").exists()
    assert json.loads((back.state_dir / "restored.json").read_bytes())["backup"] == SERIES
