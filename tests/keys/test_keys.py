"""Key files, sealing and credential keys."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from doorctl.errors import KeyFileError, Refused
from doorctl.keys.card_keys import (
    CardKeys,
    card_keys_from,
    load_card_keys,
    new_card_keys,
    replace_card_keys,
    wrap,
)
from doorctl.keys.identity import (
    ack_key_name,
    admin_key_name,
    decode_public,
    encode_public,
    hub_key_name,
    load_identity,
    load_signer,
    log_key_name,
    new_identity,
    new_signing_key,
    root_key_name,
)
from doorctl.keys.passphrase import Passphrases
from doorctl.keys.sealing import open_sealed, seal
from doorctl.wire.notes import open_note, sign_text
from tests.note_samples import GRACE, HUB

RING = CardKeys((b"1" * 32, b"2" * 32))


def test_key_names_tell_who_and_have_neither_space_nor_plus() -> None:
    names = [
        hub_key_name("hq"),
        root_key_name("hq"),
        admin_key_name("ada"),
        ack_key_name("pi-1"),
        log_key_name("pi-1"),
    ]

    assert names == ["hub.hq", "root.hq", "admin.ada", "ack.pi-1", "log.pi-1"]


def test_an_identity_signs_and_opens_after_it_was_loaded(tmp_path: Path) -> None:
    new_identity(tmp_path / "keys")

    identity = load_identity(tmp_path / "keys", "hub.hq")

    assert open_note(sign_text(b"text\n", identity.signer), [identity.signer.verifier]).signers == {"hub.hq"}
    assert open_sealed(seal(b"secret", to=identity.box_public, about="x"), box=identity.box, about="x") == b"secret"


def test_key_files_are_their_owners_alone(tmp_path: Path) -> None:
    new_identity(tmp_path / "keys")
    new_card_keys(tmp_path / "card.keys")

    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_file()}

    assert modes == {0o600}


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    new_signing_key(tmp_path / "sign.pem")
    (tmp_path / "sign.pem").chmod(0o640)

    with pytest.raises(KeyFileError, match="chmod 600"):
        load_signer(tmp_path / "sign.pem", "hub.hq")


def test_no_key_is_ever_overwritten(tmp_path: Path) -> None:
    new_identity(tmp_path)
    before = (tmp_path / "sign.pem").read_bytes()

    with pytest.raises(FileExistsError):
        new_identity(tmp_path)

    assert (tmp_path / "sign.pem").read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"rubbish", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sign.pem").touch(mode=0o600)
    (tmp_path / "sign.pem").write_bytes(content)

    with pytest.raises(KeyFileError, match="not a private key"):
        load_signer(tmp_path / "sign.pem", "hub.hq")


def test_a_key_of_the_other_kind_is_refused(tmp_path: Path) -> None:
    new_identity(tmp_path)
    new_signing_key(tmp_path / "other.pem")

    with pytest.raises(KeyFileError, match="Ed25519"):
        load_signer(tmp_path / "box.pem", "hub.hq")
    (tmp_path / "other.pem").replace(tmp_path / "box.pem")
    with pytest.raises(KeyFileError, match="X25519"):
        load_identity(tmp_path, "hub.hq")


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"sign\.pem"):
        load_signer(tmp_path / "sign.pem", "hub.hq")


@pytest.mark.parametrize(
    ("sealed", "about"),
    [
        (seal(b"secret", to=GRACE.box_public, about="command:1"), "command:1"),
        (seal(b"secret", to=HUB.box_public, about="command:2"), "command:1"),
        (seal(b"secret", to=HUB.box_public, about="command:1")[:-1], "command:1"),
        (b"", "command:1"),
        (b"x" * 31, "command:1"),
    ],
    ids=["to another", "for another command", "cut", "empty", "noise"],
)
def test_what_was_not_sealed_for_us_and_for_this_stays_closed(sealed: bytes, about: str) -> None:
    with pytest.raises(Refused, match="bad-seal"):
        open_sealed(sealed, box=HUB.box, about=about)


@pytest.mark.parametrize("key", [b"", b"x" * 31, bytes(32)])
def test_nothing_is_sealed_to_what_is_no_key(key: bytes) -> None:
    with pytest.raises(Refused, match="bad-seal"):
        seal(b"secret", to=key, about="x")


def test_a_credential_key_is_frozen() -> None:
    assert RING.credential_key("H10301:123:4567").hex() == (
        "3e442074f00438f31022d0130ef020d3a7388d8d2d7441d67fc5dfa68afa67c3"
    )


def test_a_ring_grows_by_wrapping_what_is_there() -> None:
    longer = CardKeys((*RING.ring, b"3" * 32))

    assert longer.credential_key("uid:04A2") == wrap(RING.credential_key("uid:04A2"), longer.ring[2:])


def test_a_ring_is_replaced_in_one_step(tmp_path: Path) -> None:
    new_card_keys(tmp_path / "card.keys")

    replace_card_keys(tmp_path / "card.keys", RING)

    assert load_card_keys(tmp_path / "card.keys") == RING
    assert [path.name for path in tmp_path.iterdir()] == ["card.keys"]


@pytest.mark.parametrize("data", [b"", b"{}", b'{"ring":[]}', b'{"ring":["AAAA"]}', b'{"ring":"x"}', b"\xff"])
def test_what_is_no_ring_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match="bad-card-keys"):
        card_keys_from(data)


def test_a_ring_file_that_is_broken_is_named(tmp_path: Path) -> None:
    (tmp_path / "card.keys").touch(mode=0o600)

    with pytest.raises(KeyFileError, match=r"card\.keys holds no ring"):
        load_card_keys(tmp_path / "card.keys")


def test_a_public_key_reads_back() -> None:
    assert decode_public(encode_public(HUB.sign_public)) == HUB.sign_public


@pytest.mark.parametrize("text", ["", "A", "AAAA", "é" * 43, "A" * 44])
def test_a_text_that_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(KeyFileError):
        decode_public(text)


def test_protected_keys_open_by_one_passphrase_that_is_asked_for_once(tmp_path: Path) -> None:
    new_identity(tmp_path, passphrase=b"correct horse")
    asked: list[str] = []

    def ask(words: str) -> str:
        asked.append(words)
        return "correct horse"

    identity = load_identity(tmp_path, "admin.ada", Passphrases(ask=ask))

    assert identity.signer.name == "admin.ada"
    assert asked == [f"passphrase of {tmp_path / 'sign.pem'}: "]


def test_a_protected_key_does_not_stand_in_its_file(tmp_path: Path) -> None:
    new_signing_key(tmp_path / "plain.pem")
    new_signing_key(tmp_path / "sign.pem", b"correct horse")

    assert "-----BEGIN ENCRYPTED PRIVATE KEY-----" in (tmp_path / "sign.pem").read_text()
    assert (tmp_path / "plain.pem").read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_a_passphrase_alone_does_not_open_the_pkcs_8_in_the_file(tmp_path: Path) -> None:
    """Each guess must cost the 64 MiB of scrypt, not the 2048 rounds of PKCS #8."""
    new_signing_key(tmp_path / "sign.pem", b"correct horse")
    first, _, pem = (tmp_path / "sign.pem").read_bytes().partition(b"\n")

    with pytest.raises(ValueError):  # noqa: PT011 - in words that depend on what the wrong key makes of the last bytes
        load_pem_private_key(pem, b"correct horse")

    salt = bytes.fromhex(first.decode().removeprefix("doorctl-scrypt-65536-8-1 "))
    stretched = Scrypt(salt, 32, n=65536, r=8, p=1).derive(b"correct horse").hex().encode()
    assert isinstance(load_pem_private_key(pem, stretched), Ed25519PrivateKey)


