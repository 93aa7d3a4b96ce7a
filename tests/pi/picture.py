"""The trace of the pins as a picture: one lane for each pin, thick where it is driven; SVG, by hand."""

from collections.abc import Callable, Iterator, Mapping

from tests.pi.trace import Stretch, Trace

WIDTH, LEFT, LANE, HEIGHT, TOP = 1180, 250, 60, 30, 50
COLOURS = {True: "#0a5", False: "#999"}


def picture(trace: Trace, pins: Mapping[int, str], *, since: float, title: str) -> str:
    """Draw what these pins did from a moment on."""
    until = trace.now
    scale = (WIDTH - LEFT - 20) / max(until - since, 0.001)

    def place(at: float) -> float:
        return LEFT + (max(at, since) - since) * scale

    lanes = [
        _lane(number, f"GPIO {pin}: {name}", [it for it in trace.stretches(pin) if it.end > since], place)
        for number, (pin, name) in enumerate(pins.items())
    ]
    bottom = TOP + len(pins) * LANE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 40}" font-family="sans-serif">',
            f'<rect width="{WIDTH}" height="{bottom + 40}" fill="#fff"/>',
            f'<text x="10" y="24" font-size="16">{title}</text>',
            *lanes,
            *_scale(since, until, place, bottom),
            "</svg>\n",
        ]
    )


def _lane(number: int, name: str, stretches: list[Stretch], place: Callable[[float], float]) -> str:
    """Draw a pin: grey while it is an input, green while it is driven."""
    low = TOP + number * LANE + HEIGHT
    drawn = [f'<text x="10" y="{low - 8}" font-size="13">{name}</text>']
    for it in stretches:
        y, begin, end = low - it.level * HEIGHT, place(it.begin), place(it.end)
        style = f'stroke="{COLOURS[it.is_driven]}" stroke-width="{2 if it.is_driven else 1}"'
        drawn.append(f'<path d="M{begin:.1f} {y}H{end:.1f}" fill="none" {style}/>')
        drawn.append(f'<path d="M{begin:.1f} {low}V{low - HEIGHT}" stroke="#bbb" stroke-width="0.5"/>')
    return "\n".join(drawn)


def _scale(since: float, until: float, place: Callable[[float], float], y: int) -> Iterator[str]:
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if (until - since) / step < 15)
    for number in range(int((until - since) / step) + 1):
        x = place(since + number * step)
        yield f'<path d="M{x:.1f} {TOP - 10}V{y}" stroke="#eee"/>'
        yield f'<text x="{x:.1f}" y="{y + 18}" font-size="12" text-anchor="middle">{number * step} s</text>'
