"""Draws filters.svg and velocity_severity.svg."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from style import save

from millwright import filter as mf


def decibels(h: np.ndarray) -> np.ndarray:
    return 20 * np.log10(np.maximum(np.abs(h), 1e-6))


def filters_figure() -> None:
    rate = 25_600.0
    f = np.geomspace(200, 12_000, 250)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3), layout="constrained")
    for name, sos in {
        "butter(6)": mf.butter(6, 2000, fs=rate),
        "cheby1(6, 0.5 dB)": mf.cheby1(6, 0.5, 2000, fs=rate),
        "cheby2(6, 60 dB)": mf.cheby2(6, 60, 2000, fs=rate),
        "ellip(6, 0.5, 60 dB)": mf.ellip(6, 0.5, 60, 2000, fs=rate),
    }.items():
        left.semilogx(f, decibels(mf.sosfreqz(sos, f, fs=rate)[1]), label=name)
    left.set(title="Lowpass, order 6, 2 kHz", xlabel="Hz", ylabel="dB", ylim=(-90, 5))
    left.legend(fontsize=7)

    # Response of the bank's bands by the same designs.
    for centre in 1000 * 10 ** (0.1 * np.arange(-6, 6)):
        edges = centre * 10.0 ** np.array([-0.05, 0.05])
        right.semilogx(
            f, decibels(mf.sosfreqz(mf.butter(3, edges, "bandpass", fs=rate), f, fs=rate)[1]), color="C0", lw=0.8
        )
    right.set(title="Third-octave bands, Butterworth of order 3", xlabel="Hz", ylabel="dB", ylim=(-60, 5))
    save(figure, "filters")


def velocity_figure() -> None:
    rate, seconds = 25_600, 4
    t = np.arange(rate * seconds) / rate
    rng = np.random.default_rng(5)
    a = 9.81 * (
        0.3 * np.sin(2 * np.pi * 24.75 * t) + 0.2 * np.sin(2 * np.pi * 49.5 * t) + 0.8 * np.sin(2 * np.pi * 3200 * t)
    )
    a += rng.normal(0, 2.0, t.size)
    v = 1000 * mf.integrate(a, rate)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3), layout="constrained")
    for axis, signal, title, unit in (
        (left, a, "Acceleration", "m/s² peak"),
        (right, v, "Velocity, 10 to 1000 Hz", "mm/s peak"),
    ):
        spectrum = 2 * np.abs(np.fft.rfft(signal)) / t.size
        # The largest line of each group, so that the picture stays small and no line is lost.
        edges = np.unique(np.geomspace(5 * seconds, spectrum.size - 1, 220).astype(int))
        peaks = np.maximum.reduceat(spectrum, edges)
        axis.loglog(edges / seconds, np.maximum(peaks, 1e-4), lw=0.9)
        axis.set(title=title, xlabel="Hz", ylabel=unit)
    right.set(ylim=(1e-3, 50))
    right.text(6, 20, f"{np.sqrt(np.mean(v**2)):.1f} mm/s rms")
    save(figure, "velocity_severity")


if __name__ == "__main__":
    filters_figure()
    velocity_figure()
