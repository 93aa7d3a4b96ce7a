"""``doorctl audit verify --live``: the log of a controller where it lies, by the keys that trust names."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.audit.checkpoint import Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.cosignature import cosign
from doorctl.audit.log import AuditLog, LogIdentity
from doorctl.keys.identity import encode_public, hub_key_name, load_signer, log_key_name
from doorctl.trust.note import ControllerKeys, HubKeys
from doorctl.trust.verify import sign_trust, store_trust
from doorctl.wire.notes import Signer
from tests.audit.logs import CONTROLLER, SITE, STATEMENTS, a_draft, damage, stored
from tests.cli.sites import run
from tests.door_folder import DoorFolder
from tests.trust.builders import a_root, public, some_trust

ROOT = a_root()
HUB = Signer(hub_key_name(SITE), Ed25519PrivateKey.generate())
CONFIG = f"""
[controller]
site = "{SITE}"
name = "{CONTROLLER}"
root_keys = ["{encode_public(ROOT.verifier.public_key)}"]
"""


class Controller(DoorFolder):
    """A controller that has written two records."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, config=CONFIG)
        self.audit_db = self.state / "audit.db"
        self.signer = load_signer(self.state / "keys" / "log.pem", log_key_name(CONTROLLER))
        identity = LogIdentity(SITE, CONTROLLER, "b00t", self.signer)
        with closing(AuditLog(self.audit_db, identity, draft=STATEMENTS.draft)) as log:
            log.append([a_draft("one")])

    def trust(self, *, log: bytes) -> None:
        """Let the site root name this key of our log."""
        own = ControllerKeys(id=CONTROLLER, ack=b"a" * 32, log=log, box=b"b" * 32)
        hub = HubKeys(name=HUB.name, sign=HUB.verifier.public_key, box=b"b" * 32)
        trust = some_trust(ROOT, hub=hub, controllers=(own,), roots=public(ROOT))
        store_trust(self.state / "trust.note", sign_trust(trust, ROOT))

    def cosign(self, *, by: Signer = HUB) -> None:
        """Let the hub cosign the log as it is."""
        found = stored(self.audit_db, self.signer)
        checkpoint = Checkpoint(origin_of(SITE, CONTROLLER, found.epoch), found.size, found.root)
        note = cosign(sign_checkpoint(checkpoint, self.signer), by, at=1_800_000_000)
        (self.state / "cosigned.note").write_bytes(note)

    def verify(self, *options: str) -> tuple[int, str]:
        result = run("audit", "verify", "--live", "--config", str(self.config_path), *options)
        return result.exit_code, result.stdout + result.stderr


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    return Controller(tmp_path)


def test_a_whole_log_is_told_with_what_is_proven(controller: Controller) -> None:
    controller.trust(log=controller.signer.verifier.public_key)
    controller.cosign()

    assert controller.verify() == (
        0,
        "the log of pi-3 is whole\n"
        "proven: 2 records from 0 on lead to the signed checkpoint at 2\n"
        "proven: the anchor at 2 records has the same root\n"
        "proven: the hub's cosignature at 2 records has the same root\n"
        "proven: the hub held 2 records at 2027-01-15T08:00:00Z\n",
    )


def test_without_trust_the_hub_s_word_proves_nothing(controller: Controller) -> None:
    controller.cosign()
    code, text = controller.verify()

    assert code == 0
    assert "not proven: what the hub holds" in text


def test_a_log_that_is_not_whole_ends_with_one(controller: Controller) -> None:
    damage(controller.audit_db, "DELETE FROM records WHERE seq = 0")
    code, text = controller.verify()

    assert code == 1
    assert text.startswith("the log of pi-3 is NOT WHOLE\nwrong: record 0 is missing\n")


def test_a_log_by_a_key_that_trust_does_not_name_is_not_whole(controller: Controller) -> None:
    controller.trust(log=b"l" * 32)
    code, text = controller.verify()

    assert code == 1
    assert "not signed by the log's key" in text


def test_a_cosignature_by_somebody_else_is_not_the_hub_s(controller: Controller) -> None:
    controller.trust(log=controller.signer.verifier.public_key)
    controller.cosign(by=Signer(HUB.name, Ed25519PrivateKey.generate()))

    assert controller.verify()[0] == 1


def test_programs_get_one_object(controller: Controller) -> None:
    code, text = controller.verify("--json")
    found = json.loads(text)

    assert (code, found["whole"], found["size"], found["problems"]) == (0, True, 2, [])


def test_trust_that_the_root_has_not_signed_is_no_use(controller: Controller) -> None:
    (controller.state / "trust.note").write_bytes(b"trust me\n")
    code, text = controller.verify()

    assert code == 2
    assert "is not what the site root signed" in text


@pytest.mark.parametrize("arguments", [["--live", "a.doorlog"], ["--live", "--key", "A" * 43], [], ["a.doorlog"]])
def test_a_file_and_its_key_or_live_are_given(arguments: list[str]) -> None:
    result = run("audit", "verify", *arguments)

    assert result.exit_code == 2
    assert "--live" in result.stderr
