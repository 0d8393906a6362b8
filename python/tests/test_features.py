"""Features in Python: settings of the extractor, names and definitions."""

import pickle

import numpy as np
import pytest
import scipy.stats
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_envelope import reference

import millwright as mw
from millwright.data.signals import Signal
from millwright.features import FeatureExtractor

numpy_form = reference("generate_features")


def test_speed_of_the_shaft_is_a_setting_of_the_features_section() -> None:
    vib = mw.Channel("vib", rate_hz=1000.0)
    speed = mw.Channel("speed", unit="rpm", rate_hz=10.0, role="context")
    chosen = mw.Features(names=["vib.order_rms(order=2)", "vib.rms"], speed_channel="speed")
    pipeline = mw.Pipeline(channels=[vib, speed], window="1s", features=chosen)
    assert pipeline.features_ == ["vib.order_rms(order=2)", "vib.rms"]
    t = np.arange(4000)[:, None] / 1000.0
    recording = mw.Recording(
        [Signal.continuous([vib], np.sin(2 * np.pi * 60.0 * t)), Signal.continuous([speed], np.full((40, 1), 1800.0))]
    )
    found = pipeline.extract_features(recording)
    np.testing.assert_allclose(found["vib.order_rms(order=2)"], np.sqrt(0.5), rtol=1e-6)


def test_a_feature_in_orders_needs_the_speed() -> None:
    vib = mw.Channel("vib", rate_hz=1000.0)
    run = mw.Recording([Signal.continuous([vib], np.ones((2000, 1)))])
    with pytest.raises(ValueError, match="shaft_hz"):
        mw.Pipeline(channels=[vib], window="1s", features=["vib.order_rms"]).extract_features(run)
    chosen = mw.Features(names=["vib.order_rms"], shaft_hz=25.0)
    mw.Pipeline(channels=[vib], window="1s", features=chosen).extract_features(run)


def sample_signals() -> dict[str, np.ndarray]:
    """Float64, on a grid of 2^-20, so that an offset of 1e8 can be added without rounding."""
    random = np.random.default_rng(11)
    t = np.arange(1500)
    impacts = np.where(t % 137 < 40, np.exp(-0.1 * (t % 137)), 0.0) * np.sin(1.3 * t)
    found = {
        "noise": random.standard_normal(1000),
        "skewed, prime length": random.exponential(size=509) ** 2,
        "heavy tails": random.standard_t(3, size=2500),
        "tone on a ramp": np.sin(0.21 * t) + 0.002 * t + 0.1 * random.standard_normal(len(t)),
        "impacts": 3.0 * impacts + 0.2 * random.standard_normal(len(t)) + 0.5,
        "clipped": np.clip(1.5 * random.standard_normal(777), -1.0, 1.25),
    }
    return {name: np.round(x * 2.0**20) * 2.0**-20 for name, x in found.items()}


SIGNALS = sample_signals()

# Of these an offset changes the value.
LOCATED = {"mean", "rms", "min", "max", "peak", "crest", "shape", "impulse", "clearance", "energy", "teager_energy"}
LOCATED |= {"quantile", "median"}


FAMILIES = ("time", "distribution", "dynamics", "fatigue", "wavelet")


def compared_names() -> set[str]:
    found = mw.features.definitions()
    return {str(n) for n, family in zip(found["name"], found["family"], strict=True) if family in FAMILIES}


