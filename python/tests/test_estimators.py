"""Estimators behind scikit-learn's interface."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

import millwright as mw

STREAMING = [mw.HalfSpaceTrees(), mw.OnlineIsolationForest(), mw.RandomCutForest(trees=20, samples=64)]
DETECTORS = [
    mw.IsolationForest(trees=20),
    mw.ExtendedIsolationForest(trees=20),
    mw.QuantizedForest(trees=20),
    *STREAMING,
    mw.Mahalanobis(),
    mw.PcaMonitor(),
    mw.OneClassSvm(),
    mw.Svdd(),
    mw.ApproximateOneClassSvm(features=64),
    mw.KnnDistance(),
    mw.KmeansDistance(),
    mw.Aakr(),
    mw.Autoencoder(epochs=30),
]
ESTIMATORS = [*DETECTORS, mw.ContextNormalizer()]


@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_checks(estimator, check) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(400, 5))


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: type(d).__name__)
def test_outlier_scores_high_and_is_explained(detector, rows: np.ndarray) -> None:
    detector = clone(detector).fit(rows)
    odd = np.zeros((1, 5))
    odd[0, 3] = 12.0
    assert detector.anomaly_score(odd)[0] > detector.anomaly_score(rows).max()
    assert detector.score_samples(odd)[0] == -detector.anomaly_score(odd)[0]
    assert detector.predict(odd)[0] == -1
    assert detector.decision_function(odd)[0] < 0.0
    assert np.argmax(detector.explain(odd)[0]) == 3


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: type(d).__name__)
def test_one_training_row_in_a_hundred_is_an_outlier(detector, rows: np.ndarray) -> None:
    labels = clone(detector).fit(rows).predict(rows)
    assert (labels == -1).sum() == 4


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_pickle_and_refit_give_the_same_bytes(estimator, rows: np.ndarray) -> None:
    fitted = clone(estimator).fit(rows)
    copy = pickle.loads(pickle.dumps(fitted))
    again = clone(fitted).fit(rows)
    for other in (copy, again):
        assert other.get_params() == fitted.get_params()
        for name, values in fitted.learned_arrays_.items():
            assert other.learned_arrays_[name].tobytes() == values.tobytes()


def test_threads_do_not_change_the_forest(rows: np.ndarray) -> None:
    one, three = (mw.IsolationForest(trees=30, threads=n).fit(rows) for n in (1, 3))
    assert one.anomaly_score(rows).tobytes() == three.anomaly_score(rows).tobytes()


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_unfitted(estimator, rows: np.ndarray) -> None:
    method = "transform" if hasattr(estimator, "transform") else "predict"
    with pytest.raises(NotFittedError):
        getattr(clone(estimator), method)(rows)
    with pytest.raises(NotFittedError):
        _ = clone(estimator).learned_arrays_


def test_settings_are_checked_in_fit(rows: np.ndarray) -> None:
    detector = mw.IsolationForest(trees=0)
    with pytest.raises(ValueError, match="trees"):
        detector.fit(rows)


def test_normaliser_takes_the_context_out() -> None:
    pandas = pytest.importorskip("pandas")
    random = np.random.default_rng(2)
    speed = np.repeat([1000.0, 2000.0, 3000.0], 100) + random.normal(0, 10, 300)
    rows = pandas.DataFrame({"rms": speed / 1000 + random.normal(0, 0.01, 300), "speed": speed})
    normalizer = mw.ContextNormalizer(by=["speed"], regimes=3).set_output(transform="pandas").fit(rows)
    out = normalizer.transform(rows)
    assert list(out.columns) == ["rms"] == list(normalizer.get_feature_names_out())
    assert sorted(set(normalizer.predict_regime(rows))) == [0, 1, 2]
    means = out["rms"].groupby(normalizer.predict_regime(rows)).mean()
    assert np.abs(means).max() < 0.5
    novel = pandas.DataFrame({"rms": [9.0], "speed": [9000.0]})
    assert normalizer.predict_regime(novel)[0] == -1
    assert np.isnan(normalizer.transform(novel)["rms"][0])


def test_chain_in_scikit_learn(rows: np.ndarray) -> None:
    chain = make_pipeline(mw.ContextNormalizer(), mw.Mahalanobis()).fit(rows)
    assert chain.predict(np.full((1, 5), 50.0))[0] == -1
    assert chain.score_samples(rows).shape == (400,)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_estimators_of_a_pipeline_are_the_same_objects(fitted_vibration: mw.Pipeline, run: mw.BearingRun) -> None:
    result = fitted_vibration.run(run.vibration[:5], record_interval_s=10.0)
    normalized = fitted_vibration.normalize_.transform(result.feature_values)
    for j, detector in enumerate(fitted_vibration.detect_):
        assert detector.anomaly_score(normalized).tobytes() == result.score_values[:, j].tobytes()


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: type(d).__name__)
def test_streams_score_in_any_cutting_and_go_on_after_a_checkpoint(detector, rows: np.ndarray) -> None:
    fitted = clone(detector).fit(rows)
    coming = np.random.default_rng(3).normal(size=(300, 5))
    coming[7, 2] = np.nan
    whole = fitted.stream().push(coming)
    assert np.isnan(whole[7])
    stream = fitted.stream()
    first = [stream.push(part) for part in np.split(coming[:150], [1, 2, 40])]
    other = pickle.loads(pickle.dumps(fitted)).stream()
    other.restore(stream.checkpoint())
    second = [other.push(part) for part in np.split(coming[150:], [60])]
    assert np.concatenate(first + second).tobytes() == whole.tobytes()
    stream.reset()
    assert stream.push(coming).tobytes() == whole.tobytes()
    assert stream.explain(coming[:3]).shape == (3, 5)
    with pytest.raises(ValueError, match="no state of this detector"):
        stream.restore(stream.checkpoint() + b"x")
    assert stream.push(coming).tobytes() == whole.tobytes()


@pytest.mark.parametrize("detector", STREAMING, ids=lambda d: type(d).__name__)
def test_only_streams_learn(detector, rows: np.ndarray) -> None:
    fitted = clone(detector).set_params(learn="always", window=100).fit(rows)
    changed = np.random.default_rng(4).normal(3.0, 1.0, size=(600, 5))
    frozen = fitted.anomaly_score(changed)
    assert fitted.anomaly_score(changed[::-1])[::-1].tobytes() == frozen.tobytes()
    learned = fitted.stream().push(changed)
    assert learned[500:].mean() < 0.5 * (frozen.mean() + fitted.anomaly_score(rows).mean())
