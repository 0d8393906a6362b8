"""Discrete Fourier transforms of any length, with the signatures and conventions of `scipy.fft`.

The results are the same bits on every machine, and lengths with large prime factors cost O(n log n) too. Input of
single precision gives output of single precision.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _core
from .._typing import AnyArray

__all__ = ["Norm", "fft", "ifft", "irfft", "rfft"]

Norm = Literal["backward"] | None
_SINGLE = (np.float16, np.float32, np.complex64)


def rfft(x: ArrayLike, n: int | None = None, axis: int = -1, norm: Norm = None) -> AnyArray:
    """Fourier transform of real input, along one axis: the bins 0 .. n/2.

    Parameters
    ----------
    x : array_like
        Real values; float32 gives complex64, anything else complex128.
    n : int, optional
        Length of the transform; `x` is cropped or filled with zeros. Default: the length of `x` along `axis`.
    axis : int
        Axis to transform.
    norm : None or "backward"
        The forward transform has no factor, the inverse 1/n; there is no other choice.

    Returns
    -------
    ndarray, complex
        ``n // 2 + 1`` bins along `axis`; as ``scipy.fft.rfft``.
    """
    values = np.asarray(x)
    if np.iscomplexobj(values):
        raise TypeError("rfft takes real input; use fft for complex input")
    rows, n = _rows(values, n, axis, norm, _real_type(values))
    return _restored(_core.rfft(rows, n), values, axis)


def irfft(x: ArrayLike, n: int | None = None, axis: int = -1, norm: Norm = None) -> AnyArray:
    """Undo `rfft`: real values from the bins 0 .. n/2.

    Parameters
    ----------
    x : array_like
        Bins. The imaginary parts of the first and, for even `n`, of the last are ignored.
    n : int, optional
        Length of the output; `x` is cropped or filled with zeros to ``n // 2 + 1`` bins. Default: ``2 * (m - 1)`` for
        `m` bins; give it where the length was odd.
    axis, norm
        As in `rfft`.

    Returns
    -------
    ndarray, real
        `n` values along `axis`; as ``scipy.fft.irfft``.
    """
    values = np.asarray(x)
    bins = _length(values, axis)
    n = 2 * (bins - 1) if n is None else n
    rows, _ = _rows(values, n // 2 + 1 if n > 0 else 0, axis, norm, _complex_type(values))
    return _restored(_core.irfft(rows, n), values, axis)


def fft(x: ArrayLike, n: int | None = None, axis: int = -1, norm: Norm = None) -> AnyArray:
    """Fourier transform, along one axis.

    Parameters
    ----------
    x : array_like
        Values, real or complex; float32 and complex64 give complex64, anything else complex128.
    n, axis, norm
        As in `rfft`.

    Returns
    -------
    ndarray, complex
        `n` bins along `axis`; as ``scipy.fft.fft``.
    """
    values = np.asarray(x)
    rows, n = _rows(values, n, axis, norm, _complex_type(values))
    return _restored(_core.fft(rows, n), values, axis)


def ifft(x: ArrayLike, n: int | None = None, axis: int = -1, norm: Norm = None) -> AnyArray:
    """Undo `fft`.

    Parameters
    ----------
    x : array_like
        Bins.
    n, axis, norm
        As in `rfft`.

    Returns
    -------
    ndarray, complex
        `n` values along `axis`; as ``scipy.fft.ifft``.
    """
    values = np.asarray(x)
    rows, n = _rows(values, n, axis, norm, _complex_type(values))
    return _restored(_core.ifft(rows, n), values, axis)


def _real_type(values: AnyArray) -> type[np.floating[Any]]:
    return np.float32 if values.dtype in _SINGLE else np.float64


def _complex_type(values: AnyArray) -> type[np.complexfloating[Any, Any]]:
    return np.complex64 if values.dtype in _SINGLE else np.complex128


def _length(values: AnyArray, axis: int) -> int:
    if not -values.ndim <= axis < values.ndim:
        raise ValueError(f"axis {axis} does not exist in an array of {values.ndim} dimensions")
    return int(values.shape[axis])


def _rows(
    values: AnyArray, n: int | None, axis: int, norm: str | None, dtype: type[np.generic]
) -> tuple[NDArray[Any], int]:
    """C-contiguous rows of at least `n` values, and `n`."""
    if norm not in (None, "backward"):
        raise ValueError(f'norm must be None or "backward", not {norm!r}')
    length = _length(values, axis)
    n = length if n is None else n
    if n < 1:
        raise ValueError(f"the transform length must be at least 1, not {n}")
    moved = np.moveaxis(values, axis, -1)
    if length < n:
        rows = np.zeros((*moved.shape[:-1], n), dtype)
        rows[..., :length] = moved
    else:
        rows = np.ascontiguousarray(moved, dtype)
    return rows.reshape(-1, rows.shape[-1]) if rows.size else np.zeros((0, max(n, length)), dtype), n


def _restored(out: AnyArray, values: AnyArray, axis: int) -> AnyArray:
    leading = np.moveaxis(values, axis, -1).shape[:-1]
    return np.moveaxis(out.reshape(*leading, out.shape[-1]), -1, axis)
