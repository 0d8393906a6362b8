"""FFT and short-time Fourier transform. The FFT itself is measured by the program fft_peers: a call from Python costs more."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
from _workload import Row, Workload, notes, optional

import millwright

PROGRAM = Path(__file__).parents[2] / "build/release/fft_peers"
scipy = optional("scipy")

_versions = [f"NumPy {np.__version__}"]
if scipy:
    _versions.append(f"SciPy {scipy.__version__}")


def versions() -> list[str]:
    return _versions


def rows() -> list[Row]:
    if not PROGRAM.exists():
        notes.append("no rows for fft: build them with cmake --build build/release --target peers")
        return []
    done = subprocess.run([PROGRAM], capture_output=True, text=True)
    if done.returncode:
        notes.append(f"no rows for fft: {done.stderr.strip() or 'fft_peers failed'}")
        return []
    found = json.loads(done.stdout)
    _versions.insert(0, f"FFTW {found['fftw']}, planned with MEASURE")
    return [Row(**row, ratio=row["peer_ns"] / row["ours_ns"]) for row in found["rows"]]


def workloads() -> list[Workload]:
    return (
        [] if scipy is None else [stft(dtype, length) for dtype in (np.float64, np.float32) for length in (1024, 4096)]
    )


def stft(dtype: type, length: int, frames: int = 64) -> Workload:
    """Spectra of windowed frames that overlap by half; times are per frame."""
    import scipy.fft
    import scipy.signal

    hop = length // 2
    x = np.random.default_rng(1).standard_normal(hop * (frames - 1) + length).astype(dtype)
    window = scipy.signal.get_window("hann", length).astype(dtype)
    framed = np.lib.stride_tricks.sliding_window_view(x, length)[::hop]

    def ours() -> np.ndarray:
        return millwright.signal.stft(x, window=window, nperseg=length, boundary=None, padded=False)[2]

    def theirs() -> np.ndarray:
        return scipy.fft.rfft(framed * window)

    transform = scipy.signal.ShortTimeFFT(window, hop, fs=1.0)
    first, end = transform.lower_border_end[1], transform.upper_border_begin(len(x))[1]

    def by_class() -> np.ndarray:
        return transform.stft(x, p0=first, p1=end)

    def check() -> None:
        expected = theirs().T / window.sum(dtype=np.float64)
        limit = (1e-12 if dtype == np.float64 else 1e-5) * np.abs(expected).max()
        assert np.abs(ours() - expected).max() <= limit
        assert by_class().shape[1] == frames

    name = f"stft f{8 * np.dtype(dtype).itemsize} {length}"
    return Workload(name, ours, {"scipy": theirs, "scipy ShortTimeFFT": by_class}, per_call=frames, check=check)
