"""Envelope spectra, pre-whitening and high-frequency levels against SciPy, simulated faults and real recordings."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import scipy.signal
from numpy.typing import DTypeLike
from real_data import load_npy_xz

from millwright import Bearing, vibration

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"


def reference(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, GOLDEN / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


scipy_form = reference("generate_envelope")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [4096, 3000, 2047])
@pytest.mark.parametrize("band", [None, (0.0, 700.0), (1500.0, 2500.0), (4000.0, 5000.0)])
@pytest.mark.parametrize(("squared", "prewhiten"), [(True, False), (False, False), (True, True)])
def test_spectrum_is_scipys_at_the_full_rate(
    dtype: DTypeLike, n: int, band: tuple[float, float] | None, squared: bool, prewhiten: bool
) -> None:
    x = np.random.default_rng(n).standard_normal(n).astype(dtype) + 2
    f, magnitude = vibration.envelope_spectrum(x, 10_000, band, squared, prewhiten=prewhiten)
    f_expected, expected = scipy_form.envelope_spectrum(x, 10_000, band, squared, prewhiten)
    assert magnitude.dtype == dtype
    np.testing.assert_allclose(f, f_expected[: len(f)], rtol=1e-12)
    tolerance = (1e-12 if dtype == np.float64 else 2e-5) * expected.max()
    np.testing.assert_allclose(magnitude, expected[: len(f)], rtol=0, atol=tolerance)
    assert np.all(expected[len(f) :] < tolerance)


def test_frames_of_the_last_axis_are_independent() -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 512))
    f, magnitude = vibration.envelope_spectrum(x, 1000, (100, 300))
    assert magnitude.shape == (2, 3, f.size)
    np.testing.assert_array_equal(magnitude[1, 2], vibration.envelope_spectrum(x[1, 2], 1000, (100, 300))[1])
    whitened = vibration.cepstral_prewhitening(x)
    assert whitened.shape == x.shape
    np.testing.assert_array_equal(whitened[0, 1], vibration.cepstral_prewhitening(x[0, 1]))


@pytest.mark.parametrize("n", [4096, 1000, 997])
def test_prewhitening_is_x_over_its_magnitude(n: int) -> None:
    x = np.random.default_rng(n).standard_normal(n)
    spectrum = np.fft.rfft(x)
    np.testing.assert_allclose(
        vibration.cepstral_prewhitening(x), np.fft.irfft(spectrum / np.abs(spectrum), n), rtol=0, atol=1e-13
    )


def test_modulated_tone_reads_half_its_depth() -> None:
    t = np.arange(8192) / 8192
    x = (1 + 0.4 * np.cos(2 * np.pi * 50 * t)) * np.cos(2 * np.pi * 2000 * t)
    f, magnitude = vibration.envelope_spectrum(x, 8192, (1500, 2500), squared=False)
    assert f[magnitude.argmax()] == pytest.approx(50)
    assert magnitude.max() == pytest.approx(0.2, rel=1e-9)


def faulty_bearing(seed: int, rate: float, seconds: float, order_hz: float, snr_db: float) -> np.ndarray:
    """A resonance of 3 kHz, damping .05, struck at `order_hz` with 1 % jitter, in white noise."""
    rng = np.random.default_rng(seed)
    n = int(rate * seconds)
    starts = np.cumsum(rng.normal(1, 0.01, int(seconds * order_hz * 1.2)) / order_hz)
    t = np.arange(n) / rate
    x = np.zeros(n)
    for start in starts[starts < seconds]:
        i = int(np.ceil(start * rate))
        s = t[i : i + 400] - start
        x[i : i + 400] += np.exp(-0.05 * 2 * np.pi * 3000 * s) * np.sin(2 * np.pi * 3000 * s)
    return x / x.std() * 10 ** (snr_db / 20) + rng.standard_normal(n)


@pytest.mark.parametrize("seed", range(10))
def test_simulated_fault_stands_highest_at_its_frequency(seed: int) -> None:
    bpfo = Bearing.from_name("6205").frequencies(1797)["bpfo"]
    x = faulty_bearing(seed, 20_000, 2.0, bpfo, snr_db=-10)
    f, magnitude = vibration.envelope_spectrum(x, 20_000, (2500, 3500))
    spacing = f[1]
    assert abs(f[magnitude.argmax()] - bpfo) <= 1.5 * spacing  # the nearest bin or its neighbour
    assert vibration.fault_snr(f, magnitude, bpfo) > 12
    assert vibration.fault_snr(f, magnitude, 0.77 * bpfo) < 12


CWRU = [("IR_007", "bpfi", 0, 161.7), ("OR_007@6", "bpfo", 0, 107.6)]
CWRU += [(name, line, load, None) for name, line in (("IR_007", "bpfi"), ("OR_007@6", "bpfo")) for load in (1, 2)]
RPM = (1797, 1772, 1750)


@pytest.mark.parametrize(("name", "line", "load", "published"), CWRU)
def test_cwru_faults_show_at_their_frequency(name: str, line: str, load: int, published: float | None) -> None:
    x = load_npy_xz(f"cwru/12k_DE_fault/load{load}/{name}_DE.npy.xz")
    f, magnitude = vibration.envelope_spectrum(x, 12_000, (2000, 4000))
    peak = f[magnitude.argmax()]
    frequencies = Bearing.from_name("6205").frequencies(RPM[load])
    assert peak == pytest.approx(frequencies[line], rel=0.02)
    if published is not None:
        assert peak == pytest.approx(published, abs=0.05)
    other = "bpfo" if line == "bpfi" else "bpfi"
    assert vibration.fault_snr(f, magnitude, frequencies[line]) > 5 + vibration.fault_snr(
        f, magnitude, frequencies[other]
    )


@pytest.mark.parametrize("load", range(1, 6))
@pytest.mark.parametrize(("race", "expected", "fault"), [("Inner", 118.0, 118.875), ("Outer", 80.0, 81.125)])
def test_mfpt_faults_show_at_their_frequency(race: str, expected: float, fault: float, load: int) -> None:
    shaft = 25.0
    x = load_npy_xz(f"mfpt_bearing/{race}RaceFault_vload_{load}.npy.xz")
    f, magnitude = vibration.envelope_spectrum(x, 48_828, (2000, 12_000))
    if (race, load) == ("Inner", 5):
        # Under the highest load the fault passes through the load zone with so much force that the envelope follows the
        # turns of the shaft a little more (by 4 %) than the single strikes: its largest line is that of the shaft.
        peak = f[magnitude.argmax()]
        assert peak == pytest.approx(shaft, rel=0.02)
        about = (f > 0.5 * fault) & (f < 1.5 * fault)
        assert magnitude[about].max() > 0.95 * magnitude.max()
        f, magnitude = f[about], magnitude[about]
    peak = f[magnitude.argmax()]
    assert peak == pytest.approx(expected, abs=0.4)
    assert peak == pytest.approx(fault, rel=0.014)  # bearings slip


@pytest.mark.parametrize("load", range(1, 6))
def test_mfpt_inner_race_faults_have_the_sidebands_of_the_shaft(load: int) -> None:
    ratios = {}
    for race, fault in (("Inner", 118.875), ("Outer", 81.125)):
        x = load_npy_xz(f"mfpt_bearing/{race}RaceFault_vload_{load}.npy.xz")
        f, magnitude = vibration.envelope_spectrum(x, 48_828, (2000, 12_000))
        assert vibration.fault_snr(f, magnitude, fault) > 20
        ratios[race] = vibration.sideband_ratio(f, magnitude, fault, 25.0)
    assert ratios["Inner"] > 2 * ratios["Outer"]


def blackman_band(rate: float, f_lo: float, f_hi: float, transition: float) -> np.ndarray:
    """The streaming stages' complex band-pass, from its definition."""
    taps = int(np.ceil(5.5 * rate / transition)) | 1
    t = np.arange(taps) - (taps - 1) / 2
    width = (f_hi - f_lo) / rate
    low_pass = width * np.sinc(width * t) * np.blackman(taps)
    return 2 * low_pass / low_pass.sum() * np.exp(2j * np.pi * (f_lo + f_hi) / 2 / rate * t)


