"""One-class SVM, SVDD and their approximation beside scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from real_data import data_path
from sklearn.svm import OneClassSVM

import millwright as mw

KERNELS = {"rbf": "rbf", "linear": "linear", "poly": "polynomial", "sigmoid": "sigmoid"}


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    random = np.random.default_rng(1)
    return random.normal(size=(600, 5)) @ random.normal(size=(5, 5)) / 2 + 1.0


@pytest.fixture(scope="module")
def others(rows: np.ndarray) -> np.ndarray:
    return np.vstack([rows[:100], np.random.default_rng(2).normal(1.0, 3.0, size=(100, 5))])


def reference(kernel: str, **settings) -> OneClassSVM:
    return OneClassSVM(kernel=kernel, degree=2, coef0=0.0 if kernel == "rbf" else 0.5, **settings)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("nu", [0.05, 0.5])
def test_decision_values_equal_scikit_learns(kernel: str, nu: float, rows: np.ndarray, others: np.ndarray) -> None:
    settings = {"nu": nu, "gamma": 0.1}
    theirs = reference(kernel, tol=1e-6 if kernel == "rbf" else 1e-3, **settings).fit(rows)
    ours = mw.OneClassSvm(kernel=KERNELS[kernel], degree=2, coef0=theirs.coef0, tolerance=theirs.tol, **settings).fit(
        rows
    )
    rho = abs(theirs.intercept_[0])
    expected = theirs.decision_function(others)
    scores = ours.anomaly_score(others)
    assert np.abs(scores + expected).max() <= (1e-6 if kernel == "rbf" else 1e-3) * rho
    assert np.mean((scores > 0) == (expected < 0)) >= 0.999
    outside = np.mean(ours.anomaly_score(rows) > 1e-3 * rho)
    assert outside <= nu <= ours.learned_arrays_["vector_count"] / len(rows) + 1e-9


@pytest.mark.parametrize("kernel", KERNELS)
def test_import_scores_as_the_original(kernel: str, rows: np.ndarray, others: np.ndarray) -> None:
    theirs = reference(kernel, nu=0.1, gamma="scale").fit(rows)
    ours = mw.OneClassSvm.from_sklearn(theirs)
    limit = 1e-10 * abs(theirs.intercept_[0])
    assert np.abs(ours.decision_function(others) - theirs.decision_function(others)).max() <= limit
    assert (ours.predict(others) == theirs.predict(others)).all()
    assert (ours.explain(others) >= 0.0).all()


def test_import_of_real_data() -> None:
    values = np.load(data_path("adbench/23_mammography.npz"))["X"][:4000]
    theirs = OneClassSVM(nu=0.02, gamma="scale").fit(values)
    ours = mw.OneClassSvm.from_sklearn(theirs)
    limit = 1e-10 * abs(theirs.intercept_[0])
    assert np.abs(ours.decision_function(values) - theirs.decision_function(values)).max() <= limit


def test_import_refuses_what_it_cannot_run(rows: np.ndarray) -> None:
    scipy = pytest.importorskip("scipy.sparse")
    with pytest.raises(ValueError, match="sparse"):
        mw.OneClassSvm.from_sklearn(OneClassSVM().fit(scipy.csr_matrix(rows)))
    with pytest.raises(ValueError, match="precomputed"):
        mw.OneClassSvm.from_sklearn(OneClassSVM(kernel="precomputed").fit(rows[:20] @ rows[:20].T))


def test_gamma_is_a_rule_or_a_number(rows: np.ndarray) -> None:
    by_rule = mw.OneClassSvm(gamma="auto").fit(rows)
    by_number = mw.OneClassSvm(gamma=0.2).fit(rows)
    assert by_rule.anomaly_score(rows).tobytes() == by_number.anomaly_score(rows).tobytes()
    for wrong in ("wide", -1.0, 0):
        with pytest.raises(ValueError, match="gamma"):
            mw.OneClassSvm(gamma=wrong).fit(rows)


def test_svdd_is_the_one_class_svm_with_an_rbf_kernel(rows: np.ndarray, others: np.ndarray) -> None:
    svm = mw.OneClassSvm(nu=0.1, tolerance=1e-6).fit(rows).anomaly_score(others)
    ball = mw.Svdd(nu=0.1, tolerance=1e-6).fit(rows)
    np.testing.assert_allclose(ball.anomaly_score(others), svm * 2 / 60, rtol=0, atol=1e-7)
    assert 0.0 < ball.learned_arrays_["radius"] < 1.0


@pytest.mark.parametrize(("kind", "least"), [("nystroem", 0.999), ("fourier", 0.9)])
def test_approximation_ranks_as_the_exact_one(kind: str, least: float, rows: np.ndarray, others: np.ndarray) -> None:
    exact = mw.OneClassSvm(nu=0.1).fit(rows).anomaly_score(others)
    near = mw.ApproximateOneClassSvm(nu=0.1, map=kind).fit(rows).anomaly_score(others)
    assert np.corrcoef(near, exact)[0, 1] >= least
