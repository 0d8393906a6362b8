"""What the functions over arrays share: real arrays, one axis as rows, choices by name."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .._typing import AnyArray

__all__ = ["Taper", "as_rows", "is_last", "one_of", "real_array", "real_pair", "restored", "short_time", "window_text"]

#: A name, a Kaiser beta, name and parameters, or the values themselves.
Taper: TypeAlias = str | float | tuple[Any, ...] | ArrayLike


def real_array(x: ArrayLike) -> AnyArray:
    """An array of float32 (from float32 or float16) or float64 with at least one axis."""
    values = np.asarray(x)
    if np.iscomplexobj(values):
        raise TypeError("expected a real signal")
    if values.ndim == 0:
        raise ValueError("expected an array, got a number")
    return values.astype(np.float32 if values.dtype in (np.float16, np.float32) else np.float64, copy=False)


def real_pair(x: ArrayLike, y: ArrayLike) -> tuple[AnyArray, AnyArray]:
    a, b = real_array(x), real_array(y)
    kind = np.result_type(a, b)
    return a.astype(kind, copy=False), b.astype(kind, copy=False)


def is_last(values: AnyArray, axis: int) -> bool:
    return axis in (-1, values.ndim - 1)  # np.moveaxis would change nothing, and take as long as a short transform


def as_rows(values: AnyArray, axis: int) -> AnyArray:
    moved = np.ascontiguousarray(values if is_last(values, axis) else np.moveaxis(values, axis, -1))
    return moved.reshape(math.prod(moved.shape[:-1]), moved.shape[-1])


def restored(out: AnyArray, values: AnyArray, axis: int) -> AnyArray:
    if is_last(values, axis):
        return out.reshape(*values.shape[:-1], out.shape[-1])
    leading = np.moveaxis(values, axis, -1).shape[:-1]
    return np.moveaxis(out.reshape(*leading, out.shape[-1]), -1, axis)


def short_time(out: AnyArray, values: AnyArray, axis: int) -> AnyArray:
    """Rows x frames x bins in SciPy's layout: bins in the place of time, frames last; a view."""
    if is_last(values, axis):
        return out.reshape(*values.shape[:-1], *out.shape[1:]).swapaxes(-1, -2)
    moved = np.moveaxis(values, axis, -1).shape[:-1]
    shaped = np.swapaxes(out.reshape(*moved, *out.shape[1:]), -1, -2)
    return np.moveaxis(shaped, -2, axis if axis >= 0 else axis - 1)


def window_text(window: Taper) -> str:
    if isinstance(window, str):
        return window
    if isinstance(window, tuple) and window and isinstance(window[0], str):
        name, *arguments = window
        return f"{name}({', '.join(repr(float(a)) for a in arguments)})" if arguments else name
    if isinstance(window, (int, float, np.integer, np.floating)):
        return f"kaiser({float(window)!r})"
    raise ValueError(f"{window!r} is no name of a taper")


def one_of(name: str, value: Any, choices: tuple[Any, ...]) -> Any:
    if value not in choices:
        raise ValueError(f"{name}={value!r}; choose one of {', '.join(map(repr, choices))}")
    return value
