"""``doorctl audit verify`` and the verifier that stands alone: the same verdicts, by file and key only."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from doorctl.audit import verify_doorlog
from doorctl.cli.app import app
from doorctl.keys.identity import encode_public
from tests.audit.doorlogs import PINNED, Packing, Sections, a_site, heads, pack

KEY = encode_public(PINNED[0])
AT = "2026-09-21T14:14:00Z"
VERIFIER = Path(verify_doorlog.__file__)


def verified(*words: str) -> Result:
    return CliRunner().invoke(app, ["audit", "verify", *words, "--at", AT])


def alone(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of the one file, in a folder of its own, where nothing of ours can be imported."""
    copy = folder / "verify_doorlog.py"
    shutil.copy(VERIFIER, copy)
    command = [sys.executable, "-I", str(copy), *words, "--at", AT]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=120)


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.doorlog"
    path.write_bytes(pack(a_site()))
    return str(path)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    def spoil(sections: Sections, _index: object) -> None:
        sections["log/pi-1/1/leaves"] = sections["log/pi-1/1/leaves"].replace(
            b'"seq":8,"boot":"b1"', b'"seq":8,"boot":"b2"'
        )

    path = tmp_path / "bad.doorlog"
    path.write_bytes(pack(a_site(), Packing(spoil=spoil)))
    return str(path)


def test_a_whole_file_ends_with_0_and_tells_what_is_proven(good: str) -> None:
    result = verified(good, "--key", KEY)

    assert result.exit_code == 0
    assert result.output.startswith(f"WHOLE: {good}, 33 records\nProven:\n")
    assert "Not proven:\n" in result.output


def test_a_changed_file_ends_with_1_and_names_the_first_bad_record(bad: str) -> None:
    result = verified(bad, "--key", KEY)

    assert result.exit_code == 1
    assert result.output.startswith("NOT WHOLE")
    assert "First bad record: records 6 to 11 of pi-1/1." in result.output


def test_the_key_may_lie_in_a_file(good: str, tmp_path: Path) -> None:
    (tmp_path / "root.key").write_text(f"{KEY}\n")

    assert verified(good, "--key", str(tmp_path / "root.key")).exit_code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--key", "short"), "neither a public key"),
        (("--key", "x" * 43, "--max-age", "old"), "is no age"),
        (("--key", KEY, "--fast", "--since-export", "x"), "leave out --fast"),
        (("--key", KEY, "--fast", "--anchor", "x"), "leave out --fast"),
        (("--key", KEY, "--anchor", "no-such-file"), "cannot read no-such-file"),
    ],
)
def test_wrong_use_ends_with_2_and_one_sentence(good: str, words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    result, single = verified(good, *words), alone(tmp_path, good, *words)

    assert (result.exit_code, single.returncode) == (2, 2)
    assert says in result.output
    assert says in single.stderr


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    assert verified(str(tmp_path / "no"), "--key", KEY).exit_code == 2


@pytest.mark.parametrize("name", ["good", "bad"])
def test_the_file_that_stands_alone_gives_the_same_verdict(
    request: pytest.FixtureRequest, tmp_path: Path, name: str
) -> None:
    path = request.getfixturevalue(name)

    ours, single = verified(path, "--key", KEY, "--json"), alone(tmp_path, path, "--key", KEY, "--json")

    assert json.loads(ours.output) == json.loads(single.stdout)
    assert (ours.exit_code, single.returncode) == ((0, 0) if name == "good" else (1, 1))


def test_an_older_export_and_an_age_are_taken(good: str) -> None:
    assert verified(good, "--key", KEY, "--since-export", good, "--max-age", "30m").exit_code == 0
    assert CliRunner().invoke(app, ["audit", "verify", good, "--key", KEY, "--at", "2026-12-01"]).exit_code == 1


@pytest.mark.parametrize("name", ["a_site", "another"])
def test_heads_that_were_kept_are_compared_by_both(good: str, tmp_path: Path, name: str) -> None:
    kept = tmp_path / "heads.txt"
    kept.write_bytes(heads(a_site(records=5 if name == "a_site" else 6)))
    words = (good, "--key", KEY, "--anchor", str(kept))

    ours, single = verified(*words), alone(tmp_path, *words)

    assert (ours.exit_code, single.returncode) == ((0, 0) if name == "a_site" else (1, 1))
    assert ("anchors kept outside that agree: 3" if name == "a_site" else "Step 'anchors'") in ours.output
    assert ours.output == single.stdout


def test_the_verifier_imports_the_standard_library_and_cryptography_alone() -> None:
    tree = ast.parse(VERIFIER.read_text())
    imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imports |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.split(".")[0] for name in imports} - sys.stdlib_module_names == {"cryptography"}