def test_envelope_signal_is_that_of_the_filter() -> None:
    x = np.random.default_rng(1).standard_normal((2, 6000))
    found, rate = vibration.envelope(x, 20_000, (3000, 5000))
    z = scipy.signal.lfilter(blackman_band(20_000, 3000, 5000, 500), 1, x)
    assert rate == 5000
    np.testing.assert_allclose(found, np.abs(z[:, ::4]) ** 2, atol=1e-12)
    single, rate = vibration.envelope(x[0].astype(np.float32), 20_000, (3000, 5000), squared=False)
    assert rate == 10_000
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, np.abs(z[0, ::2]), atol=1e-5)


def test_levels_are_those_of_the_filtered_signal() -> None:
    x = np.random.default_rng(2).standard_normal(10_000)
    y = scipy.signal.lfilter(blackman_band(20_000, 5000, 10_000, 1250).real, 1, x)
    peaks, rate = vibration.peak_hold(x, 20_000, 5000.0, f_max=200)
    assert rate == pytest.approx(20_000 / 39)
    np.testing.assert_allclose(peaks, np.abs(y[: 39 * (10_000 // 39)]).reshape(-1, 39).max(axis=1), atol=1e-12)
    rms, rate = vibration.high_frequency_energy(x, 20_000, 5000.0, 0.01)
    assert rate == 100
    np.testing.assert_allclose(rms, np.sqrt((y.reshape(-1, 200) ** 2).mean(axis=1)), atol=1e-12)
    spans, _ = vibration.high_frequency_energy(x, 20_000, (5000.0, 10_000.0), 0.01, "peak_to_peak")
    np.testing.assert_allclose(spans, np.ptp(y.reshape(-1, 200), axis=1), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda x: vibration.envelope_spectrum(x, 1000, (300, 200)), "f_lo < f_hi"),
        (lambda x: vibration.envelope_spectrum(x, 1000, (300, 600)), "rate / 2"),
        (lambda x: vibration.envelope_spectrum(x, 1000, (300, 301)), "fewer than 2 bins"),
        (lambda x: vibration.envelope_spectrum(x, 0, None), "sampling rate"),
        (lambda x: vibration.envelope_spectrum(x[:0], 1000), "empty"),
        (lambda x: vibration.envelope_spectrum(1.0, 1000), "array of samples"),
        (lambda x: vibration.envelope(x, 1000, (0, 200)), "f_lo_hz"),
        (lambda x: vibration.peak_hold(x, 1000, 200.0, f_max=500), "rate / 2.56"),
    ],
)
def test_impossible_requests_say_why(call: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call(np.zeros(256))  # type: ignore[operator]
