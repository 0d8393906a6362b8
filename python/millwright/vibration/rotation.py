"""Tacho, order tracking, synchronous averages and gears; the public names are in `millwright.vibration`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._typing import AnyArray, BoolArray, FloatArray, Int64Array

__all__ = [
    "AngleSignal",
    "GearCondition",
    "GearSignals",
    "OrderMap",
    "SpeedProfile",
    "TachoPulses",
    "gear_condition_metrics",
    "gear_signals",
    "order_map",
    "order_resample",
    "order_spectrum",
    "remove_average",
    "repair_pulses",
    "synchronous_average",
    "tacho_pulses",
    "tacho_speed",
    "tacholess_speed",
    "track_orders",
]


class TachoPulses(NamedTuple):
    """Pulses of a tacho, and what was repaired."""

    times: FloatArray
    """Seconds from the first sample."""
    inserted: BoolArray
    """Which of them were missing and put in."""
    inserted_count: int
    removed_count: int
    standstills: int
    """Gaps between pulses longer than `min_rpm` allows."""
    threshold: float
    hysteresis: float


class AngleSignal(NamedTuple):
    """A signal at uniform angle: sample k lies ``k / samples_per_revolution`` revolutions after the first pulse."""

    values: AnyArray
    times: FloatArray
    """Seconds of each value."""
    rpm: FloatArray
    """Speed of the analysed shaft at each value."""
    samples_per_revolution: int
    repairs: int
    """Pulses put in or taken out."""


class OrderMap(NamedTuple):
    """Amplitudes over frames and orders."""

    orders: FloatArray
    amplitude: AnyArray
    """Of shape (frames, orders)."""
    positions: Int64Array
    """Sample at the middle of each frame: an index into `AngleSignal.times` and `AngleSignal.rpm`."""


class SpeedProfile(NamedTuple):
    """Speed over time."""

    times: FloatArray
    rpm: FloatArray
    frequency: FloatArray
    """Of the component that was followed, in Hz."""
    amplitude: FloatArray
    """Of that component: where it fades, the speed is a guess."""


class GearSignals(NamedTuple):
    """Parts of a time-synchronous average: ``average = mean + regular + difference``."""

    regular: AnyArray
    residual: AnyArray
    difference: AnyArray


class GearCondition(NamedTuple):
    """Condition of a gear, one value for each average; `docs/gears.md` has the formulas."""

    rms: FloatArray
    kurtosis: FloatArray
    crest_factor: FloatArray
    fm0: FloatArray
    fm4: FloatArray
    m6a: FloatArray
    m8a: FloatArray
    energy_ratio: FloatArray
    sideband_index: FloatArray
    sideband_level_factor: FloatArray
    na4: FloatArray
    nb4: FloatArray


def _samples(x: ArrayLike) -> AnyArray:
    """`x` as one row of contiguous float32 or float64."""
    array = np.asarray(x)
    if array.ndim != 1:
        raise ValueError(f"expected one row of samples, got shape {array.shape}")
    return np.ascontiguousarray(array, np.float32 if array.dtype == np.float32 else np.float64)


def _times(values: ArrayLike) -> FloatArray:
    return np.ascontiguousarray(np.atleast_1d(np.asarray(values, np.float64)))


def _options(
    pulses_per_revolution: float = 1,
    edge: Literal["rising", "falling"] = "rising",
    threshold: float | None = None,
    hysteresis: float | None = None,
    min_rpm: float = 60.0,
    max_rpm: float = 30_000.0,
    repair_periods: int = 5,
) -> dict[str, Any]:
    if edge not in ("rising", "falling"):
        raise ValueError(f"edge is {edge!r}; give 'rising' or 'falling'")
    return {
        "pulses_per_revolution": float(pulses_per_revolution),
        "falling": edge == "falling",
        "threshold": threshold,
        "hysteresis": hysteresis,
        "min_rpm": float(min_rpm),
        "max_rpm": float(max_rpm),
        "repair_periods": repair_periods,
    }


def _pulses(found: dict[str, Any]) -> TachoPulses:
    return TachoPulses(**{**found, "inserted": found["inserted"].astype(bool)})


def tacho_pulses(
    x: ArrayLike,
    rate: float,
    *,
    pulses_per_revolution: float = 1,
    edge: Literal["rising", "falling"] = "rising",
    threshold: float | None = None,
    hysteresis: float | None = None,
    min_rpm: float = 60.0,
    max_rpm: float = 30_000.0,
    repair_periods: int = 5,
) -> TachoPulses:
    """Times of the pulses of a tacho signal, missing ones put in and superfluous ones taken out.

    A pulse is where the straight line between two samples crosses the threshold. A period counts as wrong when it differs
    from the median of its neighbours by more than 3 robust standard deviations and more than a quarter of the median.

    Parameters
    ----------
    x : array_like of shape (n,)
        Tacho signal.
    rate : float
        Samples per second.
    pulses_per_revolution : float, default=1
        Marks on the shaft.
    edge : {"rising", "falling"}
        Edge of a pulse that counts.
    threshold, hysteresis : float, optional
        Level whose crossing is the time of a pulse, and by how much the signal must swing about it. By default half way
        between the 1st and 99th percentile, and 40 % of the swing; from the extremes when pulses are very short.
    min_rpm, max_rpm : float
        Speeds of the shaft with the tacho that are believed: a longer gap is a standstill, a shorter one no pulse.
    repair_periods : int, default=5
        Periods on either side that say what a normal period is; 0 repairs nothing.

    Raises
    ------
    ValueError
        If there is no pulse, the signal is constant, or a setting is out of range.

    Examples
    --------
    >>> t = np.arange(2000) / 1000
    >>> pulses = tacho_pulses((t * 10 % 1 < 0.2).astype(float), 1000)
    >>> len(pulses.times), pulses.inserted_count, pulses.removed_count
    (19, 0, 0)
    """
    options = _options(pulses_per_revolution, edge, threshold, hysteresis, min_rpm, max_rpm, repair_periods)
    return _pulses(_core.tacho_pulses(_samples(x), float(rate), options))


def repair_pulses(
    times: ArrayLike,
    *,
    pulses_per_revolution: float = 1,
    min_rpm: float = 60.0,
    max_rpm: float = 30_000.0,
    repair_periods: int = 5,
) -> TachoPulses:
    """Repairs pulses whose times a counter measured; see `tacho_pulses` for the rule and the settings.

    Parameters
    ----------
    times : array_like
        Seconds, increasing.

    Examples
    --------
    >>> times = np.delete(np.arange(20) / 10, 7)
    >>> repaired = repair_pulses(times)
    >>> repaired.inserted_count, round(float(repaired.times[7]), 6)
    (1, 0.7)
    """
    options = _options(pulses_per_revolution, min_rpm=min_rpm, max_rpm=max_rpm, repair_periods=repair_periods)
    return _pulses(_core.repair_pulses(_times(times), options))


def tacho_speed(
    pulse_times: ArrayLike, at: ArrayLike, *, pulses_per_revolution: float = 1, gear_ratio: float = 1.0
) -> FloatArray:
    """Speed in revolutions per minute at the times `at`.

    It is the derivative of the monotone piecewise cubic through the phase at the pulses, so a constant acceleration comes
    out exactly. Before the first pulse and after the last one the speed there holds.

    Parameters
    ----------
    pulse_times : array_like
        Seconds, increasing; at least two.
    at : array_like
        Seconds at which the speed is wanted.
    pulses_per_revolution : float, default=1
    gear_ratio : float, default=1.0
        Turns of the shaft of interest for one turn of the shaft with the tacho.

    Examples
    --------
    >>> tacho_speed([0.0, 0.1, 0.2, 0.3], [0.05, 0.25]).round(6)
    array([600., 600.])
    """
    return _core.tacho_speed(_times(pulse_times), _times(at), float(pulses_per_revolution), float(gear_ratio))


def order_resample(
    x: ArrayLike,
    rate: float,
    samples_per_revolution: int = 256,
    *,
    tacho: ArrayLike | None = None,
    pulse_times: ArrayLike | None = None,
    rpm: ArrayLike | None = None,
    rpm_times: ArrayLike | None = None,
    gear_ratio: float = 1.0,
    pulses_per_revolution: float = 1,
    edge: Literal["rising", "falling"] = "rising",
    threshold: float | None = None,
    hysteresis: float | None = None,
    min_rpm: float = 60.0,
    max_rpm: float = 30_000.0,
    repair_periods: int = 5,
) -> AngleSignal:
    """Computed order tracking: resamples a signal from uniform time to uniform angle of a shaft.

    The angle comes from exactly one of `tacho`, `pulse_times` and `rpm`. The phase between pulses is a monotone piecewise
    cubic; values come from a Kaiser-windowed sinc that follows the speed, so that nothing folds into orders below 0.39
    `samples_per_revolution`.

    Parameters
    ----------
    x : array_like of shape (n,)
        Signal. Float32 stays float32.
    rate : float
        Samples per second.
    samples_per_revolution : int, default=256
        At least 2.56 times the highest order of interest.
    tacho : array_like of shape (n,), optional
        Tacho signal, sampled with `x`; pulses are found and repaired as in `tacho_pulses`. The result begins at the first
        pulse and ends before the last.
    pulse_times : array_like, optional
        Seconds of the pulses, taken as they are, none outside the signal.
    rpm : array_like or float, optional
        Speed of the reference shaft at `rpm_times`, or for each sample of `x` when there are none; linear in between.
    rpm_times : array_like, optional
        Seconds, covering the signal.
    gear_ratio : float, default=1.0
        Turns of the analysed shaft for one turn of the reference shaft.
    pulses_per_revolution, edge, threshold, hysteresis, min_rpm, max_rpm, repair_periods
        As in `tacho_pulses`.

    Raises
    ------
    ValueError
        If there are fewer than two pulses, lengths do not fit, times do not increase, the speed leaves `min_rpm` ..
        `max_rpm`, or the shaft stands between pulses.

    References
    ----------
    K. R. Fyfe and E. D. S. Munck, "Analysis of computed order tracking", MSSP 11 (1997).

    Examples
    --------
    >>> t = np.arange(8192) / 4096
    >>> x = np.cos(2 * np.pi * 3 * (10 * t + t**2))
    >>> turned = order_resample(x, 4096, 64, rpm=60 * (10 + 2 * t))
    >>> orders, amplitude = order_spectrum(turned.values[: 16 * 64], 64)
    >>> float(orders[amplitude.argmax()])
    3.0
    """
    samples = _samples(x)
    options = _options(pulses_per_revolution, edge, threshold, hysteresis, min_rpm, max_rpm, repair_periods)
    if sum(given is not None for given in (tacho, pulse_times, rpm)) != 1:
        raise ValueError("give exactly one of tacho, pulse_times and rpm")
    if tacho is not None:
        other = _samples(tacho).astype(samples.dtype, copy=False)
        found = _core.order_resample(samples, other, float(rate), samples_per_revolution, options, float(gear_ratio))
    elif pulse_times is not None:
        found = _core.order_resample_pulses(
            samples, _times(pulse_times), float(rate), samples_per_revolution, options, float(gear_ratio)
        )
    else:
        speeds = _times(rpm if rpm is not None else ())
        if rpm_times is not None:
            times = _times(rpm_times)
        elif speeds.size in (1, samples.size):
            times = np.arange(speeds.size) / rate
        else:
            raise ValueError(f"there are {speeds.size} speeds for {samples.size} samples; give rpm_times")
        found = _core.order_resample_speed(
            samples, times, speeds, float(rate), samples_per_revolution, options, float(gear_ratio)
        )
    return AngleSignal(*found)


def order_spectrum(
    x: ArrayLike,
    samples_per_revolution: int,
    *,
    revolutions: int | None = None,
    overlap: float = 0.5,
    taper: str = "hann",
) -> tuple[FloatArray, AnyArray]:
    """Amplitude over order of a signal at uniform angle.

    Parameters
    ----------
    x : array_like of shape (n,)
        `AngleSignal.values`.
    samples_per_revolution : int
    revolutions : int, optional
        Turns in a frame; the spectra of the frames are averaged (mean power). All samples in one frame by default. The
        order resolution is one over the number of turns.
    overlap : float, default=0.5
        Share of a frame that the next one repeats.
    taper : str, default="hann"
        A window of `scipy.signal.get_window`; "flattop" for amplitudes true between bins.

    Returns
    -------
    orders : ndarray
    amplitude : ndarray
        Amplitude, not rms, of a sinusoid at each order.
    """
    orders, amplitude, _ = _core.order_map(
        _samples(x), samples_per_revolution, revolutions or 0, float(overlap), taper, True
    )
    return orders, amplitude[0]


def order_map(
    x: ArrayLike, samples_per_revolution: int, revolutions: int = 10, *, overlap: float = 0.5, taper: str = "hann"
) -> OrderMap:
    """Amplitude over order and time: the order spectrum of each frame of `revolutions` turns.

    See `order_spectrum` for the parameters."""
    orders, amplitude, positions = _core.order_map(
        _samples(x), samples_per_revolution, revolutions, float(overlap), taper, False
    )
    return OrderMap(orders, amplitude, positions)


def track_orders(
    x: ArrayLike,
    samples_per_revolution: int,
    orders: Sequence[float],
    revolutions: int = 10,
    *,
    overlap: float = 0.5,
    taper: str = "hann",
) -> OrderMap:
    """Amplitude of chosen orders over time. The orders need not fall on bins.

    See `order_spectrum` for the other parameters."""
    found, amplitude, positions = _core.track_orders(
        _samples(x), samples_per_revolution, [float(o) for o in orders], revolutions, float(overlap), taper
    )
    return OrderMap(found, amplitude, positions)


def synchronous_average(x: ArrayLike, samples_per_revolution: int, revolutions: int | None = None) -> AnyArray:
    """Time-synchronous average: the mean turn of a signal at uniform angle.

    What turns with the shaft stays, everything else falls by one over the square root of the number of turns. A turn with
    a value that is not finite is left out.

    Parameters
    ----------
    x : array_like of shape (n,)
        `AngleSignal.values`.
    samples_per_revolution : int
    revolutions : int, optional
        Turns in each mean; then the result has a row for each, the last one perhaps of fewer. All whole turns by default.

    Returns
    -------
    ndarray of shape (samples_per_revolution,), or (rows, samples_per_revolution) with `revolutions`

    References
    ----------
    P. D. McFadden, "A revised model for the extraction of periodic waveforms by time domain averaging", MSSP 1 (1987).

    Examples
    --------
    >>> synchronous_average([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2)
    array([3., 4.])
    """
    frames = _core.average_turns(_samples(x), samples_per_revolution, revolutions or 0)
    return frames if revolutions else frames[0]


def remove_average(x: ArrayLike, average: ArrayLike) -> AnyArray:
    """The part of a signal at uniform angle that does not turn with the shaft: `x` less `average` at its angle."""
    samples = _samples(x)
    return _core.remove_average(samples, _samples(average).astype(samples.dtype, copy=False))


def _gear(
    teeth: int | Sequence[int], shaft_harmonics: int, mesh_harmonics: int | None, sidebands: int, half_band: int | None
) -> dict[str, Any]:
    return {
        "teeth": [int(n) for n in np.atleast_1d(teeth)],
        "shaft_harmonics": shaft_harmonics,
        "mesh_harmonics": mesh_harmonics or 0,
        "sidebands": sidebands,
        "half_band": half_band or 0,
    }


def gear_signals(
    average: ArrayLike,
    teeth: int | Sequence[int],
    *,
    shaft_harmonics: int = 2,
    mesh_harmonics: int | None = None,
    sidebands: int = 1,
) -> GearSignals:
    """Splits a time-synchronous average into regular, residual and difference signal.

    Parameters
    ----------
    average : array_like of shape (samples_per_revolution,)
        One turn, of `synchronous_average`.
    teeth : int or sequence of int
        Teeth of the gear, or of each gear, on the averaged shaft.
    shaft_harmonics : int, default=2
        Orders 1 .. shaft_harmonics are regular.
    mesh_harmonics : int, optional
        Harmonics of each meshing order that are regular; all by default.
    sidebands : int, default=1
        Orders on either side of each of these that are regular.

    Returns
    -------
    GearSignals
        `regular`: shaft and meshing harmonics with their sidebands. `residual`: the average less its mean, shaft and
        meshing harmonics. `difference`: the residual less the sidebands too.
    """
    gear = _gear(teeth, shaft_harmonics, mesh_harmonics, sidebands, None)
    return GearSignals(*_core.gear_signals(_samples(average), gear))


def gear_condition_metrics(
    averages: ArrayLike,
    teeth: int | Sequence[int],
    *,
    shaft_harmonics: int = 2,
    mesh_harmonics: int | None = None,
    sidebands: int = 1,
    half_band: int | None = None,
) -> GearCondition:
    """Condition of a gear from its time-synchronous averages, in the order of the run.

    Parameters
    ----------
    averages : array_like of shape (samples_per_revolution,) or (runs, samples_per_revolution)
        `na4` and `nb4` compare each one with the mean of the run so far.
    teeth : int or sequence of int
        Teeth of each gear on the shaft; FM0's sidebands and NB4 take the first.
    shaft_harmonics, mesh_harmonics, sidebands
        As in `gear_signals`.
    half_band : int, optional
        Half width, in orders, of the band about the meshing order for NB4; half the teeth by default.

    Returns
    -------
    GearCondition
        NaN where a value is not defined, for example `fm4` of an average without any difference signal.

    References
    ----------
    P. D. Samuel and D. J. Pines, "A review of vibration-based techniques for helicopter transmission diagnostics", JSV 282
    (2005).
    """
    rows = np.atleast_2d(np.asarray(averages))
    if rows.ndim != 2:
        raise ValueError(f"expected averages of shape (runs, samples), got {rows.shape}")
    gear = _gear(teeth, shaft_harmonics, mesh_harmonics, sidebands, half_band)
    return GearCondition(**_core.gear_condition_metrics(_samples(rows.ravel()), rows.shape[1], gear))


def tacholess_speed(
    x: ArrayLike,
    rate: float,
    f_start: float | None = None,
    f_range: tuple[float, float] = (0.0, 0.0),
    *,
    order: float = 1.0,
    search: float | None = None,
    max_slope: float | None = None,
    frame: float | None = None,
) -> SpeedProfile:
    """Speed from the vibration itself: follows the ridge of one harmonic, then demodulates its phase.

    Parameters
    ----------
    x : array_like of shape (n,)
    rate : float
        Samples per second.
    f_start : float, optional
        Frequency of the harmonic at the start, in Hz; the strongest component of the band by default.
    f_range : (low, high)
        Band in Hz in which the harmonic stays.
    order : float, default=1.0
        Of the harmonic: 1 for the shaft itself, the number of teeth for a meshing frequency.
    search : float, optional
        Half width in Hz of the search about `f_start`; 10 % of it by default.
    max_slope : float, optional
        Fastest change in Hz/s; by default the whole band in a third of the signal. A true value makes the ridge robust
        and the frames longer.
    frame : float, optional
        Seconds of a frame of the spectrogram and of the low-pass; by default ``sqrt(2 / max_slope)``, at least 6 periods of `low`.

    Returns
    -------
    SpeedProfile
        From the first sample to the last; `times` and `rpm` go into ``order_resample(..., rpm=rpm, rpm_times=times)``.

    References
    ----------
    J. Urbanek, T. Barszcz and J. Antoni, "A two-step procedure for estimation of instantaneous rotational speed with large
    fluctuations", MSSP 38 (2013).
    """
    low, high = f_range
    return SpeedProfile(
        *_core.tacholess_speed(
            _samples(x),
            float(rate),
            float(order),
            float(f_start or 0.0),
            float(search or 0.0),
            float(low),
            float(high),
            float(max_slope or 0.0),
            float(frame or 0.0),
        )
    )
