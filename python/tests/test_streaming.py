"""Every signal stage of the core through its Python class: however a signal is cut, the bytes that come out are the same."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import DTypeLike

from millwright import _core, filter, signal, streaming, vibration, wavelet
from millwright._signal_stage import SignalStage

RATE_HZ = 2_000.0
CLASSES = [getattr(streaming, name) for name in streaming.__all__]


def example_signal(columns: int, dtype: DTypeLike) -> np.ndarray:
    """Tones and noise; the last of several columns is a pulse train of 25 Hz, so that it may pass for a tacho."""
    t = np.arange(5_000) / RATE_HZ
    x = np.sin(2 * np.pi * 70 * t) + np.random.default_rng(3).normal(size=(columns, t.size))
    if columns > 1:
        x[-1] = np.where(np.sin(2 * np.pi * 25 * t) > 0.9, 5.0, 0.0)
    return x.T.astype(dtype)


def started(kind: type[SignalStage], dtype: DTypeLike) -> SignalStage:
    wanted = next(s["input_columns"] for s in _core.signal_stages() if s["id"] == kind.stage_id) or 2
    stage = kind(rate_hz=RATE_HZ, columns=wanted, dtype=dtype, max_items=700)
    if next(s["learns"] for s in _core.signal_stages() if s["id"] == kind.stage_id):
        stage.fit(example_signal(wanted, dtype))
    return stage


def test_every_registered_stage_has_a_class() -> None:
    assert sorted(kind.stage_id for kind in CLASSES) == sorted(s["id"] for s in _core.signal_stages())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_any_cut_gives_the_same_bytes(kind: type[SignalStage], dtype: DTypeLike) -> None:
    stage = started(kind, dtype)
    x = example_signal(stage.columns, dtype)
    whole = stage.run(x)
    assert whole.dtype == dtype
    assert whole.shape[1] == stage.output_columns
    stage.reset()
    first = [stage.process(x[:1]), stage.process(x[1:1234])]
    state = stage.state()
    other = started(kind, dtype)
    other.restore(state)
    pieces = [*first, other.process(x[1234:]), other.flush()]
    assert np.concatenate(pieces).tobytes() == whole.tobytes()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_foreign_bytes_are_refused(kind: type[SignalStage]) -> None:
    stage = started(kind, np.float64)
    with pytest.raises(ValueError, match=kind.stage_id):
        stage.restore(b"\xff" + stage.state())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_random_cuts_give_the_bytes_of_the_whole(kind: type[SignalStage], dtype: DTypeLike) -> None:
    stage = started(kind, dtype)
    x = example_signal(stage.columns, dtype)
    whole = stage.run(x)
    random = np.random.default_rng(17)
    for pieces in (3, 40):
        cuts = np.sort(random.integers(0, len(x) + 1, pieces))  # equal ones make empty pieces
        stage.reset()
        out = [stage.process(part) for part in np.split(x, cuts)]
        out.append(stage.flush())
        assert np.concatenate(out).tobytes() == whole.tobytes()


def interleaved(z: np.ndarray) -> np.ndarray:
    """Bins x frames to frames x (re, im)."""
    return np.ascontiguousarray(z.T).view(z.real.dtype)


def segments(count: int) -> int:
    """Samples in so many segments of 256, half of them shared."""
    return 256 + (count - 1) * 128


def averages(x: np.ndarray, function: Callable[[np.ndarray], np.ndarray], count: int) -> np.ndarray:
    """Items of a stage that averages `count` segments: each like the array function over their samples."""
    starts = range(0, (len(x) - 128) // 128 * 128, 128 * count)
    return np.stack([function(x[start : start + segments(count)]) for start in starts])


def dwt_items(x: np.ndarray, wavelet_name: str, level: int, mode: str) -> np.ndarray:
    """Coefficients of wavedec where the items of the stage have them; 0 past a level's end."""
    bands = wavelet.wavedec(x, wavelet_name, mode, level)
    widths = [1, *(2**k for k in range(level))]
    items = max(-(-len(band) // width) for band, width in zip(bands, widths, strict=True))
    rows = [np.pad(b, (0, items * w - len(b))).reshape(items, w) for b, w in zip(bands, widths, strict=True)]
    return np.concatenate(rows, axis=1)


TACHO = {"threshold": 2.5, "hysteresis": 1.0}
# A stage with settings, and the function over arrays that does the same: equal in bytes.
PAIRS: list[tuple[type[SignalStage], dict[str, Any], Callable[..., np.ndarray]]] = [
    (
        streaming.SosFilter,
        {"start": "rest"},
        lambda x: filter.sosfilt(filter.iirfilter(4, [10.0, 500.0], fs=RATE_HZ), x),
    ),
    (
        streaming.SosFilter,
        {"start": "rest", "family": "elliptic", "band": "highpass", "order": 5, "low_hz": 80.0},
        lambda x: filter.sosfilt(filter.ellip(5, 1.0, 40.0, 80.0, "highpass", fs=RATE_HZ, output="sos"), x),
    ),
    (streaming.FirFilter, {}, lambda x: filter.lfilter(filter.firwin(101, 500.0, fs=RATE_HZ), 1.0, x)),
    (streaming.FirFilter, {"taps": [0.5, 0.25, -2.0]}, lambda x: filter.lfilter([0.5, 0.25, -2.0], 1.0, x)),
    (streaming.Decimator, {}, lambda x: filter.decimate(x, 4, ftype="fir", zero_phase=False)),
    (streaming.Decimator, {"factor": 3, "ftype": "iir"}, lambda x: filter.decimate(x, 3, zero_phase=False)),
    (streaming.Resampler, {}, lambda x: filter.resample_poly(x, 1, 2)),
    (streaming.Resampler, {"up": 7, "down": 5}, lambda x: filter.resample_poly(x, 7, 5)),
    (streaming.OctaveFilterBank, {}, lambda x: filter.octave_filter_bank(x, RATE_HZ, interval_s=1.0).rms),
    (streaming.Stft, {}, lambda x: interleaved(signal.stft(x, RATE_HZ, boundary=None, padded=False)[2])),
    (
        streaming.Stft,
        {"nfft": 300, "detrend": "linear", "scaling": "density", "noverlap": 17},
        lambda x: interleaved(
            signal.stft(
                x, RATE_HZ, noverlap=17, nfft=300, detrend="linear", boundary=None, padded=False, scaling="psd"
            )[2]
        ),
    ),
    (
        streaming.Spectrogram,
        {},
        lambda x: signal.spectrogram(x, RATE_HZ, window="hann", nperseg=256, noverlap=128)[2].T,
    ),
    (streaming.Welch, {}, lambda x: averages(x, lambda part: signal.welch(part, RATE_HZ, nperseg=256)[1], 8)),
    (
        streaming.Welch,
        {"average": "median", "segments": 5, "scaling": "spectrum"},
        lambda x: averages(
            x, lambda part: signal.welch(part, RATE_HZ, nperseg=256, scaling="spectrum", average="median")[1], 5
        ),
    ),
    (
        streaming.CrossSpectrum,
        {},
        lambda x: averages(x, lambda part: interleaved(signal.csd(part[:, 0], part[:, 1], RATE_HZ, nperseg=256)[1]), 8),
    ),
    (
        streaming.Coherence,
        {},
        lambda x: averages(x, lambda part: signal.coherence(part[:, 0], part[:, 1], RATE_HZ, nperseg=256)[1], 8),
    ),
    (
        streaming.SpectralKurtosis,
        {},
        lambda x: averages(x, lambda part: signal.spectral_kurtosis(part, RATE_HZ, nperseg=256)[1], 16),
    ),
    (streaming.LogMel, {}, lambda x: signal.log_mel(x, RATE_HZ)),
    (
        streaming.LogMel,
        {"scale": "htk", "area_normalized": False, "n_mels": 20},
        lambda x: signal.log_mel(x, RATE_HZ, scale="htk", area_normalized=False, n_mels=20),
    ),
    (streaming.Mfcc, {}, lambda x: signal.mfcc(x, RATE_HZ)),
    (streaming.Envelope, {}, lambda x: vibration.envelope(x, RATE_HZ, (500.0, 1000.0))[0]),
    (
        streaming.Envelope,
        {"f_lo_hz": 300.0, "f_hi_hz": 600.0, "squared": False, "f_max_hz": 60.0},
        lambda x: vibration.envelope(x, RATE_HZ, (300.0, 600.0), False, f_max=60.0)[0],
    ),
    (streaming.PeakHold, {"f_max_hz": 100.0}, lambda x: vibration.peak_hold(x, RATE_HZ, 500.0, 100.0)[0]),
    (streaming.HighFrequencyEnergy, {}, lambda x: vibration.high_frequency_energy(x, RATE_HZ, (500.0, 1000.0))[0]),
    (
        streaming.HighFrequencyEnergy,
        {"measure": "peak_to_peak", "interval_s": 0.05},
        lambda x: vibration.high_frequency_energy(x, RATE_HZ, (500.0, 1000.0), 0.05, "peak_to_peak")[0],
    ),
    (
        streaming.OrderTracker,
        {"threshold_mode": "fixed", **TACHO},
        lambda x: vibration.order_resample(x[:, 0], RATE_HZ, tacho=x[:, 1], **TACHO).values,
    ),
    (
        streaming.SynchronousAverage,
        {"samples_per_revolution": 64, "revolutions": 5},
        lambda x: vibration.synchronous_average(x, 64, 5),
    ),
    (streaming.Dwt, {}, lambda x: dwt_items(x, "db4", 4, "symmetric")),
    (
        streaming.Dwt,
        {"wavelet": "bior2.2", "level": 3, "mode": "smooth"},
        lambda x: dwt_items(x, "bior2.2", 3, "smooth"),
    ),
    (streaming.Modwt, {}, lambda x: np.stack(wavelet.modwt(x, "db4", 4, "zero"), axis=1)),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("kind", "settings", "function"), PAIRS, ids=[f"{kind.__name__}-{'-'.join(map(str, s))}" for kind, s, _ in PAIRS]
)
def test_equals_the_function_over_arrays(
    kind: type[SignalStage], settings: dict[str, Any], function: Callable[..., np.ndarray], dtype: DTypeLike
) -> None:
    columns = next(s["input_columns"] for s in _core.signal_stages() if s["id"] == kind.stage_id) or 1
    x = example_signal(columns, dtype)
    if columns == 1:
        x = x[:, 0].copy()
    stage = kind(rate_hz=RATE_HZ, columns=columns, dtype=dtype, max_items=700, **settings)
    found = np.squeeze(stage.run(x))
    expected = np.squeeze(np.asarray(function(x)))
    assert found.dtype == expected.dtype == dtype
    assert found.shape == expected.shape
    np.testing.assert_array_equal(found, expected)


def test_tacho_tells_the_speed_of_the_pulses() -> None:
    x = example_signal(2, np.float64)[:, 1]
    stage = streaming.Tacho(rate_hz=RATE_HZ, threshold_mode="fixed", **TACHO)
    rpm = stage.run(x)[:, 0]
    pulses = vibration.tacho_pulses(x, RATE_HZ, **TACHO)
    at = np.arange(len(rpm)) / stage.output_rate_hz
    inside = (at > pulses.times[0]) & (at < pulses.times[-1])
    np.testing.assert_allclose(rpm[inside], vibration.tacho_speed(pulses.times, at[inside]), rtol=1e-9)
    np.testing.assert_allclose(rpm[inside], 1_500.0, rtol=0.02)


def test_teager_energy_of_a_tone() -> None:
    """A^2 sin^2(w), whatever the phase (Kaiser 1990, eq. 6)."""
    w = 0.3
    y = streaming.TeagerEnergy(rate_hz=1.0).run(3.0 * np.cos(w * np.arange(200) + 0.4))
    np.testing.assert_allclose(y[1:-1], 9.0 * np.sin(w) ** 2, rtol=1e-12)


@pytest.mark.parametrize(("dtype", "offset"), [(np.float32, 1e5), (np.float64, 1e9)])
def test_teager_energy_keeps_its_digits_on_an_offset(dtype: type, offset: float) -> None:
    x = (offset + 3.0 * np.cos(0.3 * np.arange(200))).astype(dtype)
    ends = np.concatenate([x[:1], x, x[-1:]])
    exact = [Fraction(float(v)) for v in ends]
    expected = [float(b * b - a * c) for a, b, c in zip(exact, exact[1:], exact[2:], strict=False)]
    y = streaming.TeagerEnergy(rate_hz=1.0, dtype=dtype).run(x)
    np.testing.assert_allclose(y, expected, rtol=4 * np.finfo(dtype).eps)


def test_teager_energy_beyond_the_range_of_the_samples_is_nan() -> None:
    for dtype, large in ((np.float32, 1e30), (np.float64, 1e200)):
        y = streaming.TeagerEnergy(rate_hz=1.0, dtype=dtype).run(np.array([large, -large, large, 0, 1, 0, 0], dtype))
        assert np.isnan(y[:3]).any() and not np.isinf(y).any()
        np.testing.assert_array_equal(y[-3:], [1, 0, 0])


def test_wrong_shapes_and_types_are_refused() -> None:
    stage = streaming.TeagerEnergy(rate_hz=100.0, columns=2)
    with pytest.raises(ValueError, match=r"\(items, 2\)"):
        stage.process(np.zeros(10))
    with pytest.raises(ValueError, match="float32 or float64"):
        streaming.TeagerEnergy(rate_hz=100.0, dtype=np.int32)
    with pytest.raises(ValueError, match="sampling rate"):
        streaming.TeagerEnergy(rate_hz=0.0)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("sizes", [{"max_items": 2**63}, {"max_items": 2**64 - 1}, {"columns": 2**62}])
def test_sizes_that_nothing_holds_are_refused(kind: type[SignalStage], sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"columns|shape"):
        stage = kind(**{"rate_hz": RATE_HZ, "columns": 2, **sizes})
        stage.fit(np.zeros((100, 2)))
