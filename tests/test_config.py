"""Configuration files: strict, every mistake at once with its key, other processes' tables passed over."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from doorctl.brokers import Broker, Tls, broker_address
from doorctl.config import (
    CONTROLLER_TABLES,
    AdminConfig,
    HubConfig,
    KeeperConfig,
    LinkConfig,
    brokers_of,
    read_config,
    resolve,
)
from doorctl.errors import ConfigError

ROOT_KEY = "A" * 43
CONTROLLER = f"""
[controller]
site = "hq"
name = "pi-3"
root_keys = ["{ROOT_KEY}"]
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(text: str) -> Path:
        path = tmp_path / "controller.toml"
        path.write_text(text)
        return path

    return write_file


def mistakes_in(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_config(path, LinkConfig, others=CONTROLLER_TABLES)
    return str(caught.value).splitlines()[1:]


def test_tables_of_other_processes_are_passed_over(write: Write) -> None:
    path = write(CONTROLLER + "[link]\nnonsense = 1\n[[door]]\nnonsense = 2\n")

    assert read_config(path, KeeperConfig, others=CONTROLLER_TABLES).controller.name == "pi-3"


def test_tables_of_nobody_are_mistakes(write: Write) -> None:
    path = write(CONTROLLER + '[link]\nbrokers = ["mqtt://broker"]\n[nonsense]\na = 1\n')

    assert mistakes_in(path) == ["nonsense: unknown key"]


def test_no_controller_is_called_as_the_hub_and_its_log_are(write: Write) -> None:
    path = write(CONTROLLER.replace("pi-3", "hub") + '[link]\nbrokers = ["mqtt://broker"]\n')

    assert [line.partition(":")[0] for line in mistakes_in(path)] == ["controller.name"]


def test_every_mistake_is_told_by_its_key(write: Write) -> None:
    path = write('colour = "red"\n[controller]\nsite = "HQ!"\nroot_keys = "x"\nsiet = 1\n[link]\nbrokers = []\n')

    assert [line.partition(":")[0] for line in mistakes_in(path)] == [
        "colour",
        "controller.siet",
        "controller.name",
        "controller.site",
        "controller.root_keys",
        "link.brokers",
    ]


def test_the_first_line_names_the_file_and_the_number(write: Write) -> None:
    path = write("[controller]\n")

    with pytest.raises(ConfigError, match=rf"{path} has 4 mistake"):
        read_config(path, LinkConfig, others=CONTROLLER_TABLES)


def test_a_value_in_place_of_a_table_is_told(write: Write) -> None:
    assert mistakes_in(write("controller = 5\nlink = []\n")) == [
        "controller: must be a table",
        "link: must be a table",
    ]


@pytest.mark.parametrize("content", [b"not toml at all", b"\xff\xfe\x00", b"[controller\n"])
def test_a_file_that_is_not_toml_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "controller.toml"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match="is not TOML"):
        read_config(path, LinkConfig)


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_config(tmp_path / "missing.toml", LinkConfig)


def test_paths_count_from_the_folder_of_the_file() -> None:
    assert resolve(Path("/etc/doorctl/controller.toml"), "state") == Path("/etc/doorctl/state")
    assert resolve(Path("/etc/doorctl/controller.toml"), "/var/lib/doorctl") == Path("/var/lib/doorctl")


@pytest.mark.parametrize("config", [LinkConfig, HubConfig, AdminConfig])
@pytest.mark.parametrize(
    "url",
    [
        "mqtt://h:99999",
        "mqtt://h:0",
        "mqtt://h:x",
        "mqtt://h:",
        "mqtt://[::1",
        "mqtt://[::g]",
        "mqtt://:1883",
        "mqtt://",
        "mqtt://ada:secret@h",
        "mqtt://h/topic",
        "mqtt://h?a=b",
        "mqtt://h h",
        "mqtt://h\\n",
        "http://h",
        "",
    ],
)
def test_a_broker_that_is_none_is_told_by_its_key(write: Write, config: type[msgspec.Struct], url: str) -> None:
    key = "link" if config is LinkConfig else "mqtt"
    path = write(f'[{key}]\nbrokers = ["mqtt://broker", "{url}"]\n')

    with pytest.raises(ConfigError) as caught:
        read_config(path, config)

    (line,) = [line for line in str(caught.value).splitlines() if line.startswith(f"{key}.brokers: ")]
    assert line.endswith("is not a broker: write mqtts://HOST:PORT or mqtt://HOST:PORT - at `$[1]`")


def test_a_broker_that_is_not_even_text_is_told_by_its_key(write: Write) -> None:
    path = write(CONTROLLER + "[link]\nbrokers = [1883]\n")

    assert mistakes_in(path) == ["link.brokers: not a text - at `$[0]`"]


def test_a_broker_has_a_port_by_default() -> None:
    assert broker_address("mqtt://broker") == ("broker", 1883)
    assert broker_address("mqtt://broker:18830") == ("broker", 18830)
    assert broker_address("mqtt://[::1]:18830") == ("::1", 18830)


def test_a_broker_over_tls_has_a_port_of_its_own() -> None:
    assert broker_address("mqtts://broker") == ("broker", 8883)
    assert broker_address("mqtts://broker:18830") == ("broker", 18830)


def test_the_files_for_tls_count_from_the_folder_of_the_configuration(write: Write) -> None:
    path = write(
        CONTROLLER + '[link]\nbrokers = ["mqtts://a", "mqtts://b:1"]\n'
        'ca = "tls/ca.crt"\ncertificate = "/etc/tls.crt"\nkey = "tls.key"\n'
    )

    found = brokers_of(read_config(path, LinkConfig, others=CONTROLLER_TABLES).link, path)

    tls = Tls(path.parent / "tls/ca.crt", Path("/etc/tls.crt"), path.parent / "tls.key")
    assert found == (Broker("a", 8883, tls), Broker("b", 1, tls))


def test_a_broker_in_the_open_has_no_files(write: Write) -> None:
    path = write(CONTROLLER + '[link]\nbrokers = ["mqtt://a"]\n')

    assert brokers_of(read_config(path, LinkConfig, others=CONTROLLER_TABLES).link, path) == (Broker("a", 1883),)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('brokers = ["mqtts://a", "mqtt://b"]', ["all mqtts:// or all mqtt://"]),
        ('brokers = ["mqtts://a"]\nkey = "k"', ["certificate needs key"]),
        ('brokers = ["mqtts://a"]\ncertificate = "c"', ["key needs certificate"]),
        ('brokers = ["mqtt://a"]\nca = "c"', ["are for mqtts:// brokers"]),
        ('brokers = ["mqtt://a"]\nkey = "k"', ["certificate needs key", "are for mqtts:// brokers"]),
    ],
)
def test_what_does_not_go_together_for_tls_is_told(write: Write, lines: str, told: list[str]) -> None:
    (mistake,) = mistakes_in(write(CONTROLLER + f"[link]\n{lines}\n"))

    assert mistake.startswith("link: ")
    assert [words for words in told if words not in mistake] == []
