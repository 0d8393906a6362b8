"""Log-mel spectra and mel-frequency cepstral coefficients."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._typing import AnyArray, FloatArray
from .arrays import as_rows, one_of, real_array, window_text

__all__ = ["log_mel", "mel_filters", "mfcc"]


def log_mel(
    x: ArrayLike,
    fs: float,
    *,
    nperseg: int = 512,
    noverlap: int | None = None,
    window: str | tuple[Any, ...] = "hann",
    n_mels: int = 40,
    f_lo: float = 0.0,
    f_hi: float | None = None,
    scale: Literal["slaney", "htk"] = "slaney",
    area_normalized: bool = True,
) -> AnyArray:
    """Levels of mel-spaced bands of consecutive frames, in dB.

    As librosa's ``power_to_db(melspectrogram(..., center=False), top_db=None)``.

    Parameters
    ----------
    x : array_like
        Real signal, time last; float32 stays float32.
    fs : float
        Sampling rate in Hz.
    nperseg, noverlap : int
        Samples in a frame, and shared by neighbours (default half).
    window : str or tuple
        Taper, as in `get_window`.
    n_mels : int
        Bands.
    f_lo, f_hi : float
        Ends of the range of bands; default 0 and fs/2.
    scale : "slaney" or "htk"
        Definition of the mel.
    area_normalized : bool
        Bands of equal area (librosa's ``norm="slaney"``) or of height 1.

    Returns
    -------
    ndarray of shape (..., frames, n_mels)
        A band that holds no bin has -100 dB.
    """
    options = _options(fs, nperseg, noverlap, window, n_mels, f_lo, f_hi, scale, area_normalized)
    values = real_array(x)
    return _framed(_core.log_mel(as_rows(values, -1), options), values, n_mels)


def mfcc(
    x: ArrayLike,
    fs: float,
    *,
    n_mfcc: int = 13,
    nperseg: int = 512,
    noverlap: int | None = None,
    window: str | tuple[Any, ...] = "hann",
    n_mels: int = 40,
    f_lo: float = 0.0,
    f_hi: float | None = None,
    scale: Literal["slaney", "htk"] = "slaney",
    area_normalized: bool = True,
) -> AnyArray:
    """The first `n_mfcc` coefficients of the orthonormal DCT-II of `log_mel`; other parameters as there.

    Returns
    -------
    ndarray of shape (..., frames, n_mfcc)
    """
    options = _options(fs, nperseg, noverlap, window, n_mels, f_lo, f_hi, scale, area_normalized)
    options["n_mfcc"] = n_mfcc
    values = real_array(x)
    return _framed(_core.mfcc(as_rows(values, -1), options), values, n_mfcc)


def mel_filters(
    fs: float,
    *,
    nperseg: int = 512,
    n_mels: int = 40,
    f_lo: float = 0.0,
    f_hi: float | None = None,
    scale: Literal["slaney", "htk"] = "slaney",
    area_normalized: bool = True,
) -> FloatArray:
    """The triangles of `log_mel`, of shape (n_mels, nperseg // 2 + 1); as ``librosa.filters.mel``."""
    return _core.mel_filters(_options(fs, nperseg, None, "hann", n_mels, f_lo, f_hi, scale, area_normalized))


def _options(
    fs: float,
    nperseg: int,
    noverlap: int | None,
    window: str | tuple[Any, ...],
    n_mels: int,
    f_lo: float,
    f_hi: float | None,
    scale: str,
    area_normalized: bool,
) -> dict[str, Any]:
    if nperseg < 1 or n_mels < 1 or (noverlap is not None and not 0 <= noverlap < nperseg):
        raise ValueError("nperseg and n_mels must be at least 1, noverlap between 0 and nperseg")
    return {
        "fs": fs,
        "nperseg": nperseg,
        "noverlap": noverlap,
        "window": window_text(window),
        "n_mels": n_mels,
        "f_lo": f_lo,
        "f_hi": 0.0 if f_hi is None else f_hi,
        "scale": one_of("scale", scale, ("slaney", "htk")),
        "area_normalized": area_normalized,
    }


def _framed(out: AnyArray, values: AnyArray, columns: int) -> AnyArray:
    frames = out.shape[1] // columns
    return np.asarray(out).reshape(*values.shape[:-1], frames, columns)
