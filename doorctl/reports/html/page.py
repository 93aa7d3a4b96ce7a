"""One report as one HTML file: no script, nothing from outside, every text escaped."""

from html import escape

from doorctl.reports.html.plots import bars, grid
from doorctl.reports.html.style import STYLE
from doorctl.reports.tables import Bars, Cell, Grid, Report, Table

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_TIME = "time"
_CLASSES = {
    **dict.fromkeys(("time", "first", "last", "since", "last use", "from", "until", "at"), _TIME),
    **dict.fromkeys(("day", "door", "zone", "reason", "what", "outcome"), "word"),
    **dict.fromkeys(("about", "before", "after", "more"), "long"),
    **dict.fromkeys(("person", "who"), "person"),
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<ul class="facts">
{facts}
</ul>
{parts}
</main>
<footer>{made}</footer>
</body>
</html>
"""


def page(report: Report, *, made: str) -> str:
    """Write a report; ``made`` says when, by whom and with what. Neither may hold HTML: all of it is escaped."""
    return _PAGE.format(
        policy=_POLICY,
        title=escape(_plain(report.title)),
        style=STYLE,
        facts="\n".join(f"<li>{escape(_plain(fact))}</li>" for fact in report.facts),
        parts="\n".join(_part(part, below=report.title) for part in report.parts),
        made=escape(_plain(made)),
    )


def _part(part: Table | Grid | Bars, *, below: str) -> str:
    title = "" if part.title == below else f"<h2>{escape(_plain(part.title))}</h2>"
    if isinstance(part, Grid):
        return f"<section>{title}{grid(part)}</section>"
    if isinstance(part, Bars):
        return f"<section>{title}{bars(part)}</section>"
    return f"<section>{title}{_table(part)}</section>"


def _table(table: Table) -> str:
    says = f"<p>{escape(_plain(table.says))}</p>" if table.says else ""
    if not table.rows:
        return f"{says}<p>{escape(_plain(table.empty))}</p>"
    kinds = [_kind(column, table.rows[0][place]) for place, column in enumerate(table.columns)]
    head = "".join(
        f'<th scope="col"{kind}>{escape(column)}</th>' for column, kind in zip(table.columns, kinds, strict=True)
    )
    rows = "".join(f"<tr>{_cells(row, kinds)}</tr>\n" for row in table.rows)
    return (
        f'{says}<div class="scroll"><table><caption hidden>{escape(_plain(table.title))}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>"
    )


def _cells(row: tuple[Cell, ...], kinds: list[str]) -> str:
    return "".join(f"<td{kind}>{_WRITTEN.get(kind, _text)(cell)}</td>" for cell, kind in zip(row, kinds, strict=True))


def _text(cell: Cell) -> str:
    return "" if cell is None else escape(_plain(str(cell)))


def _time(cell: Cell) -> str:
    """Let a time break between day and hour alone: in a wide table every letter counts."""
    return " ".join(f"<span>{word}</span>" for word in _text(cell).split(" ") if word)


_WRITTEN = {f' class="{_TIME}"': _time}


def _kind(column: str, cell: Cell) -> str:
    if isinstance(cell, int):
        return ' class="number"'
    return f' class="{_CLASSES[column]}"' if column in _CLASSES else ""


def _plain(text: str) -> str:
    """Leave nothing that is not printable, or that turns the direction of what follows, as it is."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
