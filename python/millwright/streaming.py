"""Signal stages, each a stream of its own: samples in, samples or frames out. Made by
python/generate_stages.py from the core's registry; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike

from ._signal_stage import SignalStage

__all__ = [
    "Decimator",
    "FirFilter",
    "Integrator",
    "OctaveFilterBank",
    "Resampler",
    "SosFilter",
    "TeagerEnergy",
    "VelocitySeverity",
]


class SosFilter(SignalStage):
    """IIR filter (Butterworth, Chebyshev or elliptic) of each column as second-order sections.

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
    family : {"butterworth", "chebyshev1", "chebyshev2", "elliptic"}, default="butterworth"
        Kind of prototype.
    band : {"lowpass", "highpass", "bandpass", "bandstop"}, default="bandpass"
        Which frequencies pass.
    order : int, default=4
        Order of the prototype; bandpass and bandstop have twice as many poles (1 to 20).
    low_hz : float, default=10.0
        Lower edge; a lowpass does not use it (0 to 1e+09; unit: Hz).
    high_hz : float, default=500.0
        Upper edge; a highpass does not use it (0 to 1e+09; unit: Hz).
    ripple_db : float, default=1.0
        Ripple in the pass band, dB: chebyshev1 and elliptic (1e-09 to 100).
    attenuation_db : float, default=40.0
        Attenuation in the stop band, dB: chebyshev2 and elliptic (1e-09 to 300).
    start : {"steady", "rest"}, default="steady"
        State before the first sample: steady as if it had always been there (no step at the start), or at rest.
    """

    stage_id: ClassVar[str] = "sos_filter"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        family: Literal["butterworth", "chebyshev1", "chebyshev2", "elliptic"] = "butterworth",
        band: Literal["lowpass", "highpass", "bandpass", "bandstop"] = "bandpass",
        order: int = 4,
        low_hz: float = 10.0,
        high_hz: float = 500.0,
        ripple_db: float = 1.0,
        attenuation_db: float = 40.0,
        start: Literal["steady", "rest"] = "steady",
    ) -> None:
        self._params = {
            "family": family,
            "band": band,
            "order": order,
            "low_hz": low_hz,
            "high_hz": high_hz,
            "ripple_db": ripple_db,
            "attenuation_db": attenuation_db,
            "start": start,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class FirFilter(SignalStage):
    """FIR filter of each column: window-method design with linear phase, or given taps.

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
    band : {"lowpass", "highpass", "bandpass", "bandstop"}, default="lowpass"
        Which frequencies pass.
    length : int, default=101
        Number of taps of the design (1 to 1.04858e+06; unit: samples).
    low_hz : float, default=10.0
        Lower edge, half amplitude; a lowpass does not use it (0 to 1e+09; unit: Hz).
    high_hz : float, default=500.0
        Upper edge, half amplitude; a highpass does not use it (0 to 1e+09; unit: Hz).
    window : str, default="hamming"
        Taper of the design, as hamming, hann or kaiser(beta=8.6).
    taps : sequence of float, default=()
        Taps of your own, first to last; empty: designed from the other settings.
    """

    stage_id: ClassVar[str] = "fir_filter"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        band: Literal["lowpass", "highpass", "bandpass", "bandstop"] = "lowpass",
        length: int = 101,
        low_hz: float = 10.0,
        high_hz: float = 500.0,
        window: str = "hamming",
        taps: Sequence[float] = (),
    ) -> None:
        self._params = {
            "band": band,
            "length": length,
            "low_hz": low_hz,
            "high_hz": high_hz,
            "window": window,
            "taps": taps,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class Decimator(SignalStage):
    """Keeps every factor-th sample of each column behind an anti-aliasing filter.

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
    factor : int, default=4
        Input rate over output rate (1 to 10000).
    ftype : {"fir", "iir"}, default="fir"
        Anti-aliasing filter: linear phase, or Chebyshev I.
    order : int, default=0
        Number of taps - 1, or order of the IIR filter (at most 20); 0: 20 factor, or 8 (0 to 524288).
    """

    stage_id: ClassVar[str] = "decimator"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        factor: int = 4,
        ftype: Literal["fir", "iir"] = "fir",
        order: int = 0,
    ) -> None:
        self._params = {"factor": factor, "ftype": ftype, "order": order}
        self._prepare(rate_hz, columns, dtype, max_items)


class Resampler(SignalStage):
    """Changes the sampling rate of each column by a ratio of integers, polyphase FIR.

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
    up : int, default=1
        The rate grows by up / down (1 to 10000).
    down : int, default=2
        The rate grows by up / down (1 to 10000).
    beta : float, default=5.0
        Of the Kaiser taper; larger: less aliasing, wider transition (0 to 50).
    """

    stage_id: ClassVar[str] = "resampler"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        up: int = 1,
        down: int = 2,
        beta: float = 5.0,
    ) -> None:
        self._params = {"up": up, "down": down, "beta": beta}
        self._prepare(rate_hz, columns, dtype, max_items)


class Integrator(SignalStage):
    """Acceleration to velocity or displacement of each column: highpass, trapezoid rule, lowpass.

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
    order : int, default=1
        How often to integrate: 1 velocity, 2 displacement (1 to 2).
    low_hz : float, default=10.0
        Highpass edge, -3 dB (1e-06 to 1e+09; unit: Hz).
    high_hz : float, default=1000.0
        Lowpass edge, -3 dB; half the sampling rate: no lowpass (1e-06 to 1e+09; unit: Hz).
    """

    stage_id: ClassVar[str] = "integrator"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        order: int = 1,
        low_hz: float = 10.0,
        high_hz: float = 1000.0,
    ) -> None:
        self._params = {"order": order, "low_hz": low_hz, "high_hz": high_hz}
        self._prepare(rate_hz, columns, dtype, max_items)


class VelocitySeverity(SignalStage):
    """Broad-band vibration velocity of each column, rms in mm/s over each interval.

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
    input_unit : {"m/s^2", "g", "mm/s"}, default="m/s^2"
        Unit of the input; mm/s is velocity already.
    low_hz : float, default=10.0
        Lower band edge, -3 dB; 2 below 600 rpm (0.1 to 1e+09; unit: Hz).
    high_hz : float, default=1000.0
        Upper band edge, -3 dB; half the sampling rate: no lowpass (0.1 to 1e+09; unit: Hz).
    interval_s : float, default=1.0
        Time that one value covers (0.001 to 86400; unit: s).
    settle_s : float, default=1.0
        Start of the stream that does not count, while the filters settle (0 to 3600; unit: s).
    """

    stage_id: ClassVar[str] = "velocity_severity"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        input_unit: Literal["m/s^2", "g", "mm/s"] = "m/s^2",
        low_hz: float = 10.0,
        high_hz: float = 1000.0,
        interval_s: float = 1.0,
        settle_s: float = 1.0,
    ) -> None:
        self._params = {
            "input_unit": input_unit,
            "low_hz": low_hz,
            "high_hz": high_hz,
            "interval_s": interval_s,
            "settle_s": settle_s,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class OctaveFilterBank(SignalStage):
    """Octave or third-octave band levels of each column over intervals, by a multirate filter bank.

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
    bands : {"octave", "third-octave"}, default="third-octave"
        Width of the bands.
    low_hz : float, default=10.0
        A frequency inside the lowest band (0.001 to 1e+09; unit: Hz).
    high_hz : float, default=0.0
        A frequency inside the highest band, whose upper edge must lie below 0.45 of the rate; 0: the highest that
        fits (0 to 1e+09; unit: Hz).
    interval_s : float, default=1.0
        Time that one set of levels covers (0.001 to 86400; unit: s).
    level : {"rms", "mean_square"}, default="rms"
        Quantity of a band.
    """

    stage_id: ClassVar[str] = "octave_filter_bank"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        bands: Literal["octave", "third-octave"] = "third-octave",
        low_hz: float = 10.0,
        high_hz: float = 0.0,
        interval_s: float = 1.0,
        level: Literal["rms", "mean_square"] = "rms",
    ) -> None:
        self._params = {"bands": bands, "low_hz": low_hz, "high_hz": high_hz, "interval_s": interval_s, "level": level}
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
