"""What is read from a finished spectrum: bands, harmonics, sidebands, peaks, octave levels."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._typing import AnyArray, FloatArray
from .arrays import as_rows, one_of, real_array, restored

__all__ = [
    "OctaveLevels",
    "Sidebands",
    "SpectralLines",
    "band_energy",
    "band_ratio",
    "find_harmonics",
    "find_sidebands",
    "find_spectral_peaks",
    "jacobsen_offset",
    "octave_levels",
    "velocity_rms",
]

Interpolation: TypeAlias = Literal["quadratic", "none"]


class SpectralLines(NamedTuple):
    """Lines of a spectrum: frequencies in Hz and amplitudes of sinusoids; NaN where there is none."""

    frequency: FloatArray
    amplitude: FloatArray


class Sidebands(NamedTuple):
    """A carrier's frequency and amplitude, its sidebands below and above, and sum of their amplitudes over the carrier's."""

    carrier: tuple[float, float]
    lower: SpectralLines
    upper: SpectralLines
    ratio: float


class OctaveLevels(NamedTuple):
    """Bands (low, centre, high) in Hz, and the level of each along the last axis, in dB."""

    centre: FloatArray
    low: FloatArray
    high: FloatArray
    level: FloatArray


def band_energy(
    f: ArrayLike,
    Pxx: ArrayLike,
    bands: ArrayLike,
    *,
    fs: float | None = None,
    axis: int = -1,
) -> AnyArray:
    """Integral of a one-sided power spectral density over bands; its root is the rms in the band.

    Bin k stands for the frequencies from (k - 1/2) df to (k + 1/2) df, cut off at 0 and fs/2; an edge inside a bin counts the
    part of the bin that lies in the band, so adjacent bands add up.

    Parameters
    ----------
    f, Pxx : array_like
        As `welch` gives them with ``scaling="density"``: equally spaced from 0.
    bands : array_like of shape (2,) or (n, 2)
        Lower and upper edges in Hz.
    fs : float, optional
        Sampling rate; default twice the last frequency, which is wrong for transforms of odd length.
    axis : int
        Axis of frequency.

    Returns
    -------
    ndarray
        Energies along `axis`, or without that axis for a single band.
    """
    values = real_array(Pxx)
    df, nyquist = _grid(f, values.shape[axis], fs)
    edges = np.asarray(bands, np.float64)
    pairs = np.atleast_2d(edges)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError("bands have a lower and an upper edge")
    low, high = np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])
    out = restored(_core.band_energy(as_rows(values, axis), df, nyquist, low, high), values, axis)
    return np.take(out, 0, axis) if edges.ndim == 1 else out


def band_ratio(f: ArrayLike, Pxx: ArrayLike, bands: ArrayLike, *, fs: float | None = None, axis: int = -1) -> AnyArray:
    """`band_energy` as a share of the energy of all bins; NaN when that is 0."""
    inside = band_energy(f, Pxx, bands, fs=fs, axis=axis)
    values = real_array(Pxx)
    _, nyquist = _grid(f, values.shape[axis], fs)
    total = band_energy(f, Pxx, (0.0, nyquist), fs=fs, axis=axis)
    if np.ndim(bands) > 1:
        total = np.expand_dims(total, axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, inside / total, np.nan)


def velocity_rms(
    f: ArrayLike,
    Pxx: ArrayLike,
    f_lo: float = 10.0,
    f_hi: float = 1000.0,
    *,
    input_unit: Literal["m/s^2", "g"] = "m/s^2",
    fs: float | None = None,
    axis: int = -1,
) -> AnyArray:
    """Broad-band vibration velocity, rms in mm/s, from the power spectral density of an acceleration.

    The root of the sum of Pxx df / (2 pi f)^2 over the band, edge bins by their part inside. Edges are walls: with a
    resolution of a tenth of `f_lo` or finer (``nperseg >= 10 fs / f_lo`` and more) a tone below the band does not count.

    Parameters
    ----------
    f, Pxx : array_like
        As `welch` gives them with ``scaling="density"``; the taper's noise bandwidth is taken out there.
    f_lo, f_hi : float
        The band in Hz; f_lo above 0.
    input_unit : "m/s^2" or "g"
        Of the acceleration.
    fs : float, optional
        Sampling rate; default twice the last frequency, which is wrong for transforms of odd length.
    axis : int
        Axis of frequency.

    Returns
    -------
    ndarray
        Without `axis`.
    """
    values = real_array(Pxx)
    df, nyquist = _grid(f, values.shape[axis], fs)
    if not 0 < f_lo <= f_hi:
        raise ValueError(f"the band is {f_lo} to {f_hi} Hz; give 0 < f_lo <= f_hi")
    to_mm_s2 = 1000.0 * (9.80665 if one_of("input_unit", input_unit, ("m/s^2", "g")) == "g" else 1.0)
    out = restored(_core.velocity_rms(as_rows(values, axis), df, nyquist, f_lo, f_hi), values, axis)
    return np.asarray(to_mm_s2 * np.take(out, 0, axis))


def find_harmonics(
    f: ArrayLike,
    Pxx: ArrayLike,
    f0: float,
    n: int = 5,
    *,
    tolerance: float | None = None,
    interpolation: Interpolation = "quadratic",
) -> SpectralLines:
    """Lines at f0, 2 f0, ... n f0 of a power spectrum.

    Parameters
    ----------
    f, Pxx : array_like of shape (bins,)
        As `welch` gives them with ``scaling="spectrum"``, so that amplitudes are those of sinusoids.
    f0 : float
        Fundamental in Hz.
    n : int
        Number of harmonics.
    tolerance : float, optional
        The strongest bin this near in Hz counts; default the nearest bin.
    interpolation : "quadratic" or "none"
        A parabola through the logarithms of three bins, or the bin itself.

    Returns
    -------
    SpectralLines
        NaN beyond the spectrum.
    """
    power, df = _power(f, Pxx)
    return SpectralLines(*_core.find_harmonics(power, df, f0, n, tolerance or 0.0, interpolation))


def find_sidebands(
    f: ArrayLike,
    Pxx: ArrayLike,
    carrier: float,
    spacing: float,
    n: int = 3,
    *,
    tolerance: float | None = None,
    interpolation: Interpolation = "quadratic",
) -> Sidebands:
    """A line and its sidebands at carrier -+ m spacing, m = 1 .. n; `f`, `Pxx` and options as in `find_harmonics`."""
    power, df = _power(f, Pxx)
    line, lower, upper, ratio = _core.find_sidebands(power, df, carrier, spacing, n, tolerance or 0.0, interpolation)
    return Sidebands(line, SpectralLines(*lower), SpectralLines(*upper), ratio)


def find_spectral_peaks(
    f: ArrayLike, Pxx: ArrayLike, n: int = 5, *, interpolation: Interpolation = "quadratic"
) -> SpectralLines:
    """The `n` strongest local maxima above DC of a power spectrum, the strongest first.

    `f` and `Pxx` as `welch` gives them with ``scaling="spectrum"``; with "density" only the frequencies have a meaning.
    """
    power, df = _power(f, Pxx)
    return SpectralLines(*_core.find_spectral_peaks(power, df, n, interpolation))


def jacobsen_offset(X: ArrayLike, k: int, window: str = "hann") -> float:
    """Distance in bins of a tone from bin `k`, the largest of a transform, from three complex bins.

    Parameters
    ----------
    X : array_like, complex
        Transform of a tapered frame (``rfft(w * x)``).
    k : int
        Bin of the maximum.
    window : str
        The taper: boxcar, hann, hamming, blackman or blackmanharris.

    References
    ----------
    Jacobsen & Kootsookos, "Fast, accurate frequency estimators", IEEE Signal Processing Magazine 24(3), 2007.
    """
    values = np.asarray(X)
    kind = np.complex64 if values.dtype == np.complex64 else np.complex128
    return _core.jacobsen_offset(np.ascontiguousarray(values, kind), k, window)


def octave_levels(
    f: ArrayLike,
    Pxx: ArrayLike,
    fraction: int = 3,
    *,
    f_lo: float | None = None,
    f_hi: float | None = None,
    reference: float = 1.0,
    fs: float | None = None,
    axis: int = -1,
) -> OctaveLevels:
    """Fractional-octave levels by summing the bins of a power spectral density.

    For trends of stationary signals; band edges are ideal, so this is no IEC 61260 filter bank.

    Parameters
    ----------
    f, Pxx : array_like
        As `welch` gives them with ``scaling="density"``.
    fraction : int
        Bands per octave.
    f_lo, f_hi : float, optional
        Range of the band centres in Hz; default from the first band at least two bins wide to the last below fs/2.
    reference : float
        Value of 0 dB (2e-5 for pascal, 1e-6 for m/s^2).
    fs : float, optional
        Sampling rate; default twice the last frequency.
    axis : int
        Axis of frequency.

    Returns
    -------
    OctaveLevels
        Levels 10 log10(energy / reference^2) along `axis`; NaN without energy.
    """
    values = real_array(Pxx)
    df, nyquist = _grid(f, values.shape[axis], fs)
    if fraction < 1:
        raise ValueError(f"fraction={fraction} must be at least 1")
    half = 10 ** (0.15 / fraction)
    low = 2 * df / (half - 1 / half) if f_lo is None else f_lo
    high = nyquist / half if f_hi is None else f_hi
    bands = _core.fractional_octave_bands(fraction, low, high)
    energy = _core.octave_band_energies(as_rows(values, axis), df, nyquist, bands)
    level = restored(_core.level_db(energy, reference), values, axis)
    return OctaveLevels(bands[:, 1].copy(), bands[:, 0].copy(), bands[:, 2].copy(), level)


def _grid(f: ArrayLike, bins: int, fs: float | None) -> tuple[float, float]:
    """Distance of the bins and half the rate."""
    frequencies = np.asarray(f, np.float64)
    if frequencies.ndim != 1 or frequencies.size != bins or bins < 2:
        raise ValueError("f has one frequency for each of at least two bins")
    df = float(frequencies[-1] / (bins - 1))
    if frequencies[0] != 0 or not df > 0 or not np.allclose(np.diff(frequencies), df, rtol=1e-6):
        raise ValueError("f must rise from 0 in equal steps")
    return df, float(frequencies[-1]) if fs is None else fs / 2


def _power(f: ArrayLike, Pxx: ArrayLike) -> tuple[AnyArray, float]:
    values = np.ascontiguousarray(real_array(Pxx))
    if values.ndim != 1:
        raise ValueError("expected one spectrum")
    return values, _grid(f, values.size, None)[0]
