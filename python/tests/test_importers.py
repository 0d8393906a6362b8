"""Forests of other libraries, imported: the scores must be theirs."""

import base64
import json
import pickle
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from real_data import data_path
from sklearn.ensemble import IsolationForest as SklearnForest

import millwright as mw

FIXTURES = json.loads(Path(__file__).with_name("isotree_forests.json").read_text())


def real_rows(name: str) -> np.ndarray[Any, Any]:
    """Rows of an ADBench set, or the test is skipped."""
    rows: np.ndarray[Any, Any] = np.load(data_path(f"adbench/{name}.npz"))["X"].astype(np.float64)
    return rows


def random_rows() -> np.ndarray[Any, Any]:
    random = np.random.default_rng(5)
    rows = random.normal(size=(700, 6))
    rows[:, 2] = np.round(rows[:, 2])
    rows[:, 3] *= 1e6
    return rows


def with_gaps(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    gaps = rows.copy()
    gaps[np.random.default_rng(6).random(size=rows.shape) < 0.1] = np.nan
    return gaps


def assert_isotree(ours: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any], action: str) -> None:
    """Path sums are equal; exp2 of the platform's library and ours may differ in the last bit, and so may the weighted mean of both
    sides, which isotree's compiler may have fused."""
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-14 if action == "divide" else 2.3e-16)


@pytest.mark.parametrize("max_samples", [2, 64, 256])
@pytest.mark.parametrize("max_features", [1.0, 0.5])
def test_sklearn_scores(max_samples: int, max_features: float) -> None:
    rows = random_rows()
    theirs = SklearnForest(n_estimators=40, max_samples=max_samples, max_features=max_features, random_state=1).fit(
        rows
    )
    ours = mw.IsolationForest.from_sklearn(theirs)
    probe = np.concatenate([rows, 3 * rows])
    np.testing.assert_allclose(ours.score_samples(probe), theirs.score_samples(probe), rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours.decision_function(probe), theirs.decision_function(probe), rtol=0, atol=1e-12)
    assert ours.score_samples(probe.astype(np.float32)).tolist() == ours.score_samples(probe).tolist()
    assert -ours.score_row(probe[3]) == ours.score_samples(probe)[3]
    assert pickle.loads(pickle.dumps(ours)).score_samples(probe).tolist() == ours.score_samples(probe).tolist()


def test_sklearn_missing_values() -> None:
    rows = with_gaps(random_rows())
    theirs = SklearnForest(n_estimators=30, random_state=2).fit(rows)
    ours = mw.IsolationForest.from_sklearn(theirs)
    np.testing.assert_allclose(ours.score_samples(rows), theirs.score_samples(rows), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["23_mammography", "7_Cardiotocography"])
def test_sklearn_on_real_rows(name: str) -> None:
    rows = real_rows(name)
    theirs = SklearnForest(random_state=3).fit(rows)
    ours = mw.IsolationForest.from_sklearn(theirs)
    np.testing.assert_allclose(ours.score_samples(rows), theirs.score_samples(rows), rtol=0, atol=1e-12)


def importer(ndim: int) -> Any:
    return mw.IsolationForest if ndim == 1 else mw.ExtendedIsolationForest


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: f"{f['ndim']}-{f['missing_action']}")
def test_isotree_scores_without_isotree(fixture: dict[str, Any]) -> None:
    data = zlib.decompress(base64.b64decode(fixture["model"]))
    rows = np.array(fixture["rows"], dtype=np.float64)  # None becomes NaN
    forest = importer(fixture["ndim"])._from_isotree_bytes(data, 4)
    scores = forest.anomaly_score(rows)
    assert [forest.score_row(row) for row in rows] == scores.tolist()
    if fixture["ndim"] == 1:
        assert_isotree(scores, np.array(fixture["scores"]), fixture["missing_action"])
    else:
        np.testing.assert_allclose(scores, fixture["scores"], rtol=0, atol=1e-14)
    with pytest.raises(ValueError, match="import it by"):
        importer(3 if fixture["ndim"] == 1 else 1)._from_isotree_bytes(data, 4)


@pytest.mark.parametrize("fixture", [FIXTURES[0], FIXTURES[-1]], ids=lambda f: f["ndim"])
def test_isotree_bytes_that_cannot_be_imported(fixture: dict[str, Any]) -> None:
    forest = importer(fixture["ndim"])
    data = zlib.decompress(base64.b64decode(fixture["model"]))
    with pytest.raises(ValueError, match="not an isotree model"):
        forest._from_isotree_bytes(b"x" * 200, 4)
    for size in range(100, 1500, 7):
        with pytest.raises(ValueError, match="ends too early"):
            forest._from_isotree_bytes(data[:size], 4)
    for offset, value, message in ((23, 9, "model type"), (60, 92, "scoring metric"), (59, 1, "penalize_range")):
        changed = bytearray(data)
        changed[offset] = value
        with pytest.raises(ValueError, match=message):
            forest._from_isotree_bytes(bytes(changed), 4)


@pytest.mark.parametrize("action", ["fail", "divide", "impute"])
@pytest.mark.parametrize("name", ["random", "23_mammography", "7_Cardiotocography"])
def test_isotree_scores(name: str, action: str) -> None:
    isotree = pytest.importorskip("isotree", reason="isotree is not installed (python -m pip install isotree)")
    rows = random_rows() if name == "random" else real_rows(name)
    if action != "fail":
        rows = with_gaps(rows)
    theirs = isotree.IsolationForest(
        ntrees=60, sample_size=256, ndim=1, missing_action=action, nthreads=1, random_seed=1
    ).fit(rows)
    ours = mw.IsolationForest.from_isotree(theirs)
    assert_isotree(ours.anomaly_score(rows), theirs.predict(rows), action)


@pytest.mark.parametrize(
    "settings",
    [
        {"ndim": 2},
        {"ndim": 3, "coefs": "uniform", "standardize_data": False},
        {"ndim": 2, "prob_pick_pooled_gain": 1.0, "ntry": 3},
        {"ndim": 6, "sample_size": None},
        {"ndim": 2, "sample_size": 32, "max_depth": 3, "missing_action": "impute"},
    ],
    ids=str,
)
def test_isotree_hyperplanes(settings: dict[str, Any]) -> None:
    isotree = pytest.importorskip("isotree", reason="isotree is not installed (python -m pip install isotree)")
    rows = random_rows()
    defaults = {"ntrees": 60, "sample_size": 256, "missing_action": "fail", "nthreads": 1, "random_seed": 1}
    theirs = isotree.IsolationForest(**{**defaults, **settings}).fit(rows)
    ours = mw.ExtendedIsolationForest.from_isotree(theirs)
    probe = np.concatenate([rows, 3 * rows])
    np.testing.assert_allclose(ours.anomaly_score(probe), theirs.predict(probe), rtol=0, atol=1e-14)
    assert pickle.loads(pickle.dumps(ours)).anomaly_score(probe).tolist() == ours.anomaly_score(probe).tolist()
