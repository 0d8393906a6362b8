"""Order tracking of a run-up: what is a smear over the frequencies becomes one line over the orders of the shaft.

A machine runs up from 10 to 30 turns a second. A component at order 3.5 (3.5 times a turn: a worn bearing, a belt) sweeps
from 35 to 105 Hz meanwhile, in noise, so the plain spectrum shows a broad hump. With the tacho the signal is resampled to
uniform angle; without one, the speed is read off the imbalance at order 1.

    python 07_order_tracking.py            prints what it finds
    python 07_order_tracking.py --plot     also draws order_tracking.png (needs matplotlib)
"""

import sys

import numpy as np

from millwright import vibration

RATE = 5_120  # samples per second
t = np.arange(20 * RATE) / RATE
speed_hz = 10 + t
turns = 10 * t + t**2 / 2
noise = np.random.default_rng(7).normal(0, 0.5, t.size)
x = np.cos(2 * np.pi * turns) + 0.2 * np.cos(2 * np.pi * 3.5 * turns) + noise

# One mark a turn; two of the pulses are missed, as dirt on the shaft does it.
tacho = (turns % 1 < 0.1).astype(float)
tacho[np.isin(np.floor(turns), (57, 120))] = 0.0


def contrast(values: np.ndarray, place: int, apart: int) -> float:
    """Height of a line over the median of its surroundings, in dB."""
    around = values[max(place - apart, 0) : place + apart]
    return 20 * np.log10(values[place] / np.median(around))


# The plain spectrum: the component is spread over all the frequencies that it passed.
plain = 2 * np.abs(np.fft.rfft(x * np.hanning(t.size))) / np.hanning(t.size).sum()
frequencies = np.fft.rfftfreq(t.size, 1 / RATE)
swept = (frequencies > 40) & (frequencies < 100)
loudest = np.flatnonzero(swept)[plain[swept].argmax()]
print(f"plain spectrum: nothing above {plain[loudest]:.3f} from 40 to 100 Hz, where a component of amplitude 0.2 moves")

# With the tacho: pulses (two repaired), angle, spectrum over orders.
pulses = vibration.tacho_pulses(tacho, RATE)
print(
    f"tacho: {len(pulses.times)} pulses, {pulses.inserted_count} of them were missing, {pulses.removed_count} removed"
)
turned = vibration.order_resample(x, RATE, 64, tacho=tacho)
orders, amplitude = vibration.order_spectrum(turned.values, 64)
above = orders > 2
line = np.flatnonzero(above)[amplitude[above].argmax()]
print(
    f"order spectrum: a line at order {orders[line]:.3f}, amplitude {amplitude[line]:.3f}, {contrast(amplitude, line, 100):.0f} dB over the noise"
)
assert abs(orders[line] - 3.5) <= 2 * orders[1]

# Without a tacho: follow order 1 through the spectrogram, demodulate its phase, resample by that speed.
profile = vibration.tacholess_speed(x, RATE, f_start=10, f_range=(7, 40))
error = np.abs(profile.rpm / 60 / np.interp(profile.times, t, speed_hz) - 1)
print(f"without tacho: speed from {profile.rpm[0]:.0f} to {profile.rpm[-1]:.0f} rpm, off by {error.max():.2%} at most")
without = vibration.order_resample(x, RATE, 64, rpm=profile.rpm, rpm_times=profile.times)
its_orders, its_amplitude = vibration.order_spectrum(without.values, 64)
its_above = its_orders > 2
found = its_orders[its_above][its_amplitude[its_above].argmax()]
print(f"without tacho: the strongest line above order 2 lies at {found:.2f}")
assert abs(found - 3.5) < 0.05

if "--plot" in sys.argv:
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
    left.plot(frequencies[frequencies < 200], plain[frequencies < 200])
    left.set(xlabel="frequency in Hz", ylabel="amplitude", title="spectrum", ylim=(0, 0.25))
    right.plot(orders[orders < 8], amplitude[orders < 8])
    right.set(xlabel="order", title="order spectrum", ylim=(0, 0.25))
    figure.savefig("order_tracking.png", dpi=120)
    print("drew order_tracking.png")
