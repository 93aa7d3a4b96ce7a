"""``doorctl audit export --proof`` at a hub: the verifier calls each file whole, and it holds what it should."""

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.audit import verify_doorlog
from doorctl.audit.checkpoint import Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.verify_doorlog import Verdict, verify
from doorctl.keys.identity import decode_public, load_signer, root_key_name
from doorctl.wire.notes import Signer, sign_text, text_of
from tests.audit.doorlogs import join, split
from tests.cli.sites import ASite, five_records, run


@pytest.fixture(scope="module")
def recorded(site: ASite) -> ASite:
    return five_records(site).site


def _prove(site: ASite, out: Path, *options: str) -> dict[str, bytes]:
    result = site.admin("audit", "export", "--proof", str(out), *options)
    assert result.exit_code == 0, result.output
    return split(out.read_bytes())


def _judge(site: ASite, path: Path, *, since: Path | None = None, anchor: Path | None = None) -> Verdict:
    made_at = _index(split(path.read_bytes()))["made_at"]
    keys = [decode_public(key) for key in _root_keys(site)]
    return verify(path, keys, at=made_at + 1, since=since, anchor=anchor)


def _root_keys(site: ASite) -> Sequence[str]:
    found: list[str] = tomllib.loads(site.admin_toml.read_text())["admin"]["root_keys"]
    return found


def _index(sections: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sections["index"].split(b"\n")[1])
    return found


def _counts(sections: dict[str, bytes]) -> dict[str, int]:
    return {each["log"]: each["count"] for each in _index(sections)["logs"]}


def test_a_whole_proof_verifies(recorded: ASite, tmp_path: Path) -> None:
    sections = _prove(recorded, tmp_path / "all.doorlog")

    verdict = _judge(recorded, tmp_path / "all.doorlog")
    assert verdict.whole, verdict
    assert _counts(sections)["controller-1"] == 5
    assert not [name for name in sections if "openings" in name or name == "people"]


def test_an_export_has_the_record_of_itself(recorded: ASite, tmp_path: Path) -> None:
    sections = _prove(recorded, tmp_path / "all.doorlog")

    (hub,) = (data for name, data in sections.items() if name.startswith("log/hub/") and name.endswith("leaves"))
    last = json.loads(hub.splitlines()[-1])
    assert last["kind"] == "export_made"
    assert last["detail"].startswith(f"export {_index(sections)['id']} by ")


@pytest.mark.parametrize("options", [[], ["--from", "2026-11-21T11:00:02"], ["--door", "floor-3"]], ids=str)
def test_a_proof_goes_on_from_the_one_before(recorded: ASite, tmp_path: Path, options: list[str]) -> None:
    _prove(recorded, tmp_path / "old.doorlog")
    _prove(recorded, tmp_path / "new.doorlog", *options)

    verdict = _judge(recorded, tmp_path / "new.doorlog", since=tmp_path / "old.doorlog")
    assert verdict.whole, verdict


def test_a_filtered_proof_goes_on_from_one_that_the_hub_has_forgotten(recorded: ASite, tmp_path: Path) -> None:
    old, filtered = tmp_path / "old.doorlog", ("--kind", "decision")
    _prove(recorded, old)
    with closing(sqlite3.connect(recorded.folder / "hub" / "state" / "site.db", timeout=5)) as connection, connection:
        connection.execute("DELETE FROM export_heads")

    _prove(recorded, tmp_path / "alone.doorlog", *filtered)
    _prove(recorded, tmp_path / "new.doorlog", *filtered, "--since", str(old))

    alone, verdict = (_judge(recorded, tmp_path / f"{name}.doorlog", since=old) for name in ("alone", "new"))
    assert verdict.whole, verdict
    assert (alone.step, alone.whole) == ("older export", False)
    assert "goes on from it: export it anew with --since that file" in alone.failure


def test_a_proof_does_not_take_the_place_of_the_one_that_it_goes_on_from(recorded: ASite, tmp_path: Path) -> None:
    old = tmp_path / "old.doorlog"
    _prove(recorded, old)
    before = old.read_bytes()

    result = recorded.admin("audit", "export", "--proof", str(old), "--since", str(old))

    assert (result.exit_code, old.read_bytes()) == (2, before)
    assert "write it beside, and keep both" in result.stderr


