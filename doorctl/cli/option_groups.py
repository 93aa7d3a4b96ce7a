"""Options that several commands share: the fields of a dataclass, and an argument of its type stands for them all."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from typing import TypeVar

Filled = TypeVar("Filled")


def spelled_out(work: Callable[..., None]) -> Callable[..., None]:
    """Return a command with an option for each field, where the function takes dataclasses of them."""
    own = inspect.signature(work).parameters.values()

    def command(**given: object) -> None:
        work(**{each.name: argument_of(each, given) for each in own})

    take_signature(command, [typed for each in own for typed in typed_for(each)])
    command.__doc__ = work.__doc__
    return command


def filled(group: Callable[..., Filled], given: Mapping[str, object]) -> Filled:
    """Return the dataclass with those of the given values that are its fields."""
    return group(**{each.name: given[each.name] for each in fields_of(group)})


def argument_of(parameter: inspect.Parameter, given: Mapping[str, object]) -> object:
    """Return what a command's function is called with: what was typed, or the dataclass that it makes up."""
    group = parameter.annotation
    return filled(group, given) if _is_group(group) else given[parameter.name]


def typed_for(parameter: inspect.Parameter) -> Sequence[inspect.Parameter]:
    """Return what can be typed for an argument of a command's function."""
    group = parameter.annotation
    return fields_of(group) if _is_group(group) else [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]


def fields_of(group: Callable[..., object]) -> Sequence[inspect.Parameter]:
    """Return the options that a dataclass, whose fields are keyword-only, stands for."""
    return list(inspect.signature(group).parameters.values())


def take_signature(command: Callable[..., None], parameters: Sequence[inspect.Parameter]) -> None:
    """Give the command these parameters; typer reads them."""
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}


def _is_group(annotation: object) -> bool:
    return isinstance(annotation, type) and is_dataclass(annotation)
