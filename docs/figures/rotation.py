"""Draws order_tracking.svg and gears.svg from simulated machines."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from style import save

from millwright import vibration


def order_tracking_figure() -> None:
    rate = 2_560
    t = np.arange(20 * rate) / rate
    turns = 10 * t + t**2 / 2
    x = np.cos(2 * np.pi * turns) + 0.5 * np.cos(2 * np.pi * 3.5 * turns)
    x += np.random.default_rng(7).normal(0, 0.3, t.size)
    turned = vibration.order_resample(x, rate, 32, tacho=(turns % 1 < 0.1).astype(float))
    figure, (left, right, over_time) = plt.subplots(1, 3, figsize=(10, 2.8), layout="constrained")

    plain = 2 * np.abs(np.fft.rfft(x * np.hanning(t.size))) / np.hanning(t.size).sum()
    hz = np.fft.rfftfreq(t.size, 1 / rate)
    bins = (hz < 150).sum() // 10 * 10
    left.plot(hz[:bins:10], plain[:bins].reshape(-1, 10).max(1), lw=0.8)
    left.set(xlabel="frequency in Hz", ylabel="amplitude", title="spectrum of the run-up", ylim=(0, 1.1))

    orders, amplitude = vibration.order_spectrum(turned.values, 32)
    bins = (orders < 8).sum() // 8 * 8
    right.plot(orders[:bins:8], amplitude[:bins].reshape(-1, 8).max(1), lw=0.8)
    right.set(xlabel="order", title="order spectrum", ylim=(0, 1.1))

    table = vibration.order_map(turned.values, 32, 10)
    shown = table.orders < 6
    over_time.pcolormesh(
        table.orders[shown], turned.rpm[table.positions], table.amplitude[:, shown], rasterized=True, cmap="viridis"
    )
    over_time.set(xlabel="order", ylabel="rpm", title="order map")
    save(figure, "order_tracking")


def gears_figure() -> None:
    n = 1024
    angle = np.arange(n) / n
    x = sum(np.cos(2 * np.pi * 28 * h * angle + h) / h for h in (1, 2, 3)) * (1 + 0.1 * np.cos(2 * np.pi * angle))
    tooth = (angle - 0.5) * 28
    fault = np.cos(np.pi / 2 * np.clip(tooth, -1, 1)) * np.sin(2 * np.pi * 3.5 * tooth)
    rng = np.random.default_rng(2)
    depths = np.concatenate([np.zeros(10), np.linspace(0, 0.5, 20)])
    averages = np.array(
        [vibration.synchronous_average((x + d * fault + rng.normal(0, 0.2, (50, n))).ravel(), n) for d in depths]
    )
    condition = vibration.gear_condition_metrics(averages, 28)
    parts = vibration.gear_signals(averages[-1], 28)
    figure, (average, difference, trend) = plt.subplots(1, 3, figsize=(10, 2.8), layout="constrained")
    average.plot(angle[::2], averages[-1][::2], lw=0.6)
    average.set(xlabel="turn", title="average of 50 turns", ylabel="amplitude")
    difference.plot(angle[::2], parts.difference[::2], lw=0.6)
    difference.set(xlabel="turn", title="difference signal")
    trend.plot(condition.fm4, label="FM4")
    trend.plot(condition.na4, label="NA4")
    trend.plot(condition.m6a / 20, label="M6A / 20")
    trend.axvline(9.5, color="grey", lw=0.8)
    trend.set(xlabel="average (tooth breaks from 10 on)", title="condition")
    trend.legend()
    save(figure, "gears")


if __name__ == "__main__":
    order_tracking_figure()
    gears_figure()
