"""The console script: what starts without typer, how errors end, and the help of every command."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from doorctl.__main__ import main
from doorctl.cli.app import app
from doorctl.cli.reference import helps
from doorctl.processes import PROCESSES, parser_of
from tests.cli.sites import a_site, run

DOC = Path(__file__).parents[2] / "docs" / "commands.md"
HEAVY = ("typer", "rich", "sqlite_utils")


def _commands() -> Iterator[tuple[str, str]]:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return helps(root)


COMMANDS = dict(_commands())
OWN = {words: text for words, text in COMMANDS.items() if words.removeprefix("doorctl ") not in PROCESSES}


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """Give back what a process that runs in here makes of it."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


def test_a_command_loads_no_other() -> None:
    code = (
        "import sys; from doorctl.__main__ import main; main(['digest', '--help'])\n"
        "others = ('evidence.audit_verify', 'site.plan', 'trial.simulate')\n"
        "print([name for name in others if f'doorctl.cli.{name}' in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_starts_without_the_heavy_libraries(process: str) -> None:
    heavy = HEAVY if process in {"door", "link"} else HEAVY[:2]  # keeper and hub migrate their databases
    code = (
        "import sys; from doorctl.__main__ import main\n"
        f"code = main(['{process}', '--config', '/nonexistent/file.toml'])\n"
        f"print(code, [name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "2 []\n"
    assert done.stderr == f"doorctl {process}: cannot read /nonexistent/file.toml: No such file or directory\n"


def test_what_commands_load_is_never_searched_for_cycles() -> None:
    code = "import gc; from doorctl.__main__ import main; main(['--version']); print(gc.get_freeze_count() > 0)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[1:] == ["True"]


def test_a_process_without_its_configuration_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["link"])

    assert end.value.code == 2
    assert "--config" in capsys.readouterr().err


def test_door_with_options_is_the_process_and_with_a_word_the_admins_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORCTL_CONFIG", "/nonexistent/admin.toml")

    codes = main(["door", "--config", "/nonexistent/door.toml"]), main(["door", "add", "front", "floor-1"])

    process, admin = capsys.readouterr().err.splitlines()
    assert codes == (2, 2)
    assert "/nonexistent/door.toml" in process
    assert "/nonexistent/admin.toml" in admin


def test_the_help_lists_processes_and_families() -> None:
    result = run("--help")

    listed = set(re.findall(r"^  ([a-z]+)  ", result.stdout, re.MULTILINE))
    assert listed >= {*PROCESSES, "init", "join", "person", "grant", "audit", "simulate", "check", "why"}


@pytest.mark.parametrize("words", OWN)
def test_every_command_has_an_example_that_begins_with_it(words: str) -> None:
    _, _, examples = OWN[words].partition("Example:\n")

    assert words in examples


@pytest.mark.parametrize("words", sorted(set(OWN) - {"doorctl card decode"}))
def test_every_command_can_answer_in_json(words: str) -> None:
    assert "--json" in OWN[words]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_with_its_options_and_examples_is_documented(words: str) -> None:
    (section,) = re.findall(rf"^## {words}$(.*?)(?=^## |\Z)", DOC.read_text(), re.MULTILINE | re.DOTALL)

    wanted = {*re.findall(r"^  (--[a-z-]+)", COMMANDS[words], re.MULTILINE)} - {"--help"}
    examples = COMMANDS[words].partition("Example:\n")[2].splitlines()
    assert [each for each in (*wanted, *examples) if each.strip() not in section] == []


@pytest.mark.parametrize("process", PROCESSES)
def test_every_option_of_a_process_is_documented(process: str) -> None:
    (section,) = re.findall(rf"^## doorctl {process}$(.*?)(?=^## )", DOC.read_text(), re.MULTILINE | re.DOTALL)

    options = re.findall(r"^  (--[a-z]+.*)$", parser_of(process).format_help(), re.MULTILINE)
    assert "--config FILE" in options[0]
    assert [each for each in options if each.split("  ")[0] not in section] == []


def test_nothing_else_is_documented() -> None:
    documented = set(re.findall(r"^## (.*)$", DOC.read_text(), re.MULTILINE))

    assert documented == {*COMMANDS, *(f"doorctl {name}" for name in PROCESSES)}


def test_a_missing_account_is_wrong_use_in_one_sentence(tmp_path: Path) -> None:
    result = run("list", "people", "--config", str(tmp_path / "admin.toml"))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"doorctl: there is no {tmp_path}/admin.toml: name your admin.toml")


def test_a_wrong_time_is_wrong_use_before_anybody_is_asked(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq", port=1)  # nothing listens there

    result = site.admin("grant", "ada", "floor-1", "--until", "tomorrow")

    assert result.exit_code == 2
    assert "'tomorrow' is not a time" in result.stderr


def test_a_wrong_card_is_wrong_use_and_is_not_repeated(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq", port=1)

    result = site.admin("card", "lost", "H10301:123:456789")

    assert result.exit_code == 2
    assert "456789" not in result.stderr


def test_no_broker_is_exit_code_3(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq", port=1)

    result = site.admin("status", "--timeout", "0.2")

    assert result.exit_code == 3
    assert "no broker answered" in result.stderr


def test_what_a_process_writes_is_for_its_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("os.umask", asked.append)

    main(["hub", "--config", str(tmp_path / "missing.toml")])

    assert asked == [0o077]


def test_it_says_which_version_it_is() -> None:
    assert run("--version").stdout == f"doorctl {version('doorctl')}\n"


def test_an_error_is_an_object_for_programs_and_a_sentence_for_people(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    rooted = ["--root", str(site.folder / "root-1"), "--trust", str(site.trust_note)]

    refused = run("trust", "revoke-key", "nobody", *rooted, "--json")
    wrong = run("list", "people", "--json", "--config", str(tmp_path / "none.toml"))

    told = json.loads(refused.stdout)
    assert (refused.exit_code, wrong.exit_code) == (1, 2)
    assert told == {
        "verdict": "refused",
        "reason": "unknown-name",
        "text": "trust names neither an admin nor a controller nobody",
    }
    assert refused.stderr == f"doorctl: unknown-name: {told['text']}\n"
    assert json.loads(wrong.stdout)["verdict"] == "wrong-use"


def test_a_hub_that_is_not_there_is_unreachable_for_programs(tmp_path: Path) -> None:
    result = a_site(tmp_path / "hq", port=1).admin("status", "--json", "--timeout", "0.1")

    assert (result.exit_code, json.loads(result.stdout)["verdict"]) == (3, "unreachable")


def test_a_file_that_cannot_be_used_is_named_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["init", "hq", "--dir", "/proc/hq", "--no-passphrase", "--json"])

    told = capsys.readouterr()
    assert code == 2
    assert "/proc/hq" in told.err
    assert "Traceback" not in told.err
    assert json.loads(told.out.splitlines()[-1])["verdict"] == "wrong-use"
