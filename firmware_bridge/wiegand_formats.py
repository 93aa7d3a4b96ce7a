"""The 43 Wiegand layouts: which bit means what, in the order in which a decoder tries them.

Bit 0 is the first bit a reader sends. Positions are written as ranges, most significant bit first.
A layout's fields count in full: vendors' tables state smaller limits for some, real cards exceed them.
`disputed` marks layouts whose sources contradict each other (docs/readers.md).
"""

from dataclasses import dataclass
from enum import StrEnum

Positions = tuple[int, ...]


class ParityKind(StrEnum):
    """How many ones a parity bit and the bits it covers hold together."""

    EVEN = "even"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Parity:
    """One parity bit and the bits it covers; later ones may cover earlier ones."""

    bit: int
    kind: ParityKind
    over: Positions


@dataclass(frozen=True, slots=True)
class Layout:
    """One format's meaning of every bit; a field without positions does not exist in it."""

    format: str
    bits: int
    facility_code: Positions = ()
    card_number: Positions = ()
    issue_level: Positions = ()
    oem: Positions = ()
    parity: tuple[Parity, ...] = ()
    constant_ones: Positions = ()
    fixed_facility: int | None = None
    last_byte_is_xor: bool = False
    card_number_is_bcd: bool = False
    disputed: bool = False


def positions(text: str) -> Positions:
    """Read "1-3,7" as 1, 2, 3, 7 and "1-7/3" as 1, 4, 7."""
    found: list[int] = []
    for part in filter(None, text.split(",")):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        found.extend(range(int(first), int(last or first) + 1, int(step or 1)))
    return tuple(found)


def _parity(text: str) -> tuple[Parity, ...]:
    """Read "0 even 1-12; 25 odd 13-24"."""
    rules = (rule.split() for rule in text.split(";") if rule)
    return tuple(Parity(int(bit), ParityKind(kind), positions(over)) for bit, kind, over in rules)


def _layout(
    name: str,
    bits: int,
    *,
    fc: str = "",
    cn: str,
    il: str = "",
    oem: str = "",
    parity: str = "",
    ones: str = "",
    fixed_fc: int | None = None,
    xor: bool = False,
    bcd: bool = False,
    disputed: bool = False,
) -> Layout:
    fields = (positions(fc), positions(cn), positions(il), positions(oem))
    return Layout(name, bits, *fields, _parity(parity), positions(ones), fixed_fc, xor, bcd, disputed)


_34 = "0 even 1-16; 33 odd 17-32"
_37 = "0 even 1-18; 36 odd 18-35"

