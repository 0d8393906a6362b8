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

# How often does it ring? The spectrum of the squared envelope of that band tells.
f, magnitude = vibration.envelope_spectrum(x, rate, chosen.band)
print(f"\n{'':16}  expected     found   stands out by")
snr = {}
for name, frequency in lines.items():
    snr[name] = vibration.fault_snr(f, magnitude, frequency)
    found = vibration.harmonic_lines(f, magnitude, frequency)["frequency"][0]
    print(f"{name:16}  {frequency:6.1f} Hz  {found:6.1f} Hz  {snr[name]:5.1f} dB")

# A fault stands out far more than anything else does. An inner race would also show sidebands at the shaft's frequency.
worst, next_worst = sorted(snr, key=snr.__getitem__, reverse=True)[:2]
sidebands = vibration.sideband_ratio(f, magnitude, lines[worst], shaft)
print(f"\nsidebands of the {worst} line at the shaft's frequency: {sidebands:.2f} of the line")
if snr[worst] > 20 and snr[worst] > snr[next_worst] + 5:
    slip = vibration.harmonic_lines(f, magnitude, lines[worst])["frequency"][0] / lines[worst] - 1
    print(f"verdict: {worst} fault, {snr[worst]:.0f} dB, {slip:+.1%} off its frequency without slip")
else:
    print("verdict: no single fault stands out")

if len(sys.argv) > 1:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
    axes.plot(f, magnitude, linewidth=0.8)
    for harmonic in (1, 2, 3):
        axes.axvline(harmonic * lines[worst], color="tab:red", linewidth=0.8, linestyle=":")
    axes.set(xlim=(0, 4 * lines[worst]), ylim=(0, None), xlabel="Hz", ylabel="squared envelope, g²")
    axes.set_title(f"{worst} line and harmonics, dotted")
    figure.savefig(sys.argv[1])
