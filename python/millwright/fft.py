"""Discrete Fourier transforms of any length, with the signatures and conventions of `scipy.fft`."""

from .signal.fft import (
    fft,
    ifft,
    irfft,
    rfft,
)

__all__ = [
    "fft",
    "ifft",
    "irfft",
    "rfft",
]
