"""site.yaml to entries and back: strict, every mistake at once, each with its line.

Every scalar is read as text, so ``12:30`` is no number, ``no`` no truth and a date no timestamp. Anchors, aliases,
tags of other types and doubled keys are refused.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec
import yaml

from doorctl.site.entries import SiteEntries
from doorctl.site.mistakes import Mistakes, SiteFileError
from doorctl.uncollected import uncollected

MAX_FILE_BYTES = 64 * 1024 * 1024
_MAX_DEPTH = 8
_HEADER = (
    "# Site {site}, as the hub had it at revision {revision}.\n# Names and cards of people: keep it to yourself.\n"
)


@dataclass(frozen=True, slots=True)
class SiteFile:
    """What a site file says, and on which lines its entries stand, by what mistakes call them."""

    entries: SiteEntries
    places: Mapping[str, str]


def read_site_yaml(path: Path) -> SiteFile:
    """Read a site file. Raises SiteFileError."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SiteFileError(f"{path} is larger than {MAX_FILE_BYTES // 1024 // 1024} MB: no site file is")
        return site_file(path.read_text(), source=str(path))
    except OSError as error:
        raise SiteFileError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SiteFileError(f"{path} is not UTF-8 text") from error


def entries_from(text: str, *, source: str) -> SiteEntries:
    """Read what the text of a site file says. Raises SiteFileError."""
    return site_file(text, source=source).entries


def site_file(text: str, *, source: str) -> SiteFile:
    """Read the text of a site file. Raises SiteFileError."""
    with uncollected():
        root = _composed(text, source)
        mistakes = Mistakes(source)
        document = _Plain(mistakes).value_of(root)
        mistakes.raise_if_any()
        entries = _converted(document, root, mistakes)
        return SiteFile(entries, _places(entries, root))


def _composed(text: str, source: str) -> yaml.MappingNode:
    try:
        root = yaml.compose(text, Loader=yaml.CBaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise SiteFileError(f"{source} is not YAML: {error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise SiteFileError(f"{source} is no site file: it holds sections such as `people:` and `zones:`")
    return root


def written_entries(entries: SiteEntries, *, site: str, revision: int) -> str:
    """Write entries as a site file."""
    body: str = yaml.dump(
        msgspec.to_builtins(entries),
        Dumper=yaml.CSafeDumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=118,
    )
    return _HEADER.format(site=site, revision=revision) + body


class _Plain:
    """Makes mappings, lists and texts of nodes."""

    def __init__(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes
        self._seen: set[int] = set()

    def value_of(self, node: yaml.Node, depth: int = 0) -> object:
        if id(node) in self._seen or depth > _MAX_DEPTH:
            self._mistakes.add(_line(node), "write it out: aliases and deep nesting are not read")
            return None
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value_of(member, depth + 1) for member in node.value]
        return self._mapping(node, depth)

    def _mapping(self, node: yaml.Node, depth: int) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._mistakes.add(_line(key), "a key is one word")
            elif key.value in mapping:
                self._mistakes.add(_line(key), f"{key.value} stands here twice")
            else:
                mapping[key.value] = self.value_of(value, depth + 1)
        return mapping


def _converted(document: object, root: yaml.MappingNode, mistakes: Mistakes) -> SiteEntries:
    """Convert all at once, which is quick; where that fails, one entry after the other, which tells every mistake."""
    try:
        return msgspec.convert(document, SiteEntries, strict=False)
    except msgspec.ValidationError as error:
        assert isinstance(document, dict)
        _tell_each(document, root, mistakes)
        mistakes.raise_if_any()
        raise SiteFileError(str(error)) from error


def _places(entries: SiteEntries, root: yaml.MappingNode) -> Mapping[str, str]:
    """Say where each entry stands; several grants to one subject in one zone are called the same."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for key, node in root.value:
        section = getattr(entries, key.value)
        if isinstance(section, tuple):
            for entry, member in zip(section, node.value, strict=True):
                if not isinstance(entry, str):
                    lines[entry.place].append(str(member.start_mark.line + 1))
    return {
        place: f"{'line' if len(numbers) == 1 else 'lines'} {', '.join(numbers)} ({place})"
        for place, numbers in lines.items()
    }


def _tell_each(document: dict[str, Any], root: yaml.MappingNode, mistakes: Mistakes) -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(SiteEntries)}
    for key, node in root.value:
        if key.value not in fields:
            mistakes.add(_line(key), f"{key.value} is no section: there are {', '.join(fields)}")
        elif not isinstance(node, yaml.SequenceNode):
            _tell(document[key.value], fields[key.value], _line(node), mistakes)
        else:
            entry_type = _entry_type(fields[key.value])
            for entry, member in zip(document[key.value], node.value, strict=True):
                _tell(entry, entry_type, _line(member), mistakes)


def _tell(value: object, kind: Any, place: str, mistakes: Mistakes) -> None:  # noqa: ANN401 - any field's type
    try:
        msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        mistakes.add(place, error)


def _entry_type(section: Any) -> Any:  # noqa: ANN401 - a field's type
    """Return what a section, ``tuple[Entry, ...] | None``, holds."""
    return next(_members(section))


def _members(section: Any) -> Iterator[Any]:  # noqa: ANN401 - a field's type
    for alternative in get_args(section):
        if arguments := get_args(alternative):
            yield arguments[0]


def _line(node: yaml.Node) -> str:
    return f"line {node.start_mark.line + 1}"
