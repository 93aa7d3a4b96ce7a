"""A report as it is shown, written or drawn: tables of texts, plots of numbers, and what limits them."""

from collections.abc import Mapping
from dataclasses import dataclass

Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of the same columns; ``empty`` is said where there are none, ``says`` what the table tells."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = "None."
    says: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers by row and column, to be drawn as a map of shades."""

    title: str
    row_name: str
    column_name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Bars:
    """A number for each label, in their order, to be drawn as bars."""

    title: str
    label_name: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A titled report: the facts it rests on, in sentences, and its parts in the order in which they are read."""

    title: str
    facts: tuple[str, ...]
    parts: tuple[Table | Grid | Bars, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """The parts that are tables."""
        return tuple(part for part in self.parts if isinstance(part, Table))
