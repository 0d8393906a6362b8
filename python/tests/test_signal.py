"""millwright.signal against SciPy, NumPy formulas and known answers."""

import numpy as np
import pytest
import scipy.fft
import scipy.signal
from numpy.testing import assert_allclose, assert_array_equal

from millwright import signal, streaming

RNG = np.random.default_rng(5)
WINDOWS = [
    "boxcar",
    "hann",
    "hamming",
    "blackman",
    "blackmanharris",
    "flattop",
    ("kaiser", 8.6),
    ("tukey", 0.25),
    ("gaussian", 20.0),
]
NOISE = RNG.standard_normal(1000)
TOLERANCE = {np.float64: 1e-10, np.float32: 1e-4}


def assert_parity(found, expected, dtype):
    """Relative to each value, with an allowance for values that are far below the largest."""
    floor = 1e-13 if dtype == np.float64 else 1e-6
    assert_allclose(found, expected, rtol=TOLERANCE[dtype], atol=floor * np.max(np.abs(expected), initial=0))


# --- tapers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [*WINDOWS, 5.0, "tukey", "hann_symmetric", ("kaiser_periodic", 3.0), "rect", "bkh"])
def test_tapers_equal_scipy(window):
    for n in (1, 2, 3, 4, 17, 64, 255):
        for fftbins in (True, False):
            expected = scipy.signal.get_window(window, n, fftbins)
            assert_allclose(signal.get_window(window, n, fftbins), expected, rtol=0, atol=5e-15)


def test_taper_figures():
    assert signal.enbw(signal.get_window("hann", 1024)) == pytest.approx(1.5, rel=1e-13)
    assert signal.coherent_gain(signal.get_window("hann", 1024)) == pytest.approx(0.5, rel=1e-13)
    assert signal.window_for_revolutions(8, 2, speed_rpm=1800, rate_hz=25600) == (6827, 1707)
    for bad in ("han n", ("hann", 3.0), "kaiser", ("gaussian", 0.0), None, ()):
        with pytest.raises(ValueError):
            signal.get_window(bad, 8)
    with pytest.raises(ValueError):
        signal.get_window("hann", 0)


# --- Welch and its kin --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("nperseg", [64, 101, 256])
def test_welch_equals_scipy(dtype, window, nperseg):
    x = (NOISE + 2).astype(dtype)
    f, found = signal.welch(x, 100.0, window, nperseg)
    expected_f, expected = scipy.signal.welch(x, 100.0, window, nperseg)
    assert found.dtype == dtype
    assert_allclose(f, expected_f)
    assert_parity(found, expected, dtype)


@pytest.mark.parametrize("detrend", ["constant", "linear", False])
@pytest.mark.parametrize("scaling", ["density", "spectrum"])
@pytest.mark.parametrize("average", ["mean", "median"])
@pytest.mark.parametrize("onesided", [True, False])
def test_welch_options_equal_scipy(detrend, scaling, average, onesided):
    x = NOISE + np.linspace(0, 5, NOISE.size)
    for noverlap, nfft in ((0, None), (63, 100), (10, 127)):
        options = {
            "nperseg": 64,
            "noverlap": noverlap,
            "nfft": nfft,
            "detrend": detrend,
            "scaling": scaling,
            "average": average,
            "return_onesided": onesided,
        }
        f, found = signal.welch(x, 8.0, **options)
        expected_f, expected = scipy.signal.welch(x, 8.0, **options)
        assert_allclose(f, expected_f)
        assert_parity(found, expected, np.float64)
        for dtype in (np.float64, np.float32):
            y, z = x.astype(dtype), (x[::-1] ** 2).astype(dtype)
            _, found = signal.csd(y, z, 8.0, **options)
            _, expected = scipy.signal.csd(y.astype(np.float64), z.astype(np.float64), 8.0, **options)
            assert found.dtype == np.result_type(dtype, np.complex64)
            assert_parity(found, expected, dtype)


