"""Writes rotation_reference.txt: what NumPy and SciPy say about pulses, order spectra and gears.

    pip install numpy==2.4.6 scipy==1.17.1
    python tests/golden/generate_rotation.py

One array a line: name, then its values. Data are drawn here and stored, so that the test needs no generator.
"""

import sys
from pathlib import Path

import numpy as np
import scipy
from scipy import signal, stats
from scipy.interpolate import CubicHermiteSpline

rng = np.random.default_rng(20240502)
lines = []


def put(name, values):
    lines.append(" ".join([name, *(repr(float(v)) for v in np.ravel(values))]))


def phase():
    """Speed between pulses: cubic Hermite with the slopes of parabolas, which numpy.gradient computes. The periods vary so
    little that no slope needs cutting."""
    times = np.round(np.cumsum(0.1 + 0.02 * rng.random(25)), 9)
    curve = CubicHermiteSpline(times, np.arange(25.0), np.gradient(np.arange(25.0), times, edge_order=2))
    at = np.sort(times[0] + (times[-1] - times[0]) * rng.random(60))
    put("phase.times", times)
    put("phase.at", at)
    put("phase.rpm", 60 * curve(at, 1))


def spectra():
    x = np.round(rng.normal(size=320) + np.cos(2 * np.pi * 3.3 * np.arange(320) / 32) + 5, 6)
    put("spectrum.x", x)
    for taper in ("hann", "flattop", "boxcar"):
        # scaling="spectrum" of a one-sided spectrum is mean square: amplitude^2 / 2, at DC and Nyquist amplitude^2.
        _, power = signal.periodogram(x, 32, taper, detrend="constant", scaling="spectrum")
        factor = np.full(power.size, 2.0)
        factor[[0, -1]] = 1.0
        put(f"spectrum.{taper}", np.sqrt(power * factor))


def gear_record(teeth, n, run):
    angle = np.arange(n) / n
    x = 0.3 + 0.4 * np.cos(2 * np.pi * angle + 1) + 0.05 * rng.normal(size=n)
    for h in (1, 2, 3):
        x += (1.0 / h) * (1 + 0.2 * np.cos(2 * np.pi * angle)) * np.cos(2 * np.pi * h * teeth * angle + h)
    at = int(n * 0.37)
    width = n // (2 * teeth)
    x[at : at + width] += (
        0.25 * run * np.sin(np.pi * np.arange(width) / width) * np.cos(2 * np.pi * teeth * angle[:width])
    )
    return np.round(x, 7)


def gears():
    for case, (teeth, n, half_band) in enumerate([(23, 256, 11), (17, 375, 5)]):
        records = np.array([gear_record(teeth, n, run) for run in range(4)])
        put(f"gear.{case}.shape", [teeth, n, half_band])
        put(f"gear.{case}.records", records)
        residuals, envelopes, rows = [], [], []
        for x in records:
            bins = np.fft.rfft(x)
            order = np.arange(bins.size)
            mesh = (order % teeth == 0) & (order > 0)
            base = mesh | (order == 1) | (order == 2)
            side = (np.isin(order % teeth, [1, teeth - 1]) & (order >= teeth - 1)) & ~base
            keep = np.fft.irfft(np.where(base, bins, 0), n)
            sides = np.fft.irfft(np.where(side, bins, 0), n)
            residual = x - x.mean() - keep
            difference = residual - sides
            regular = keep + sides
            band = np.where(abs(order - teeth) <= half_band, bins, 0)
            envelope = np.abs(signal.hilbert(np.fft.irfft(band, n)))
            residuals.append(residual)
            envelopes.append(envelope)
            amplitude = 2 * np.abs(bins) / n
            z = (difference - difference.mean()) / difference.std()

            def with_history(parts, n=n):
                history = np.mean([np.sum((p - p.mean()) ** 2) for p in parts])
                return n * np.sum((parts[-1] - parts[-1].mean()) ** 4) / history**2

            rows.append(
                [
                    x.std(),
                    stats.kurtosis(x, fisher=False),
                    np.max(np.abs(x - x.mean())) / x.std(),
                    np.ptp(x) / amplitude[mesh].sum(),
                    stats.kurtosis(difference, fisher=False),
                    np.mean(z**6),
                    np.mean(z**8),
                    difference.std() / regular.std(),
                    (amplitude[teeth - 1] + amplitude[teeth + 1]) / 2,
                    (amplitude[teeth - 1] + amplitude[teeth + 1]) / x.std(),
                    with_history(residuals),
                    with_history(envelopes),
                ]
            )
        put(f"gear.{case}.metrics", rows)
        put(f"gear.{case}.difference", difference)
        put(f"gear.{case}.residual", residual)
        put(f"gear.{case}.regular", regular)


phase()
spectra()
gears()
text = "\n".join(lines) + "\n"
Path(__file__).with_name("rotation_reference.txt").write_text(text)
print(f"numpy {np.__version__}, scipy {scipy.__version__}: {len(lines)} arrays, {len(text)} bytes", file=sys.stderr)
