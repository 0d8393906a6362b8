"""Tapers and spectra of stationary and short-time kind."""

from __future__ import annotations

import warnings
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._generated import signal_stages
from .._typing import AnyArray, FloatArray
from .arrays import Taper, as_rows, one_of, real_array, real_pair, restored, short_time, window_text

__all__ = [
    "coherence",
    "coherent_gain",
    "csd",
    "enbw",
    "get_window",
    "hilbert",
    "instantaneous_amplitude",
    "instantaneous_frequency",
    "istft",
    "periodogram",
    "sliding_dft",
    "spectral_kurtosis",
    "spectrogram",
    "stft",
    "welch",
    "window_for_revolutions",
    "zoom_fft",
]

Detrend: TypeAlias = Literal["constant", "linear", False]
Scaling: TypeAlias = Literal["density", "spectrum"]
_SUFFIXES = {"_periodic": True, "_symmetric": False}


def get_window(window: str | float | tuple[Any, ...], Nx: int, fftbins: bool = True) -> FloatArray:
    """Taper of `Nx` samples, as ``scipy.signal.get_window``.

    Parameters
    ----------
    window : str, tuple or float
        ``"boxcar"``, ``"hann"``, ``"hamming"``, ``"blackman"``, ``"blackmanharris"``, ``"flattop"``, ``("kaiser", beta)``,
        ``("tukey", alpha)`` or ``("gaussian", std)``; SciPy's aliases and the notation ``"kaiser(beta=8.6)"`` too. A number is
        the beta of a Kaiser taper.
    Nx : int
        Number of samples, at least 1.
    fftbins : bool
        True: periodic, for spectra. False: symmetric, for filter design.

    Returns
    -------
    ndarray of shape (Nx,), float64
    """
    text = window_text(window)
    for suffix, periodic in _SUFFIXES.items():
        if suffix in text:
            text, fftbins = text.replace(suffix, ""), periodic
    if Nx < 1:
        raise ValueError(f"a taper has at least one sample, not {Nx}")
    return _core.get_window(text, Nx, fftbins)


def enbw(window: ArrayLike) -> float:
    """Equivalent noise bandwidth of a taper in bins: 1 for a boxcar, 1.5 for the periodic Hann taper."""
    return _core.enbw(np.asarray(window, np.float64))


def coherent_gain(window: ArrayLike) -> float:
    """Height of a tone's line relative to its amplitude, the mean of the taper."""
    return _core.coherent_gain(np.asarray(window, np.float64))


def window_for_revolutions(
    revolutions: float, hop_revolutions: float, *, speed_rpm: float, rate_hz: float
) -> tuple[int, int]:
    """Length and hop in samples of windows over a number of turns of a shaft at a constant speed.

    Parameters
    ----------
    revolutions, hop_revolutions : float
        Turns in a window, and from one window to the next.
    speed_rpm : float
        Speed in turns per minute.
    rate_hz : float
        Samples per second.

    Returns
    -------
    length, hop : int
        Rounded to the nearest sample, at least 1.
    """
    return _core.window_for_revolutions(revolutions, hop_revolutions, speed_rpm, rate_hz)


def periodogram(
    x: ArrayLike,
    fs: float = 1.0,
    window: Taper | None = "boxcar",
    nfft: int | None = None,
    detrend: Detrend = "constant",
    return_onesided: bool = True,
    scaling: Scaling = "density",
    axis: int = -1,
) -> tuple[FloatArray, AnyArray]:
    """Power spectrum of the whole signal as one segment, as ``scipy.signal.periodogram``.

    Parameters
    ----------
    x : array_like
        Real signal; float32 stays float32.
    fs : float
        Sampling rate in Hz.
    window : str, tuple, float or array_like
        Taper, as in `get_window`, or its values.
    nfft : int, optional
        Length of the transform; less than the signal cuts it, more pads it with zeros.
    detrend : "constant", "linear" or False
        What is taken off the signal first.
    return_onesided : bool
        Bins 0 .. fs/2 with the power of both sides, or all bins.
    scaling : "density" or "spectrum"
        Power per Hz, or power of a line (right for tones).
    axis : int
        Axis of time.

    Returns
    -------
    f : ndarray
        Frequencies in Hz.
    Pxx : ndarray
        Power along `axis`.
    """
    values = real_array(x)
    length = values.shape[axis]
    used = length if nfft is None else min(length, nfft)
    if used < 1:
        return np.empty(0), np.empty(values.shape, values.dtype)
    cut = np.take(values, np.arange(used), axis) if used < length else values
    taper = "boxcar" if window is None else window
    return welch(cut, fs, taper, used, 0, nfft, detrend, return_onesided, scaling, axis)


