"""Writes envelope.json: signals, their envelope spectra and pre-whitened forms, computed with SciPy at the full rate.

    python tests/golden/generate_envelope.py        (needs numpy and scipy; their versions are recorded in the file)

The library computes the squared envelope at fewer instants; the values must be the same all the same. `envelope_spectrum` is
imported by python/tests/test_envelope.py too.
"""

import json
import pathlib

import numpy as np
import scipy
import scipy.fft
import scipy.signal


def prewhitened(spectrum):
    magnitude = np.abs(spectrum)
    kept = magnitude > 16 * np.finfo(float).eps * magnitude.max()
    return np.where(kept, spectrum / np.where(kept, magnitude, 1.0), 0.0)


def envelope_spectrum(x, rate, band=None, squared=True, prewhiten=False):
    """(frequencies, |FFT| / sum of the taper) of the envelope; Randall & Antoni, MSSP 25 (2011), every step as it is written."""
    x = np.asarray(x, dtype=float)
    n = len(x)
    spectrum = scipy.fft.rfft(x - x.mean())
    spectrum[0] = 0.0  # what is left of the mean is rounding
    if prewhiten:
        spectrum = prewhitened(spectrum)
    f = np.arange(n // 2 + 1) * rate / n
    if band is not None:
        spectrum = np.where((f >= band[0] * (1 - 1e-9)) & (f <= band[1] * (1 + 1e-9)), spectrum, 0.0)
    z = scipy.signal.hilbert(scipy.fft.irfft(spectrum, n))
    e = np.abs(z) ** 2 if squared else np.abs(z)
    w = scipy.signal.get_window("hann", n)
    return f, np.abs(scipy.fft.rfft((e - e.mean()) * w)) / w.sum()


def main():
    rng = np.random.default_rng(5)
    cases = []
    for n in (2, 3, 64, 127, 180):
        integers = rng.integers(-2048, 2048, n)
        x = integers / 1024
        cases_of = []
        bands = [None] if n < 64 else [None, (100.0, 200.0), (205.3, 391.7), (250.0, 500.0)]
        for band in bands:
            for squared in (True, False):
                for prewhiten in (False, True):
                    _, magnitude = envelope_spectrum(x, 1000.0, band, squared, prewhiten)
                    settings = {"band": band or (0.0, 0.0), "squared": squared, "prewhiten": prewhiten}
                    cases_of.append({**settings, "magnitude": [float(f"{v:.15g}") for v in magnitude]})
        whitened = scipy.fft.irfft(prewhitened(scipy.fft.rfft(x)), n)
        cases.append(
            {
                "samples": integers.tolist(),
                "scale": 1 / 1024,
                "rate": 1000.0,
                "spectra": cases_of,
                "whitened": whitened.tolist(),
            }
        )
    text = json.dumps({"numpy": np.__version__, "scipy": scipy.__version__, "cases": cases}, separators=(",", ":"))
    pathlib.Path(__file__).with_name("envelope.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
