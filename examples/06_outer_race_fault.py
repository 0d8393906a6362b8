"""Find the fault of a real bearing from its geometry and its speed alone.

The recording is of the Case Western Reserve University bearing data center: drive-end accelerometer, 12 kHz, a 6205 bearing
at 1797 rpm with a pit of 0.18 mm in its outer race. It is not part of the project: set MILLWRIGHT_DATA to the folder that
holds ``cwru/``. With a file name as argument the envelope spectrum is drawn into it.
"""

import lzma
import os
import sys
from pathlib import Path

import numpy as np

import millwright as mw
from millwright import vibration

folder = Path(os.environ.get("MILLWRIGHT_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
file = folder / "cwru" / "12k_DE_fault" / "load0" / "OR_007@6_DE.npy.xz"
if not file.exists():
    print(f"skipped: {file} is not here; set MILLWRIGHT_DATA to the folder of the data sets")
    sys.exit()

with lzma.open(file) as stream:
    x = np.load(stream)
rate, rpm = 12_000, 1797
shaft = rpm / 60

# What the geometry says: at which frequencies would a fault strike?
bearing = mw.Bearing.from_name("6205")
expected = vibration.bearing_fault_frequencies(bearing, shaft)
lines = {
    "outer race": expected["bpfo"],
    "inner race": expected["bpfi"],
    "rolling element": 2 * expected["bsf"],
    "cage": expected["ftf"],
}

# In which band does the structure ring when it is struck? One record a second, wide enough for three harmonics.
records = x[: x.size // rate * rate].reshape(-1, rate)
chosen = vibration.choose_band(records, rate, min_bandwidth=3 * expected["bpfi"])
f_lo, f_hi = chosen.band
print(
    f"{bearing.name} at {rpm} rpm, {x.size / rate:.1f} s; band {f_lo:.0f} to {f_hi:.0f} Hz, kurtosis {chosen.max_kurtosis:.1f}"
)

# How often does it ring? The largest lines in the spectrum of the squared envelope tell.
f, magnitude = vibration.envelope_spectrum(x, rate, chosen.band)
largest: list[int] = []
for k in np.argsort(magnitude)[::-1]:
    if all(abs(f[k] - f[other]) > 5 for other in largest):
        largest.append(int(k))
    if len(largest) == 6:
        break
strongest = f[largest[0]]
print("\nlargest lines of the envelope:")
for k in largest:
    print(f"  {f[k]:6.1f} Hz = {f[k] / strongest:4.2f} x {strongest:.1f} Hz   {magnitude[k]:.3f} g²")

# Whose line is it? Higher harmonics of other lines may fall on those of the true one (here the third of the rolling element on the
# fourth of the outer race), so that they stand out too; the first line of each tells them apart.
print(f"\n{'':16}  expected     found   first line   all lines")
for name, frequency in lines.items():
    found = vibration.harmonic_lines(f, magnitude, frequency)
    snr = vibration.fault_snr(f, magnitude, frequency)
    print(
        f"{name:16}  {frequency:6.1f} Hz  {found['frequency'][0]:6.1f} Hz  {found['magnitude'][0]:7.4f} g²   {snr:5.1f} dB"
    )

# Bearings slip by a per cent or two.
suspects = [name for name, frequency in lines.items() if abs(strongest / frequency - 1) < 0.02]
if suspects:
    slip = strongest / lines[suspects[0]] - 1
    print(f"\nverdict: {suspects[0]} fault: the largest line is {slip:+.1%} off its frequency without slip")
else:
    print("\nverdict: the largest line is none of the bearing's")

if len(sys.argv) > 1:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
    axes.plot(f, magnitude, linewidth=0.8)
    for harmonic in (1, 2, 3):
        axes.axvline(harmonic * strongest, color="tab:red", linewidth=0.8, linestyle=":")
    axes.set(xlim=(0, 4 * strongest), ylim=(0, None), xlabel="Hz", ylabel="squared envelope, g²")
    axes.set_title("Largest line and its harmonics, dotted")
    figure.savefig(sys.argv[1])
