"""Filter design and filtering with the names and conventions of `scipy.signal`, integration of acceleration, octave
bands and vibration severity.

The results are the same bits on every machine. Arithmetic is in double precision; float32 input gives float32 output.
The same filters run sample by sample as stages of `millwright.streaming`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _core
from .._generated import signal_stages
from .._typing import AnyArray, FloatArray

__all__ = [
    "OctaveBands",
    "Output",
    "Padding",
    "SeverityClass",
    "SeverityMonitor",
    "SeverityTable",
    "SeverityVerdict",
    "Window",
    "butter",
    "cheby1",
    "cheby2",
    "decimate",
    "ellip",
    "example_severity_tables",
    "filtfilt",
    "firwin",
    "iirfilter",
    "integrate",
    "kaiser_beta",
    "kaiserord",
    "lfilter",
    "octave_filter_bank",
    "resample_poly",
    "severity_low_hz",
    "sosfilt",
    "sosfilt_zi",
    "sosfiltfilt",
    "sosfreqz",
    "upfirdn",
    "velocity_severity",
    "zpk2sos",
]

Output = Literal["sos", "zpk"]
Padding = Literal["odd", "even", "constant"] | None
Window = str | tuple[str, float]

_BANDS = {
    "lowpass": "lowpass",
    "low": "lowpass",
    "lp": "lowpass",
    "l": "lowpass",
    "highpass": "highpass",
    "high": "highpass",
    "hp": "highpass",
    "h": "highpass",
    "bandpass": "bandpass",
    "band": "bandpass",
    "pass": "bandpass",
    "bp": "bandpass",
    "bandstop": "bandstop",
    "bands": "bandstop",
    "stop": "bandstop",
    "bs": "bandstop",
}


# --- design -----------------------------------------------------------------------------------------------------------


def _design(
    family: str, n: int, wn: ArrayLike, btype: str, analog: bool, output: str, fs: float | None, rp: float, rs: float
) -> Any:
    if analog:
        raise ValueError("only digital filters are designed; analog must be False")
    if output not in ("sos", "zpk"):
        raise ValueError(
            f'output must be "sos" or "zpk", not "{output}": the coefficients of one long polynomial ("ba") '
            "lose the filter to rounding from order 8 or so"
        )
    band = _BANDS.get(btype.lower())
    if band is None:
        raise ValueError(f'btype must be "lowpass", "highpass", "bandpass" or "bandstop", not "{btype}"')
    edges = np.atleast_1d(np.asarray(wn, dtype=np.float64))
    if edges.shape != ((2,) if band in ("bandpass", "bandstop") else (1,)):
        raise ValueError("Wn must be one edge for lowpass and highpass, and two for bandpass and bandstop")
    make = _core.filter_sos if output == "sos" else _core.filter_zpk
    low, high = (0.0, edges[0]) if band == "lowpass" else (edges[0], edges[-1])
    return make(family, band, int(n), float(low), float(high), 2.0 if fs is None else float(fs), float(rp), float(rs))


def butter(
    N: int,
    Wn: ArrayLike,
    btype: str = "low",
    analog: bool = False,
    output: Output = "sos",
    fs: float | None = None,
) -> Any:
    """Design a Butterworth filter, as ``scipy.signal.butter``.

    Parameters
    ----------
    N : int
        Order of the prototype, 1 to 20; bandpass and bandstop have twice as many poles.
    Wn : float or pair of float
        Edges, -3 dB; in units of `fs`, or of half the sampling rate when `fs` is not given.
    btype : {"lowpass", "highpass", "bandpass", "bandstop"}
        Which frequencies pass.
    analog : False
        Only digital filters are designed.
    output : {"sos", "zpk"}
        Second-order sections or zeros, poles and gain. SciPy's default "ba" is left out: it is numerically unsafe.
    fs : float, optional
        Sampling rate.

    Returns
    -------
    ndarray of shape (sections, 6), or (zeros, poles, gain)
    """
    return _design("butterworth", N, Wn, btype, analog, output, fs, 1.0, 40.0)


def cheby1(
    N: int,
    rp: float,
    Wn: ArrayLike,
    btype: str = "low",
    analog: bool = False,
    output: Output = "sos",
    fs: float | None = None,
) -> Any:
    """Design a Chebyshev filter of type I, as ``scipy.signal.cheby1``: ripple of `rp` dB in the pass band.

    `Wn` is where the ripple ends; the other parameters are those of `butter`.
    """
    return _design("chebyshev1", N, Wn, btype, analog, output, fs, rp, 40.0)


def cheby2(
    N: int,
    rs: float,
    Wn: ArrayLike,
    btype: str = "low",
    analog: bool = False,
    output: Output = "sos",
    fs: float | None = None,
) -> Any:
    """Design a Chebyshev filter of type II, as ``scipy.signal.cheby2``: at least `rs` dB in the stop band.

    `Wn` is where the stop band begins; the other parameters are those of `butter`.
    """
    return _design("chebyshev2", N, Wn, btype, analog, output, fs, 1.0, rs)


def ellip(
    N: int,
    rp: float,
    rs: float,
    Wn: ArrayLike,
    btype: str = "low",
    analog: bool = False,
    output: Output = "sos",
    fs: float | None = None,
) -> Any:
    """Design an elliptic (Cauer) filter, as ``scipy.signal.ellip``: the steepest for its ripple and attenuation.

    `rp` is the ripple of the pass band, `rs` the attenuation of the stop band, both in dB; `Wn` is where the ripple
    ends; the other parameters are those of `butter`.
    """
    return _design("elliptic", N, Wn, btype, analog, output, fs, rp, rs)


def iirfilter(
    N: int,
    Wn: ArrayLike,
    rp: float | None = None,
    rs: float | None = None,
    btype: str = "band",
    analog: bool = False,
    ftype: str = "butter",
    output: Output = "sos",
    fs: float | None = None,
) -> Any:
    """Design a filter by the name of its family: "butter", "cheby1", "cheby2" or "ellip"; as ``scipy.signal.iirfilter``."""
    families = {
        "butter": "butterworth",
        "butterworth": "butterworth",
        "cheby1": "chebyshev1",
        "chebyshev1": "chebyshev1",
        "cheby2": "chebyshev2",
        "chebyshev2": "chebyshev2",
        "ellip": "elliptic",
        "elliptic": "elliptic",
    }
    family = families.get(ftype.lower())
    if family is None:
        raise ValueError(f'ftype must be "butter", "cheby1", "cheby2" or "ellip", not "{ftype}"')
    if rp is None and family in ("chebyshev1", "elliptic"):
        raise ValueError("this family needs rp, the ripple of the pass band in dB")
    if rs is None and family in ("chebyshev2", "elliptic"):
        raise ValueError("this family needs rs, the attenuation of the stop band in dB")
    return _design(
        family, N, Wn, btype, analog, output, fs, 1.0 if rp is None else float(rp), 40.0 if rs is None else float(rs)
    )


def zpk2sos(z: ArrayLike, p: ArrayLike, k: float) -> FloatArray:
    """Second-order sections from zeros, poles and gain, as ``scipy.signal.zpk2sos`` with its default pairing."""
    return _core.zpk2sos(
        np.atleast_1d(np.asarray(z, dtype=np.complex128)), np.atleast_1d(np.asarray(p, dtype=np.complex128)), float(k)
    )


def firwin(
    numtaps: int,
    cutoff: ArrayLike,
    *,
    width: float | None = None,
    window: Window = "hamming",
    pass_zero: bool | str = True,
    scale: bool = True,
    fs: float | None = None,
) -> FloatArray:
    """Design a linear-phase FIR filter by the window method, as ``scipy.signal.firwin``.

    Parameters
    ----------
    numtaps : int
        Number of taps; odd when half the sampling rate is to pass.
    cutoff : float or sequence of float
        Edges at half amplitude, ascending; in units of `fs`, or of half the sampling rate when `fs` is not given.
    width : float, optional
        Width of the transition; then a Kaiser window for it takes the place of `window`.
    window : str or (str, float)
        Taper of ``scipy.signal.get_window``, as "hann" or ("kaiser", 8.6).
    pass_zero : bool or {"lowpass", "highpass", "bandpass", "bandstop"}
        Whether 0 Hz passes.
    scale : bool
        Gain 1 at the centre of the first pass band.
    fs : float, optional
        Sampling rate.

    Returns
    -------
    ndarray of shape (numtaps,)
    """
    rate = 2.0 if fs is None else float(fs)
    edges = np.atleast_1d(np.asarray(cutoff, dtype=np.float64))
    if isinstance(pass_zero, str):
        wanted = {"lowpass": (True, 1), "highpass": (False, 1), "bandstop": (True, 2), "bandpass": (False, 2)}
        if pass_zero not in wanted:
            raise ValueError(f'pass_zero must be a bool or the name of a kind of band, not "{pass_zero}"')
        passes, least = wanted[pass_zero]
        if (least == 1) != (edges.size == 1):
            raise ValueError(f"{pass_zero} takes {'one edge' if least == 1 else 'two edges or more'}")
    else:
        passes = bool(pass_zero)
    if width is not None:
        window = ("kaiser", kaiser_beta(_kaiser_attenuation(int(numtaps), float(width) / (0.5 * rate))))
    return _core.firwin(int(numtaps), edges, rate, passes, _window_text(window), bool(scale))


def _kaiser_attenuation(numtaps: int, width: float) -> float:
    return 2.285 * (numtaps - 1) * math.pi * width + 7.95


def kaiser_beta(a: float) -> float:
    """Beta of the Kaiser window for an attenuation of `a` dB, as ``scipy.signal.kaiser_beta``."""
    return _core.kaiser_beta(float(a))


def kaiserord(ripple: float, width: float) -> tuple[int, float]:
    """Number of taps and beta of a Kaiser window design, as ``scipy.signal.kaiserord``.

    `ripple` is in dB below the pass band, `width` the transition as a share of half the sampling rate.
    """
    return _core.kaiserord(float(ripple), float(width))


def sosfreqz(
    sos: ArrayLike, worN: int | ArrayLike = 512, whole: bool = False, fs: float = 2 * math.pi
) -> tuple[FloatArray, NDArray[np.complex128]]:
    """Frequency response of second-order sections, as ``scipy.signal.sosfreqz``: (frequencies, response)."""
    frequencies: FloatArray
    if isinstance(worN, int | np.integer):
        frequencies = np.arange(int(worN), dtype=np.float64) * ((fs if whole else fs / 2) / int(worN))
    else:
        frequencies = np.atleast_1d(np.asarray(worN, dtype=np.float64))
    return frequencies, _core.sos_response(_sos(sos), frequencies / fs)


# --- filtering --------------------------------------------------------------------------------------------------------


def _sos(sos: ArrayLike) -> FloatArray:
    return np.ascontiguousarray(np.asarray(sos, dtype=np.float64))


def _taps(h: ArrayLike) -> FloatArray:
    taps = np.asarray(h, dtype=np.float64)
    if taps.ndim != 1:
        raise ValueError("the taps must be one-dimensional")
    return np.ascontiguousarray(taps)


def _window_text(window: Window) -> str:
    if isinstance(window, str):
        return window
    return f"{window[0]}({float(window[1])!r})"


def _rows(x: ArrayLike, axis: int) -> tuple[AnyArray, tuple[int, ...]]:
    values = np.asarray(x)
    if values.ndim == 0:
        raise ValueError("x must have at least one dimension")
    if np.iscomplexobj(values):
        raise TypeError("complex signals are not filtered; filter their real and imaginary parts")
    dtype = np.float32 if values.dtype in (np.float16, np.float32) else np.float64
    moved = np.moveaxis(values, axis, -1)
    leading = moved.shape[:-1]
    return np.ascontiguousarray(moved.reshape(math.prod(leading), moved.shape[-1]), dtype=dtype), leading


def _restored(rows: AnyArray, leading: tuple[int, ...], axis: int) -> AnyArray:
    return np.moveaxis(rows.reshape((*leading, rows.shape[-1])), -1, axis)


def sosfilt_zi(sos: ArrayLike) -> FloatArray:
    """State of the sections after an endless input of ones, as ``scipy.signal.sosfilt_zi``: shape (sections, 2)."""
    return _core.sosfilt_zi(_sos(sos))


def sosfilt(sos: ArrayLike, x: ArrayLike, axis: int = -1, zi: ArrayLike | None = None) -> Any:
    """Filter along one axis with second-order sections, as ``scipy.signal.sosfilt``.

    Parameters
    ----------
    sos : array_like of shape (sections, 6)
        Sections, as `butter` and its kin give.
    x : array_like
        Signal. A sample that is not finite gives NaN and leaves the state as it was.
    axis : int
        Axis of time.
    zi : array_like, optional
        State before the first sample: ``(sections, ..., 2, ...)``, the axis of time replaced by 2.

    Returns
    -------
    y : ndarray
        The filtered signal.
    zf : ndarray
        The state after the last sample; only when `zi` is given.
    """
    rows, leading = _rows(x, axis)
    sections = _sos(sos)
    if zi is None:
        return _restored(_core.sosfilt(sections, rows, None), leading, axis)
    shape = list(np.shape(x))
    shape[axis] = 2
    wanted = (sections.shape[0], *shape)
    start = np.asarray(zi, dtype=np.float64)
    if start.shape != wanted:
        raise ValueError(f"zi must have the shape {wanted}, not {start.shape}")
    position = axis + 1 if axis >= 0 else axis
    moved = np.moveaxis(start, (0, position), (-2, -1))  # leading axes, sections, 2
    state = np.array(moved.reshape(rows.shape[0], sections.shape[0], 2), order="C", copy=True)
    y = _restored(_core.sosfilt(sections, rows, state), leading, axis)
    return y, np.moveaxis(state.reshape(*leading, sections.shape[0], 2), (-2, -1), (0, position))


def sosfiltfilt(
    sos: ArrayLike, x: ArrayLike, axis: int = -1, padtype: Padding = "odd", padlen: int | None = None
) -> AnyArray:
    """Filter forward and backward with second-order sections: zero phase; as ``scipy.signal.sosfiltfilt``."""
    rows, leading = _rows(x, axis)
    return _restored(_core.sosfiltfilt(_sos(sos), rows, _padding(padtype), padlen), leading, axis)


def _padding(padtype: str | None) -> str:
    if padtype not in ("odd", "even", "constant", None):
        raise ValueError(f'padtype must be "odd", "even", "constant" or None, not "{padtype}"')
    return padtype or "none"


def _fir(b: ArrayLike, a: ArrayLike) -> FloatArray:
    denominator = np.atleast_1d(np.asarray(a, dtype=np.float64))
    if denominator.shape != (1,) or denominator[0] == 0:
        raise ValueError("only FIR filters have this form here (a must be one number); use sosfilt for IIR filters")
    return _taps(np.atleast_1d(np.asarray(b, dtype=np.float64)) / denominator[0])


def lfilter(b: ArrayLike, a: ArrayLike, x: ArrayLike, axis: int = -1) -> AnyArray:
    """Filter along one axis with the taps of a FIR filter, as ``scipy.signal.lfilter(b, 1, x)``."""
    rows, leading = _rows(x, axis)
    return _restored(_core.fir_lfilter(_fir(b, a), rows), leading, axis)


def filtfilt(
    b: ArrayLike, a: ArrayLike, x: ArrayLike, axis: int = -1, padtype: Padding = "odd", padlen: int | None = None
) -> AnyArray:
    """Filter forward and backward with the taps of a FIR filter: zero phase; as ``scipy.signal.filtfilt(b, 1, x)``."""
    rows, leading = _rows(x, axis)
    return _restored(_core.fir_filtfilt(_fir(b, a), rows, _padding(padtype), padlen), leading, axis)


def upfirdn(h: ArrayLike, x: ArrayLike, up: int = 1, down: int = 1, axis: int = -1) -> AnyArray:
    """Insert ``up - 1`` zeros after each sample, filter with the taps `h`, keep every `down`-th; as ``scipy.signal.upfirdn``."""
    rows, leading = _rows(x, axis)
    if up < 1 or down < 1:
        raise ValueError("up and down must be at least 1")
    return _restored(_core.upfirdn(_taps(h), rows, int(up), int(down)), leading, axis)


def resample_poly(
    x: ArrayLike, up: int, down: int, axis: int = -1, window: Window | ArrayLike = ("kaiser", 5.0)
) -> AnyArray:
    """Change the sampling rate by ``up / down`` with a polyphase filter, as ``scipy.signal.resample_poly``.

    Parameters
    ----------
    x : array_like
        Signal; it is zero beyond its ends.
    up, down : int
        The rate grows by ``up / down``.
    axis : int
        Axis of time.
    window : ("kaiser", beta) or array_like
        The window of the filter, or the taps of a filter of your own at the rate times `up`.

    Returns
    -------
    ndarray
        ``ceil(n * up / down)`` samples along `axis`.
    """
    rows, leading = _rows(x, axis)
    if int(up) != up or int(down) != down or up < 1 or down < 1:
        raise ValueError("up and down must be integers of at least 1")
    beta, taps = 5.0, np.empty(0)
    if isinstance(window, tuple) and len(window) == 2 and isinstance(window[0], str):
        if window[0] not in ("kaiser", "ksr"):
            raise ValueError('the window must be ("kaiser", beta) or an array of taps')
        beta = float(window[1])
    elif isinstance(window, str):
        raise ValueError('the window must be ("kaiser", beta) or an array of taps')
    else:
        taps = _taps(np.asarray(window, dtype=np.float64))
        if taps.size == 0:
            raise ValueError("the array of taps is empty")
    return _restored(_core.resample_poly(rows, int(up), int(down), beta, taps), leading, axis)


def decimate(
    x: ArrayLike,
    q: int,
    n: int | None = None,
    ftype: Literal["iir", "fir"] = "iir",
    axis: int = -1,
    zero_phase: bool = True,
) -> AnyArray:
    """Keep every `q`-th sample behind an anti-aliasing filter, as ``scipy.signal.decimate``.

    Parameters
    ----------
    x : array_like
        Signal.
    q : int
        Input rate over output rate.
    n : int, optional
        Order of the filter; default 8 for "iir" (Chebyshev I), ``20 * q`` for "fir" (Hamming).
    ftype : {"iir", "fir"}
        Kind of filter.
    axis : int
        Axis of time.
    zero_phase : bool
        Filter without delay; False gives what the streaming stage `millwright.streaming.Decimator` gives.
    """
    if ftype not in ("iir", "fir"):
        raise ValueError(f'ftype must be "iir" or "fir", not "{ftype}"')
    if int(q) != q or q < 1:
        raise ValueError("q must be an integer of at least 1")
    if n is not None and n < 1:
        raise ValueError("n must be at least 1")
    rows, leading = _rows(x, axis)
    return _restored(
        _core.decimate(rows, int(q), 0 if n is None else int(n), ftype == "fir", bool(zero_phase)), leading, axis
    )


# --- vibration --------------------------------------------------------------------------------------------------------


def integrate(
    x: ArrayLike, fs: float, order: int = 1, f_lo: float = 10.0, f_hi: float = 1000.0, axis: int = -1
) -> AnyArray:
    """Velocity or displacement from acceleration, in the frequency domain: X(f) / (j 2 pi f)^order within a band.

    Parameters
    ----------
    x : array_like
        Acceleration. The signal counts as one period of an endless one; take it long, or taper it.
    fs : float
        Samples per second.
    order : {1, 2}
        1 gives velocity, 2 displacement.
    f_lo, f_hi : float
        Band in Hz; everything outside is removed.
    axis : int
        Axis of time.

    Returns
    -------
    ndarray
        Same shape; the unit is that of `x` times second^order (m/s^2 gives m/s). NaN where a signal has a sample that
        is not finite.
    """
    rows, leading = _rows(x, axis)
    return _restored(_core.integrate(rows, float(fs), int(order), float(f_lo), float(f_hi)), leading, axis)


def velocity_severity(
    x: ArrayLike,
    fs: float,
    f_lo: float = 10.0,
    f_hi: float = 1000.0,
    *,
    input_unit: Literal["m/s^2", "g", "mm/s"] = "m/s^2",
    interval_s: float = 1.0,
    settle_s: float = 1.0,
    axis: int = -1,
) -> AnyArray:
    """Broad-band vibration velocity, rms in mm/s over each interval: the stage `streaming.VelocitySeverity` over an array.

    Its filters are those of a meter (-3 dB at the edges, 24 dB an octave outside): a tone of 9 Hz counts with 0.55 at
    ``f_lo=10``. `signal.velocity_rms` has edges that are walls.

    Parameters
    ----------
    x : array_like
        Acceleration, or velocity.
    fs : float
        Samples per second.
    f_lo, f_hi : float
        Band in Hz; `f_lo` 2 below 600 rpm (`severity_low_hz`).
    input_unit : "m/s^2", "g" or "mm/s"
        Of `x`.
    interval_s : float
        One value each; a part at the end gives none.
    settle_s : float
        Start of the signal that does not count, while the filters settle; intervals without samples that count are NaN.
    axis : int
        Axis of time.
    """
    rows, leading = _rows(x, axis)
    stage = signal_stages.VelocitySeverity(
        rate_hz=fs,
        columns=max(len(rows), 1),
        dtype=rows.dtype,
        input_unit=input_unit,
        low_hz=f_lo,
        high_hz=f_hi,
        interval_s=interval_s,
        settle_s=settle_s,
    )
    values = stage.run(rows.T if len(rows) else np.zeros((rows.shape[1], 1), rows.dtype))
    return _restored(np.atleast_2d(values.T)[: len(rows)], leading, axis)


class OctaveBands(NamedTuple):
    """Levels of a filter bank; see `octave_filter_bank`."""

    centre_hz: FloatArray
    """Exact mid-band frequencies."""
    low_hz: FloatArray
    """Lower edges."""
    high_hz: FloatArray
    """Upper edges."""
    rms: AnyArray
    """Levels, shape (..., intervals, bands), or (..., bands) for one interval over the whole signal."""


def octave_filter_bank(
    x: ArrayLike,
    fs: float,
    fraction: Literal[1, 3] = 3,
    f_lo: float = 10.0,
    f_hi: float | None = None,
    interval_s: float | None = None,
    axis: int = -1,
) -> OctaveBands:
    """Band levels (rms) of a fractional-octave filter bank after IEC 61260-1: order-3 Butterworth filters, multirate.

    Parameters
    ----------
    x : array_like
        Signal.
    fs : float
        Samples per second.
    fraction : {1, 3}
        Octaves or third-octaves.
    f_lo, f_hi : float
        Frequencies inside the lowest and the highest band. Default of `f_hi`: the highest band whose upper edge lies
        below ``0.45 * fs``.
    interval_s : float, optional
        Time that one set of levels covers; default: the whole signal.
    axis : int
        Axis of time.
    """
    rows, leading = _rows(x, axis)
    table, values = _core.octave_filter_bank(
        rows, float(fs), int(fraction), float(f_lo), 0.0 if f_hi is None else float(f_hi), float(interval_s or 0.0)
    )
    bands = table.shape[0]
    shape = (*leading, bands) if interval_s is None else (*leading, values.shape[-1] // bands, bands)
    return OctaveBands(table[:, 0], table[:, 1], table[:, 2], values.reshape(shape))


def severity_low_hz(speed_rpm: float) -> float:
    """Lower band edge of broad-band velocity for a shaft speed: 10 Hz, 2 Hz below 600 rpm."""
    return 2.0 if speed_rpm < 600.0 else 10.0


@dataclass(frozen=True)
class SeverityClass:
    """One kind of machine: the boundaries between zones A/B, B/C and C/D, velocity in mm/s rms."""

    name: str
    a_b: float
    b_c: float
    c_d: float

    def zone(self, velocity: float) -> str:
        """Zone "A" to "D" of one value, without memory; "none" for NaN. A value at a boundary is in the better zone."""
        return _core.severity_classify(self._asdict(), float(velocity))

    def alarm_level(self, baseline: float) -> float:
        """Alarm level from a baseline: baseline + 25 % of b_c, not above 1.25 b_c."""
        return _core.severity_alarm_level(self._asdict(), float(baseline))

    def _asdict(self) -> dict[str, Any]:
        return {"name": self.name, "a_b": float(self.a_b), "b_c": float(self.b_c), "c_d": float(self.c_d)}


@dataclass(frozen=True)
class SeverityTable:
    """Zone boundaries as data that you own and answer for.

    Parameters
    ----------
    name : str
        What the table is called.
    source : str
        Where the numbers come from (standard, edition, page, or who decided). Mandatory.
    classes : sequence of SeverityClass
        Kinds of machine.
    """

    name: str
    source: str
    classes: Sequence[SeverityClass] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", tuple(self.classes))
        _core.severity_validate(self.to_dict())

    def __getitem__(self, name: str) -> SeverityClass:
        for c in self.classes:
            if c.name == name:
                return c
        raise KeyError(f"{name}; the table has {', '.join(c.name for c in self.classes)}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"name": self.name, "source": self.source, "classes": [c._asdict() for c in self.classes]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SeverityTable:
        """Undo `to_dict`. Unknown and missing keys are errors."""
        if set(data) != {"name", "source", "classes"}:
            raise ValueError("a severity table has the keys name, source and classes")
        classes = []
        for c in data["classes"]:
            if set(c) != {"name", "a_b", "b_c", "c_d"}:
                raise ValueError("a class of a severity table has the keys name, a_b, b_c and c_d")
            classes.append(SeverityClass(**c))
        return cls(data["name"], data["source"], classes)


class SeverityVerdict(NamedTuple):
    """What one value means; see `SeverityMonitor`."""

    zone: str
    """Criterion I, magnitude: "A" to "D" with hysteresis, "none" for NaN."""
    change: float
    """Difference from the baseline; NaN without one."""
    is_changed: bool
    """Criterion II: the change exceeds 25 % of the boundary B/C."""


class SeverityMonitor:
    """Follow one measuring point: zone with hysteresis, and change against a baseline.

    Parameters
    ----------
    limits : SeverityClass
        Boundaries.
    hysteresis : float, default=0.05
        A better zone is entered only this share below its boundary; a worse one at once.
    baseline : float, optional
        Velocity in good condition, mm/s rms.
    """

    def __init__(self, limits: SeverityClass, *, hysteresis: float = 0.05, baseline: float | None = None) -> None:
        self._core = _core.SeverityMonitor(limits._asdict(), float(hysteresis))
        if baseline is not None:
            self._core.baseline = float(baseline)

    def update(self, velocity: float) -> SeverityVerdict:
        """Take the next value."""
        return SeverityVerdict(*self._core.update(float(velocity)))

    def classify(self, velocities: Iterable[float]) -> list[SeverityVerdict]:
        """Take several values, one after the other."""
        return [self.update(v) for v in velocities]

    def reset(self) -> None:
        """Forget the zone; the baseline stays."""
        self._core.reset()


def example_severity_tables() -> list[SeverityTable]:
    """Tables from the literature, as a start for your own: published versions disagree, so check every number."""
    return [SeverityTable.from_dict(t) for t in _core.severity_examples()]
