"""What a pipeline is told about its channels and windows; plain values, checked by the core when it is put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, asdict, dataclass
from typing import Any, Literal

__all__ = ["Channel", "Role", "Window"]

Role = Literal["vibration", "process", "slow", "context", "state", "ignore"]


@dataclass(frozen=True)
class Channel:
    """One named signal.

    Parameters
    ----------
    name : str
        Letters, digits, ``_`` and ``-``. Input data are matched by this name.
    rate_hz : float
        Nominal sampling rate in Hz. Channels of one rate are acquired together.
    unit : str, default=""
        Physical unit, for display.
    role : {"vibration", "process", "slow", "context", "state", "ignore"}, default="vibration"
        What the channel is for. It decides default features and the stuck-sensor check. A ``context`` channel
        (speed, load) says what normal looks like and is itself never scored.
    range_low, range_high : float, optional
        Measuring range in `unit`; samples at or beyond an end are counted as clipped.
    """

    name: str
    _: KW_ONLY
    rate_hz: float
    unit: str = ""
    role: Role = "vibration"
    range_low: float | None = None
    range_high: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The channel as the pipeline's JSON has it."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Window:
    """How signals are cut into windows.

    Parameters
    ----------
    length : str, int or list of those
        A time such as ``"100ms"`` or ``"2s"``, or a number of samples of the fastest channels. Several lengths are
        computed side by side and end together; features of all but the first are named ``channel@length.feature``.
    hop : str or int, optional
        Distance of windows in the same notation; default: the first length, so that windows do not overlap.
    min_valid_share : float, default=1.0
        Share of valid samples that every channel needs, or the window is not scored.
    """

    length: str | int | Sequence[str | int]
    hop: str | int | None = None
    min_valid_share: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """The window as the pipeline's JSON has it."""
        lengths = list(self.length) if isinstance(self.length, list | tuple) else [self.length]
        return {
            "length": [_notation(length, "length") for length in lengths],
            "hop": "" if self.hop is None else _notation(self.hop, "hop"),
            "min_valid_share": self.min_valid_share,
        }


def _notation(value: object, name: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f'Window: {name} is a time such as "100ms" or a whole number of samples, not {value!r}')