def test_an_older_proof_of_what_the_hub_has_lost_is_named_and_no_file_made(recorded: ASite, tmp_path: Path) -> None:
    old, new = tmp_path / "old.doorlog", tmp_path / "new.doorlog"
    _prove(recorded, old)
    old.write_bytes(join(split(old.read_bytes()) | {"log/controller-1/1/checkpoint": _a_longer_log()}))

    result = recorded.admin("audit", "export", "--proof", str(new), "--since", str(old))

    assert (result.exit_code, new.exists()) == (1, False)
    assert "9 records of controller-1/1, and this hub has only 5 records" in result.stderr


def _a_longer_log() -> bytes:
    checkpoint = Checkpoint(origin_of("hq", "controller-1", 1), 9, bytes(32))
    return sign_checkpoint(checkpoint, Signer("log.controller-1", Ed25519PrivateKey.generate()))


def test_heads_that_were_sent_agree_with_a_proof(recorded: ASite, tmp_path: Path) -> None:
    config, heads = recorded.folder / "hub" / "anchored.toml", tmp_path / "heads.txt"
    config.write_text((recorded.folder / "hub" / "hub.toml").read_text() + f'[anchor]\nfile = "{heads}"\n')
    assert run("audit", "anchor", "--config", str(config)).exit_code == 0
    _prove(recorded, tmp_path / "all.doorlog")

    verdict = _judge(recorded, tmp_path / "all.doorlog", anchor=heads)

    assert verdict.whole, verdict
    assert any("anchors kept outside that agree: 2" in line for line in verdict.proven)


@pytest.mark.parametrize(
    ("options", "shape", "seqs"),
    [
        (["--from", "2026-11-21T11:00:02", "--to", "2026-11-21T11:00:04"], "range", [1, 2, 3, 4]),
        (["--from", "2026-11-21T11:00:02"], "range", [1, 2, 3, 4]),
        (["--to", "2026-11-21T11:00:01"], "range", [0, 1]),
        (["--from", "2030-01-01"], "range", [4]),
        (["--to", "2020-01-01"], "range", [0, 1]),
        (["--door", "floor-3"], "filtered", [0, 2, 3]),
        (["--person", "ada"], "filtered", [0, 1]),
        (["--zone", "server-room", "--outcome", "denied"], "filtered", [1]),
        (["--reason", "no_grant"], "filtered", [1, 3]),
        (["--kind", "held_open"], "filtered", []),
    ],
)
def test_a_part_verifies_too(
    recorded: ASite, tmp_path: Path, options: list[str], shape: str, seqs: list[int]
) -> None:
    sections = _prove(recorded, tmp_path / "part.doorlog", *options)

    verdict = _judge(recorded, tmp_path / "part.doorlog")
    assert verdict.whole, verdict
    assert _index(sections)["shape"] == shape
    leaves = sections.get("log/controller-1/1/leaves", b"").splitlines()
    assert [json.loads(leaf)["seq"] for leaf in leaves] == seqs


def test_openings_come_only_when_asked_for_and_never_with_names(recorded: ASite, tmp_path: Path) -> None:
    sections = _prove(recorded, tmp_path / "open.doorlog", "--openings")

    verdict = _judge(recorded, tmp_path / "open.doorlog")
    assert verdict.whole, verdict
    assert len(sections["log/controller-1/1/openings"].splitlines()) == 4
    assert b'"Ada' not in b"".join(sections.values())


def test_names_are_of_those_alone_whom_the_file_speaks_of(recorded: ASite, tmp_path: Path) -> None:
    sections = _prove(recorded, tmp_path / "names.doorlog", "--names", "--person", "ada")

    verdict = _judge(recorded, tmp_path / "names.doorlog")
    assert verdict.whole, verdict
    assert [json.loads(line)["name"] for line in sections["people"].splitlines()] == ["Ada"]
    assert b"Grace" not in b"".join(sections.values())


def test_the_verifier_and_a_readme_are_inside(recorded: ASite, tmp_path: Path) -> None:
    sections = _prove(recorded, tmp_path / "all.doorlog")
    (taking_out,) = (line for line in sections["readme.txt"].decode().splitlines() if line.startswith("    sed "))
    subprocess.run(taking_out.replace("FILE", "all.doorlog"), cwd=tmp_path, shell=True, check=True)

    command = [sys.executable, "-I", str(tmp_path / "verify_doorlog.py"), str(tmp_path / "all.doorlog")]
    done = subprocess.run([*command, "--key", _root_keys(recorded)[0]], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout[:5]) == (0, "WHOLE"), done.stdout + done.stderr
    assert (tmp_path / "verify_doorlog.py").read_bytes() == Path(verify_doorlog.__file__).read_bytes()
    assert "verify_doorlog.py FILE --key KEY" in sections["readme.txt"].decode()


