"""Builders of layouts for the tests of the board."""

from hardware.pins import ActiveLevel, Indicator, Input, Item, Layout, Lock, Pull, Strike, StrikeState


def a_strike(
    name: str = "front",
    *,
    pin: int = 17,
    active_level: ActiveLevel = ActiveLevel.HIGH,
    lock: Lock = Lock.FAIL_SECURE,
    on_process_loss: StrikeState = StrikeState.SECURED,
) -> Strike:
    """Build the strike of an ordinary floor door."""
    return Strike(name, pin, active_level, lock, on_process_loss)


def an_input(
    name: str = "front-contact",
    *,
    pin: int = 27,
    active_level: ActiveLevel = ActiveLevel.LOW,
    pull: Pull = Pull.UP,
    debounce_ms: int = 30,
) -> Input:
    """Build a contact that closes to ground."""
    return Input(name, pin, active_level, pull, debounce_ms)


def an_indicator(
    name: str = "front-green", *, pin: int = 22, active_level: ActiveLevel = ActiveLevel.HIGH
) -> Indicator:
    """Build a light."""
    return Indicator(name, pin, active_level)


def a_layout(*items: Item) -> Layout:
    """Sort items into a layout; without any, build one ordinary door."""
    chosen = items or (a_strike(), an_input(), an_indicator())
    return Layout(
        strikes=tuple(item for item in chosen if isinstance(item, Strike)),
        inputs=tuple(item for item in chosen if isinstance(item, Input)),
        indicators=tuple(item for item in chosen if isinstance(item, Indicator)),
    )
