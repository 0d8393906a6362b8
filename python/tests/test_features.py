"""Features in Python: settings of the extractor, names and definitions."""

import pickle

import numpy as np
import pytest
import scipy.stats
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import millwright as mw
from millwright._signals import Signal
from millwright.features import FeatureExtractor


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
    found = pipeline.features(recording)
    np.testing.assert_allclose(found["vib.order_rms(order=2)"], np.sqrt(0.5), rtol=1e-6)


def test_a_feature_in_orders_needs_the_speed() -> None:
    vib = mw.Channel("vib", rate_hz=1000.0)
    run = mw.Recording([Signal.continuous([vib], np.ones((2000, 1)))])
    with pytest.raises(ValueError, match="shaft_hz"):
        mw.Pipeline(channels=[vib], window="1s", features=["vib.order_rms"]).features(run)
    chosen = mw.Features(names=["vib.order_rms"], shaft_hz=25.0)
    mw.Pipeline(channels=[vib], window="1s", features=chosen).features(run)


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
