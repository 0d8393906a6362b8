"""Draws envelope.svg and bearings.svg from a simulated outer-race fault."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from style import save

from millwright import vibration

RATE, SHAFT = 20_000, 30.0


def faulty_bearing(seconds: float, line_hz: float, snr_db: float, modulation: float = 0.0) -> np.ndarray:
    """A resonance of 3 kHz, damping .05, struck at `line_hz` with 1 % jitter, in white noise."""
    rng = np.random.default_rng(1)
    t = np.arange(int(seconds * RATE)) / RATE
    x = np.zeros(t.size)
    starts = np.cumsum(rng.normal(1, 0.01, int(seconds * line_hz * 1.2)) / line_hz)
    for start in starts[starts < seconds]:
        i = int(np.ceil(start * RATE))
        s = t[i : i + 400] - start
        x[i : i + 400] += np.exp(-0.05 * 2 * np.pi * 3000 * s) * np.sin(2 * np.pi * 3000 * s)
    x *= 1 + modulation * np.cos(2 * np.pi * SHAFT * t)
    return x / x.std() * 10 ** (snr_db / 20) + rng.standard_normal(t.size)


def envelope_figure() -> None:
    lines = vibration.bearing_fault_frequencies("6205", SHAFT)
    x = faulty_bearing(2.0, lines["bpfo"], snr_db=-10)
    found = vibration.choose_band(x.reshape(4, -1), RATE)
    figure, (kurtogram, raw, spectrum) = plt.subplots(1, 3, figsize=(10, 2.8), layout="constrained")

    image = kurtogram.pcolormesh(
        np.linspace(0, RATE / 2000, found.image().shape[1] + 1),
        np.arange(len(found.levels) + 1),
        found.image(),
        rasterized=True,
        cmap="viridis",
    )
    kurtogram.set_yticks(np.arange(len(found.levels)) + 0.5, [f"{level:.2g}" for level in found.levels])
    kurtogram.invert_yaxis()
    kurtogram.set(xlabel="kHz", ylabel="level", title=f"kurtogram: {found.band[0]:.0f} to {found.band[1]:.0f} Hz")
    figure.colorbar(image, ax=kurtogram)

    f = np.fft.rfftfreq(x.size, 1 / RATE)
    magnitude = np.abs(np.fft.rfft(x * np.hanning(x.size))) / x.size
    shown = f < 500
    raw.plot(f[shown], magnitude[shown], linewidth=0.6)
    raw.set(xlabel="Hz", title="spectrum of the signal", ylim=(0, None))

    f, magnitude = vibration.envelope_spectrum(x, RATE, found.band)
    shown = f < 500
    spectrum.plot(f[shown], magnitude[shown], linewidth=0.6)
    for harmonic in range(1, 5):
        spectrum.axvline(harmonic * lines["bpfo"], color="tab:red", linewidth=0.8, linestyle=":")
    spectrum.set(xlabel="Hz", title="envelope spectrum, BPFO dotted", ylim=(0, None))
    save(figure, "envelope")


def bearings_figure() -> None:
    lines = vibration.bearing_fault_frequencies("6205", SHAFT)
    figure, axes = plt.subplots(1, 2, figsize=(10, 2.6), layout="constrained", sharey=True)
    cases = (("outer race", "bpfo", 0.0), ("inner race, shaft sidebands", "bpfi", 0.8))
    for ax, (name, line, modulation) in zip(axes, cases, strict=True):
        x = faulty_bearing(2.0, lines[line], -3, modulation)
        f, magnitude = vibration.envelope_spectrum(x, RATE, (2500, 3500))
        shown = f < 400
        ax.plot(f[shown], magnitude[shown] / magnitude.max(), linewidth=0.6)
        for band in vibration.fault_bands({line: lines[line]}, 2, int(modulation > 0), sideband_spacing=SHAFT):
            ax.axvspan(band.low, band.high, color="tab:red" if band.sideband == 0 else "tab:orange", alpha=0.25)
        snr = vibration.fault_snr(f, magnitude, lines[line], 2)
        ratio = vibration.sideband_ratio(f, magnitude, lines[line], SHAFT, 2)
        ax.set(xlabel="Hz", title=f"{name}: {snr:.0f} dB, sidebands {ratio:.2f}", ylim=(0, 1.05))
    save(figure, "bearings")


if __name__ == "__main__":
    envelope_figure()
    bearings_figure()
