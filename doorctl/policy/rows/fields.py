"""What the fields of rows may hold."""

from typing import Annotated

import msgspec

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
PartyName = Annotated[str, msgspec.Meta(pattern=r"^(?!hub\Z)[a-z0-9-]{1,32}\Z")]
"""The name of a controller or an admin; ``hub`` is the hub's, and its log's."""
CredentialKey = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
UnixSeconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
StartTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
ClockTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z|^24:00\Z")]
Scope = Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9-]{1,32}|\*)\Z")]
"""A zone, or ``*`` for every zone."""
IsoDate = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Approvals = Annotated[int, msgspec.Meta(ge=1, le=2)]
MaxAgeSeconds = Annotated[int, msgspec.Meta(ge=1, le=31_536_000)]
GraceSeconds = Annotated[int, msgspec.Meta(ge=0, le=86_400)]
PinTries = Annotated[int, msgspec.Meta(ge=1, le=20)]
PinBlockSeconds = Annotated[int, msgspec.Meta(ge=10, le=86_400)]
Persons = Annotated[int, msgspec.Meta(ge=1, le=5)]
PersonsSeconds = Annotated[int, msgspec.Meta(ge=5, le=300)]
Uses = Annotated[int, msgspec.Meta(ge=1, le=1000)]
FirstUseSeconds = Annotated[int, msgspec.Meta(ge=60, le=31_536_000)]
ReleaseSeconds = Annotated[int, msgspec.Meta(ge=1, le=60)]
HeldOpenSeconds = Annotated[int, msgspec.Meta(ge=5, le=600)]
TrainingDays = Annotated[int, msgspec.Meta(ge=1, le=3650)]
