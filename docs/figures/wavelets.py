"""Draws wavelets.svg."""

import matplotlib.pyplot as plt
import numpy as np
from style import save

from millwright import wavelet

RATE_HZ = 12_800
N = 1280


def machine(faulty: bool) -> np.ndarray:
    """A shaft at 30 Hz, a mesh at 520 Hz, noise; with a fault, impacts at 107 Hz that ring at 4.3 kHz."""
    rng = np.random.default_rng(7)
    t = np.arange(N) / RATE_HZ
    x = 0.5 * np.sin(2 * np.pi * 30 * t) + 0.3 * np.sin(2 * np.pi * 520 * t) + 0.1 * rng.standard_normal(N)
    if faulty:
        since = t % (1 / 107)
        x += 1.1 * np.exp(-900 * since) * np.sin(2 * np.pi * 4300 * since)
    return x


def main() -> None:
    healthy, faulty = machine(False), machine(True)
    figure, (signal, bands, energy) = plt.subplots(1, 3, figsize=(10, 3.2), layout="constrained")
    part = slice(0, 330)
    ms = 1000 * np.arange(N)[part] / RATE_HZ

    signal.plot(ms, faulty[part], lw=0.7, color="tab:red")
    signal.set(title="a signal with impacts", xlabel="time (ms)")

    names = ["V3", "W3", "W2", "W1"]
    for row, (band, name) in enumerate(zip(wavelet.modwt(faulty, "sym8", 3), names, strict=True)):
        bands.plot(ms, band[part] / 1.5 + row, lw=0.6, color="tab:red")
        bands.text(ms[-1] + 0.5, row, name, va="center")
    bands.set(title="modwt, sym8: octaves, sample by sample", xlabel="time (ms)", yticks=[])

    edges = np.arange(16) * RATE_HZ / 32_000
    width = RATE_HZ / 32_000
    for x, shift, label, colour in ((healthy, 0.0, "healthy", "tab:blue"), (faulty, 0.45, "impacts", "tab:red")):
        share = wavelet.energies(x, "db10", level=4).relative
        energy.bar(edges + shift * width, share, width=0.42 * width, align="edge", label=label, color=colour)
    energy.set(title="shares of energy, packets of level 4", xlabel="frequency (kHz)", yscale="log", ylim=(1e-4, 1))
    energy.legend()
    save(figure, "wavelets")


if __name__ == "__main__":
    main()