def test_a_proof_is_for_its_owner_alone_and_leaves_nothing_beside(recorded: ASite, tmp_path: Path) -> None:
    _prove(recorded, tmp_path / "all.doorlog")

    assert [path.name for path in tmp_path.iterdir()] == ["all.doorlog"]
    assert stat.S_IMODE((tmp_path / "all.doorlog").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "name --format and --out"),
        (["--format", "csv"], "name --format and --out"),
        (["--proof", "x.doorlog", "--format", "csv"], "--proof names its own file"),
        (["--proof", "-"], "a proof needs a file"),
        (["--format", "xlsx", "--out", "-"], "no text for standard output"),
        (["--proof", "x.doorlog", "--hub", "no.toml"], "no.toml"),
        (["--format", "csv", "--out", "x.csv", "--since", "old.doorlog"], "--since goes with --proof"),
        (["--proof", "x.doorlog", "--since", "no.doorlog"], "no.doorlog cannot be read: No such file"),
        (["--proof", "x.doorlog", "--since", __file__], "is no .doorlog that was made by --proof"),
        (["--proof", "x.doorlog", "--from", "2026-11-22", "--to", "2026-11-21"], "is not after --from"),
    ],
)
def test_what_cannot_be_meant_is_said_before_the_hub_is_asked(site: ASite, options: list[str], says: str) -> None:
    result = site.admin("audit", "export", *options)

    assert result.exit_code == 2
    assert says in result.stderr


def an_account_far_from_the_hub(site: ASite, folder: Path) -> ASite:
    """Take the admin's folder to another machine."""
    shutil.copytree(site.admin_toml.parent, folder / "far" / "admin")
    return ASite(folder / "far", site.port)


def test_far_from_the_hub_records_come_page_by_page_and_are_recorded_too(recorded: ASite, tmp_path: Path) -> None:
    far, out = an_account_far_from_the_hub(recorded, tmp_path), tmp_path / "all.csv"

    (told,) = far.ask("audit", "export", "--format", "csv", "--out", str(out), "--kind", "decision")

    near = tmp_path / "near.csv"
    recorded.admin("audit", "export", "--format", "csv", "--out", str(near), "--kind", "decision")
    assert out.read_text() == near.read_text()
    assert (told["records"], told["way"]) == (5, "by the hub, page by page")
    made = recorded.admin("audit", "export", "--format", "jsonl", "--out", "-", "--kind", "export_made")
    assert told["export"] in made.stdout


def test_a_proof_far_from_the_hub_is_refused(recorded: ASite, tmp_path: Path) -> None:
    far = an_account_far_from_the_hub(recorded, tmp_path)

    result = far.admin("audit", "export", "--proof", str(tmp_path / "all.doorlog"))

    assert (result.exit_code, list(tmp_path.glob("*.doorlog"))) == (2, [])
    assert "is made on the hub's machine" in result.stderr


def test_another_hubs_database_is_not_taken_for_the_one_that_answered(recorded: ASite, tmp_path: Path) -> None:
    other = tmp_path / "hub"
    shutil.copytree(recorded.folder / "hub", other)

    result = recorded.admin("audit", "export", "--proof", str(tmp_path / "x"), "--hub", str(other / "hub.toml"))

    assert (result.exit_code, (tmp_path / "x").exists()) == (2, False)
    assert "is not the database of the hub that answered" in result.stderr


def test_the_hub_of_another_site_is_refused(recorded: ASite, tmp_path: Path) -> None:
    other = tmp_path / "hub.toml"
    other.write_text((recorded.folder / "hub" / "hub.toml").read_text().replace('site = "hq"', 'site = "lab"'))

    result = recorded.admin("audit", "export", "--proof", str(tmp_path / "x"), "--hub", str(other))

    assert (result.exit_code, (tmp_path / "x").exists()) == (2, False)
    assert "is the hub of the site lab" in result.stderr


def test_trust_that_was_signed_once_more_stands_in_a_proof_once(recorded: ASite, tmp_path: Path) -> None:
    root = load_signer(recorded.folder / "root-1" / "sign.pem", root_key_name("hq"))
    with closing(sqlite3.connect(recorded.folder / "hub" / "state" / "site.db", timeout=5)) as connection, connection:
        ((note,),) = connection.execute("SELECT note FROM trust_notes ORDER BY position DESC LIMIT 1")
        again = sign_text(text_of(note), root, root)
        connection.execute("INSERT OR IGNORE INTO trust_notes (version, note) VALUES (99, ?)", (again,))

    _prove(recorded, tmp_path / "all.doorlog")

    assert _judge(recorded, tmp_path / "all.doorlog").whole
