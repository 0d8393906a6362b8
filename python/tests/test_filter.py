"""Filters against SciPy: designs, filtering, rates; and what has no counterpart there: integration, octaves, severity."""

import json
import math

import numpy as np
import pytest
from scipy import signal

import millwright as mw
from millwright import filter as mf

RATE = 25_600.0
LENGTHS = [1, 2, 3, 7, 97, 256, 1009]


def close(found, expected, tolerance=1e-10):
    """Relative to the largest value."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    scale = np.max(np.abs(expected), initial=0.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * scale)


DTYPES = [np.float64, np.float32]


def close_as(dtype, found, expected):
    """float32 in gives float32 out, to its precision."""
    assert found.dtype == dtype
    close(found, expected, 1e-10 if dtype == np.float64 else 1e-4)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


DESIGNS = {
    "butter": (mf.butter, signal.butter, ()),
    "cheby1": (mf.cheby1, signal.cheby1, (0.5,)),
    "cheby2": (mf.cheby2, signal.cheby2, (50.0,)),
    "ellip": (mf.ellip, signal.ellip, (0.5, 60.0)),
}
BANDS = [("lowpass", 0.2), ("lowpass", 0.9), ("highpass", 0.05), ("bandpass", (0.1, 0.3)), ("bandstop", (0.25, 0.5))]


@pytest.mark.parametrize("family", DESIGNS)
@pytest.mark.parametrize(("btype", "wn"), BANDS)
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 8, 11, 16, 20])
def test_designs_equal_scipy(family, btype, wn, order):
    ours, theirs, ripples = DESIGNS[family]
    z, p, k = ours(order, *ripples, wn, btype, output="zpk")
    z0, p0, k0 = theirs(order, *ripples, wn, btype, output="zpk")
    assert k == pytest.approx(k0, rel=1e-10)
    assert len(z) == len(z0) and len(p) == len(p0)
    for mine, other in ((z, z0), (p, p0)):
        for v in other:  # nearest, because the order of equal real parts is a matter of rounding
            assert np.min(np.abs(mine - v)) < 1e-11
    w, h = mf.sosfreqz(ours(order, *ripples, wn, btype), 256)
    w0, h0 = signal.freqz_zpk(z0, p0, k0, 256)
    np.testing.assert_allclose(w, w0, rtol=1e-14)
    # Near zeros on the circle a response is a small difference of large numbers, in SciPy's too.
    np.testing.assert_allclose(h, h0, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("family", DESIGNS)
@pytest.mark.parametrize(("btype", "wn"), [BANDS[0], BANDS[2]])
@pytest.mark.parametrize("order", [1, 2, 3, 4, 6, 7])
def test_sections_equal_scipy_where_its_pairing_is_determined(family, btype, wn, order):
    ours, theirs, ripples = DESIGNS[family]
    np.testing.assert_allclose(
        ours(order, *ripples, wn, btype), theirs(order, *ripples, wn, btype, output="sos"), rtol=1e-10, atol=1e-13
    )


def test_designs_take_frequencies_in_hertz_and_scipy_names():
    np.testing.assert_allclose(
        mf.butter(4, (10, 1000), "band", fs=RATE), mf.butter(4, (20 / RATE, 2000 / RATE), "bp"), rtol=1e-12
    )
    np.testing.assert_array_equal(
        mf.iirfilter(4, 0.2, rp=1, rs=40, btype="low", ftype="ellip"), mf.ellip(4, 1, 40, 0.2)
    )


def test_zpk2sos_pairs_as_scipy():
    z = [0.5, -0.25, 0.9 + 0.1j, 0.9 - 0.1j]
    p = [0.3, 0.8 + 0.4j, 0.8 - 0.4j, -0.6, 0.1]
    np.testing.assert_allclose(mf.zpk2sos(z, p, 2.5), signal.zpk2sos(z, p, 2.5), rtol=1e-12, atol=1e-14)
    with pytest.raises(ValueError, match="conjugate"):
        mf.zpk2sos([], [0.5 + 0.1j], 1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: mf.butter(0, 0.2),
        lambda: mf.butter(21, 0.2),
        lambda: mf.butter(4, 0.0),
        lambda: mf.butter(4, 1.0),
        lambda: mf.butter(4, float("nan")),
        lambda: mf.butter(4, (0.4, 0.2), "bandpass"),
        lambda: mf.butter(4, (0.1, 0.2)),
        lambda: mf.butter(4, 0.2, "bandpass"),
        lambda: mf.butter(4, 0.2, "notch"),
        lambda: mf.butter(4, 0.2, output="ba"),
        lambda: mf.butter(4, 0.2, analog=True),
        lambda: mf.cheby1(4, 0.0, 0.2),
        lambda: mf.ellip(4, 40.0, 1.0, 0.2),
        lambda: mf.firwin(0, 0.2),
        lambda: mf.firwin(10, 0.2, pass_zero=False),
        lambda: mf.firwin(11, [0.4, 0.2]),
        lambda: mf.firwin(11, 0.2, window="no such window"),
        lambda: mf.firwin(11, 0.2, pass_zero="bandpass"),
        lambda: mf.kaiserord(3.0, 0.1),
        lambda: mf.kaiserord(60.0, 0.0),
        lambda: mf.sosfilt(np.zeros((0, 6)), [1.0]),
        lambda: mf.sosfilt(np.ones((1, 5)), [1.0]),
        lambda: mf.sosfilt([[1, 0, 0, 2, 0, 0]], [1.0]),
        lambda: mf.sosfilt(mf.butter(2, 0.2), 1.0),
        lambda: mf.sosfilt(mf.butter(2, 0.2), [1.0], zi=np.zeros((2, 2))),
        lambda: mf.sosfiltfilt(mf.butter(2, 0.2), np.zeros(9)),
        lambda: mf.sosfiltfilt(mf.butter(2, 0.2), []),
        lambda: mf.lfilter([], 1, [1.0]),
        lambda: mf.lfilter([1.0], [1.0, 0.5], [1.0]),
        lambda: mf.upfirdn([1.0], []),
        lambda: mf.upfirdn([1.0], [1.0], 0, 1),
        lambda: mf.resample_poly([], 2, 3),
        lambda: mf.resample_poly([1.0], 0, 3),
        lambda: mf.resample_poly([1.0], 2, 3, window="hann"),
        lambda: mf.decimate([], 2, ftype="fir"),
        lambda: mf.decimate(np.zeros(100), 0),
        lambda: mf.decimate(np.zeros(20), 2),
        lambda: mf.integrate([], RATE),
        lambda: mf.integrate([1.0], RATE, order=3),
        lambda: mf.integrate([1.0], RATE, f_lo=100, f_hi=10),
        lambda: mf.octave_filter_bank([], RATE),
        lambda: mf.octave_filter_bank(np.zeros(1000), RATE, fraction=2),
        lambda: mf.octave_filter_bank(np.zeros(100_000), RATE, f_hi=12_500),
        lambda: mf.octave_filter_bank(np.zeros(100), RATE, f_lo=10),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ValueError, match=r"."):
        call()


def test_complex_signals_are_refused():
    with pytest.raises(TypeError):
        mf.sosfilt(mf.butter(2, 0.2), [1j])


@pytest.mark.parametrize(
    ("numtaps", "cutoff", "options"),
    [
        (1, 0.5, {}),
        (2, 0.5, {}),
        (21, 0.3, {}),
        (64, 0.3, {"window": "hann"}),
        (65, 0.3, {"pass_zero": False, "window": "blackman"}),
        (101, [0.2, 0.5], {"pass_zero": "bandpass", "window": ("kaiser", 8.6)}),
        (101, [0.2, 0.5], {"pass_zero": "bandstop"}),
        (77, [100.0, 200.0, 300.0], {"fs": 1000.0, "scale": False}),
        (55, 0.4, {"width": 0.1}),
    ],
)
def test_firwin_equals_scipy(numtaps, cutoff, options):
    close(mf.firwin(numtaps, cutoff, **options), signal.firwin(numtaps, cutoff, **options), 1e-12)


@pytest.mark.parametrize(("ripple", "width"), [(20.0, 0.3), (45.5, 0.1), (80.0, 0.01)])
def test_kaiserord_equals_scipy(ripple, width):
    taps, beta = mf.kaiserord(ripple, width)
    taps0, beta0 = signal.kaiserord(ripple, width)
    assert taps == taps0
    assert beta == pytest.approx(beta0, rel=1e-13)


SOS = signal.butter(7, [0.05, 0.3], "bandpass", output="sos")


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("sections", [1, 2, 3, 4, 5, 7])
def test_sosfilt_equals_scipy(n, sections):
    x = noise(n)
    sos = SOS[-sections:]
    close(mf.sosfilt(sos, x), signal.sosfilt(sos, x))
    close(mf.sosfilt(sos, x.astype(np.float32)), signal.sosfilt(sos, x.astype(np.float32)), 1e-4)
    assert mf.sosfilt(sos, x.astype(np.float32)).dtype == np.float32
    y, zf = mf.sosfilt(sos, x, zi=3 * mf.sosfilt_zi(sos))
    y0, zf0 = signal.sosfilt(sos, x, zi=3 * signal.sosfilt_zi(sos))
    close(y, y0)
    close(zf, zf0)


def test_sosfilt_takes_axes_and_states_as_scipy():
    x = noise(3, 50, 2)
    for axis in (0, 1, 2, -2):
        shape = list(x.shape)
        shape[axis] = 2
        zi = noise(len(SOS), *shape, seed=1)
        y, zf = mf.sosfilt(SOS, x, axis=axis, zi=zi)
        y0, zf0 = signal.sosfilt(SOS, x, axis=axis, zi=zi)
        close(y, y0)
        close(zf, zf0)
    for shape in ((0,), (0, 5), (5, 0)):  # SciPy refuses arrays without samples
        assert mf.sosfilt(SOS, np.zeros(shape)).shape == shape
        assert mf.lfilter([1.0, 2.0], 1, np.zeros(shape)).shape == shape


def test_sosfilt_zi_equals_scipy():
    for ours, theirs, ripples in DESIGNS.values():
        for btype, wn in BANDS:
            sos = theirs(5, *ripples, wn, btype, output="sos")
            close(mf.sosfilt_zi(sos), signal.sosfilt_zi(sos), 1e-9)
            assert ours(5, *ripples, wn, btype).shape == sos.shape


def test_a_sample_that_is_not_finite_is_left_out():
    x = noise(500)
    expected = mf.sosfilt(SOS, np.delete(x, [100, 300]))
    x[100], x[300] = np.nan, -np.inf
    y = mf.sosfilt(SOS, x)
    assert np.isnan(y[[100, 300]]).all()
    np.testing.assert_array_equal(np.delete(y, [100, 300]), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [46, 47, 97, 1009])
@pytest.mark.parametrize("padtype", ["odd", "even", "constant", None])
def test_filtering_both_ways_equals_scipy(n, padtype, dtype):
    x = (5.0 + noise(n)).astype(dtype)
    wide = x.astype(np.float64)  # SciPy filters float32 in single precision
    close_as(dtype, mf.sosfiltfilt(SOS, x, padtype=padtype), signal.sosfiltfilt(SOS, wide, padtype=padtype))
    b = signal.firwin(15, 0.3)
    close_as(dtype, mf.filtfilt(b, 1, x, padtype=padtype), signal.filtfilt(b, 1, wide, padtype=padtype))
    close_as(
        dtype, mf.filtfilt(b, 1, x, padtype=padtype, padlen=3), signal.filtfilt(b, 1, wide, padtype=padtype, padlen=3)
    )


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("taps", [1, 2, 16, 65, 700])
def test_fir_filtering_equals_scipy(n, taps):
    x, b = noise(n), noise(taps, seed=1)
    close(mf.lfilter(b, 2.0, x), signal.lfilter(b, 2.0, x))
    close_as(np.float32, mf.lfilter(b, 2.0, x.astype(np.float32)), signal.lfilter(b, 2.0, x.astype(np.float32)))
    for up, down in [(1, 1), (3, 2), (2, 5), (1, 7)]:
        close(mf.upfirdn(b, x, up, down), signal.upfirdn(b, x, up, down))
    close(mf.upfirdn(b, x.astype(np.float32), 3, 2), signal.upfirdn(b, x.astype(np.float32), 3, 2), 1e-4)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize(("up", "down"), [(1, 1), (2, 1), (1, 3), (3, 2), (6, 4), (160, 147), (7, 50)])
def test_resample_poly_equals_scipy(n, up, down):
    x = noise(n)
    close(mf.resample_poly(x, up, down), signal.resample_poly(x, up, down))
    close(mf.resample_poly(x.astype(np.float32), up, down), signal.resample_poly(x.astype(np.float32), up, down), 1e-4)
    h = noise(21, seed=2)
    close(mf.resample_poly(x, up, down, window=h), signal.resample_poly(x, up, down, window=h))
    close(
        mf.resample_poly(x, up, down, window=("kaiser", 9.0)), signal.resample_poly(x, up, down, window=("kaiser", 9.0))
    )


@pytest.mark.parametrize("n", [28, 97, 256, 1009])
@pytest.mark.parametrize("q", [2, 3, 5, 8])
def test_decimate_equals_scipy(n, q):
    x = 2.0 + noise(n)
    for ftype in ("iir", "fir"):
        for zero_phase in (True, False):
            options = {"ftype": ftype, "zero_phase": zero_phase}
            close(mf.decimate(x, q, **options), signal.decimate(x, q, **options))
            single = x.astype(np.float32)
            close_as(
                np.float32, mf.decimate(single, q, **options), signal.decimate(single.astype(np.float64), q, **options)
            )
    close(mf.decimate(x, q, 31, "fir"), signal.decimate(x, q, 31, "fir"))
    close(
        mf.decimate(np.stack([x, -x], 1), q, ftype="fir", axis=0),
        signal.decimate(np.stack([x, -x], 1), q, ftype="fir", axis=0),
    )


def test_one_g_at_160_hz_is_9_75486_mm_per_s():
    t = np.arange(25_600) / RATE
    a = math.sqrt(2) * 9.80665 * np.sin(2 * np.pi * 160 * t)
    v = mf.integrate(a, RATE)
    assert 1000 * np.sqrt(np.mean(v**2)) == pytest.approx(9.75486, abs=5e-6)
    s = mf.integrate(a, RATE, order=2)
    np.testing.assert_allclose(s, -a / (2 * np.pi * 160) ** 2, atol=1e-12)
    stage = mw.streaming.VelocitySeverity(rate_hz=RATE, input_unit="g")
    values = stage.process(np.tile(a / 9.80665, 4))
    assert np.isnan(values[0])  # the filters settle
    assert values[1:] == pytest.approx(9.75486, rel=1e-6)


def test_velocity_severity_of_arrays():
    t = np.arange(4 * 25_600) / RATE
    a = math.sqrt(2) * np.sin(2 * np.pi * 160 * t)
    found = mf.velocity_severity(np.stack([a, 2 * a]), RATE, input_unit="g")
    assert found.shape == (2, 4)
    assert found[:, 1:] == pytest.approx(np.array([[9.75486] * 3, [2 * 9.75486] * 3]), rel=1e-6)
    np.testing.assert_array_equal(mf.velocity_severity(a[:, None], RATE, input_unit="g", axis=0)[:, 0], found[0])
    assert mf.velocity_severity(a.astype(np.float32), RATE).dtype == np.float32
    assert mf.velocity_severity(np.zeros((0, 60_000)), RATE).shape == (0, 2)
    # Wall or skirt: what a tone of 9 Hz counts for.
    tone = np.sin(2 * np.pi * 9 * t)
    own = 1000 / (2 * np.pi * 9 * math.sqrt(2))
    assert mf.velocity_severity(tone, RATE)[-1] == pytest.approx(0.549 * own, rel=1e-2)


def test_frequency_integration_equals_numpy():
    for n in (1, 2, 3, 97, 256, 1009):
        x = noise(n)
        f = np.fft.rfftfreq(n, 1 / RATE)
        inside = (f >= 10) & (f <= 5000)
        for order in (1, 2):
            h = np.where(inside, 1 / (2j * np.pi * np.where(inside, f, 1)) ** order, 0)
            expected = np.fft.irfft(np.fft.rfft(x) * h, n)
            found = mf.integrate(x, RATE, order, 10, 5000)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * np.max(np.abs(expected)) + 1e-25)
            single = mf.integrate(x.astype(np.float32), RATE, order, 10, 5000)
            assert single.dtype == np.float32
            np.testing.assert_allclose(single, expected, rtol=0, atol=1e-4 * np.max(np.abs(expected)) + 1e-25)
    assert np.isnan(mf.integrate([1.0, np.nan, 2.0], RATE)).all()


def test_a_tone_below_the_band_does_not_count():
    t = np.arange(25_600) / RATE
    assert np.max(np.abs(mf.integrate(np.sin(2 * np.pi * 9 * t), RATE))) < 1e-12
    assert np.max(np.abs(mf.integrate(np.sin(2 * np.pi * 10 * t), RATE))) > 0.01


def test_third_octave_bands_of_a_tone_and_of_noise():
    t = np.arange(8 * 25_600) / RATE
    bands = mf.octave_filter_bank(3 * math.sqrt(2) * np.sin(2 * np.pi * 1000 * t), RATE, interval_s=1.0)
    at = int(np.argmin(np.abs(bands.centre_hz - 1000)))
    assert (bands.low_hz[at], bands.high_hz[at]) == pytest.approx((891.250938, 1122.018454))
    assert bands.rms.shape == (8, len(bands.centre_hz))
    assert bands.rms[-1, at] == pytest.approx(3.0, rel=1e-3)
    white = mf.octave_filter_bank(noise(t.size), RATE)
    share = 2 * (white.high_hz - white.low_hz) / RATE
    wide = white.centre_hz > 400
    assert white.rms[wide] ** 2 == pytest.approx(share[wide], rel=0.2)
    assert mf.octave_filter_bank(noise(2, 25_600), RATE, fraction=1).rms.shape[0] == 2
    single = mf.octave_filter_bank(noise(t.size).astype(np.float32), RATE)
    close_as(np.float32, single.rms, white.rms)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_bad_sample_spoils_what_it_spoils_in_scipy(dtype):
    x = noise(60).astype(dtype)
    for place in (0, 7, 30, 59):
        for bad in (np.nan, np.inf):
            y = x.copy()
            y[place] = bad
            for taps in (1, 2, 5, 8, 9, 40):
                b = 1.0 + np.abs(noise(taps, seed=1))
                for up, down in [(1, 1), (3, 1), (3, 2), (2, 5)]:
                    expected = signal.upfirdn(b, y, up, down)
                    found = mf.upfirdn(b, y, up, down)
                    # SciPy fills up a filter to a multiple of `up` with zeros, which spread what is not finite further.
                    if taps % up == 0:
                        np.testing.assert_array_equal(np.isnan(found), ~np.isfinite(expected))
                    assert not np.any(np.isnan(found) & np.isfinite(expected))
            found = mf.resample_poly(y, 3, 2)
            assert not np.any(np.isnan(found) & np.isfinite(signal.resample_poly(y, 3, 2)))


def test_designs_that_rounding_spoils_are_refused():
    for call in (
        lambda: mf.firwin(2, 0.5, window="hann"),
        lambda: mf.butter(20, 1 - 1e-9),
        lambda: mf.butter(4, 1e-8),
        lambda: mf.butter(4, 1e-8, "highpass"),
        lambda: mf.butter(4, (0.3, 0.3 + 1e-15), "bandpass"),
    ):
        with pytest.raises(ValueError, match=r"taps|decimate"):
            call()


CLASS = mf.SeverityClass("pump", 2.3, 4.5, 7.1)


def test_zone_boundaries_to_the_last_bit():
    for limit, better, worse in ((2.3, "A", "B"), (4.5, "B", "C"), (7.1, "C", "D")):
        assert CLASS.zone(np.nextafter(limit, 0)) == better
        assert CLASS.zone(limit) == better
        assert CLASS.zone(np.nextafter(limit, 9)) == worse
    assert CLASS.zone(float("nan")) == "none"


def test_hysteresis_and_change():
    monitor = mf.SeverityMonitor(CLASS, hysteresis=0.1, baseline=1.0)
    verdicts = monitor.classify([1.0, 2.4, 2.2, 2.1, 2.06, 8.0, 6.5, 6.3, float("nan"), 0.5])
    assert [v.zone for v in verdicts] == ["A", "B", "B", "B", "A", "D", "D", "C", "none", "A"]
    assert [v.is_changed for v in verdicts] == [False, True, True, False, False, True, True, True, False, False]
    assert CLASS.alarm_level(1.0) == pytest.approx(2.125)
    assert CLASS.alarm_level(9.0) == pytest.approx(1.25 * 4.5)


def test_tables_are_data_with_a_source():
    table = mf.SeverityTable("ours", "site standard 12, 2026", [CLASS])
    assert mf.SeverityTable.from_dict(json.loads(json.dumps(table.to_dict()))) == table
    assert table["pump"] is CLASS
    for bad in (
        {**table.to_dict(), "source": "  "},
        {**table.to_dict(), "classes": []},
        {**table.to_dict(), "classes": [{"name": "x", "a_b": 2.0, "b_c": 1.0, "c_d": 3.0}]},
        {**table.to_dict(), "classes": [CLASS._asdict(), CLASS._asdict()]},
        {**table.to_dict(), "default": "pump"},
    ):
        with pytest.raises(ValueError, match=r"."):
            mf.SeverityTable.from_dict(bad)
    for example in mf.example_severity_tables():
        assert example.name.startswith("example")
        assert "check" in example.source


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_streams_equal_arrays(pieces):
    x = noise(1000)

    def stream(stage):
        out = [stage.process(x[i : i + pieces]) for i in range(0, x.size, pieces)]
        return np.concatenate([*out, stage.flush()])

    s = mw.streaming
    np.testing.assert_array_equal(stream(s.Resampler(rate_hz=1e3, up=3, down=2)), mf.resample_poly(x, 3, 2))
    np.testing.assert_array_equal(
        stream(s.Decimator(rate_hz=1e3, factor=5)), mf.decimate(x, 5, ftype="fir", zero_phase=False)
    )
    np.testing.assert_array_equal(
        stream(s.Decimator(rate_hz=1e3, factor=5, ftype="iir")), mf.decimate(x, 5, zero_phase=False)
    )
    np.testing.assert_array_equal(
        stream(s.SosFilter(rate_hz=1e3, band="lowpass", high_hz=100, start="rest")),
        mf.sosfilt(mf.butter(4, 100, fs=1e3), x),
    )
    np.testing.assert_array_equal(
        stream(s.FirFilter(rate_hz=1e3, length=33, high_hz=100)), mf.lfilter(mf.firwin(33, 100, fs=1e3), 1, x)
    )