def welch(
    x: ArrayLike,
    fs: float = 1.0,
    window: Taper = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Detrend = "constant",
    return_onesided: bool = True,
    scaling: Scaling = "density",
    axis: int = -1,
    average: Literal["mean", "median"] = "mean",
) -> tuple[FloatArray, AnyArray]:
    """Power spectral density by Welch's method, as ``scipy.signal.welch``.

    Parameters
    ----------
    x : array_like
        Real signal; float32 stays float32.
    fs : float
        Sampling rate in Hz.
    window : str, tuple, float or array_like
        Taper, as in `get_window`, or its values, whose number is then `nperseg`.
    nperseg : int, optional
        Samples in a segment; default 256, at most the length of the signal.
    noverlap : int, optional
        Samples that neighbouring segments share; default half.
    nfft : int, optional
        Length of the transform; default `nperseg`.
    detrend : "constant", "linear" or False
        What is taken off each segment.
    return_onesided : bool
        Bins 0 .. fs/2 with the power of both sides, or all bins.
    scaling : "density" or "spectrum"
        Power per Hz, or power of a line (right for tones).
    axis : int
        Axis of time.
    average : "mean" or "median"
        Over the segments; the median is divided by its bias and ignores a few segments with impacts.

    Returns
    -------
    f, Pxx : ndarray
        Frequencies in Hz, and the power along `axis`.
    """
    values = real_array(x)
    options = _segments(window, nperseg, noverlap, nfft, detrend, scaling, fs, values.shape[axis])
    options.update(return_onesided=return_onesided, average=one_of("average", average, ("mean", "median")))
    out = _core.welch(as_rows(values, axis), options)
    return _frequencies(options, out.shape[-1], return_onesided), restored(out, values, axis)


def csd(
    x: ArrayLike,
    y: ArrayLike,
    fs: float = 1.0,
    window: Taper = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Detrend = "constant",
    return_onesided: bool = True,
    scaling: Scaling = "density",
    axis: int = -1,
    average: Literal["mean", "median"] = "mean",
) -> tuple[FloatArray, AnyArray]:
    """Cross power spectral density conj(X) Y by Welch's method, as ``scipy.signal.csd``.

    `x` and `y` have the same shape but for their lengths; the shorter is padded with zeros. Everything else as in `welch`.

    Returns
    -------
    f, Pxy : ndarray
        Frequencies in Hz, and the complex cross power along `axis`.
    """
    a, b = real_pair(x, y)
    options = _segments(window, nperseg, noverlap, nfft, detrend, scaling, fs, max(a.shape[axis], b.shape[axis]))
    options.update(return_onesided=return_onesided, average=one_of("average", average, ("mean", "median")))
    out = _core.csd(as_rows(a, axis), as_rows(b, axis), options)
    return _frequencies(options, out.shape[-1], return_onesided), restored(out, a, axis)


def coherence(
    x: ArrayLike,
    y: ArrayLike,
    fs: float = 1.0,
    window: Taper = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Detrend = "constant",
    axis: int = -1,
) -> tuple[FloatArray, AnyArray]:
    """Magnitude-squared coherence, 0 .. 1, as ``scipy.signal.coherence``.

    The share of the power of `y` that follows `x` linearly. One segment alone gives 1 everywhere; NaN where a signal has no
    power. Parameters as in `csd`.

    Returns
    -------
    f, Cxy : ndarray
    """
    a, b = real_pair(x, y)
    options = _segments(window, nperseg, noverlap, nfft, detrend, "density", fs, max(a.shape[axis], b.shape[axis]))
    out = _core.coherence(as_rows(a, axis), as_rows(b, axis), options)
    return _frequencies(options, out.shape[-1], True), restored(out, a, axis)


