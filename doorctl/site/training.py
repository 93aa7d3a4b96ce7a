"""What zones ask somebody to have been trained in, and who was: read, written and compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from doorctl.policy.rows import IsoDate, Name
from doorctl.site.times import days_in
from doorctl.wire.training_words import TrainingSet, ZoneTrainingSet

AskedEntry = dict[Name, str]
"""What stands under ``trainings`` of a zone: by course how long ago it may be, such as ``365d``."""
TrainedEntry = dict[Name, IsoDate]
"""What stands under ``trained`` of a person: by course the day."""
Trained = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TrainingsAsked:
    """The courses that a zone asks for, in their order, and within how many days."""

    courses: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        """Write it as a plan shows it."""
        return ", ".join(f"{course} within {days}d" for course, days in self.courses) or "none"


NO_TRAININGS = TrainingsAsked()


def asked_by(entry: AskedEntry) -> TrainingsAsked:
    """Read what stands under a zone. Raises ValueError."""
    return TrainingsAsked(tuple(sorted((course, days_in(span)) for course, span in entry.items())))


def asked_entry(asked: TrainingsAsked) -> AskedEntry:
    """Write it so that ``asked_by`` reads it."""
    return {course: f"{days}d" for course, days in asked.courses}


def asked_in(text: str) -> TrainingsAsked:
    """Read it from the list of zones."""
    pairs = (each.split("=") for each in text.split())
    return TrainingsAsked(tuple(sorted((course, int(days)) for course, days in pairs)))


def trained_in(text: str) -> Trained:
    """Read from the list of people when somebody took which course."""
    pairs = (each.split("=") for each in text.split())
    return tuple(sorted((course, day) for course, day in pairs))


def zone_training_sets(
    present: Mapping[str, TrainingsAsked], wanted: Mapping[str, TrainingsAsked]
) -> Iterator[ZoneTrainingSet]:
    """Yield the commands that lead from what zones ask to what they are to ask."""
    for zone in sorted({*present, *wanted}):
        before, after = (dict(each.get(zone, NO_TRAININGS).courses) for each in (present, wanted))
        for course in sorted({*before, *after}):
            if before.get(course) != after.get(course):
                yield ZoneTrainingSet(zone, course, after.get(course))


def training_sets(holder: str, present: Trained, wanted: Trained) -> Iterator[TrainingSet]:
    """Yield the commands that lead from what is noted of somebody to what is to be."""
    before, after = dict(present), dict(wanted)
    for course in sorted({*before, *after}):
        if before.get(course) != after.get(course):
            yield TrainingSet(holder, course, after.get(course))
