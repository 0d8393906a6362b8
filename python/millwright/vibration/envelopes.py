"""Envelope analysis; the public names are in `millwright.vibration`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._generated import signal_stages
from .._signal_stage import SignalStage
from .._typing import AnyArray, FloatArray

__all__ = [
    "Kurtogram",
    "cepstral_prewhitening",
    "choose_band",
    "envelope",
    "envelope_spectrum",
    "fast_kurtogram",
    "high_frequency_energy",
    "peak_hold",
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
    x: ArrayLike, rate: float, band: tuple[float, float], squared: bool = True, *, f_max: float | None = None
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
    f_max : float, optional
        Highest frequency of the envelope that is wanted; None: all that the band has.

    Returns
    -------
    envelope : ndarray
        A tone of amplitude a in the band gives a² (or a). Late by the delay of the filters; the start is their run-in.
    envelope_rate : float
        Values per second.
    """
    f_lo, f_hi = _edges(band)
    return _stream(signal_stages.Envelope, x, rate, f_lo_hz=f_lo, f_hi_hz=f_hi, squared=squared, f_max_hz=f_max)


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
    f_lo, f_hi = (float(band), None) if isinstance(band, (int, float)) else _edges(band)
    return _stream(signal_stages.PeakHold, x, rate, f_lo_hz=f_lo, f_hi_hz=f_hi, f_max_hz=float(f_max))


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
    f_lo, f_hi = (float(band), None) if isinstance(band, (int, float)) else _edges(band)
    return _stream(
        signal_stages.HighFrequencyEnergy,
        x,
        rate,
        f_lo_hz=f_lo,
        f_hi_hz=f_hi,
        interval_s=float(interval),
        measure=measure,
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
    at -10 dB, 1 s long, one simulated record in five. `choose_band` over three records or more, or with a
    `min_bandwidth` of the fault frequency or more, holds the resonance in at least 98 % of them (200 simulations; see
    docs/envelope.md), and gives a band that is kept.

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
        In Hz; three times the highest fault frequency lets three of its harmonics through, and leaves out the many narrow
        bands in which chance wins when the impulses are weak.
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
