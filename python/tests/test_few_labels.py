"""Fusion weights from a few labelled events, and signatures of confirmed faults."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import NearestCentroid

import millwright as mw
from millwright import _core

MINUTE = 60_000_000_000


@pytest.mark.parametrize("seed", range(12))
def test_logistic_reaches_scipys_minimum(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, width = int(random.integers(8, 200)), int(random.integers(1, 6))
    positive = (np.arange(rows) % int(random.integers(3, 8)) == 0).astype(np.uint8)
    x = random.exponential(1.0, (rows, width)) + positive[:, None] * random.normal(0.5, 1.0, width)
    ridge, prior = 10.0 ** random.uniform(-3, 2), float(random.uniform(0, 1))
    share = positive.sum() / (rows - positive.sum())
    sign = np.where(positive == 1, 1.0, -1.0)
    weight = np.where(positive == 1, 1.0, share)

    def objective(v: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (v[0] + x @ v[1:])
        slope = -weight * sign * np.exp(-np.logaddexp(0, margin))
        gradient = np.concatenate([[slope.sum()], x.T @ slope + ridge * (v[1:] - prior)])
        return float((weight * np.logaddexp(0, -margin)).sum() + ridge / 2 * ((v[1:] - prior) ** 2).sum()), gradient

    start = np.concatenate([[0.0], np.full(width, prior)])
    bounds = [(None, None)] + [(0, None)] * width
    best = minimize(
        objective, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10}
    )
    intercept, coefficients, value = _core.fit_ridge_logistic(x, positive, ridge, prior)
    found = np.concatenate([[intercept], coefficients])
    assert value == pytest.approx(objective(found)[0], rel=1e-12)
    assert value <= best.fun + 1e-9
    assert min(coefficients) >= 0.0
    np.testing.assert_allclose(coefficients, best.x[1:], atol=2e-4)


def simulated(events: int = 5, strength: float = 4.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list]:
    random = np.random.default_rng(seed)
    windows = (events + 1) * 1_000
    severities = -np.log10(1 - random.uniform(size=(windows, 3)))
    times = np.arange(windows) * MINUTE
    labelled = []
    for e in range(events):
        first = (e + 1) * 1_000 - 20
        severities[first : first + 20, 0] += strength
        labelled.append((int(times[first]), int(times[first + 19])))
    return severities, times, labelled


def test_fusion_weights_from_arrays() -> None:
    severities, times, events = simulated()
    found = mw.learn_fusion_weights(severities, events, end_time_ns=times)
    assert sum(found.learned) == pytest.approx(1.0)
    assert found.learned[0] == max(found.learned)
    assert len(found.events) == 5
    assert found.detected[0] == sum(e.equal.detected for e in found.events)
    assert "left-out events detected" in str(found)
    assert found.fusion() == (mw.CauchyFusion(weights=found.weights) if found.better else mw.CauchyFusion())
    again = mw.learn_fusion_weights(severities, events, end_time_ns=times)
    assert again == found


def test_fusion_weights_refuse_what_is_too_few() -> None:
    severities, times, events = simulated()
    with pytest.raises(ValueError, match="at least 4"):
        mw.learn_fusion_weights(severities, events[:3], end_time_ns=times)
    with pytest.raises(ValueError, match="give end_time_ns"):
        mw.learn_fusion_weights(severities, events)
    with pytest.raises(ValueError, match="one row for each window"):
        mw.learn_fusion_weights(severities, events, end_time_ns=times[:5])
    with pytest.raises(ValueError, match="one detector"):
        mw.learn_fusion_weights(severities[:, :1], events, end_time_ns=times)
    with pytest.raises(ValueError, match="ridge"):
        mw.learn_fusion_weights(severities, events, end_time_ns=times, ridge=-1.0)


def test_weighted_pipeline_runs_and_loads(run: mw.BearingRun, tmp_path) -> None:
    from conftest import make_pipeline

    weighted = make_pipeline(run.channels, fuse=mw.CauchyFusion(weights=(0.2, 0.8)))
    weighted.fit(run.recording(0, 70), progress=False)
    equal = make_pipeline(run.channels).fit(run.recording(0, 70), progress=False)
    a, b = weighted.run(run.recording(70)), equal.run(run.recording(70))
    assert a.severity_values.tobytes() == b.severity_values.tobytes()
    assert a.severity.tobytes() != b.severity.tobytes()
    weighted.save(tmp_path / "weighted.safetensors")
    assert mw.load(tmp_path / "weighted.safetensors").run(run.recording(70)).severity.tobytes() == a.severity.tobytes()
    with pytest.raises(ValueError, match="3 weights for 2 detectors"):
        make_pipeline(run.channels, fuse=mw.CauchyFusion(weights=(1, 1, 1))).fit(run.recording(0, 70), progress=False)


@pytest.mark.parametrize("fuse", [mw.MinFusion(), mw.MinFusion(rule="bonferroni"), mw.MinFusion(rule="twice_median")])
def test_min_fusion_in_a_pipeline(run: mw.BearingRun, fuse: mw.MinFusion) -> None:
    from conftest import make_pipeline

    result = make_pipeline(run.channels, fuse=fuse).fit(run.recording(0, 70), progress=False).run(run.recording(70))
    assert result.episode_list


def test_tails_by_regime_in_a_pipeline(run: mw.BearingRun, tmp_path) -> None:
    from conftest import make_pipeline

    calibrate = mw.TailCalibration(by_regime=True, min_regime_rows=20)
    by_regime = make_pipeline(run.channels, calibrate=calibrate).fit(run.recording(0, 100), progress=False)
    pooled = make_pipeline(run.channels).fit(run.recording(0, 100), progress=False)
    a, b = by_regime.run(run.recording(100)), pooled.run(run.recording(100))
    assert a.score_values.tobytes() == b.score_values.tobytes()
    assert a.severity.tobytes() != b.severity.tobytes()
    by_regime.save(tmp_path / "regimes.safetensors")
    assert mw.load(tmp_path / "regimes.safetensors").run(run.recording(100)).severity.tobytes() == a.severity.tobytes()


def test_tails_by_regime_equalise_the_rate_of_false_alarms() -> None:
    """Heavy tails in one regime: one tail for all puts the false alarms there, tails by regime spread them evenly."""

    def simulate(windows: int, seed: int) -> np.ndarray:
        random = np.random.default_rng(seed)
        load = np.repeat(random.permutation(np.arange(windows // 60) % 2), 60).astype(float)
        noise = np.where(load[:, None] > 0, random.standard_t(3, (windows, 2)), random.normal(size=(windows, 2)))
        return np.repeat(np.column_stack([noise, load]), 4, axis=0).astype(np.float32)

    channels = [mw.Channel(name, rate_hz=1.0, role="process") for name in "ab"]
    channels.append(mw.Channel("load", rate_hz=1.0, role="context"))

    def rates(by_regime: bool) -> list[float]:
        pipeline = mw.Pipeline(
            channels=channels,
            window="4s",
            features=["a.mean", "b.mean", "load.mean"],
            normalize=mw.ContextNormalizer(by=["load"], regimes=2),
            detect=[mw.Mahalanobis()],
            calibrate=mw.TailCalibration(by_regime=by_regime),
        )
        result = pipeline.fit(simulate(6000, 1), progress=False).run(simulate(12000, 2), start_time=0)
        return [float((result.severity[result.regime == k] >= 1.0).mean()) for k in (0, 1)]

    even, uneven = rates(True), rates(False)
    # 3000 windows behind each tail, 6000 fresh ones: 5 standard errors of both.
    assert even == pytest.approx([0.1, 0.1], abs=5 * np.sqrt(0.09 / 3000 + 0.09 / 6000))
    assert uneven[0] < 0.06 < 0.13 < uneven[1]


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0, 2.5])
def test_signatures_equal_scikit_learns(shrinkage: float) -> None:
    random = np.random.default_rng(7)
    rows = random.normal(0, 3, (25, 9)) + np.repeat(random.normal(0, 4, (3, 9)), [5, 8, 12], axis=0)
    faults = ["belt"] * 5 + ["gear"] * 8 + ["race"] * 12
    for compress in (False, True):
        x = np.sign(rows) * np.log1p(np.abs(rows)) if compress else rows
        reference = NearestCentroid(shrink_threshold=shrinkage or None).fit(x, faults)
        signatures = mw.FaultSignatures(shrinkage=shrinkage, compress=compress).fit(rows, faults)
        np.testing.assert_allclose(signatures.centroids_, reference.centroids_, rtol=1e-10, atol=1e-10)
        scale = reference.within_class_std_dev_ + np.median(reference.within_class_std_dev_)
        for row, z in zip(rows, x, strict=True):
            distances = np.sqrt((((z - reference.centroids_) / scale) ** 2).sum(axis=1))
            a, b = z / scale, reference.centroids_ / scale
            cosines = b @ a / np.linalg.norm(a) / np.linalg.norm(b, axis=1)
            found = signatures.hypotheses(row)
            order = np.argsort(distances)
            assert [h.fault for h in found] == [signatures.faults_[k] for k in order]
            np.testing.assert_allclose([h.distance for h in found], distances[order], rtol=1e-10)
            np.testing.assert_allclose([h.similarity for h in found], cosines[order], rtol=1e-10, atol=1e-12)


def test_signatures_survive_pickling_and_name_nothing_before_fit() -> None:
    with pytest.raises(NotFittedError):
        mw.FaultSignatures().name([1.0])
    signatures = mw.FaultSignatures(min_similarity=0.9).fit([[9.0, 0.0], [8.0, 1.0], [0.0, 9.0]], ["a", "a", "b"])
    copy = pickle.loads(pickle.dumps(signatures))
    assert copy.hypotheses([5.0, 1.0]) == signatures.hypotheses([5.0, 1.0])
    assert copy.name([9.0, 0.5]) == "a"
    assert copy.name([-5.0, 5.0]) is None
    with pytest.raises(ValueError, match="2 features, the row has 3"):
        copy.hypotheses([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="not finite"):
        mw.FaultSignatures().fit([[np.nan, 1.0]], ["a"])


def test_leave_one_event_out_tells_repeated_from_new() -> None:
    random = np.random.default_rng(1)
    centers = np.eye(4)[[0, 0, 0, 1, 1, 2]] * 20
    left_out = mw.FaultSignatures().leave_one_event_out(
        centers + random.normal(0, 1, centers.shape), ["a", "a", "a", "b", "b", "c"]
    )
    assert left_out.accuracy == 1.0
    assert left_out.repeated == 5
    assert left_out.predicted[5] is None
    assert (left_out.rejected_new, left_out.new) == (1, 1)


def test_event_deviations(fitted: mw.Pipeline, expected: mw.Result) -> None:
    episode = expected.episode_list[-1]
    end = episode.cleared_at or int(expected.end_time_ns[-1])
    rows = mw.event_deviations(fitted, expected, [(episode.started_at, end)])
    assert rows.shape == (1, len(fitted.normalize_.get_feature_names_out()))
    assert np.isfinite(rows).all()
    assert np.abs(rows).max() > 3.0
    with pytest.raises(ValueError, match="no scored window"):
        mw.event_deviations(fitted, expected, [(0, 1)])
