"""Wavelet transforms beside PyWavelets: float64, mode symmetric."""

from __future__ import annotations

import numpy as np
from _workload import Workload, optional

from millwright import wavelet

pywt = optional("pywt")


def versions() -> list[str]:
    return [f"PyWavelets {pywt.__version__}"] if pywt else []


def workloads() -> list[Workload]:
    return [] if pywt is None else [decomposition(4096), decomposition(65536), packets(4096)]


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(n)


def decomposition(n: int) -> Workload:
    x = noise(n)

    def ours() -> list[np.ndarray]:
        return wavelet.wavedec(x, "db4", level=5)

    def theirs() -> list[np.ndarray]:
        return pywt.wavedec(x, "db4", level=5)

    def check() -> None:
        for a, b in zip(ours(), theirs(), strict=True):
            assert np.abs(a - b).max() < 1e-12

    return Workload(f"wavedec db4 {n}", ours, {"pywt": theirs}, check=check)


def packets(n: int) -> Workload:
    """All 16 nodes of level 4, in order of frequency."""
    x = noise(n)

    def ours() -> np.ndarray:
        return wavelet.packets(x, "db4", level=4).nodes()

    def theirs() -> list[np.ndarray]:
        return [node.data for node in pywt.WaveletPacket(x, "db4", maxlevel=4).get_level(4, "freq")]

    def check() -> None:
        assert np.abs(ours() - np.array(theirs())).max() < 1e-12

    return Workload(f"packets db4 {n}", ours, {"pywt": theirs}, check=check)