def four_point_rainflow(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ranges of the whole cycles, by the four-point rule, and of the residue's half cycles."""
    kept = x[np.concatenate([[True], np.diff(x) != 0])]
    turns = kept[np.concatenate([[True], np.diff(kept[1:]) * np.diff(kept[:-1]) < 0, [True]])].tolist()
    whole = []
    at = 0
    while at + 3 < len(turns):
        outer_low, outer_high = sorted((turns[at], turns[at + 3]))
        low, high = sorted(turns[at + 1 : at + 3])
        if outer_low <= low and high <= outer_high:
            whole.append(high - low)
            del turns[at + 1 : at + 3]
            at = max(at - 2, 0)
        else:
            at += 1
    return np.array(whole), np.abs(np.diff(turns))


def expected_features(x: np.ndarray) -> dict[str, float]:
    centred = x - np.mean(x)
    values = numpy_form.time_features(x) | numpy_form.distribution_features(x) | numpy_form.dynamics_features(x)
    values |= numpy_form.wavelet_features(centred)
    correlation = np.correlate(centred, centred, "full")[len(x) - 1 :]
    values |= {f"autocorrelation(lag={lag})": correlation[lag] / correlation[0] for lag in (2, 50, len(x) - 1)}
    whole, halves = four_point_rainflow(x)
    damage = np.sum(whole**5) + 0.5 * np.sum(halves**5)
    values |= {
        "rainflow_cycles": len(whole) + 0.5 * len(halves),
        "rainflow_max_range": max(whole.max(), halves.max()),
        "damage_equivalent_range(m=5)": damage**0.2,
    }
    return {name: float(value) for name, value in values.items()}


def scale_of(name: str, x: np.ndarray) -> float:
    """What the rounding of a value that may be near 0 is relative to; 1 for ratios (a mean that is off by 1e-8 std, the
    last digit at 1e8, moves a skewness by 3e-8)."""
    return {"mean": np.mean(np.abs(x)), "trend": np.ptp(x), "teager_energy": np.mean(x**2)}.get(name, 1.0)


def assert_features(x: np.ndarray, expected: dict[str, float], rtol: float, scaled: np.ndarray) -> None:
    found = FeatureExtractor(list(expected), rate_hz=1000.0).fit_transform(x[None])[0]
    for name, value, wanted in zip(expected, found, expected.values(), strict=True):
        near_zero = 0.1 * rtol * scale_of(name, scaled)
        np.testing.assert_allclose(value, wanted, rtol=rtol, atol=near_zero, err_msg=name)


@pytest.mark.parametrize("name", SIGNALS)
def test_values_are_those_of_numpy_scipy_and_pywavelets(name: str) -> None:
    x = SIGNALS[name]
    expected = expected_features(x)
    assert {feature.partition("(")[0].removeprefix("log_") for feature in expected} == compared_names()
    assert_features(x, expected, 1e-12, x)


@pytest.mark.parametrize("name", SIGNALS)
def test_an_offset_changes_no_value_that_it_should_not(name: str) -> None:
    x = SIGNALS[name]
    shifted = x + 1e8
    np.testing.assert_array_equal(shifted - 1e8, x)
    expected = {k: v for k, v in expected_features(x).items() if k.partition("(")[0] not in LOCATED}
    assert_features(shifted, expected, 1e-6, x)


NAMES = ["mean", "rms", "kurtosis", "quantile(q=0.9)", "line_rms(f0=50)", "wavelet_entropy"]


def frames_of(dtype: type) -> np.ndarray:
    return np.random.default_rng(3).standard_normal((7, 1024)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_batches_of_frames_are_those_of_numpy_and_scipy(dtype: type) -> None:
    frames = frames_of(dtype)
    wide = frames.astype(np.float64)
    found = FeatureExtractor(NAMES, rate_hz=1000.0, length=1024).transform(frames)
    assert found.dtype == np.float64 and found.shape == (7, len(NAMES))
    np.testing.assert_allclose(found[:, 0], wide.mean(axis=1), rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(found[:, 1], np.sqrt(np.mean(wide**2, axis=1)), rtol=1e-13)
    np.testing.assert_allclose(found[:, 2], scipy.stats.kurtosis(wide, axis=1, fisher=False), rtol=1e-12)
    np.testing.assert_allclose(found[:, 3], np.quantile(wide, 0.9, axis=1), rtol=1e-13)


def test_float64_frames_are_not_narrowed() -> None:
    frames = 1e9 + 1e-3 * frames_of(np.float64)
    found = FeatureExtractor(["std"], rate_hz=1.0).fit_transform(frames)[:, 0]
    np.testing.assert_allclose(found, frames.std(axis=1), rtol=1e-6)


def test_is_a_transformer_of_scikit_learn() -> None:
    frames = frames_of(np.float32)
    extractor = FeatureExtractor(NAMES, rate_hz=1000.0)
    expected = extractor.fit(frames).transform(frames)
    assert list(extractor.get_feature_names_out()) == NAMES
    for copy in (clone(extractor), pickle.loads(pickle.dumps(extractor))):
        np.testing.assert_array_equal(copy.transform(frames), expected)
    scaled = make_pipeline(FeatureExtractor(NAMES, rate_hz=1000.0), StandardScaler()).fit_transform(frames)
    np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=1e-12)


def test_samples_that_are_not_finite_count_as_missing() -> None:
    frames = frames_of(np.float32)
    frames[2, 10] = np.nan
    frames[4, :] = np.inf
    found = FeatureExtractor(["mean", "quantile(q=0.5)"], rate_hz=1000.0).fit_transform(frames)
    np.testing.assert_allclose(found[2, 1], np.nanmedian(frames[2]), rtol=1e-6)
    assert np.isnan(found[4]).all() and np.isfinite(np.delete(found, 4, axis=0)).all()


def test_refusals() -> None:
    with pytest.raises(ValueError, match="kurtosis"):
        FeatureExtractor(["kurtossis"], rate_hz=1000.0, length=16).fit()
    with pytest.raises(ValueError, match="length"):
        FeatureExtractor(["rms"], rate_hz=1000.0).fit()
    with pytest.raises(ValueError, match="shape"):
        FeatureExtractor(["rms"], rate_hz=1000.0, length=16).transform(np.zeros((2, 17)))
    with pytest.raises(ValueError, match="dimensions"):
        FeatureExtractor(["rms"], rate_hz=1000.0, length=16).transform(np.zeros(16))


def test_cost_says_what_is_shared() -> None:
    extractor = FeatureExtractor(["rms", "median", "iqr", "spectral_centroid"], rate_hz=1000.0)
    cost = extractor.cost(frames_of(np.float32)[:2], calls=3)
    assert list(cost["name"]) == list(extractor.get_feature_names_out())
    assert list(cost["view"]) == ["time", "sorted", "sorted", "spectrum"]
    assert list(cost["sharing"]) == [1, 2, 2, 1]
    assert (np.asarray(cost["shared_ns"]) >= np.asarray(cost["view_ns"])).all()
    assert (np.asarray(cost["view_ns"]) > 0).all()
    for calls in (0, -1):
        with pytest.raises(ValueError, match="at least 1"):
            extractor.cost(frames_of(np.float32)[:2], calls=calls)


def test_texts_are_arguments_and_show_among_the_definitions() -> None:
    found = mw.features.definitions()
    row = list(found["name"]).index("wavelet_energy")
    assert found["arguments"][row] == "band, level=5, wavelet=db4"
