"""Commands about training."""

from doorctl.policy.rows import IsoDate, Name, TrainingDays
from doorctl.wire.verb import VerbStruct


class ZoneTrainingSet(VerbStruct, frozen=True, tag="zone-training-set"):
    """Let in only who has taken a course within so many days; None: whoever has not, too."""

    zone: Name
    course: Name
    within_days: TrainingDays | None = None


class TrainingSet(VerbStruct, frozen=True, tag="training-set"):
    """Note that a holder took a course on a day, in the place of any before; None: that they did not."""

    holder: Name
    course: Name
    day: IsoDate | None = None


TrainingVerb = ZoneTrainingSet | TrainingSet
