"""Cepstra, lifters, rahmonics."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._typing import AnyArray, FloatArray
from .arrays import as_rows, real_array, restored

__all__ = ["Rahmonics", "gamnitudes", "lifter", "power_cepstrum", "real_cepstrum", "spectrum_of_cepstrum"]


class Rahmonics(NamedTuple):
    """Peaks of a cepstrum: quefrencies in seconds and gamnitudes; NaN beyond half the cepstrum."""

    quefrency: FloatArray
    gamnitude: FloatArray


def real_cepstrum(x: ArrayLike, axis: int = -1) -> AnyArray:
    """Inverse Fourier transform of log|X|; value q lies at the quefrency q / fs.

    |X| below 1e-12 of its largest value counts as that; a signal of zeros has the cepstrum 0.
    """
    values = real_array(x)
    return restored(_core.real_cepstrum(as_rows(values, axis)), values, axis)


def power_cepstrum(x: ArrayLike, axis: int = -1) -> AnyArray:
    """Squared inverse Fourier transform of log|X|^2: four times the square of `real_cepstrum`."""
    values = real_array(x)
    return restored(_core.power_cepstrum(as_rows(values, axis)), values, axis)


def lifter(c: ArrayLike, fs: float, low: float, high: float, *, keep: bool = True, axis: int = -1) -> AnyArray:
    """Keep (or remove) the quefrencies from `low` to `high` seconds and their mirror images; the others become 0.

    Keeping short quefrencies leaves the smooth shape of the spectrum; removing those about k / fr takes out the harmonics of a
    shaft.
    """
    values = real_array(c)
    if not 0 <= low <= high or not fs > 0:
        raise ValueError("quefrencies must be 0 <= low <= high, fs positive")
    first, last = int(np.ceil(low * fs - 1e-9)), int(min(np.floor(high * fs + 1e-9), values.shape[axis]))
    return restored(_core.lifter(as_rows(values, axis), first, last, keep), values, axis)


def spectrum_of_cepstrum(c: ArrayLike, axis: int = -1) -> AnyArray:
    """Magnitude spectrum (one-sided bins) of a real cepstrum: undoes `real_cepstrum`, and shows what a lifter left."""
    values = real_array(c)
    return restored(_core.spectrum_of_cepstrum(as_rows(values, axis)), values, axis)


def gamnitudes(c: ArrayLike, fs: float, repetition: float, n: int = 3, *, tolerance: float = 0.0) -> Rahmonics:
    """Largest values of a cepstrum near 1 / repetition, 2 / repetition, ...

    Parameters
    ----------
    c : array_like of shape (n,)
        Cepstrum.
    fs : float
        Sampling rate in Hz.
    repetition : float
        Rate of what repeats, in Hz: shaft speed, fault frequency, sideband spacing.
    n : int
        Number of rahmonics.
    tolerance : float
        Half the width of the search in seconds; at least the nearest sample counts.
    """
    values = np.ascontiguousarray(real_array(c))
    return Rahmonics(*_core.gamnitudes(values, fs, repetition, n, tolerance))