def test_own_taper_axes_and_unequal_lengths():
    x = RNG.standard_normal((3, 300, 2))
    w = np.linspace(1, 2, 80)
    assert_parity(signal.welch(x, window=w, axis=1)[1], scipy.signal.welch(x, window=w, axis=1)[1], np.float64)
    a, b = NOISE, NOISE[:700] + 1
    assert_parity(signal.csd(a, b)[1], scipy.signal.csd(a, b)[1], np.float64)
    assert signal.welch(x, axis=1, nperseg=64)[1].shape == (3, 33, 2)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("nfft", [None, 500, 1000, 1331])
@pytest.mark.parametrize("window", ["boxcar", "hann"])
def test_periodogram_equals_scipy(dtype, nfft, window):
    x = NOISE.astype(dtype)
    for detrend in ("constant", "linear", False):
        f, found = signal.periodogram(x, 50.0, window, nfft, detrend)
        expected_f, expected = scipy.signal.periodogram(x, 50.0, window, nfft, detrend)
        assert_allclose(f, expected_f)
        assert_parity(found, expected, dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_coherence_equals_scipy(dtype):
    x = NOISE.astype(dtype)
    y = (np.convolve(NOISE, [1, -0.5, 0.2], "same") + RNG.standard_normal(NOISE.size)).astype(dtype)
    for nperseg in (64, 65):
        _, found = signal.coherence(x, y, nperseg=nperseg)
        _, expected = scipy.signal.coherence(x, y, nperseg=nperseg)
        assert_parity(found, expected, dtype)
        assert np.all(found <= 1)


def test_level_of_white_noise():
    sigma, fs = 3.0, 1000.0
    x = sigma * np.random.default_rng(1).standard_normal(400_000)
    _, pxx = signal.welch(x, fs, nperseg=512, noverlap=0)
    segments = x.size // 512
    level = np.mean(pxx[1:-1])
    spread = 2 * sigma**2 / fs / np.sqrt(segments * 255)
    assert abs(level - 2 * sigma**2 / fs) < 3 * spread * np.sqrt(1.5)  # bins of a Hann taper are correlated
    _, median = signal.welch(x, fs, nperseg=512, noverlap=0, average="median")
    assert np.mean(median[1:-1]) == pytest.approx(2 * sigma**2 / fs, rel=0.02)


@pytest.mark.parametrize("n", [2, 3, 64, 127, 1000])
def test_parseval(n):
    x = RNG.standard_normal(n)
    for window in ("boxcar", "hann", "flattop"):
        w = signal.get_window(window, n)
        f, pxx = signal.periodogram(x, 7.0, window, detrend=False)
        df = 7.0 / n
        assert np.sum(pxx) * df == pytest.approx(np.sum((w * x) ** 2) / np.sum(w**2), rel=1e-12)
        assert len(f) == n // 2 + 1


def test_tone_amplitude_in_spectrum_scaling():
    t = np.arange(4096) / 1024
    _, power = signal.welch(3 * np.sin(2 * np.pi * 128 * t), 1024, nperseg=512, scaling="spectrum")
    assert np.sqrt(2 * power[64]) == pytest.approx(3, rel=1e-12)


def test_awkward_signals():
    for call in (signal.welch, signal.periodogram):
        f, pxx = call(np.empty(0))
        assert f.size == 0 and pxx.size == 0
        for n in (1, 2, 3, 7, 13):
            f, pxx = call(np.ones(n))
            assert pxx.size == n // 2 + 1
            assert_array_equal(pxx, 0)  # a constant has no power once its mean is off, exactly
        assert np.all(np.isnan(call(np.array([1.0, np.nan, 2.0, 3.0]))[1]))
    large = 1e9 + NOISE
    assert_allclose(signal.welch(large, nperseg=64)[1], signal.welch(large - 1e9, nperseg=64)[1], rtol=1e-5, atol=1e-12)
    assert np.all(signal.welch(np.full(100, 0.1), detrend="linear", nperseg=32)[1] < 1e-30)
    assert np.all(np.isnan(signal.coherence(np.zeros(300), NOISE[:300])[1]))
    with pytest.raises(TypeError):
        signal.welch(NOISE + 1j)
    for options in (
        {"noverlap": 64},
        {"nfft": 32},
        {"detrend": "cubic"},
        {"scaling": "power"},
        {"average": "mode"},
        {"window": "hann(3)"},
        {"window": np.ones((2, 2))},
        {"fs": 0.0},
        {"fs": np.nan},
    ):
        with pytest.raises(ValueError):
            signal.welch(NOISE, **{"nperseg": 64, **options})
    with pytest.warns(UserWarning, match="nperseg"):
        signal.welch(NOISE[:10], nperseg=64)


# --- short-time ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("boundary", ["zeros", "even", "odd", "constant", None])
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("nperseg", [64, 65])
def test_stft_equals_scipy(dtype, boundary, padded, nperseg):
    x = NOISE[:777].astype(dtype)
    for options in ({}, {"noverlap": 5, "nfft": 100, "detrend": "constant", "scaling": "psd", "window": "hamming"}):
        options = dict(nperseg=nperseg, boundary=boundary, padded=padded, **options)
        f, t, found = signal.stft(x, 10.0, **options)
        expected_f, expected_t, expected = scipy.signal.stft(x, 10.0, **options)
        assert_allclose(f, expected_f)
        assert_allclose(t, expected_t, atol=1e-12)
        assert found.shape == expected.shape and found.dtype == np.result_type(dtype, np.complex64)
        assert_parity(found, expected, dtype)


def test_stft_axes_equal_scipy():
    x = RNG.standard_normal((2, 300, 3))
    for axis in (1, -2):
        found = signal.stft(x, nperseg=32, axis=axis)[2]
        expected = scipy.signal.stft(x, nperseg=32, axis=axis)[2]
        assert_parity(found, expected, np.float64)


@pytest.mark.parametrize("nperseg, noverlap, nfft", [(64, None, None), (64, 48, 100), (65, 40, None), (31, 0, 31)])
def test_istft_undoes_stft(nperseg, noverlap, nfft):
    x = NOISE[:500]
    window = "boxcar" if noverlap == 0 else "hann"
    options = {"window": window, "nperseg": nperseg, "noverlap": noverlap, "nfft": nfft}
    for scaling in ("spectrum", "psd"):
        z = signal.stft(x, scaling=scaling, **options)[2]
        t, found = signal.istft(z, scaling=scaling, **options)
        assert_allclose(found[:500], x, atol=1e-12)
        assert_allclose(found, scipy.signal.istft(z, scaling=scaling, **options)[1], atol=1e-12)
        assert t.size == found.size
        single = signal.istft(z.astype(np.complex64), scaling=scaling, **options)[1]
        assert single.dtype == np.float32
        assert_allclose(single, found, atol=1e-5)
    with pytest.warns(UserWarning, match="cover"):
        signal.istft(signal.stft(x, nperseg=64, noverlap=0)[2], nperseg=64, noverlap=0)


def test_istft_axes():
    x = RNG.standard_normal((2, 400))
    z = signal.stft(x, nperseg=64)[2]
    assert_allclose(signal.istft(z)[1][:, :400], x, atol=1e-12)
    assert_allclose(signal.istft(np.swapaxes(z, 1, 2), time_axis=1, freq_axis=2)[1][:, :400], x, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "options", [{}, {"nperseg": 65, "noverlap": 20, "scaling": "spectrum", "window": "hann", "nfft": 70}]
)
def test_spectrogram_equals_scipy(dtype, options):
    x = NOISE.astype(dtype)
    f, t, found = signal.spectrogram(x, 10.0, **options)
    expected_f, expected_t, expected = scipy.signal.spectrogram(x, 10.0, **options)
    assert_allclose(f, expected_f)
    assert_allclose(t, expected_t)
    assert_parity(found, expected, dtype)


def test_spectral_kurtosis_formula_and_meaning():
    x = np.random.default_rng(2).standard_normal(200_000)
    f, found = signal.spectral_kurtosis(x, 1000.0, nperseg=128, noverlap=0)
    z = scipy.signal.stft(x, nperseg=128, noverlap=0, boundary=None, padded=False)[2]
    m = z.shape[1]
    p = np.abs(z) ** 2
    expected = m / (m - 1) * ((m + 1) * np.sum(p**2, 1) / np.sum(p, 1) ** 2 - 2)
    assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    single = signal.spectral_kurtosis(x.astype(np.float32), 1000.0, nperseg=128, noverlap=0)[1]
    assert single.dtype == np.float32
    assert_allclose(single, expected, rtol=1e-4, atol=1e-4)
    assert np.mean(found[1:-1]) == pytest.approx(0, abs=3 * np.sqrt(4 / m / 40))
    tone = np.sin(2 * np.pi * 0.125 * np.arange(10_000))
    assert signal.spectral_kurtosis(tone, nperseg=64)[1][8] == pytest.approx(-1, abs=1e-9)
    impacts = 0.05 * x[:50_000]
    decay = np.exp(-0.05 * np.arange(200)) * np.sin(2 * np.pi * 0.3 * np.arange(200))
    for start in range(500, 49_000, 4000):
        impacts[start : start + 200] += decay
    f, found = signal.spectral_kurtosis(impacts, nperseg=128)
    assert abs(f[np.argmax(found)] - 0.3) < 0.03
    assert np.all(np.isnan(signal.spectral_kurtosis(x[:128], nperseg=128)[1]))


# --- analytic signal ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [1, 2, 3, 8, 97, 1000])
def test_hilbert_equals_scipy(dtype, n):
    x = NOISE[:n].astype(dtype)
    for length in (None, n, n + 7, max(n - 2, 1)):
        found = signal.hilbert(x, length)
        assert found.dtype == np.result_type(dtype, np.complex64)
        assert_parity(found, scipy.signal.hilbert(x, length), dtype)
    y = RNG.standard_normal((4, n, 3))
    assert_parity(signal.hilbert(y, axis=1), scipy.signal.hilbert(y, axis=1), np.float64)


def test_envelope_and_frequency_of_a_modulated_tone():
    fs, n = 1000.0, 4000
    t = np.arange(n) / fs
    envelope = 1 + 0.5 * np.cos(2 * np.pi * 5 * t)
    x = envelope * np.cos(2 * np.pi * 100 * t)
    assert_allclose(signal.instantaneous_amplitude(x), envelope, atol=1e-9)
    assert_allclose(signal.instantaneous_frequency(x, fs), 100, atol=1e-6)
    z = scipy.signal.hilbert(NOISE)
    expected = np.angle(z[1:] * np.conj(z[:-1])) / (2 * np.pi) * fs
    assert_allclose(signal.instantaneous_frequency(NOISE, fs), expected, atol=1e-9)
    with pytest.raises(ValueError):
        signal.hilbert(np.empty(0))


def test_streaming_hilbert_has_the_documented_gain():
    stage = streaming.Hilbert(rate_hz=1.0)
    n = np.arange(2000)
    for frequency in (0.02, 0.1, 0.25, 0.4, 0.48):
        out = stage.run(np.cos(2 * np.pi * frequency * n))
        assert out.shape == (2000, 2)
        assert_array_equal(out[:, 0], np.cos(2 * np.pi * frequency * n))
        assert_allclose(out[200:-200, 1], np.sin(2 * np.pi * frequency * n)[200:-200], atol=1e-3)
    assert stage.delay_s == 64
    short = stage.run(np.arange(5.0))
    assert_array_equal(short[:, 0], np.arange(5.0))


# --- lines --------------------------------------------------------------------------------------------------------------


def test_band_energy_adds_up_and_counts_parts_of_bins():
    for n in (256, 255):
        f, pxx = signal.welch(NOISE, 100.0, nperseg=n)
        df = f[1]
        total = np.sum(pxx) * df
        edges = [0, 0.3, 7.77, 20, 20.01, 50]
        parts = signal.band_energy(f, pxx, np.column_stack([edges[:-1], edges[1:]]), fs=100.0)
        assert np.sum(parts) == pytest.approx(total, rel=1e-12)
        assert signal.band_ratio(f, pxx, (0, 50), fs=100.0) == pytest.approx(1)
        one = signal.band_energy(f, pxx, (f[10], f[10] + df / 4), fs=100.0)
        assert one == pytest.approx(pxx[10] * df / 4, rel=1e-9)
    assert signal.band_energy(f, np.stack([pxx, 2 * pxx]), [(1, 2), (3, 4)]).shape == (2, 2)
    assert np.isnan(signal.band_energy(f, pxx, (3, 2)))
    assert np.isnan(signal.band_ratio(f, 0 * pxx, (1, 2)))


def test_harmonics_and_sidebands_of_known_lines():
    fs, n = 2048.0, 8192
    t = np.arange(n) / fs
    x = np.zeros(n)
    amplitudes = [1.0, 0.5, 0.25]
    for k, a in enumerate(amplitudes, 1):
        x += a * np.sin(2 * np.pi * k * 60.07 * t)
    carrier = 400.0
    x += (1 + 0.3 * np.cos(2 * np.pi * 20 * t)) * np.sin(2 * np.pi * carrier * t)
    f, power = signal.periodogram(x, fs, "hann", scaling="spectrum")
    lines = signal.find_harmonics(f, power, 60.0, 3, tolerance=1.0)
    assert_allclose(lines.frequency, 60.07 * np.arange(1, 4), atol=0.01)
    assert_allclose(lines.amplitude, amplitudes, rtol=0.05)  # bias of the parabola for a Hann taper
    beyond = signal.find_harmonics(f, power, 400.0, 4)
    assert np.isnan(beyond.amplitude[2:]).all()
    found = signal.find_sidebands(f, power, carrier, 20.0, 1)
    assert found.ratio == pytest.approx(0.3, rel=1e-6)
    assert found.carrier[1] == pytest.approx(1, rel=1e-6)
    assert_allclose(found.upper.frequency, [420], atol=1e-6)
    for bad in ({"tolerance": 40.0}, {"tolerance": -1.0}):
        with pytest.raises(ValueError):
            signal.find_harmonics(f, power, 60.0, 3, **bad)


def test_peaks_strongest_first():
    fs, n = 1000.0, 4000
    t = np.arange(n) / fs
    x = np.sin(2 * np.pi * 123.4 * t) + 0.5 * np.sin(2 * np.pi * 50.1 * t)
    f, power = signal.periodogram(x, fs, "blackmanharris", scaling="spectrum")
    found = signal.find_spectral_peaks(f, power, 2)
    assert_allclose(found.frequency, [123.4, 50.1], atol=0.002)
    assert_allclose(found.amplitude, [1, 0.5], rtol=0.01)
    assert found.amplitude[0] > signal.find_spectral_peaks(f, power, 2, interpolation="none").amplitude[0]
    assert signal.find_spectral_peaks(f, np.zeros_like(power)).frequency.size == 0


@pytest.mark.parametrize("window, worst", [("boxcar", 0.01), ("hann", 0.03), ("hamming", 0.05), ("blackman", 0.06)])
def test_jacobsen_offset_of_a_tone(window, worst):
    n, k = 512, 100
    w = signal.get_window(window, n)
    for shift in (-0.45, -0.2, 0.0, 0.1, 0.4):
        x = np.cos(2 * np.pi * (k + shift) * np.arange(n) / n + 0.7)
        assert signal.jacobsen_offset(np.fft.rfft(w * x), k, window) == pytest.approx(shift, abs=worst)
    with pytest.raises(ValueError, match="flattop"):
        signal.jacobsen_offset(np.fft.rfft(x), k, "flattop")


def test_octave_levels():
    fs = 8192.0
    t = np.arange(8 * 8192) / fs
    f, pxx = signal.welch(np.sqrt(2) * np.sin(2 * np.pi * 1000 * t), fs, nperseg=8192)
    found = signal.octave_levels(f, pxx, 3)
    band = np.argmin(np.abs(found.centre - 1000))
    assert found.centre[band] == pytest.approx(1000)
    assert found.low[band] == pytest.approx(891.2509, abs=1e-4)
    assert found.high[band] == pytest.approx(1122.0185, abs=1e-4)
    assert found.level[band] == pytest.approx(0, abs=1e-6)
    assert_allclose(found.high[:-1], found.low[1:])
    assert found.high[-1] <= fs / 2
    even = signal.octave_levels(f, pxx, 2, f_lo=100, f_hi=2000)
    assert_allclose(even.centre, 1000 * 10 ** (0.3 * (2 * np.arange(-7, 2) + 1) / 4))
    white = signal.octave_levels(f, np.full_like(pxx, 1e-3), 1, f_lo=100, f_hi=2000)
    assert_allclose(np.diff(white.level), 3, atol=0.02)
    with pytest.raises(ValueError):
        signal.octave_levels(f, pxx, 0)


# --- cepstrum -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 100, 101, 1000])
def test_cepstrum_equals_its_formula(n):
    x = NOISE[:n]
    full = np.fft.ifft(np.log(np.abs(np.fft.fft(x)))).real
    assert_allclose(signal.real_cepstrum(x), full, atol=1e-12)
    assert_allclose(signal.power_cepstrum(x), 4 * full**2, atol=1e-11)
    assert_allclose(signal.real_cepstrum(x.astype(np.float32)), full, atol=1e-3)
    assert_allclose(signal.spectrum_of_cepstrum(full), np.abs(np.fft.rfft(x)), rtol=1e-10)


def test_cepstrum_finds_an_echo_and_a_lifter_removes_it():
    fs, delay = 1000.0, 40
    x = np.convolve(np.random.default_rng(3).standard_normal(4000), np.r_[1, np.zeros(delay - 1), 0.6])[:4000]
    c = signal.real_cepstrum(x)
    found = signal.gamnitudes(c, fs, fs / delay, 2, tolerance=0.002)
    assert found.quefrency[0] == pytest.approx(delay / fs)
    assert found.gamnitude[0] == pytest.approx(0.3, abs=0.05)
    assert np.isnan(signal.gamnitudes(c, fs, 0.2, 1).gamnitude[0])
    without = signal.lifter(c, fs, 0.038, 0.042, keep=False)
    assert_array_equal(without[38:43], 0)
    assert_array_equal(without[-42:-37], 0)
    assert np.count_nonzero(without) == c.size - 10
    assert_array_equal(signal.lifter(c, fs, 0.0, 0.01)[11:-10], 0)


def test_cepstrum_of_nothing():
    assert_array_equal(signal.real_cepstrum(np.zeros(16)), 0)
    assert np.all(np.isnan(signal.real_cepstrum([1.0, np.nan, 2.0])))
    assert np.all(np.isfinite(signal.real_cepstrum(np.sin(2 * np.pi * np.arange(64) / 8))))
    with pytest.raises(ValueError):
        signal.real_cepstrum(np.empty(0))


# --- mel ----------------------------------------------------------------------------------------------------------------


def mel_reference(fs, n, count, low, high, scale, area):
    """From librosa's documentation of filters.mel."""

    def to_mel(f):
        if scale == "htk":
            return 2595 * np.log10(1 + f / 700)
        return np.where(f < 1000, 3 * f / 200, 15 + 27 * np.log(np.maximum(f, 1e-9) / 1000) / np.log(6.4))

    def to_hz(m):
        if scale == "htk":
            return 700 * (10 ** (m / 2595) - 1)
        return np.where(m < 15, 200 * m / 3, 1000 * np.exp(np.log(6.4) / 27 * (m - 15)))

    corners = to_hz(np.linspace(to_mel(low), to_mel(high), count + 2))
    f = np.fft.rfftfreq(n, 1 / fs)
    weights = np.array(
        [
            np.clip(np.minimum((f - a) / (b - a), (c - f) / (c - b)), 0, None)
            for a, b, c in zip(corners[:-2], corners[1:-1], corners[2:], strict=True)
        ]
    )
    return weights * (2 / (corners[2:] - corners[:-2]))[:, None] if area else weights


@pytest.mark.parametrize("scale", ["slaney", "htk"])
@pytest.mark.parametrize("area", [True, False])
def test_mel_filters_and_levels(scale, area):
    options = {"nperseg": 400, "n_mels": 26, "f_lo": 50.0, "f_hi": 3500.0, "scale": scale, "area_normalized": area}
    expected = mel_reference(8000.0, 400, 26, 50.0, 3500.0, scale, area)
    assert_allclose(signal.mel_filters(8000.0, **options), expected, rtol=1e-9, atol=1e-12)
    frames = np.lib.stride_tricks.sliding_window_view(NOISE, 400)[::100]
    power = np.abs(np.fft.rfft(frames * scipy.signal.get_window("hann", 400))) ** 2
    level = 10 * np.log10(np.maximum(power @ expected.T, 1e-10))
    found = signal.log_mel(NOISE, 8000.0, noverlap=300, **options)
    assert_allclose(found, level, atol=1e-9)
    assert_allclose(signal.log_mel(NOISE.astype(np.float32), 8000.0, noverlap=300, **options), level, atol=1e-2)
    coefficients = signal.mfcc(NOISE, 8000.0, noverlap=300, n_mfcc=13, **options)
    assert_allclose(coefficients, scipy.fft.dct(level, norm="ortho")[:, :13], atol=1e-9)


def test_mel_of_silence_and_bad_settings():
    assert_array_equal(signal.log_mel(np.zeros(512), 16000.0), -100)
    assert signal.log_mel(np.zeros((2, 100)), 16000.0).shape == (2, 0, 40)
    for bad in ({"n_mels": 0}, {"f_lo": 9000.0}, {"f_hi": 9000.0}, {"scale": "bark"}, {"noverlap": 512}):
        with pytest.raises(ValueError):
            signal.log_mel(np.zeros(600), 16000.0, **bad)
    with pytest.raises(ValueError):
        signal.mfcc(np.zeros(600), 16000.0, n_mfcc=41)


# --- zoom ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [1, 2, 100, 1000])
@pytest.mark.parametrize("m", [None, 1, 37, 2000])
def test_zoom_fft_equals_scipy(dtype, n, m):
    x = NOISE[:n].astype(dtype)
    for fn in ([20.0, 30.0], 45.0, [0.0, 100.0], [30.0, 10.0]):
        for endpoint in (False, True):
            if endpoint and (m or n) == 1:
                continue
            found = signal.zoom_fft(x, fn, m, fs=100.0, endpoint=endpoint)
            expected = scipy.signal.zoom_fft(x.astype(np.float64), fn, m, fs=100.0, endpoint=endpoint)
            error = np.max(np.abs(found - expected))
            assert error < TOLERANCE[dtype] * np.sqrt(np.sum(x.astype(float) ** 2))
    with pytest.raises(ValueError):
        signal.zoom_fft(np.empty(0), 1.0)


# --- streams ------------------------------------------------------------------------------------------------------------


def test_streams_give_the_bits_of_the_functions():
    x = NOISE
    y = RNG.standard_normal(NOISE.size)
    rate = 500.0
    z = signal.stft(x, rate, nperseg=64, boundary=None, padded=False)[2]
    out = streaming.Stft(rate_hz=rate, nperseg=64).run(x)
    assert_array_equal(out[:, 0::2] + 1j * out[:, 1::2], z.T)
    power = signal.spectrogram(x, rate, "hann", 64, 32)[2]
    assert_array_equal(streaming.Spectrogram(rate_hz=rate, nperseg=64).run(x), power.T)
    for average in ("mean", "median"):
        found = streaming.Welch(rate_hz=rate, nperseg=64, segments=1000, average=average).run(x)
        assert_array_equal(found[0], signal.welch(x, rate, nperseg=64, average=average)[1])
    pair = np.column_stack([x, y])
    found = streaming.CrossSpectrum(rate_hz=rate, nperseg=64, segments=1000).run(pair)[0]
    assert_array_equal(found[0::2] + 1j * found[1::2], signal.csd(x, y, rate, nperseg=64)[1])
    found = streaming.Coherence(rate_hz=rate, nperseg=64, segments=1000).run(pair)[0]
    assert_array_equal(found, signal.coherence(x, y, rate, nperseg=64)[1])
    found = streaming.SpectralKurtosis(rate_hz=rate, nperseg=64, segments=1000).run(x)[0]
    assert_array_equal(found, signal.spectral_kurtosis(x, rate, nperseg=64)[1])
    assert_array_equal(
        streaming.LogMel(rate_hz=rate, nperseg=64, n_mels=8).run(x), signal.log_mel(x, rate, nperseg=64, n_mels=8)
    )
    assert_array_equal(
        streaming.Mfcc(rate_hz=rate, nperseg=64, n_mels=8, n_mfcc=5).run(x),
        signal.mfcc(x, rate, nperseg=64, n_mels=8, n_mfcc=5),
    )
    two = streaming.Welch(rate_hz=rate, columns=2, nperseg=64, segments=1000).run(pair)[0]
    assert_array_equal(two[33:], signal.welch(y, rate, nperseg=64)[1])


@pytest.mark.parametrize("dtype, worst", [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_sliding_dft_stays_exact(dtype, worst):
    rate, length, frequencies = 1000.0, 100, [0.0, 50.0, 123.4]
    x = RNG.standard_normal(100_000).astype(dtype)
    x[:1000] *= 1e6  # what is large and gone must leave nothing behind
    out = streaming.SlidingDft(rate_hz=rate, frequencies_hz=frequencies, length=length, dtype=dtype).run(x)
    j = np.arange(x.size)
    for k, f in enumerate(frequencies):
        # Exact, however long the stream: whole numbers of 2^-64 turns.
        turns = (np.uint64(round(f / rate * 2**64)) * j.astype(np.uint64)) / 2.0**64
        products = x.astype(np.float64) * np.exp(-2j * np.pi * turns)
        for last in (499, 1_300, 50_001, x.size - 1):
            expected = 2 / length * np.sum(products[last - length + 1 : last + 1])
            found = out[last, 2 * k] + 1j * out[last, 2 * k + 1]
            assert abs(found - expected) < worst * (1e6 if last < 1000 else 1)


def test_velocity_from_a_spectrum_of_acceleration():
    fs = 12_800.0
    t = np.arange(8 * 12_800) / fs

    def rms(frequency, **options):
        f, psd = signal.welch(np.sqrt(2) * np.sin(2 * np.pi * frequency * t), fs, nperseg=51_200)
        return signal.velocity_rms(f, psd, **options)

    assert rms(160.0, input_unit="g") == pytest.approx(9.75486, abs=5e-5)
    assert rms(160.3) == pytest.approx(1000 / (2 * np.pi * 160.3), rel=1e-5)
    assert rms(9.0) < 1e-5 * rms(11.0)
    assert rms(9.0, f_lo=2.0) == pytest.approx(1000 / (2 * np.pi * 9), rel=1e-3)
    psd = np.ones((3, 6401, 2))
    assert signal.velocity_rms(np.arange(6401.0), psd, axis=1).shape == (3, 2)
    assert np.isnan(signal.velocity_rms(np.arange(6401.0), psd[0, :, 0] * np.nan))
    for bad in ({"f_lo": 0.0}, {"f_lo": 20.0, "f_hi": 10.0}, {"input_unit": "mm/s"}):
        with pytest.raises(ValueError):
            signal.velocity_rms(np.arange(6401.0), psd[0, :, 0], **bad)


def test_counts_that_nothing_holds_are_refused():
    f, power = np.arange(11.0), np.ones(11)
    for call in (
        lambda n: signal.find_harmonics(f, power, 1.0, n),
        lambda n: signal.find_sidebands(f, power, 5.0, 1.0, n),
        lambda n: signal.gamnitudes(power, 1.0, 0.5, n),
    ):
        with pytest.raises(ValueError, match="at most"):
            call(2**63)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sliding_dft_of_arrays(dtype):
    x = RNG.standard_normal((2, 3, 200)).astype(dtype)
    found = signal.sliding_dft(x, 100.0, [0.0, 10.0, 33.3], length=40, hop=7)
    assert found.shape == (2, 3, 28, 3)
    assert found.dtype == np.result_type(dtype, np.complex64)
    end = 7 * 28
    j = np.arange(end - 40, end)
    for k, f in enumerate((0.0, 10.0, 33.3)):
        expected = 2 / 40 * np.sum(x[..., j] * np.exp(-2j * np.pi * f * j / 100.0), axis=-1)
        assert_allclose(found[..., -1, k], expected, atol=1e-12 if dtype == np.float64 else 1e-6)
    assert signal.sliding_dft(x[0, 0], 100.0, 10.0).shape == (200, 1)
    assert signal.sliding_dft(np.zeros((0, 50)), 100.0, [10.0]).shape == (0, 50, 1)
    with pytest.raises(ValueError, match="half the rate"):
        signal.sliding_dft(x, 100.0, [51.0])


@pytest.mark.parametrize("function", [signal.stft, signal.welch, signal.spectrogram])
def test_an_empty_name_of_a_taper_is_not_the_default(function) -> None:
    with pytest.raises(ValueError, match="taper"):
        function(np.ones(512), window="")