def stft(
    x: ArrayLike,
    fs: float = 1.0,
    window: Taper = "hann",
    nperseg: int = 256,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Detrend = False,
    return_onesided: bool = True,
    boundary: Literal["zeros", "even", "odd", "constant"] | None = "zeros",
    padded: bool = True,
    axis: int = -1,
    scaling: Literal["spectrum", "psd"] = "spectrum",
) -> tuple[FloatArray, FloatArray, AnyArray]:
    """Short-time Fourier transform, as ``scipy.signal.stft``.

    Parameters
    ----------
    x : array_like
        Real signal; float32 gives complex64.
    fs, window, nperseg, noverlap, nfft, detrend
        As in `welch`.
    return_onesided : bool
        Only True: the other half of a real signal's transform is the mirror image.
    boundary : "zeros", "even", "odd", "constant" or None
        How the signal goes on for half a segment at both ends.
    padded : bool
        Zeros at the end, so that no sample is left out.
    axis : int
        Axis of time.
    scaling : "spectrum" or "psd"
        The bin of a tone is half its amplitude, or its square is power per Hz.

    Returns
    -------
    f : ndarray
        Frequencies in Hz.
    t : ndarray
        Centres of the segments in seconds.
    Zxx : ndarray, complex
        The axis of time is replaced by that of frequency; the last axis is that of the segments. Frames lie one after another
        in memory, so ``np.moveaxis(Zxx, -1, -2)`` is contiguous for a single signal.
    """
    if not return_onesided:
        raise ValueError("only the one-sided transform is offered; the other half is its mirror image")
    values = real_array(x)
    kind = {"spectrum": "spectrum", "psd": "density"}[one_of("scaling", scaling, ("spectrum", "psd"))]
    options = _segments(window, nperseg, noverlap, nfft, detrend, kind, fs, values.shape[axis])
    allowed = (None, "zeros", "even", "odd", "constant")
    options.update(boundary=one_of("boundary", boundary, allowed) or "none", padded=padded)
    out = _core.stft(as_rows(values, axis), options)
    start = 0.0 if boundary is not None else options["nperseg"] / 2
    f, t = _frequencies(options, out.shape[2], True), _times(options, out.shape[1], start)
    return f, t, short_time(out, values, axis)


def istft(
    Zxx: ArrayLike,
    fs: float = 1.0,
    window: Taper = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    input_onesided: bool = True,
    boundary: bool = True,
    time_axis: int = -1,
    freq_axis: int = -2,
    scaling: Literal["spectrum", "psd"] = "spectrum",
) -> tuple[FloatArray, AnyArray]:
    """Undo `stft`, as ``scipy.signal.istft``; parameters as given to `stft`.

    Returns
    -------
    t : ndarray
        Times in seconds.
    x : ndarray
        Signal along the last axis (the axis of time of `Zxx`).
    """
    if not input_onesided:
        raise ValueError("only one-sided transforms are understood")
    z = np.asarray(Zxx)
    if z.ndim < 2 or time_axis % z.ndim == freq_axis % z.ndim:
        raise ValueError("Zxx has an axis of time and another one of frequency")
    z = np.moveaxis(z, (time_axis, freq_axis), (-2, -1))
    single = z.dtype in (np.complex64, np.float32)
    z = np.ascontiguousarray(z, np.complex64 if single else np.complex128)
    bins = z.shape[-1]
    if nfft is None and nperseg is None:
        nperseg = 2 * (bins - 1)
    elif nperseg is None:
        nperseg = 2 * (bins - 1) if np.ndim(window) == 0 or isinstance(window, tuple) else len(np.asarray(window))
    length = nperseg if nfft is None else nfft
    if nfft is None and nperseg == 2 * (bins - 1) + 1:
        length = nperseg
    if length // 2 + 1 != bins:
        raise ValueError(f"{bins} bins do not belong to a transform of length {length}")
    kind = {"spectrum": "spectrum", "psd": "density"}[one_of("scaling", scaling, ("spectrum", "psd"))]
    options = _segments(window, nperseg, noverlap, nfft, False, kind, fs, None)
    options["boundary"] = "zeros" if boundary else "none"
    taper = options["window_values"]
    taper = get_window(options["window"], nperseg) if taper is None else taper
    folded = np.zeros(_hop(options))
    np.add.at(folded, np.arange(nperseg) % folded.size, taper**2)
    if np.any(folded <= 1e-10):
        warnings.warn("this taper and overlap do not cover every sample: the signal is not restored", stacklevel=2)
    flat = z.reshape(int(np.prod(z.shape[:-2], dtype=np.int64)), z.shape[-2] * bins)
    out = _core.istft(flat, options)
    out = out.reshape(*z.shape[:-2], out.shape[-1])
    return np.arange(out.shape[-1]) / fs, out


