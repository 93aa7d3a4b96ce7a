"""Who may import whom, and how long a file and a function may be: checked against every line of the source."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("doorctl", "firmware_bridge", "hardware")
SOURCES = sorted(path for package in OURS for path in (ROOT / package).rglob("*.py"))

FOUNDATIONS = (
    "doorctl.brokers",
    "doorctl.clock",
    "doorctl.config",
    "doorctl.database",
    "doorctl.durable",
    "doorctl.errors",
    "doorctl.journal",
    "doorctl.keys",
    "doorctl.mailbox",
    "doorctl.places",
    "doorctl.sole",
    "doorctl.supervisor",
    "doorctl.tally",
    "doorctl.trust",
    "doorctl.uncollected",
    "doorctl.wire",
)
# What each part may import of ours; the most exact prefix counts.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "firmware_bridge": ("firmware_bridge",),
    "hardware": ("hardware",),
    "doorctl.core": ("doorctl.core",),
    "doorctl.wire": ("doorctl.core", "doorctl.policy", *FOUNDATIONS),
    "doorctl.trust": ("doorctl.policy", *FOUNDATIONS),
    "doorctl.keys": FOUNDATIONS,
    "doorctl.machine": ("doorctl.machine", "doorctl.audit.quota", "hardware.boot", "hardware.pins", *FOUNDATIONS),
    "doorctl.policy": ("doorctl.core", "doorctl.policy", *FOUNDATIONS),
    "doorctl.audit": ("doorctl.core", "doorctl.audit", *FOUNDATIONS),
    "doorctl.backup": ("doorctl.backup", "doorctl.audit", "doorctl.policy", "doorctl.hub.backups.news", *FOUNDATIONS),
    "doorctl.mqtt": ("doorctl.mqtt", *FOUNDATIONS),
    "doorctl.door": (
        *("doorctl.door", "doorctl.core", "doorctl.policy", "doorctl.audit"),
        *("firmware_bridge", "hardware"),
        *FOUNDATIONS,
    ),
    "doorctl.keeper": (
        *(
            "doorctl.keeper",
            "doorctl.wire.bell",
            "doorctl.wire.courier",
            "doorctl.core",
            "doorctl.policy",
            "doorctl.audit",
        ),
        *FOUNDATIONS,
    ),
    "doorctl.link": ("doorctl.link", "doorctl.mqtt", *FOUNDATIONS),
    "doorctl.reports": ("doorctl.reports", "doorctl.core", "doorctl.wire.report_words"),
    "doorctl.hub": (
        *("doorctl.hub", "doorctl.core", "doorctl.policy", "doorctl.audit", "doorctl.mqtt"),
        *("doorctl.reports.tallies", "doorctl.site.steps"),
        *FOUNDATIONS,
    ),
    "doorctl.site": ("doorctl.site", "doorctl.core", "doorctl.policy", *FOUNDATIONS),
    "doorctl.cli": OURS,
    "doorctl.demo": OURS,
    "doorctl.__main__": OURS,
    "doorctl": ("doorctl.core", "doorctl.policy", *FOUNDATIONS),
}
# Libraries that one file alone may import.
ONE_IMPORTER = {
    "serial": "firmware_bridge/serial_port.py",
    "RPi": "hardware/raspberry_pi.py",
    "osdp_sys": "firmware_bridge/osdp_panel.py",
    "pyrage": "doorctl/backup/age.py",
    "rfc3161_client": "doorctl/hub/anchors/timestamps.py",
    "pyarrow": "doorctl/cli/evidence/export_parquet.py",
    "xlsxwriter": "doorctl/cli/evidence/export_xlsx.py",
}
EVERY_FILE = sorted(path for part in (*OURS, "benchmarks", "deb", "tests") for path in (ROOT / part).rglob("*.py"))
MOST_LINES_OF_A_FILE = 350
MOST_LINES_OF_A_FUNCTION = 40
"""Of its body: without its signature and its docstring."""
LONG_FILES = frozenset({"doorctl/audit/verify_doorlog.py"})
"""It stands alone, so that an auditor can read in one place all that a verdict rests on."""
PAHO_FOLDER = "doorctl/mqtt/"
CORE_MAY_USE = frozenset({"collections", "dataclasses", "datetime", "enum", "hmac", "math", "typing", "doorctl"})
NETWORK_MODULES = frozenset({"asyncio", "paho", "http", "urllib3", "ssl", "socketserver", "ftplib", "smtplib"})


def functions_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of_body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    rest = function.body[1:] if ast.get_docstring(function) else function.body
    return (rest[-1].end_lineno or 0) - rest[0].lineno + 1 if rest else 0


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    return tuple(imports_in(ast.parse(path.read_text())))


def imports_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module in OURS:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "importlib.import_module":
            yield from (str(name.value) for name in node.args if isinstance(name, ast.Constant))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def belongs_to(module: str, part: str) -> bool:
    return module == part or module.startswith(part + ".")


def allowed_for(module: str) -> tuple[str, ...]:
    part = max((part for part in MAY_IMPORT if belongs_to(module, part)), key=len)
    return MAY_IMPORT[part]


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_imports_follow_the_table(path: Path) -> None:
    allowed = allowed_for(module_of(path))

    wrong = [
        name
        for name in imports_of(path)
        if name.split(".")[0] in OURS and name not in OURS and not any(belongs_to(name, part) for part in allowed)
    ]

    assert wrong == []


@pytest.mark.parametrize("path", sorted((ROOT / "doorctl/core").rglob("*.py")), ids=module_of)
def test_the_core_uses_nothing_that_tells_time_waits_or_reads(path: Path) -> None:
    assert {name.split(".")[0] for name in imports_of(path)} <= CORE_MAY_USE


@pytest.mark.parametrize(("library", "importer"), ONE_IMPORTER.items())
def test_a_device_library_has_one_importer(library: str, importer: str) -> None:
    importers = [path for path in SOURCES if library in {name.split(".")[0] for name in imports_of(path)}]

    assert [str(path.relative_to(ROOT)) for path in importers] == [importer]


def test_only_the_mqtt_folder_imports_paho() -> None:
    importers = {path for path in SOURCES if any(belongs_to(name, "paho") for name in imports_of(path))}

    assert {str(path.relative_to(ROOT)) for path in importers if PAHO_FOLDER not in str(path)} == set()


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if belongs_to(module_of(path), "doorctl.door") or "hardware" in path.parts],
    ids=module_of,
)
def test_the_door_imports_no_network(path: Path) -> None:
    assert {name.split(".")[0] for name in imports_of(path)} & NETWORK_MODULES == set()


def test_every_package_and_each_folder_of_doorctl_stands_in_the_table() -> None:
    folders = {module_of(path) for path in (ROOT / "doorctl").glob("*/__init__.py")}

    assert {*OURS, *folders} - set(MAY_IMPORT) == set()


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    long = {str(path.relative_to(ROOT)) for path in EVERY_FILE if path.read_text().count("\n") > MOST_LINES_OF_A_FILE}

    assert long == LONG_FILES


def test_no_function_is_too_long_to_be_seen_at_once() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in EVERY_FILE
        for function in functions_in(path)
        if lines_of_body(function) > MOST_LINES_OF_A_FUNCTION
    ]

    assert long == []
