"""A plan on disk: what `doorctl plan` found, and `doorctl apply` carries out; it holds names and cards."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from doorctl.durable import replace_file
from doorctl.errors import Refused
from doorctl.policy.rows import Name
from doorctl.site.present import Base
from doorctl.site.steps import unpacked
from doorctl.wire.messages import decode_strictly

FORMAT = 1


class PlanFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The packed steps of a plan and where the policy stood; ``sha256`` is that of the parts, one after the other."""

    format: int
    site: Name
    base: Base
    steps: int
    sha256: str
    parts: tuple[bytes, ...]


_plan = msgspec.json.Decoder(PlanFile)


def write_plan(path: Path, plan: PlanFile) -> None:
    """Write a plan, readable by its owner alone. Raises OSError."""
    replace_file(path, msgspec.json.encode(plan), mode=0o600)


def read_plan(path: Path) -> PlanFile:
    """Read a plan and check that it is whole. Raises Refused ``bad-plan``."""
    try:
        plan = decode_strictly(_plan, path.read_bytes())
    except OSError as error:
        raise Refused("bad-plan", f"cannot read {path}: {error.strerror}") from error
    except Refused as error:
        raise Refused(
            "bad-plan", f"{path} is no plan: make one with `doorctl plan site.yaml --out plan.json`"
        ) from error
    if plan.format != FORMAT or plan.sha256 != digest_of(plan.parts):
        raise Refused("bad-plan", f"{path} is no plan, or was changed since it was made: make it anew")
    if len(unpacked(plan.parts)) != plan.steps:
        raise Refused("bad-plan", f"{path} does not hold the steps that it names: make it anew")
    return plan


def digest_of(parts: Iterable[bytes]) -> str:
    """Return the hash that binds the parts of a plan."""
    return hashlib.sha256(b"".join(parts)).hexdigest()
