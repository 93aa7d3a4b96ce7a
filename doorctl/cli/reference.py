"""The reference of all commands, docs/commands.md, written from their help."""

import argparse
from collections.abc import Iterator
from functools import partial

import typer
from typer.core import TyperGroup

from doorctl.cli.app import app
from doorctl.processes import PROCESSES, parser_of

_HEAD = """\
# Commands

Written by `python -m doorctl.cli.reference > docs/commands.md`; a test holds it to the code.

| exit code | what it means |
|---|---|
| 0 | done; for `why`: granted |
| 1 | refused, or denied |
| 2 | wrong use: arguments, configuration, key files |
| 3 | not yet: the broker, the hub, or (after `accepted`) a controller did not answer; a second admin must agree |

An error is one sentence on standard error with what to do next. With `--json` a command writes one JSON object, or
one per line; an error is the last of them, too: `verdict` (`refused`, `unreachable` or `wrong-use`), `reason` (the
word of the refusal) and `text`. Wrong arguments are told on standard error alone. `doorctl --version` says which it
is. Admins' commands find `admin.toml` by `--config`, `$DOORCTL_CONFIG` or `~/.config/doorctl/admin.toml`.

A change is shown step by step: `accepted` when the hub has it on disk, `in force at 3 of 12 controllers` as their
doors answer by it, and at the end `done`, or after `--wait` seconds who is missing, since when each is silent, and
when its doors deny by themselves. The exit code is 3 then: the change stands, and who is missing gets it when it is
back. `--no-wait` ends with `accepted`. With `--json` each step is one object with its `verdict` (`accepted`,
`progress`, `done`, `partial`, or `pending` where a second admin must agree: nothing is changed yet, the exit code
is 3, and `request` is what `doorctl approve` takes).

Times are ISO 8601 (`2027-01-31`, `2027-01-31T18:00`). Without an offset they are by the site's wall clock, the
`timezone` in admin.toml; a bare date is its midnight. Cards are written as readers tell them: `H10301:123:4567`,
`em4100:3C00CE754C`, `uid:04A2B3C4`. Names, handles and card numbers travel sealed to the hub alone.
"""


def reference() -> str:
    """Write the reference."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    processes = {f"doorctl {name}": _help_of_process(name) for name in PROCESSES}
    others = {words: text for words, text in helps(root) if words not in processes}
    return _HEAD + "".join(_section(words, text) for words, text in (processes | others).items())


def helps(group: TyperGroup, path: tuple[str, ...] = ("doorctl",)) -> Iterator[tuple[str, str]]:
    """Yield each command below a group: its words, and its help."""
    context = typer.Context(group)
    for name in sorted(group.list_commands(context)):
        command, words = group.get_command(context, name), (*path, name)
        assert command is not None
        if not isinstance(command, TyperGroup) or command.invoke_without_command:
            asked = command.make_context(" ".join(words), [], resilient_parsing=True, terminal_width=100)
            yield " ".join(words), command.get_help(asked)
        if isinstance(command, TyperGroup):
            yield from helps(command, words)


def _help_of_process(name: str) -> str:
    parser = parser_of(name)
    parser.formatter_class = partial(argparse.HelpFormatter, width=100)
    return parser.format_help().rstrip()


def _section(words: str, text: str) -> str:
    return f"\n## {words}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    typer.echo(reference(), nl=False)
