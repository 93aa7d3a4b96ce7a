"""Plots as HTML and SVG: bars for numbers in their order, a shaded table for numbers by row and column."""

from html import escape

from doorctl.reports.tables import Bars, Grid

_WIDTH, _HEIGHT, _LEFT, _BELOW = 960, 200, 44, 26
_GAP = 0.2
_LABELS = 12
_FAINTEST = 0.08


def bars(plot: Bars) -> str:
    """Draw bars from zero, with the largest number and some labels named, and the numbers in a table beneath."""
    if not plot.values:
        return "<p>Nothing to draw.</p>"
    most = max(1, *(number for _, number in plot.values))
    step = (_WIDTH - _LEFT) / len(plot.values)
    drawn = "".join(
        _bar(place, label, number / most, step, number) for place, (label, number) in enumerate(plot.values)
    )
    total = sum(number for _, number in plot.values)
    told = f"{plot.title}: {total} in all, at most {most}; the table beneath has each number."
    axis = (
        f'<line x1="{_LEFT}" y1="{_HEIGHT}" x2="{_WIDTH}" y2="{_HEIGHT}"/>'
        f'<line x1="{_LEFT}" y1="12" x2="{_WIDTH}" y2="12"/>'
        f'<text x="{_LEFT - 6}" y="16" text-anchor="end">{most}</text>'
        f'<text x="{_LEFT - 6}" y="{_HEIGHT}" text-anchor="end">0</text>'
    )
    return (
        f'<div class="scroll"><svg viewBox="0 0 {_WIDTH} {_HEIGHT + _BELOW}" role="img" '
        f'aria-label="{escape(told)}">{axis}{drawn}'
        f"{_labels(plot, step)}</svg></div>{_numbers(plot)}"
    )


def grid(plot: Grid) -> str:
    """Draw a table whose cells have the more colour the larger their number; the ink stays readable on all."""
    if not plot.rows:
        return "<p>Nothing to draw.</p>"
    most = max(plot.counts.values(), default=1)
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in plot.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(row)}</th>'
        + "".join(_shade(plot.counts.get((row, column), 0), most) for column in plot.columns)
        + "</tr>"
        for row in plot.rows
    )
    return (
        f"<p>Across: {escape(plot.column_name)}. The stronger the colour, the more; an empty field is none.</p>"
        f'<div class="scroll"><table class="grid"><caption hidden>{escape(plot.title)}</caption>'
        f'<thead><tr><th class="corner" scope="col">{escape(plot.row_name)}</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _bar(place: int, label: str, share: float, step: float, number: int) -> str:
    height = share * (_HEIGHT - 12)
    left = _LEFT + place * step + step * _GAP / 2
    return (
        f'<rect x="{left:.1f}" y="{_HEIGHT - height:.1f}" width="{step * (1 - _GAP):.1f}" height="{height:.1f}">'
        f"<title>{escape(label)}: {number}</title></rect>"
    )


def _labels(plot: Bars, step: float) -> str:
    every = -(-len(plot.values) // _LABELS)
    return "".join(
        f'<text x="{_LEFT + (place + 0.5) * step:.1f}" y="{_HEIGHT + 16}" text-anchor="middle">{escape(label)}</text>'
        for place, (label, _) in enumerate(plot.values)
        if place % every == 0
    )


def _numbers(plot: Bars) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td class="number">{number}</td></tr>'
        for label, number in plot.values
    )
    return (
        f"<details><summary>The numbers</summary><table><thead><tr>"
        f'<th scope="col">{escape(plot.label_name)}</th><th scope="col" class="number">count</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details>"
    )


def _shade(number: int, most: int) -> str:
    if not number:
        return "<td></td>"
    shade = max(number / most, _FAINTEST)
    return f'<td style="--a:{shade:.2f}">{number}</td>'
