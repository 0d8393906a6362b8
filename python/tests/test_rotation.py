"""Tacho, order tracking, synchronous averages and gears, against NumPy and SciPy and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import signal
from scipy.interpolate import CubicHermiteSpline

from millwright import streaming, vibration

RATE = 10_000


class RunUp:
    """10 to 30 turns a second in 10 s; angle in closed form."""

    t = np.arange(10 * RATE) / RATE
    hz = 10 + 2 * t
    turns = 10 * t + t**2
    tacho = np.clip(0.5 + 20 * (turns - np.round(turns)), 0, 1) * ((turns - np.round(turns)) < 0.3)

    @staticmethod
    def time_of(turn):
        return np.sqrt(25 + np.asarray(turn)) - 5


def component(order, dtype=np.float64):
    return np.cos(2 * np.pi * order * RunUp.turns).astype(dtype)


def test_pulses_lie_where_the_turns_are_done():
    pulses = vibration.tacho_pulses(RunUp.tacho, RATE)
    assert_allclose(pulses.times, RunUp.time_of(np.arange(1, 200)), atol=1e-6)
    assert pulses.inserted_count == pulses.removed_count == pulses.standstills == 0
    assert not pulses.inserted.any()


def test_repair_reports_what_it_did():
    times = RunUp.time_of(np.delete(np.arange(1.0, 200), [30, 31, 90]))
    repaired = vibration.repair_pulses(np.sort(np.append(times, RunUp.time_of([60.5]))))
    assert (repaired.inserted_count, repaired.removed_count) == (3, 1)
    assert_allclose(repaired.times, RunUp.time_of(np.arange(1, 200)), atol=2e-4)
    assert np.flatnonzero(repaired.inserted).tolist() == [30, 31, 90]


def test_speed_is_the_derivative_of_a_cubic_with_the_slopes_of_parabolas():
    times = np.cumsum(np.random.default_rng(1).uniform(0.09, 0.11, 40))
    curve = CubicHermiteSpline(times, np.arange(40.0), np.gradient(np.arange(40.0), times, edge_order=2))
    at = np.linspace(times[0], times[-1], 301)
    assert_allclose(vibration.tacho_speed(times, at), 60 * curve(at, 1), rtol=1e-10)
    assert_allclose(
        vibration.tacho_speed(times, at, pulses_per_revolution=8, gear_ratio=2), 15 * curve(at, 1), rtol=1e-10
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reference", ["tacho", "pulses", "rpm"])
def test_a_run_up_gives_one_line_at_its_order(dtype, reference):
    given = {
        "tacho": {"tacho": RunUp.tacho},
        "pulses": {"pulse_times": RunUp.time_of(np.arange(0, 199))},
        "rpm": {"rpm": 60 * RunUp.hz},
    }[reference]
    turned = vibration.order_resample(component(3.5, dtype), RATE, 64, **given)
    assert turned.values.dtype == dtype
    orders, amplitude = vibration.order_spectrum(turned.values, 64)
    assert amplitude.dtype == dtype
    peak = amplitude.argmax()
    assert abs(orders[peak] - 3.5) <= orders[1]
    assert amplitude[peak] == pytest.approx(1, abs=0.01)
    aside = amplitude[np.abs(orders - 3.5) > 0.1].max()
    assert 20 * np.log10(aside / amplitude[peak]) < -60
    # The plain spectrum smears the same component over 35 .. 105 Hz.
    plain = np.abs(np.fft.rfft(component(3.5) * np.hanning(RunUp.t.size))) * 4 / RunUp.t.size
    assert plain.max() < 0.15
    turns = np.interp(turned.times, RunUp.t, RunUp.turns)
    assert_allclose(np.diff(turns), 1 / 64, atol=1e-5)
    assert_allclose(turned.rpm, 60 * np.interp(turned.times, RunUp.t, RunUp.hz), rtol=1e-3)


def test_values_are_those_of_an_exact_resampling():
    x = sum(a * component(o) for o, a in [(0.7, 1.0), (5.0, 0.4), (20.0, 0.3)])
    turned = vibration.order_resample(x, RATE, 64, rpm=[600, 1800], rpm_times=[0, 10])
    turns = np.arange(turned.values.size) / 64
    exact = sum(a * np.cos(2 * np.pi * o * turns) for o, a in [(0.7, 1.0), (5.0, 0.4), (20.0, 0.3)])
    inside = slice(64, -64)
    assert_allclose(turned.values[inside], exact[inside], atol=2e-4)


def test_the_stage_gives_the_same_bytes_in_any_pieces():
    x = np.column_stack([component(3.5), RunUp.tacho])
    stage = streaming.OrderTracker(
        rate_hz=RATE, samples_per_revolution=64, threshold_mode="fixed", threshold=0.5, hysteresis=0.4, dtype="float64"
    )
    whole = stage.run(x)[:, 0]
    turned = vibration.order_resample(x[:, 0], RATE, 64, tacho=x[:, 1], threshold=0.5, hysteresis=0.4)
    assert whole.tobytes() == turned.values.tobytes()
    stage.reset()
    pieces = [stage.process(x[i : i + 777]) for i in range(0, len(x), 777)] + [stage.flush()]
    assert np.concatenate(pieces)[:, 0].tobytes() == whole.tobytes()


def test_tracker_and_average_in_a_row():
    rng = np.random.default_rng(3)
    x = component(3) + rng.normal(0, 0.5, RunUp.t.size)
    tracker = streaming.OrderTracker(rate_hz=RATE, samples_per_revolution=64, dtype="float64")
    average = streaming.SynchronousAverage(rate_hz=tracker.output_rate_hz, revolutions=50, dtype="float64")
    frames = average.run(tracker.run(np.column_stack([x, RunUp.tacho]))[:, 0])
    assert frames.shape[1] == 64
    # The automatic threshold waits 2 s, 24 turns; of the 174 that follow three blocks are full.
    assert frames.shape[0] == 4
    assert_allclose(frames[0], np.cos(2 * np.pi * 3 * np.arange(64) / 64), atol=0.35)


@pytest.mark.parametrize("taper", ["hann", "flattop", "blackman"])
def test_order_spectrum_is_a_periodogram(taper):
    x = np.random.default_rng(4).normal(2, 1, 640)
    orders, amplitude = vibration.order_spectrum(x, 32, taper=taper)
    f, power = signal.periodogram(x, 32, taper, detrend="constant", scaling="spectrum")
    factor = np.full(f.size, 2.0)
    factor[[0, -1]] = 1.0
    assert_allclose(orders, f)
    assert_allclose(amplitude, np.sqrt(factor * power), atol=1e-12)


def test_averaged_order_spectrum_is_welch():
    x = np.random.default_rng(5).normal(size=32 * 40)
    _, amplitude = vibration.order_spectrum(x, 32, revolutions=8)
    _, power = signal.welch(x, 32, "hann", 256, 128, scaling="spectrum")
    assert_allclose(amplitude[1:-1], np.sqrt(2 * power[1:-1]), rtol=1e-10)


def test_order_map_and_tracking():
    turns = np.arange(64 * 100) / 64
    x = np.linspace(1, 2, turns.size) * np.cos(2 * np.pi * 2.3 * turns)
    table = vibration.order_map(x, 64, 20)
    assert table.amplitude.shape == (9, 641)
    assert table.positions.tolist() == [640 + 640 * i for i in range(9)]
    tracked = vibration.track_orders(x, 64, [2.3, 10.0], 20)
    assert_allclose(
        tracked.amplitude[:, 0], np.interp(tracked.positions, np.arange(x.size), np.linspace(1, 2, x.size)), rtol=1e-2
    )
    assert tracked.amplitude[:, 1].max() < 1e-3


def test_average_falls_as_the_root_of_the_turns():
    rng = np.random.default_rng(6)
    turn = np.sin(2 * np.pi * 3 * np.arange(256) / 256)
    for turns in (25, 400):
        x = np.tile(turn, (64, turns, 1)) + rng.normal(size=(64, turns, 256))
        rest = [vibration.synchronous_average(row.ravel(), 256) - turn for row in x]
        assert np.sqrt(np.mean(np.square(rest))) * np.sqrt(turns) == pytest.approx(1, abs=0.05)
    average = vibration.synchronous_average(x[0].ravel(), 256)
    assert_allclose(average, x[0].mean(0), atol=1e-12)
    assert_allclose(vibration.remove_average(x[0].ravel(), average), (x[0] - average).ravel(), atol=1e-12)


def broken_gear(depth, turns=60, seed=0):
    angle = np.arange(1024) / 1024
    x = sum(np.cos(2 * np.pi * 28 * h * angle + h) / h for h in (1, 2, 3)) * (1 + 0.1 * np.cos(2 * np.pi * angle))
    tooth = (angle - 0.5) * 28
    x = x + depth * np.cos(np.pi / 2 * np.clip(tooth, -1, 1)) * np.sin(2 * np.pi * 3.5 * tooth)
    noise = np.random.default_rng(seed).normal(0, 0.2, (turns, 1024))
    return vibration.synchronous_average((x + noise).ravel(), 1024)


def test_a_broken_tooth_raises_fm4():
    runs = np.array([broken_gear(0.0, seed=s) for s in range(4)] + [broken_gear(0.5, seed=9)])
    condition = vibration.gear_condition_metrics(runs, 28)
    assert condition.fm4[:4].max() < 4 < 8 < condition.fm4[4]
    assert condition.na4[4] > 2 * condition.na4[3]
    parts = vibration.gear_signals(runs[4], 28)
    assert_allclose(parts.regular + parts.difference + runs[4].mean(), runs[4], atol=1e-12)
    assert np.abs(parts.difference).argmax() == pytest.approx(512, abs=1024 / 28)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gear_condition_as_a_stream_gives_the_same_bytes(dtype):
    turned = vibration.order_resample(component(28), RATE, 256, tacho=RunUp.tacho, threshold=0.5, hysteresis=0.4)
    x = (turned.values + np.random.default_rng(5).normal(0, 0.1, turned.values.size)).astype(dtype)
    stage = streaming.GearCondition(rate_hz=256, teeth=[28], revolutions=20, dtype=dtype)
    rows = np.concatenate([stage.process(x[:7000]), stage.process(x[7000:])])
    state = stage.state()
    other = streaming.GearCondition(rate_hz=256, teeth=[28], revolutions=20, dtype=dtype)
    other.restore(state)
    rows = np.concatenate([rows, other.flush()])
    averages = vibration.synchronous_average(x, 256, 20)
    expected = vibration.gear_condition_metrics(averages, 28)
    assert rows.shape == (len(averages), len(expected)) and len(averages) > 5
    for column, values in zip(rows.T, expected, strict=True):
        assert_array_equal(column, values.astype(dtype))


def test_the_tacho_stage_agrees_with_the_functions():
    stage = streaming.Tacho(rate_hz=RATE, threshold_mode="fixed", threshold=0.5, hysteresis=0.4, speed_rate_hz=50)
    rpm = stage.run(RunUp.tacho)[:, 0]
    pulses = vibration.tacho_pulses(RunUp.tacho, RATE, threshold=0.5, hysteresis=0.4)
    at = np.arange(rpm.size) / 50
    turning = (at >= pulses.times[0]) & (at <= pulses.times[-1])
    assert_allclose(rpm[turning], vibration.tacho_speed(pulses.times, at[turning]), rtol=1e-9)


@pytest.mark.parametrize("ratio", [1e9, 0.0, np.nan, -1.0])
def test_gear_ratios_have_limits(ratio):
    x = component(1)
    for given in ({"tacho": RunUp.tacho}, {"pulse_times": [0.1, 0.2]}, {"rpm": 600.0}):
        with pytest.raises(ValueError, match=r"outside 1e-4 \.\. 1e4"):
            vibration.order_resample(x, RATE, 64, gear_ratio=ratio, **given)
    with pytest.raises(ValueError, match=r"outside 1e-4 \.\. 1e4"):
        vibration.tacho_speed([0.1, 0.2], [0.15], gear_ratio=ratio)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tacholess_speed_of_a_run_up(dtype):
    rng = np.random.default_rng(7)
    x = component(1) + 0.5 * component(2) + 0.5 * component(4.7) + rng.normal(0, 0.3, RunUp.t.size)
    profile = vibration.tacholess_speed(x.astype(dtype), RATE, 10, (7, 40))
    assert_allclose(profile.rpm, 60 * np.interp(profile.times, RunUp.t, RunUp.hz), rtol=5e-3)
    by_harmonic = vibration.tacholess_speed(x.astype(dtype), RATE, 20, (15, 70), order=2, max_slope=6)
    assert_allclose(by_harmonic.rpm, 60 * np.interp(by_harmonic.times, RunUp.t, RunUp.hz), rtol=1e-2)


def test_errors_say_what_is_wrong():
    x = component(1)
    with pytest.raises(ValueError, match="exactly one"):
        vibration.order_resample(x, RATE, 64)
    with pytest.raises(ValueError, match="constant"):
        vibration.order_resample(x, RATE, 64, tacho=np.zeros_like(x))
    with pytest.raises(ValueError, match="the tacho 5"):
        vibration.order_resample(x, RATE, 64, tacho=np.arange(5.0))
    with pytest.raises(ValueError, match="outside min_rpm"):
        vibration.order_resample(x, RATE, 64, rpm=np.linspace(600, -600, x.size))
    with pytest.raises(ValueError, match="give rpm_times"):
        vibration.order_resample(x, RATE, 64, rpm=[600, 700])
    with pytest.raises(ValueError, match="only one pulse"):
        vibration.tacho_speed([1.0], [1.0])
    with pytest.raises(ValueError, match=r"taper|window"):
        vibration.order_spectrum(x, 64, taper="triangular hat")
    with pytest.raises(ValueError, match="600 teeth"):
        vibration.gear_condition_metrics(np.zeros(1024), 600)
    with pytest.raises(ValueError, match="one row"):
        vibration.tacho_pulses(np.zeros((3, 100)), RATE)
