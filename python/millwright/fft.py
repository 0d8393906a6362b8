"""Discrete Fourier transforms of any length, with the signatures and conventions of `scipy.fft`."""

from .signal.fft import Norm, fft, ifft, irfft, rfft

__all__ = ["Norm", "fft", "ifft", "irfft", "rfft"]
