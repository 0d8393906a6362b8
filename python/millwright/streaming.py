"""Signal stages, each a stream of its own: samples in, samples or frames out. Made by
python/generate_stages.py from the core's registry; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike

from ._signal_stage import SignalStage

__all__ = [
    "Envelope",
    "HighFrequencyEnergy",
    "PeakHold",
    "TeagerEnergy",
]


class Envelope(SignalStage):
    """Squared envelope of a frequency band, at a lower rate: the signal in which the impacts of a bearing fault repeat.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    f_lo_hz : float, default=500.0
        Lower edge of the band (0.001 to 1e+09; unit: Hz).
    f_hi_hz : float, default=0.0
        Upper edge of the band; 0: rate / 2 (0 to 1e+09; unit: Hz).
    squared : bool, default=True
        |z|^2; false: |z|.
    f_max_hz : float, default=0.0
        Highest frequency of the envelope that is wanted; 0: all that the band has (0 to 1e+09; unit: Hz).
    transition_hz : float, default=0.0
        Width of the band's slopes; 0: a quarter of the bandwidth, at most f_lo (0 to 1e+09; unit: Hz).
    """

    stage_id: ClassVar[str] = "envelope"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        f_lo_hz: float = 500.0,
        f_hi_hz: float = 0.0,
        squared: bool = True,
        f_max_hz: float = 0.0,
        transition_hz: float = 0.0,
    ) -> None:
        self._params = {
            "f_lo_hz": f_lo_hz,
            "f_hi_hz": f_hi_hz,
            "squared": squared,
            "f_max_hz": f_max_hz,
            "transition_hz": transition_hz,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class PeakHold(SignalStage):
    """Largest magnitude of a high-frequency band in each interval of a lower rate: keeps the height of short impacts.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    f_lo_hz : float, default=500.0
        Lower edge of the band (0.001 to 1e+09; unit: Hz).
    f_hi_hz : float, default=0.0
        Upper edge of the band; 0: rate / 2 (0 to 1e+09; unit: Hz).
    f_max_hz : float, default=500.0
        Highest frequency wanted of the result (1e-06 to 1e+09; unit: Hz).
    transition_hz : float, default=0.0
        Width of the band's slopes; 0: a quarter of the bandwidth, at most f_lo (0 to 1e+09; unit: Hz).
    """

    stage_id: ClassVar[str] = "peak_hold"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        f_lo_hz: float = 500.0,
        f_hi_hz: float = 0.0,
        f_max_hz: float = 500.0,
        transition_hz: float = 0.0,
    ) -> None:
        self._params = {"f_lo_hz": f_lo_hz, "f_hi_hz": f_hi_hz, "f_max_hz": f_max_hz, "transition_hz": transition_hz}
        self._prepare(rate_hz, columns, dtype, max_items)


class HighFrequencyEnergy(SignalStage):
    """Rms or peak-to-peak value of a high-frequency band in each interval: impacts, friction, lubrication.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    f_lo_hz : float, default=0.0
        Lower edge of the band; 0: rate / 4 (0 to 1e+09; unit: Hz).
    f_hi_hz : float, default=0.0
        Upper edge of the band; 0: rate / 2 (0 to 1e+09; unit: Hz).
    interval_s : float, default=0.1
        Time that one value stands for (1e-06 to 1e+06; unit: s).
    measure : {"rms", "peak_to_peak"}, default="rms"
        What is taken of each interval.
    transition_hz : float, default=0.0
        Width of the band's slopes; 0: a quarter of the bandwidth, at most f_lo (0 to 1e+09; unit: Hz).
    """

    stage_id: ClassVar[str] = "high_frequency_energy"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        f_lo_hz: float = 0.0,
        f_hi_hz: float = 0.0,
        interval_s: float = 0.1,
        measure: Literal["rms", "peak_to_peak"] = "rms",
        transition_hz: float = 0.0,
    ) -> None:
        self._params = {
            "f_lo_hz": f_lo_hz,
            "f_hi_hz": f_hi_hz,
            "interval_s": interval_s,
            "measure": measure,
            "transition_hz": transition_hz,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class TeagerEnergy(SignalStage):
    """Teager-Kaiser energy operator x[n]^2 - x[n-1] x[n+1]; lifts short impacts out of a smooth ground.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    """

    stage_id: ClassVar[str] = "teager_energy"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
    ) -> None:
        self._params = {}
        self._prepare(rate_hz, columns, dtype, max_items)