FORMATS: tuple[Layout, ...] = (
    _layout("H10301", 26, fc="1-8", cn="9-24", parity="0 even 1-12; 25 odd 13-24"),
    _layout("ind26", 26, fc="1-12", cn="13-24", parity="0 even 1-12; 25 odd 13-24"),
    _layout("ind27", 27, fc="0-12", cn="13-26"),
    _layout("indasc27", 27, fc="9,4,6,5,0,7,19,8,10,16,24,12,22", cn="26,1,3,15,14,17,20,13,25,2,18,21,11,23"),
    _layout("Tecom27", 27, fc="15,19,24,23,22,18,6,10,14,3,2", cn="0,1,13,12,9,26,20,16,17,21,25,7,8,11,4,5"),
    _layout(
        "2804W",
        28,
        fc="4-11",
        cn="12-26",
        parity="2 odd 4,5,7,8,10,11,13,14,16,17,19,20,22,23,25,26; 0 even 1-13; 27 odd 0-26",
    ),
    _layout("ind29", 29, fc="0-12", cn="13-28"),
    _layout("ATSW30", 30, fc="1-12", cn="13-28", parity="0 even 1-12; 29 odd 13-28"),
    _layout("ADT31", 31, fc="1-4", cn="5-27"),
    _layout("HCP32", 32, cn="1-24"),
    _layout("HPP32", 32, fc="1-12", cn="13-31", disputed=True),
    _layout("Kastle", 32, fc="7-14", cn="15-30", il="2-6", parity="0 even 1-16; 31 odd 14-30", ones="1"),
    _layout("Kantech", 32, fc="7-14", cn="15-30"),
    _layout("WIE32", 32, fc="4-15", cn="16-31"),
    _layout("D10202", 33, fc="1-7", cn="8-31", parity="0 even 1-16; 32 odd 16-31"),
    _layout("H10306", 34, fc="1-16", cn="17-32", parity=_34),
    _layout("N10002", 34, fc="1-16", cn="17-32", parity=_34, disputed=True),
    _layout("Optus34", 34, fc="22-32", cn="1-16"),
    _layout("SMP34", 34, fc="1-13", cn="17-32", il="14-16"),
    _layout("BQT34", 34, fc="1-8", cn="9-32", parity=_34),
    _layout(
        "C1k35s",
        35,
        fc="2-13",
        cn="14-33",
        parity="1 even 2-32/3,3-33/3; 34 odd 1-31/3,2-32/3; 0 odd 1-34",
    ),
    _layout("C15001", 36, fc="11-18", cn="19-34", oem="1-10", parity="0 even 1-17; 35 odd 18-34"),
    _layout("S12906", 36, fc="1-8", cn="11-34", il="9-10", parity="0 odd 1-17; 35 odd 17-34"),
    _layout(
        "S12906b",
        36,
        fc="1-8",
        cn="11-34",
        parity="0 odd 1-7/3,2-8/3,12-33/3,13-34/3; 9 even 2-8/3,3-6/3,11-35/3,13-34/3;"
        " 10 even 1-7/3,3-6/3,11-35/3,12-33/3",
        fixed_fc=217,
    ),
    _layout(
        "Sie36",
        36,
        fc="1-18",
        cn="19-34",
        parity="0 odd 1-34/3,3-33/3; 35 even 1-34/3,2-32/3",
    ),
    _layout(
        "H10320",
        37,
        cn="0-31",
        parity="32 even 0-28/4; 33 odd 1-29/4; 34 even 2-22/4,28,30; 35 even 3-23/4,29,31",
        bcd=True,
        disputed=True,
    ),
    _layout("H10302", 37, cn="1-35", parity=_37),
    _layout("H10304", 37, fc="1-16", cn="17-35", parity=_37),
    _layout("P10004", 37, fc="1-13", cn="14-31"),
    _layout(
        "HGen37",
        37,
        cn="4-35",
        parity="0 even 4-32/4; 2 odd 6-34/4; 3 even 7-35/4",
        ones="36",
        disputed=True,
    ),
    _layout("MDI37", 37, fc="3-6", cn="7-35", parity=_37),
    _layout("BQT38", 38, fc="24-36", cn="1-19", il="20-23", parity="0 even 1-18; 37 odd 19-36"),
    _layout("ISCS", 38, fc="5-14", cn="15-36", oem="1-4", parity="0 even 1-18; 37 odd 19-36"),
    _layout("PW39", 39, fc="1-17", cn="18-37", parity="0 even 1-18; 38 odd 19-37"),
    _layout("P10001", 40, fc="4-15", cn="16-31", ones="0-3", xor=True),
    _layout("Casi40", 40, cn="1-38"),
    _layout("Verkada40", 40, fc="1-10", cn="11-38", parity="0 even 1-10; 39 even 11-38"),
    _layout("BC40", 40, fc="7-18", cn="19-37", oem="0-6", parity="39 odd 19-37"),
    _layout(
        "Defcon32",
        42,
        fc="1-16",
        cn="21-40",
        il="17-20",
        parity="0 even 2-20/2; 41 odd 21-39/2",
    ),
    _layout("H800002", 46, fc="1-14", cn="15-44", parity="0 even 1-44; 45 odd 1-44"),
    _layout(
        "C1k48s",
        48,
        fc="2-23",
        cn="24-46",
        parity="1 even 3-45/3,4-46/3; 47 odd 2-44/3,3-45/3; 0 odd 1-47",
    ),
    _layout("Avig56", 56, fc="1-20", cn="21-54", parity="0 even 1-27; 55 odd 28-54"),
    _layout("IR56", 56, fc="0-23", cn="24-55"),
)

LAYOUT_OF: dict[str, Layout] = {layout.format: layout for layout in FORMATS}
