"""Options of the isolation forests, against scikit-learn and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import check_estimator

import millwright as mw

FORESTS = [mw.IsolationForest, mw.ExtendedIsolationForest]


@pytest.fixture(scope="module")
def labelled() -> tuple[np.ndarray, np.ndarray]:
    """Three operating modes of correlated columns, and a tenth of rows that belong to none."""
    random = np.random.default_rng(3)
    modes = random.normal(0, 3, (3, 6))
    mixing = random.normal(size=(6, 6)) / 2
    normal = modes[random.integers(3, size=900)] + random.normal(size=(900, 6)) @ mixing
    odd = normal[random.integers(900, size=100)] + random.normal(0, 1.3, (100, 6))
    return np.vstack([normal, odd]), np.repeat([0, 1], [900, 100])


def auroc(detector, labelled: tuple[np.ndarray, np.ndarray]) -> float:
    rows, label = labelled
    return float(roc_auc_score(label, -detector.fit(rows).score_samples(rows)))


@pytest.mark.parametrize("forest", ["isolation", "extended"])
def test_ranks_as_scikit_learn_does(forest: str, labelled: tuple[np.ndarray, np.ndarray]) -> None:
    def ours(seed: int) -> mw.IsolationForest | mw.ExtendedIsolationForest:
        if forest == "isolation":
            return mw.IsolationForest(trees=100, out_of_box_weight=0.0, seed=seed)
        return mw.ExtendedIsolationForest(trees=100, dimensions=1, out_of_box_weight=0.0, seed=seed)

    a = [auroc(ours(seed), labelled) for seed in range(10)]
    b = [auroc(IsolationForest(random_state=seed), labelled) for seed in range(10)]
    tolerance = 3 * np.sqrt(2) * max(np.std(a), np.std(b)) / np.sqrt(10) + 0.002
    assert 0.6 < np.mean(b) < 0.95
    assert abs(np.mean(a) - np.mean(b)) < tolerance


@pytest.mark.parametrize(
    "settings",
    [
        {"coefficients": "uniform"},
        {"split": "averaged_gain", "tries": 10, "penalize_range": True},
        {"split": "pooled_gain", "max_depth": "unlimited"},
        {"dimensions": 1, "scoring": "adjusted_depth"},
        {"dimensions": 1, "scoring": "density"},
        {"dimensions": 1, "scoring": "boxed_density"},
        {"missing": "impute"},
    ],
)
def test_settings_find_what_is_odd(settings, labelled: tuple[np.ndarray, np.ndarray]) -> None:
    assert auroc(mw.ExtendedIsolationForest(trees=100, **settings), labelled) > 0.65


def test_volumes_of_boxes_find_scattered_rows() -> None:
    random = np.random.default_rng(7)
    rows = np.vstack([random.normal(size=(900, 4)), random.uniform(-8, 8, (100, 4))])
    forest = mw.ExtendedIsolationForest(dimensions=1, scoring="boxed_ratio", out_of_box_weight=0.0)
    scores = forest.fit(rows).anomaly_score(rows)
    assert scores.min() >= 0.0 and scores.max() <= 1.0
    assert roc_auc_score(np.repeat([0, 1], [900, 100]), scores) > 0.9


def test_estimator_with_missing_values_passes_the_checks() -> None:
    check_estimator(mw.ExtendedIsolationForest(trees=10, missing="impute"))


@pytest.mark.parametrize("settings", [{"dimensions": 1, "missing": "divide"}, {"dimensions": 2, "missing": "impute"}])
def test_missing_values_are_scored(settings, labelled: tuple[np.ndarray, np.ndarray]) -> None:
    rows, label = labelled
    holes = rows.copy()
    holes[np.random.default_rng(4).random(rows.shape) < 0.1] = np.nan
    detector = mw.ExtendedIsolationForest(trees=100, **settings)
    assert np.isfinite(detector.fit(holes).anomaly_score(holes)).all()
    assert auroc(detector, (holes, label)) > auroc(detector, labelled) - 0.1
    with pytest.raises(ValueError, match="NaN"):
        mw.ExtendedIsolationForest().fit(holes)


@pytest.mark.parametrize("forest", FORESTS)
def test_rows_that_weigh_little_are_unusual(forest) -> None:
    random = np.random.default_rng(5)
    rows = np.vstack([random.normal(size=(500, 3)), random.normal(5, 1, (500, 3))])
    weight = np.repeat([1.0, 0.01], 500)
    even = forest(trees=50).fit(rows)
    weighted = forest(trees=50).fit(rows, row_weight=weight)
    assert weighted.anomaly_score(rows[500:]).mean() > even.anomaly_score(rows[500:]).mean() + 0.05
    ones = forest(trees=50).fit(rows, row_weight=np.ones(1000))
    assert ones.anomaly_score(rows).tobytes() == even.anomaly_score(rows).tobytes()
    with pytest.raises(ValueError, match="1000 row weights"):
        forest().fit(rows, row_weight=weight[1:])
    with pytest.raises(ValueError, match="weight"):
        forest().fit(rows, row_weight=-weight)


def test_a_detector_that_cannot_weigh_rows_says_so() -> None:
    rows = np.random.default_rng(6).normal(size=(100, 3))
    with pytest.raises(ValueError, match="cannot weigh rows"):
        mw.Mahalanobis().fit(rows, row_weight=np.arange(100.0) + 1.0)


def test_a_new_category_is_unusual() -> None:
    random = np.random.default_rng(7)
    rows = np.column_stack([random.normal(size=500), random.integers(4, size=500)])
    detector = mw.ExtendedIsolationForest(dimensions=1, categorical=["x1"], explanation="shap").fit(rows)
    known, new = detector.anomaly_score([[0.0, 2.0], [0.0, 9.0]])
    assert new > known
    assert np.argmax(detector.explain([[0.0, 9.0]])[0]) == 1


@pytest.mark.parametrize("forest", FORESTS)
def test_shapley_explanations_name_the_shifted_column(forest) -> None:
    settings = {"dimensions": 1} if forest is mw.ExtendedIsolationForest else {}
    rows = np.random.default_rng(8).normal(size=(500, 5))
    detector = forest(trees=50, explanation="shap", **settings).fit(rows)
    odd = np.zeros((5, 5))
    np.fill_diagonal(odd, 8.0)
    assert (np.argmax(detector.explain(odd), axis=1) == np.arange(5)).all()