def spectrogram(
    x: ArrayLike,
    fs: float = 1.0,
    window: Taper = ("tukey", 0.25),
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Detrend = "constant",
    return_onesided: bool = True,
    scaling: Scaling = "density",
    axis: int = -1,
    mode: Literal["psd"] = "psd",
) -> tuple[FloatArray, FloatArray, AnyArray]:
    """Power of consecutive segments, as ``scipy.signal.spectrogram`` with ``mode="psd"``; for complex bins see `stft`.

    Parameters as in `welch`; `noverlap` is by default an eighth of `nperseg`.

    Returns
    -------
    f, t, Sxx : ndarray
        Frequencies, centres of the segments, and the power with time as last axis.
    """
    if mode != "psd" or not return_onesided:
        raise ValueError('only mode="psd", one-sided; complex bins come from stft')
    values = real_array(x)
    options = _segments(window, nperseg, noverlap, nfft, detrend, scaling, fs, values.shape[axis])
    if noverlap is None:
        options["noverlap"] = options["nperseg"] // 8
    bins = (options["nfft"] or options["nperseg"]) // 2 + 1
    out = _core.spectrogram(as_rows(values, axis), options)
    out = out.reshape(out.shape[0], -1, bins) if out.size else np.empty((out.shape[0], 0, bins), out.dtype)
    f, t = _frequencies(options, bins, True), _times(options, out.shape[1], options["nperseg"] / 2)
    return f, t, short_time(out, values, axis)


def spectral_kurtosis(
    x: ArrayLike,
    fs: float = 1.0,
    window: Taper = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    axis: int = -1,
) -> tuple[FloatArray, AnyArray]:
    """Spectral kurtosis of each bin over the segments, without bias for noise.

    0 for stationary Gaussian noise (1 at DC and fs/2), -1 for a steady tone, large where short impacts excite a resonance.
    NaN for fewer than two segments.

    Returns
    -------
    f, sk : ndarray

    References
    ----------
    Antoni, "The spectral kurtosis: a useful tool for characterising non-stationary signals", MSSP 20 (2006).
    """
    values = real_array(x)
    options = _segments(window, nperseg, noverlap, None, False, "density", fs, values.shape[axis])
    if options["window_values"] is not None:
        raise ValueError("give the taper by its name")
    out = _core.spectral_kurtosis(as_rows(values, axis), options)
    return _frequencies(options, out.shape[-1], True), restored(out, values, axis)


def hilbert(x: ArrayLike, N: int | None = None, axis: int = -1) -> AnyArray:
    """Analytic signal x + i H(x), as ``scipy.signal.hilbert``.

    Parameters
    ----------
    x : array_like
        Real signal; float32 gives complex64.
    N : int, optional
        Length; `x` is cut or padded with zeros.
    axis : int
        Axis of time.

    Returns
    -------
    ndarray, complex
    """
    if N is not None and N <= 0:
        raise ValueError("N must be positive")
    values = real_array(x)
    return restored(_core.hilbert(as_rows(values, axis), N or 0), values, axis)


def instantaneous_amplitude(x: ArrayLike, axis: int = -1) -> AnyArray:
    """Envelope of a signal, the magnitude of its analytic signal."""
    values = real_array(x)
    return restored(_core.instantaneous_amplitude(as_rows(values, axis)), values, axis)


def instantaneous_frequency(x: ArrayLike, fs: float = 1.0, axis: int = -1) -> AnyArray:
    """Frequency in Hz between each sample and the next, from the phase of the analytic signal; one value less than `x` has."""
    values = real_array(x)
    return restored(_core.instantaneous_frequency(as_rows(values, axis), fs), values, axis)


def zoom_fft(
    x: ArrayLike,
    fn: float | ArrayLike,
    m: int | None = None,
    *,
    fs: float = 2,
    endpoint: bool = False,
    axis: int = -1,
) -> AnyArray:
    """DFT of a real signal at `m` points of a band, as ``scipy.signal.zoom_fft``.

    Parameters
    ----------
    x : array_like
        Real signal; float32 gives complex64.
    fn : float or pair of floats
        Upper end of the band, or its two ends.
    m : int, optional
        Points; default the length of the signal.
    fs : float
        Sampling rate.
    endpoint : bool
        Whether the upper end is a point.
    axis : int
        Axis of time.

    Returns
    -------
    ndarray, complex
    """
    ends = np.ravel(np.asarray(fn, np.float64))
    if ends.size not in (1, 2):
        raise ValueError("fn is a frequency or a pair of frequencies")
    low, high = (0.0, float(ends[0])) if ends.size == 1 else (float(ends[0]), float(ends[1]))
    if m is not None and m < 1:
        raise ValueError("m must be positive")
    values = real_array(x)
    return restored(_core.zoom_fft(as_rows(values, axis), low, high, m or 0, fs, endpoint), values, axis)


