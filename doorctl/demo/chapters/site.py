"""The building in which the demo shows the rules: what its controller drives, and the file of the site."""

ADA, GRACE, ALAN = "H10301:123:4567", "H10301:123:4568", "H10301:123:4569"
NEW, FOUND, ENROLLED = "H10301:124:1", "H10301:124:2", "H10301:124:3"
"""The card in place of Ada's lost one, and two that nobody has given to anybody yet."""
TAG = "H10301:124:4"
"""Another of Ada's, which counts for a minute from its first use on."""
BADGE, OTHER_BADGE = "H10301:125:7", "H10301:125:8"
"""Of the pool for visitors."""
PIN, DURESS, WRONG = "4718#", "9362#", "1593#"
"""As Ada keys them in."""
ENTRANCE, OFFICE, AIRLOCK, SERVER_ROOM, VAULT = "entrance", "office", "airlock", "server-room", "vault"
CANTEEN, ARCHIVE, LAB, GYM, KITCHEN = "canteen", "archive", "lab", "gym", "kitchen"
SAFE, DOCK = "safe", "dock"
_WIRING = {ENTRANCE: (17, 22), OFFICE: (27, 5), AIRLOCK: (6, 13), SERVER_ROOM: (19, 26), VAULT: (20, 21)}
"""The pins of strike and contact."""
_WITHOUT_CONTACT = {CANTEEN: 4, ARCHIVE: 8, LAB: 10, GYM: 11, KITCHEN: 18, SAFE: 24, DOCK: 14}
DOORS = (*_WIRING, *_WITHOUT_CONTACT)
_FOR_STAFF = (*_WIRING, CANTEEN, ARCHIVE, LAB, SAFE)
OFFICE_EXIT = f"{OFFICE}-out"
"""The reader inside the office."""
LIFT = "lift"
FLOORS = {f"{LIFT}-{zone}": (zone, pin) for zone, pin in ((OFFICE, 7), (AIRLOCK, 9), (VAULT, 16))}
"""The floors of the elevator, by their doors: the zone that each leads into, and the pin of its relay."""
_UNLOCK_SECONDS = {OFFICE: 1.5, SERVER_ROOM: 1.5}
"""Where somebody walks through: so long they have, also on a busy computer."""
_INTERLOCKS = {
    **{here: f'interlock = ["{there}"]\n' for here, there in ((AIRLOCK, SERVER_ROOM), (SERVER_ROOM, AIRLOCK))},
    **{
        here: f'interlock = ["{there}"]\ninterlock_while = "unlocked"\n'
        for here, there in ((GYM, KITCHEN), (KITCHEN, GYM))
    },
}
_MORE = {
    SAFE: f'strict_zone = "{SAFE}"\n',
    SERVER_ROOM: 'rex = { pin = 2, active = "high" }\n',
    ENTRANCE: 'tamper = { bridge = "bridge", channel = 1, active = "open", resistors = "2k2/4k7" }\n',
}

_LEADS_INTO = {**{door: door for door in DOORS}, **{floor: zone for floor, (zone, _) in FLOORS.items()}}
_MODE_TIMES = {CANTEEN: "first-person-in", KITCHEN: "unlocked"}
"""What these doors are at lunch."""


def _door_entry(door: str, zone: str) -> str:
    modes = (
        f", mode: card, mode_times: [{{schedule: lunch, mode: {_MODE_TIMES[door]}}}]" if door in _MODE_TIMES else ""
    )
    return f"{{door: {door}, zone: {zone}{modes}}}"


