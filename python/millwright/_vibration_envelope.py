"""Envelope analysis and bearing faults; the public names are in `millwright.vibration`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from . import _core, streaming
from ._signal_stage import SignalStage
from ._typing import AnyArray, FloatArray
from .physics import Bearing

__all__ = [
    "FaultBand",
    "Kurtogram",
    "bearing_fault_frequencies",
    "cepstral_prewhitening",
    "choose_band",
    "envelope",
    "envelope_spectrum",
    "fast_kurtogram",
    "fault_band_metrics",
    "fault_bands",
    "fault_snr",
    "gear_mesh_frequencies",
    "harmonic_energy",
    "harmonic_lines",
    "high_frequency_energy",
    "peak_hold",
    "sideband_ratio",
]


def _frames(x: ArrayLike) -> tuple[AnyArray, tuple[int, ...]]:
    """`x` as C-contiguous float32 or float64 of shape (rows, samples), and its shape without the last axis."""
    array = np.asarray(x)
    if array.dtype != np.float32:
        array = array.astype(np.float64, copy=False)
    if array.ndim == 0:
        raise ValueError("expected an array of samples, got a single number")
    if array.size == 0:
        raise ValueError("the array of samples is empty")
    return np.ascontiguousarray(array.reshape(-1, array.shape[-1])), array.shape[:-1]


def _edges(band: tuple[float, float] | None) -> tuple[float, float]:
    """Both edges; (0, 0) for all frequencies, as the core has it."""
    if band is None:
        return 0.0, 0.0
    f_lo, f_hi = band
    if not 0.0 <= f_lo < f_hi:
        raise ValueError(f"the band is (f_lo, f_hi) with 0 <= f_lo < f_hi, got {band}")
    return float(f_lo), float(f_hi)


def envelope_spectrum(
    x: ArrayLike,
    rate: float,
    band: tuple[float, float] | None = None,
    squared: bool = True,
    *,
    prewhiten: bool = False,
) -> tuple[FloatArray, AnyArray]:
    """Spectrum of the envelope of a frequency band, along the last axis.

    The band is cut out of the spectrum of `x`, its analytic signal z taken, then \\|z\\|² less its mean, a periodic Hann
    taper and an FFT. Lines show at the rates at which something repeats in the band: at a bearing's fault frequencies
    when it is damaged.

    Parameters
    ----------
    x : array_like
        Samples; every frame of the last axis on its own. Float32 stays float32.
    rate : float
        Samples per second.
    band : (f_lo, f_hi), optional
        Band in Hz, edges included; all frequencies when not given. `choose_band` finds one.
    squared : bool, default=True
        \\|z\\|², in the square of the unit of `x`; False: \\|z\\|.
    prewhiten : bool, default=False
        Cepstral pre-whitening first, see `cepstral_prewhitening`.

    Returns
    -------
    frequencies : ndarray
        From 0 in steps of ``rate / samples``; for the squared envelope up to the width of the band or a little more,
        beyond which there is nothing; else to ``rate / 2``.
    magnitude : ndarray
        FFT magnitude divided by the sum of the taper: a component ``a cos`` of the envelope reads a / 2.

    References
    ----------
    R. B. Randall and J. Antoni, "Rolling element bearing diagnostics - a tutorial", MSSP 25 (2011).

    Examples
    --------
    >>> t = np.arange(4096) / 4096
    >>> x = (1 + 0.5 * np.cos(2 * np.pi * 32 * t)) * np.cos(2 * np.pi * 1000 * t)
    >>> f, magnitude = envelope_spectrum(x, 4096, (800, 1200), squared=False)
    >>> float(f[magnitude.argmax()]), round(float(magnitude.max()), 6)
    (32.0, 0.25)
    """
    frames, shape = _frames(x)
    magnitude, spacing = _core.envelope_spectra(frames, float(rate), *_edges(band), squared, prewhiten)
    frequencies: FloatArray = np.arange(magnitude.shape[1], dtype=np.float64) * spacing
    return frequencies, magnitude.reshape(*shape, magnitude.shape[1])


def cepstral_prewhitening(x: ArrayLike) -> AnyArray:
    """IFFT(X / \\|X\\|) along the last axis: every spectral line gets the same weight.

    Shaft and gear harmonics, which are strong but few, all but vanish; the impulses of a bearing, which spread over many
    lines, stay. Bins that are no more than rounding noise become 0.

    Parameters
    ----------
    x : array_like
        Samples; every frame of the last axis on its own.

    Returns
    -------
    ndarray
        Same shape; rms ``1 / sqrt(samples)`` whatever the input.

    References
    ----------
    P. Borghesani et al., "Application of cepstrum pre-whitening for the diagnosis of bearing faults under variable speed
    conditions", MSSP 36 (2013).
    """
    frames, shape = _frames(x)
    return _core.prewhiten(frames).reshape(*shape, frames.shape[1])


def _stream(kind: Callable[..., SignalStage], x: ArrayLike, rate: float, **params: Any) -> tuple[AnyArray, float]:
    """Runs a signal stage over `x`, samples along the last axis."""
    frames, shape = _frames(x)
    stage = kind(rate_hz=float(rate), columns=frames.shape[0], dtype=frames.dtype, **params)
    rows = stage.run(frames[0] if frames.shape[0] == 1 else frames.T)
    return rows.T.reshape(*shape, -1), stage.output_rate_hz


def envelope(
    x: ArrayLike, rate: float, band: tuple[float, float], squared: bool = True, *, f_max: float = 0.0
) -> tuple[AnyArray, float]:
    """Envelope of a frequency band as a signal, along the last axis, by the filters of `millwright.streaming.Envelope`.

    Parameters
    ----------
    x : array_like
        Samples.
    rate : float
        Samples per second.
    band : (f_lo, f_hi)
        Band in Hz, 0 < f_lo; its edges are the -6 dB points of the filter.
    squared : bool, default=True
        \\|z\\|²; False: \\|z\\|.
    f_max : float, default=0.0
        Highest frequency of the envelope that is wanted; 0: all that the band has.

    Returns
    -------
    envelope : ndarray
        A tone of amplitude a in the band gives a² (or a). Late by the delay of the filters; the start is their run-in.
    envelope_rate : float
        Values per second.
    """
    f_lo, f_hi = _edges(band)
    return _stream(streaming.Envelope, x, rate, f_lo_hz=f_lo, f_hi_hz=f_hi, squared=squared, f_max_hz=float(f_max))


def peak_hold(
    x: ArrayLike, rate: float, band: tuple[float, float] | float = 500.0, f_max: float = 500.0
) -> tuple[AnyArray, float]:
    """Largest magnitude of a high-frequency band in each interval of a lower rate, along the last axis.

    Averaging loses a short impact; this keeps its height, so that slow bearings show. See
    `millwright.streaming.PeakHold`.

    Parameters
    ----------
    x : array_like
        Samples.
    rate : float
        Samples per second.
    band : (f_lo, f_hi) or float, default=500.0
        Band in Hz, or the edge of a high-pass.
    f_max : float, default=500.0
        Highest frequency wanted of the result; decides its rate.

    Returns
    -------
    peaks : ndarray
    peak_rate : float
        Values per second, at least 2.56 f_max.
    """
    f_lo, f_hi = (float(band), 0.0) if isinstance(band, (int, float)) else _edges(band)
    return _stream(streaming.PeakHold, x, rate, f_lo_hz=f_lo, f_hi_hz=f_hi, f_max_hz=float(f_max))


def high_frequency_energy(
    x: ArrayLike,
    rate: float,
    band: tuple[float, float] | float,
    interval: float = 0.1,
    measure: Literal["rms", "peak_to_peak"] = "rms",
) -> tuple[AnyArray, float]:
    """Rms or peak-to-peak value of a high-frequency band in each interval, along the last axis.

    Rises with impacts, friction and lack of lubricant. See `millwright.streaming.HighFrequencyEnergy`.

    Parameters
    ----------
    x : array_like
        Samples.
    rate : float
        Samples per second.
    band : (f_lo, f_hi) or float
        Band in Hz, or the edge of a high-pass; often 5 kHz upwards.
    interval : float, default=0.1
        Time in seconds that one value stands for.
    measure : {"rms", "peak_to_peak"}, default="rms"
        What is taken of each interval.

    Returns
    -------
    level : ndarray
        In the unit of `x`.
    level_rate : float
        Values per second.
    """
    f_lo, f_hi = (float(band), 0.0) if isinstance(band, (int, float)) else _edges(band)
    return _stream(
        streaming.HighFrequencyEnergy, x, rate, f_lo_hz=f_lo, f_hi_hz=f_hi, interval_s=float(interval), measure=measure
    )


@dataclass(frozen=True)
class Kurtogram:
    """Spectral kurtosis in bands that halve and third the spectrum.

    Attributes
    ----------
    levels : ndarray
        log2(rate / 2 / bandwidth) of each row: 0, 1, 1.58, 2, 2.58, ...
    bandwidths : ndarray
        In Hz.
    kurtosis : list of ndarray
        One array a row; band i of a row reaches from i to i + 1 bandwidths. 0 for Gaussian noise, never below.
    band : (f_lo, f_hi)
        The most impulsive band, in Hz.
    max_kurtosis : float
        In that band.
    """

    levels: FloatArray
    bandwidths: FloatArray
    kurtosis: list[FloatArray]
    band: tuple[float, float]
    max_kurtosis: float

    @property
    def center(self) -> float:
        """Middle of the band, in Hz."""
        return 0.5 * (self.band[0] + self.band[1])

    @property
    def bandwidth(self) -> float:
        """Width of the band, in Hz."""
        return self.band[1] - self.band[0]

    def image(self) -> FloatArray:
        """Rows of equal length, for a picture: (levels, frequencies), frequencies evenly from 0 to rate / 2."""
        columns = 3 * max(len(row) for row in self.kurtosis)
        return np.stack([np.repeat(row, columns // len(row)) for row in self.kurtosis])


def _kurtogram(found: tuple[list[tuple[float, float, FloatArray]], tuple[float, float, float]]) -> Kurtogram:
    rows, (f_lo, f_hi, kurtosis) = found
    levels, bandwidths, values = zip(*rows, strict=True)
    return Kurtogram(np.array(levels), np.array(bandwidths), list(values), (f_lo, f_hi), kurtosis)


def fast_kurtogram(x: ArrayLike, rate: float, levels: int | None = None) -> Kurtogram:
    """Fast kurtogram of one record: in which band is the signal most impulsive?

    A single impact is enough to win, and so is chance in one of the many narrow bands when the impulses are weak:
    at -10 dB, 1 s long, one simulated record in four. `choose_band` over several records, or with a smallest bandwidth,
    is the remedy, and gives a band that is kept.

    Parameters
    ----------
    x : array_like of shape (samples,)
    rate : float
        Samples per second.
    levels : int, optional
        Number of halvings; ``floor(log2(samples)) - 7`` when not given.

    Returns
    -------
    Kurtogram

    References
    ----------
    J. Antoni, "Fast computation of the kurtogram for the detection of transient faults", MSSP 21 (2007).
    """
    frames, shape = _frames(x)
    if shape != ():
        raise ValueError(f"expected one record of shape (samples,), got shape {np.shape(x)}")
    return _kurtogram(_core.fast_kurtogram(frames[0], float(rate), levels or 0))


def choose_band(
    records: ArrayLike | Iterable[ArrayLike],
    rate: float,
    *,
    f_min: float = 0.0,
    f_max: float | None = None,
    min_bandwidth: float = 0.0,
    levels: int | None = None,
) -> Kurtogram:
    """The band for envelope analysis, found once from several records and then kept.

    Takes the largest median of the records' kurtograms, so that an impact in fewer than half of them decides nothing.
    Keep the result in the names of the features (``f_lo=..., f_hi=...``): a band that changes from window to window
    makes a feature that changes with it.

    Parameters
    ----------
    records : array_like of shape (records, samples), or a sequence of records of any length
    rate : float
        Samples per second.
    f_min, f_max : float, optional
        The band lies between these, in Hz; by default anywhere.
    min_bandwidth : float, default=0.0
        In Hz; three times the highest fault frequency lets three of its harmonics through.
    levels : int, optional
        As for `fast_kurtogram`, of the shortest record.

    Returns
    -------
    Kurtogram
        Of the medians; ``.band`` is the answer.
    """
    arrays = [np.ascontiguousarray(record, dtype=np.float64) for record in _records(records)]
    if any(array.ndim != 1 for array in arrays):
        raise ValueError("expected records of shape (samples,)")
    return _kurtogram(
        _core.choose_band(arrays, float(rate), float(f_min), float(f_max or 0.0), float(min_bandwidth), levels or 0)
    )


def _records(records: ArrayLike | Iterable[ArrayLike]) -> list[ArrayLike]:
    """The records one by one; a single record counts as a list of one."""
    if isinstance(records, np.ndarray) and records.ndim == 1 and records.dtype != object:
        return [records]
    return list(records)  # type: ignore[arg-type]


def bearing_fault_frequencies(
    bearing: Bearing | str, speed: float = 1.0, *, outer_speed: float = 0.0
) -> dict[str, float]:
    """Fault frequencies of a bearing, in the unit of the speed: Hz for revolutions per second, orders for 1.

    Parameters
    ----------
    bearing : Bearing or str
        Geometry, or a name that `Bearing.from_name` knows.
    speed : float, default=1.0
        Speed of the inner race, which is the shaft's in most machines.
    outer_speed : float, default=0.0
        Speed of the outer race.

    Returns
    -------
    dict
        bpfo (outer race), bpfi (inner race), bsf (a fault on a rolling element shows at twice this), ftf (cage).

    Examples
    --------
    >>> round(bearing_fault_frequencies("6205", 1797 / 60)["bpfo"], 1)
    107.4
    """
    found = Bearing.from_name(bearing) if isinstance(bearing, str) else bearing
    return found.frequencies(60 * speed, 60 * outer_speed)


def gear_mesh_frequencies(input_teeth: int, output_teeth: int, speed: float = 1.0) -> dict[str, float]:
    """Frequencies of a pair of gears, in the unit of the speed of the driving shaft.

    Parameters
    ----------
    input_teeth, output_teeth : int
        Teeth of the driving and of the driven wheel.
    speed : float, default=1.0
        Speed of the driving shaft.

    Returns
    -------
    dict
        input, output (shafts: the distances of sidebands), mesh, assembly_phase, hunting_tooth.
    """
    return _core.gear_mesh_frequencies(input_teeth, output_teeth, float(speed))


class FaultBand(NamedTuple):
    """A band of a spectrum to look into, in the unit of the frequencies it was made from."""

    low: float
    center: float
    high: float
    line: str
    harmonic: int
    sideband: int


def fault_bands(
    frequencies: Mapping[str, float] | ArrayLike,
    harmonics: Sequence[int] | int = (1, 2, 3),
    sidebands: int = 0,
    *,
    sideband_spacing: float = 0.0,
    width: float = 0.0,
) -> list[FaultBand]:
    """Bands about the harmonics and sidebands of fault frequencies.

    Parameters
    ----------
    frequencies : dict or array_like
        In Hz or orders; a dict as from `bearing_fault_frequencies` names the lines.
    harmonics : sequence of int or int, default=(1, 2, 3)
        Which multiples; a number n means 1 to n.
    sidebands : int, default=0
        Pairs about each harmonic.
    sideband_spacing : float
        Their distance: the shaft's frequency for an inner race, FTF for rolling elements.
    width : float, default=0.0
        Of a band; 0: 4 % of its centre, for the slip of a bearing.

    Returns
    -------
    list of FaultBand
        In order of line, harmonic and sideband.
    """
    if isinstance(frequencies, Mapping):
        names, values = list(frequencies), [float(v) for v in frequencies.values()]
    else:
        values = [float(v) for v in np.atleast_1d(np.asarray(frequencies, dtype=np.float64))]
        names = [f"{v:g}" for v in values]
    wanted = list(range(1, harmonics + 1)) if isinstance(harmonics, int) else [int(h) for h in harmonics]
    rows = _core.fault_bands(values, wanted, sidebands, float(sideband_spacing), float(width))
    return [FaultBand(low, center, high, names[line], h, s) for low, center, high, line, h, s in rows]


def _lines(
    frequencies: ArrayLike,
    spectrum: ArrayLike,
    power: bool = False,
    energy_scale: float = 4 / 3,
    tolerance: float = 0.02,
    background: float = 0.05,
) -> tuple[FloatArray, float, bool, float, float, float]:
    """A spectrum as the core takes it; checks that its frequencies are those of bins."""
    f = np.asarray(frequencies, dtype=np.float64)
    values = np.ascontiguousarray(spectrum, dtype=np.float64)
    if f.ndim != 1 or f.shape != values.shape or f.size < 2:
        raise ValueError(f"expected two arrays of one length, at least 2, got shapes {f.shape} and {values.shape}")
    spacing = float(f[-1]) / (f.size - 1)
    if not np.allclose(f, np.arange(f.size) * spacing, rtol=0.0, atol=1e-3 * abs(spacing)):
        raise ValueError("the frequencies must start at 0 and be evenly spaced")
    return values, spacing, power, energy_scale, tolerance, background


def fault_band_metrics(
    frequencies: ArrayLike, spectrum: ArrayLike, bands: Sequence[FaultBand], *, power: bool = False
) -> dict[str, FloatArray]:
    """Peak and energy of a spectrum in each band.

    Parameters
    ----------
    frequencies, spectrum : array_like of shape (bins,)
        As from `envelope_spectrum`, or of orders; frequencies evenly spaced from 0.
    bands : sequence of FaultBand
        From `fault_bands`, in the unit of `frequencies`.
    power : bool, default=False
        The spectrum holds squares of magnitudes.

    Returns
    -------
    dict
        peak_magnitude, peak_frequency and energy, arrays with one value a band; energy is the mean square of what lies
        in the band when the spectrum is that of `envelope_spectrum`. NaN for bands beyond the spectrum.
    """
    rows = _core.measure_bands(_lines(frequencies, spectrum, power), [b[:3] for b in bands])
    found: FloatArray = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return dict(zip(("peak_magnitude", "peak_frequency", "energy"), found.T, strict=True))


def fault_snr(
    frequencies: ArrayLike,
    spectrum: ArrayLike,
    fault_frequency: float,
    harmonics: int = 3,
    *,
    power: bool = False,
    tolerance: float = 0.02,
    background: float = 0.05,
) -> float:
    """How far the harmonics of a fault frequency stand out, in dB.

    Mean over the harmonics of (highest magnitude within the tolerance / median magnitude around it), as 20 log10. Noise
    alone gives 5 to 10 dB, a fault 15 to 40.

    Parameters
    ----------
    frequencies, spectrum : array_like of shape (bins,)
        As from `envelope_spectrum`, or of orders.
    fault_frequency : float
        In the unit of `frequencies`.
    harmonics : int, default=3
        1 to this; those beyond the spectrum are left out.
    power : bool, default=False
        The spectrum holds squares of magnitudes.
    tolerance : float, default=0.02
        Share of the frequency to both sides, at least 2 bins, in which the line may lie: bearings slip.
    background : float, default=0.05
        Share of the frequency to both sides, at least 8 bins more, whose median is the background.

    Returns
    -------
    float
        NaN when no harmonic lies in the spectrum.
    """
    lines = _lines(frequencies, spectrum, power, tolerance=tolerance, background=background)
    return _core.fault_snr(lines, float(fault_frequency), harmonics)


def sideband_ratio(
    frequencies: ArrayLike,
    spectrum: ArrayLike,
    fault_frequency: float,
    spacing: float,
    harmonics: int = 3,
    sidebands: int = 1,
    *,
    power: bool = False,
    tolerance: float = 0.02,
) -> float:
    """Magnitudes of the sidebands of a fault frequency and its harmonics, divided by those of the lines themselves.

    An inner race turns through the load zone, so its lines have sidebands at the shaft's frequency; rolling elements
    have them at FTF; an outer race that stands still has none.

    Parameters
    ----------
    frequencies, spectrum : array_like of shape (bins,)
        As from `envelope_spectrum`, or of orders.
    fault_frequency, spacing : float
        Of the line and of the sidebands, in the unit of `frequencies`.
    harmonics, sidebands : int
        How many harmonics, and pairs of sidebands about each.
    power : bool, default=False
        The spectrum holds squares of magnitudes.
    tolerance : float, default=0.02
        As for `fault_snr`.
    """
    lines = _lines(frequencies, spectrum, power, tolerance=tolerance)
    return _core.sideband_ratio(lines, float(fault_frequency), float(spacing), harmonics, sidebands)


def harmonic_energy(
    frequencies: ArrayLike,
    spectrum: ArrayLike,
    fault_frequency: float,
    harmonics: int = 3,
    *,
    power: bool = False,
    energy_scale: float = 4 / 3,
    tolerance: float = 0.02,
) -> float:
    """Mean square of the lines at the harmonics of a fault frequency together.

    Parameters
    ----------
    frequencies, spectrum : array_like of shape (bins,)
        As from `envelope_spectrum`, or of orders.
    fault_frequency : float
        In the unit of `frequencies`.
    harmonics : int, default=3
        1 to this.
    power : bool, default=False
        The spectrum holds squares of magnitudes.
    energy_scale : float, default=4/3
        From squares summed over a line to its mean square: 4/3 for `envelope_spectrum` and its Hann taper.
    tolerance : float, default=0.02
        As for `fault_snr`.
    """
    lines = _lines(frequencies, spectrum, power, energy_scale, tolerance)
    return _core.harmonic_energy(lines, float(fault_frequency), harmonics)


def harmonic_lines(
    frequencies: ArrayLike,
    spectrum: ArrayLike,
    fault_frequency: float,
    harmonics: int = 3,
    *,
    power: bool = False,
    tolerance: float = 0.02,
    background: float = 0.05,
) -> dict[str, FloatArray]:
    """What stands at the harmonics of a fault frequency.

    Parameters
    ----------
    frequencies, spectrum : array_like of shape (bins,)
        As from `envelope_spectrum`, or of orders.
    fault_frequency : float
        In the unit of `frequencies`.
    harmonics : int, default=3
        1 to this.
    power : bool, default=False
        The spectrum holds squares of magnitudes.
    tolerance, background : float
        As for `fault_snr`.

    Returns
    -------
    dict
        frequency and magnitude of the highest bin near each harmonic, and the background there; NaN for harmonics beyond
        the spectrum.
    """
    lines = _lines(frequencies, spectrum, power, tolerance=tolerance, background=background)
    rows = _core.read_lines(lines, [h * float(fault_frequency) for h in range(1, harmonics + 1)])
    found: FloatArray = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return dict(zip(("frequency", "magnitude", "background"), found.T[:3], strict=True))
