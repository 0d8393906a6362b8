"""Writes kurtogram.json: signals and their fast kurtograms, computed with NumPy from the formulas of the paper.

    python tests/golden/generate_kurtogram.py        (needs numpy; its version is recorded in the file)

Source: J. Antoni, "Fast computation of the kurtogram for the detection of transient faults", MSSP 21 (2007), with the filters
published beside it: a quasi-analytic low-pass of 17 taps and its mirrored high-pass of 16 for halves, three band-passes of 25
taps for thirds. `fast_kurtogram` is imported by python/tests/test_kurtogram.py too.
"""

import json
import pathlib

import numpy as np


def fir1(order, cutoff):
    """Low-pass by the window method: Hamming, unit gain at zero frequency; cutoff as a share of rate / 2."""
    n = np.arange(order + 1)
    taps = cutoff * np.sinc(cutoff * (n - order / 2)) * (0.54 - 0.46 * np.cos(2 * np.pi * n / order))
    return taps / taps.sum()


def filters():
    n = np.arange(17)
    h = fir1(16, 0.4) * np.exp(2j * np.pi * n * 0.125)
    i = np.arange(2, 18)
    g = h[(1 - i) % 16] * (-1.0) ** (1 - i)
    n = np.arange(25)
    h1 = fir1(24, 2 / 3 * 0.4) * np.exp(2j * np.pi * n * 0.25 / 3)
    return h, g, [h1, h1 * np.exp(2j * np.pi * n / 6), h1 * np.exp(2j * np.pi * n / 3)]


def kurtosis(c, negligible):
    """0 for Gaussian noise, complex or real; 0 where there is no more than rounding noise."""
    c = c - np.mean(c)
    power = np.mean(np.abs(c) ** 2)
    if power <= negligible:
        return 0.0
    k = np.mean(np.abs(c) ** 4) / power**2 - (2.0 if np.iscomplexobj(c) else 3.0)
    return max(k, 0.0)


def decimated(taps, x, factor):
    return np.convolve(x, taps)[: len(x)][factor - 1 :: factor]


def fast_kurtogram(x, levels=None):
    """Rows of spectral kurtosis for the levels 0, 1, 1.58, 2, 2.58, ..., levels; row with m bands: band i is i .. i + 1 of m."""
    x = np.asarray(x, dtype=float)
    x = x - x.mean()
    if levels is None:
        levels = int(np.floor(np.log2(len(x)))) - 7
    negligible = np.finfo(float).eps * np.mean(x**2)
    h, g, thirds = filters()
    rows = [np.array([kurtosis(x, negligible)])]
    nodes = [x]
    for level in range(1, levels + 1):
        split = []
        for node in nodes:
            low = decimated(h, node, 2)
            high = decimated(g, node, 2)
            split += [low, high * (-1.0) ** np.arange(1, len(high) + 1)]
        third = [kurtosis(decimated(t, node, 3)[16:], negligible) for node in nodes for t in thirds]
        rows.append(np.array([kurtosis(c[16 - i % 2 :], negligible) for i, c in enumerate(split)]))
        if level < levels:
            rows.append(np.array(third))
        nodes = split
    return rows


def impulses(n, seed, resonance, period, snr):
    """Repeated decaying oscillations in white noise; frequencies in cycles per sample."""
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    x = np.zeros(n)
    for start in np.arange(0, n, period):
        at = t - start - rng.normal(0, 0.01 * period)
        at = np.maximum(at, 0.0)
        x += np.exp(-0.05 * 2 * np.pi * resonance * at) * np.sin(2 * np.pi * resonance * at)
    return x * np.sqrt(snr) / x.std() + rng.standard_normal(n)


def main():
    rng = np.random.default_rng(7)
    signals = {
        "impulses": impulses(4096, 1, 0.21, 160, 0.5),
        "odd length, noise": rng.standard_normal(1531),
        "one impact": np.where(np.arange(1024) == 400, 30.0, rng.standard_normal(1024)),
        "tone": np.cos(2 * np.pi * 0.11 * np.arange(600)),
    }
    cases = []
    for name, x in signals.items():
        integers = np.round(x * 1024).astype(int)
        rows = fast_kurtogram(integers / 1024)
        cases.append(
            {"name": name, "scale": 1 / 1024, "samples": integers.tolist(), "rows": [r.tolist() for r in rows]}
        )
    text = json.dumps({"numpy": np.__version__, "cases": cases}, separators=(",", ":"))
    pathlib.Path(__file__).with_name("kurtogram.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
