"""Energies of wavelet-packet bands over the life of a bearing: where in the spectrum does the fault ring?

The bearing is simulated; with a recording of your own, replace `run.vibration` by its windows, one a row.
"""

import numpy as np

import millwright as mw
from millwright import wavelet

run = mw.simulate_bearing_run("6205", records=120, fault="outer", seed=4)
rate_hz = next(c.rate_hz for c in run.channels if c.role == "vibration")
windows = run.vibration[:, :2048, 0]  # a multiple of 2^level, so that shares add up exactly

# 16 bands of equal width, low to high; db10 parts them well.
bands = wavelet.energies(windows, "db10", level=4)
share = bands.relative
edges = np.arange(17) * rate_hz / 32

healthy, worn = share[:30].mean(axis=0), share[-5:].mean(axis=0)
print("band (Hz)            healthy     worn    times")
for low, high, before, after in zip(edges[:-1], edges[1:], healthy, worn, strict=True):
    print(f"{low:7.0f} - {high:6.0f}  {before:9.4f}  {after:7.4f}  {after / before:6.1f}")

grown = int(np.argmax(worn / healthy))
print(f"the band from {edges[grown]:.0f} to {edges[grown + 1]:.0f} Hz grew most: demodulate there (envelope analysis)")
print(f"entropy of the shares: {bands.entropy[:30].mean():.2f} healthy, {bands.entropy[-5:].mean():.2f} worn")

# Sample by sample: the maximal overlap transform does not care where a window starts, and runs in a stream.
stream = mw.streaming.Modwt(rate_hz=rate_hz, wavelet="sym8", level=4, dtype=np.float32)
for window in windows[:3]:
    octaves = stream.process(window)  # (samples, 5): approximation, then octaves from low to high
    print("rms by octave:", np.sqrt(np.mean(np.square(octaves, dtype=np.float64), axis=0)).round(3).tolist())