def sliding_dft(
    x: ArrayLike,
    fs: float,
    frequencies: ArrayLike,
    *,
    length: int = 256,
    hop: int = 1,
) -> AnyArray:
    """Complex amplitude of chosen frequencies over the last `length` samples: the stage `streaming.SlidingDft` over an array.

    Parameters
    ----------
    x : array_like of shape (..., n)
        Real signal; float32 gives complex64. Samples before its start are 0.
    fs : float
        Sampling rate.
    frequencies : array_like of shape (k,)
        In Hz, at most fs / 2.
    length : int
        Samples in the window.
    hop : int
        Samples between two items.

    Returns
    -------
    ndarray of shape (..., n // hop, k), complex
        A steady tone has its amplitude and a constant phase.
    """
    values = real_array(x)
    rows = as_rows(values, -1)
    wanted = tuple(float(f) for f in np.ravel(np.asarray(frequencies, np.float64)))
    stage = signal_stages.SlidingDft(
        rate_hz=fs, columns=max(len(rows), 1), dtype=rows.dtype, frequencies_hz=wanted, length=length, hop=hop
    )
    pairs = stage.run(rows.T if len(rows) else np.zeros((rows.shape[1], 1), rows.dtype))
    shaped = pairs.reshape(len(pairs), stage.columns, len(wanted), 2)[:, : len(rows)]
    z = np.ascontiguousarray(shaped).view(np.result_type(rows.dtype, np.complex64))[..., 0]
    return np.moveaxis(z, 0, 1).reshape(*values.shape[:-1], len(pairs), len(wanted))


# --- shared -----------------------------------------------------------------------------------------------------------------


def _segments(
    window: Taper,
    nperseg: int | None,
    noverlap: int | None,
    nfft: int | None,
    detrend: Any,
    scaling: str,
    fs: float,
    length: int | None,
) -> dict[str, Any]:
    """Options for the core; `length` is that of the signal, None when it is not known."""
    values = None
    text = "boxcar"
    if isinstance(window, (str, tuple, int, float, np.integer, np.floating)):
        text = window_text(window)
        size = 256 if nperseg is None else nperseg
        if length is not None and 0 < length < size:
            if nperseg is not None:
                warnings.warn(f"nperseg={nperseg} is more than the {length} samples; nperseg={length}", stacklevel=3)
            size = length
    else:
        values = np.ascontiguousarray(window, np.float64)
        if values.ndim != 1 or values.size == 0:
            raise ValueError("the values of a taper have one dimension")
        if nperseg is not None and nperseg != values.size:
            raise ValueError(f"nperseg={nperseg}, but the taper has {values.size} values")
        size = values.size
    if size < 1:
        raise ValueError(f"nperseg={size} must be at least 1")
    if noverlap is not None and not 0 <= noverlap < size:
        raise ValueError(f"noverlap={noverlap} must lie between 0 and nperseg={size}")
    if nfft is not None and nfft < size:
        raise ValueError(f"nfft={nfft} is below nperseg={size}")
    trend = {"constant": "constant", "linear": "linear", False: "none"}.get(detrend)
    if trend is None:
        raise ValueError(f'detrend={detrend!r}; choose "constant", "linear" or False')
    return {
        "window": text,
        "window_values": values,
        "nperseg": size,
        "noverlap": size // 2 if noverlap is None else noverlap,
        "nfft": nfft,
        "detrend": trend,
        "scaling": one_of("scaling", scaling, ("density", "spectrum")),
        "fs": fs,
    }


def _hop(options: dict[str, Any]) -> int:
    return int(options["nperseg"] - options["noverlap"])


def _times(options: dict[str, Any], frames: int, first_centre: float) -> FloatArray:
    return np.asarray((first_centre + np.arange(frames) * _hop(options)) / options["fs"], np.float64)


def _frequencies(options: dict[str, Any], bins: int, is_onesided: bool) -> FloatArray:
    if bins == 0:
        return np.empty(0)
    length = options["nfft"] or options["nperseg"]
    step = 1 / options["fs"]
    # The first is np.fft.rfftfreq, to the bit, at a third of its time.
    return np.arange(length // 2 + 1) * (1.0 / (length * step)) if is_onesided else np.fft.fftfreq(length, step)