SITE_FILE = f"""\
people:
  - {{handle: ada, name: Ada, groups: [staff, wardens], cards: ["{ADA}", {{card: "{TAG}", for: 60s}}]}}
  - {{handle: grace, name: Grace, groups: [staff, wardens, guards], cards: ["{GRACE}"]}}
  - {{handle: alan, name: Alan, groups: [staff], cards: ["{ALAN}"]}}
groups: [staff, wardens, guards]
schedules:
  - {{schedule: day, windows: ["mon,tue,wed,thu,fri,sat,sun 00:00-24:00"], holidays: ignore}}
  - {{schedule: lunch, windows: ["mon 03:00-03:01"], holidays: ignore}}
zones:
  - zone: {ENTRANCE}
    kind: floor
    factor: card-and-pin
    factor_times: [{{schedule: day, factor: card}}]
    pin_tries: 3
  - {{zone: {OFFICE}, kind: floor, visitors: {{most: 1}}}}
  - {{zone: {AIRLOCK}, kind: floor}}
  - {{zone: {SERVER_ROOM}, kind: server-room}}
  - {{zone: {VAULT}, kind: server-room, persons: 2, persons_within: 30s, persons_group: guards}}
  - {{zone: {CANTEEN}, kind: floor, occupancy: {{passback: soft}}}}
  - {{zone: {ARCHIVE}, kind: floor, occupancy: {{passback: timed, passback_for: 10m}}}}
  - {{zone: {LAB}, kind: floor, occupancy: {{within: {ARCHIVE}, passback: hard, least: 2}}}}
  - {{zone: {GYM}, kind: floor, factor: pin, pin_tries: 2}}
  - {{zone: {KITCHEN}, kind: floor, factor: card-or-pin}}
  - {{zone: {SAFE}, kind: server-room, strict: true, card_classes: []}}
  - {{zone: {DOCK}, kind: floor, reader_classes: [text]}}
doors: [{", ".join(_door_entry(door, zone) for door, zone in _LEADS_INTO.items())}]
grants:
  - {{person: ada, zone: {GYM}}}
  - {{person: ada, zone: {KITCHEN}}}
  - {{person: ada, zone: {DOCK}}}
  - {{person: alan, zone: {DOCK}, schedule: lunch}}
{"".join(f"  - {{group: staff, zone: {zone}}}{chr(10)}" for zone in _FOR_STAFF)}"""


def wired(config: str) -> str:
    """Put this building's board, readers and doors in the place of those that `doorctl init` writes."""
    before, _, _ = config.partition("[[line]]")
    names = (*(f"{door}-in" for door in (*DOORS, LIFT)), OFFICE_EXIT)
    readers = (_READER.format(name=name, number=number) for number, name in enumerate(names))
    floors = "".join(
        _FLOOR.format(door=floor, label=label, pin=pin) for label, (floor, (_, pin)) in enumerate(FLOORS.items())
    )
    parts = (before.replace("[board]\n", _BOARD), _LINE, *readers, *map(_door, DOORS), _ELEVATOR, floors)
    return "".join(parts)


_BOARD = """\
[board]
fire = { pin = 25, active = "high" }
mains = { pin = 23, active = "high" }
battery = { pin = 15, active = "high" }
"""
_LINE_OF_THE_VAULT = '{ bridge = "bridge", channel = 0, active = "open", resistors = "2k2/4k7" }'
_LINE = """\
[[line]]
name = "bridge"
kind = "bridge"
port = "run/bridge.tty"
simulated = true
"""
_READER = """
[[line.reader]]
name = "{name}"
number = {number}
formats = ["H10301"]
keypad = true
"""
_ELEVATOR = f"""
[[elevator]]
id = "{LIFT}"
readers = ["{LIFT}-in"]
lock = "fail-secure"
on_process_loss = "secured"
enable_seconds = 1.0
late_seconds = 10.0
"""
_FLOOR = """
[[elevator.floor]]
door = "{door}"
label = "{label}"
relay = {{ pin = {pin}, active = "high" }}
"""


def _door(door: str) -> str:
    egress = 'egress = "rex"\nrex = { pin = 12, active = "high" }' if door == OFFICE else 'egress = "hardware"'
    inside = f'exit_readers = ["{OFFICE_EXIT}"]\n' if door == OFFICE else ""
    return f"""
[[door]]
id = "{door}"
readers = ["{door}-in"]
{inside}lock = "fail-secure"
on_process_loss = "secured"
unlock_seconds = {_UNLOCK_SECONDS.get(door, 0.5)}
late_seconds = 10.0
{egress}
{_strike_and_contact(door)}{_MORE.get(door, "")}{_INTERLOCKS.get(door, "")}"""


def _strike_and_contact(door: str) -> str:
    if door in _WITHOUT_CONTACT:
        return f"""\
strike = {{ pin = {_WITHOUT_CONTACT[door]}, active = "high" }}
"""
    strike, pin = _WIRING[door]
    contact = _LINE_OF_THE_VAULT if door == VAULT else f'{{ pin = {pin}, active = "high" }}'
    return f"""\
strike = {{ pin = {strike}, active = "high" }}
contact = {contact}
held_open_seconds = 2.0
held_warning_seconds = 1.0
"""