def test_a_key_that_openssl_has_protected_opens_by_its_passphrase(tmp_path: Path) -> None:
    key, how = Ed25519PrivateKey.generate(), BestAvailableEncryption(b"correct horse")
    (tmp_path / "sign.pem").touch(mode=0o600)
    (tmp_path / "sign.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))

    signer = load_signer(tmp_path / "sign.pem", "root.hq", Passphrases(ask=lambda _: "correct horse"))

    assert signer.private_key.private_bytes_raw() == key.private_bytes_raw()


def test_a_wrong_passphrase_may_be_typed_again_three_times_in_all(tmp_path: Path) -> None:
    new_signing_key(tmp_path / "sign.pem", b"right")
    third = iter(["wrong", "again", "right"])

    load_signer(tmp_path / "sign.pem", "root.hq", Passphrases(ask=lambda _: next(third)))

    with pytest.raises(KeyFileError, match="none of them opens it"):
        load_signer(tmp_path / "sign.pem", "root.hq", Passphrases(ask=lambda _: "wrong"))


def test_a_protected_key_stays_closed_where_nobody_can_be_asked(tmp_path: Path) -> None:
    new_signing_key(tmp_path / "sign.pem", b"right")

    with pytest.raises(KeyFileError, match="DOORCTL_PASSPHRASE_FILE"):
        load_signer(tmp_path / "sign.pem", "root.hq", Passphrases(ask=lambda _: None))


def test_every_line_of_the_file_in_the_environment_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_signing_key(tmp_path / "sign.pem", b"second")
    (tmp_path / "phrases").touch(mode=0o600)
    (tmp_path / "phrases").write_text("first\n\nsecond\n")
    monkeypatch.setenv("DOORCTL_PASSPHRASE_FILE", str(tmp_path / "phrases"))

    assert load_signer(tmp_path / "sign.pem", "root.hq").name == "root.hq"


def test_a_file_of_passphrases_that_others_can_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_signing_key(tmp_path / "sign.pem", b"first")
    (tmp_path / "phrases").write_text("first\n")
    (tmp_path / "phrases").chmod(0o644)
    monkeypatch.setenv("DOORCTL_PASSPHRASE_FILE", str(tmp_path / "phrases"))

    with pytest.raises(KeyFileError, match="chmod 600"):
        load_signer(tmp_path / "sign.pem", "root.hq")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_another_user_is_refused(tmp_path: Path) -> None:
    new_signing_key(tmp_path / "sign.pem")
    os.chown(tmp_path / "sign.pem", 65534, 65534)

    with pytest.raises(KeyFileError, match="another user"):
        load_signer(tmp_path / "sign.pem", "hub.hq")


def test_a_key_that_is_absent_may_come_from_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_signing_key(tmp_path / "credentials.pem")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (tmp_path / "credentials.pem").rename(credentials / "log.pem")
    (credentials / "log.pem").chmod(0o440)  # as systemd shows a file that an ACL opens to the service's user
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))

    assert load_signer(tmp_path / "log.pem", "log.pi-1").name == "log.pi-1"


def test_a_key_that_is_there_goes_before_systemds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "credentials").mkdir()
    new_signing_key(tmp_path / "credentials" / "log.pem")
    new_signing_key(tmp_path / "log.pem")
    own = load_signer(tmp_path / "log.pem", "log.pi-1")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))

    assert load_signer(tmp_path / "log.pem", "log.pi-1").verifier == own.verifier
