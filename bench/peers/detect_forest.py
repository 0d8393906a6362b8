"""Isolation forests beside isotree and scikit-learn: 100 trees of 256 rows, 100,000 rows of 32 columns.

Where rows are scored, both have the same trees: the peer's, imported."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
import sklearn
import sklearn.ensemble
from _workload import Workload, optional

import millwright as mw

isotree = optional("isotree")

TREES, SAMPLES, ROWS, COLUMNS = 100, 256, 100_000, 32


def versions() -> list[str]:
    return [f"scikit-learn {sklearn.__version__}"] + ([f"isotree {version('isotree')}"] if isotree else [])


def workloads() -> list[Workload]:
    rows = np.random.default_rng(1).normal(size=(ROWS, COLUMNS))
    floats = rows.astype(np.float32)
    row = rows[:1]
    theirs = sklearn.ensemble.IsolationForest(n_estimators=TREES, max_samples=SAMPLES, random_state=1, n_jobs=1).fit(
        rows
    )
    forests: dict[str, tuple[Any, mw.IsolationForest, Callable[[Any], Any]]] = {
        "sklearn": (theirs, mw.IsolationForest.from_sklearn(theirs), theirs.score_samples)
    }
    fits: dict[str, Callable[[], Any]] = {}
    if isotree:
        theirs = _isotree().fit(rows)
        forests["isotree"] = (theirs, mw.IsolationForest.from_isotree(theirs), theirs.predict)
        fits["isotree"] = lambda: _isotree().fit(rows)
    fits["sklearn"] = lambda: sklearn.ensemble.IsolationForest(n_estimators=TREES, max_samples=SAMPLES, n_jobs=1).fit(
        rows
    )

    found = []
    for peer, (_, ours, scores) in forests.items():
        found += [
            _scored("forest batch f64", peer, ours.anomaly_score, scores, rows),
            _scored("forest batch f32", peer, ours.anomaly_score, scores, floats),
            Workload(
                "forest row",
                _call(ours.score_row, row[0]),
                {peer: _call(scores, row)},
                setup=lambda: None,
            ),
        ]
    found.append(
        Workload(
            "forest fit",
            lambda: mw.IsolationForest(trees=TREES, samples=SAMPLES).fit(rows),
            fits,
        )
    )
    return found


def _isotree() -> Any:
    assert isotree is not None
    return isotree.IsolationForest(
        ntrees=TREES, sample_size=SAMPLES, ndim=1, missing_action="fail", nthreads=1, random_seed=1
    )


def _call(function: Callable[[Any], Any], rows: Any) -> Callable[[], Any]:
    return lambda: function(rows)


def _scored(
    name: str, peer: str, ours: Callable[[Any], Any], theirs: Callable[[Any], Any], rows: np.ndarray[Any, Any]
) -> Workload:
    def check() -> None:
        expected = theirs(rows) if peer == "isotree" else -theirs(rows)
        # isotree: the last bit of exp2 is the platform library's there, and correctly rounded or not.
        np.testing.assert_allclose(ours(rows), expected, rtol=0, atol=2.3e-16 if peer == "isotree" else 1e-12)

    return Workload(name, _call(ours, rows), {peer: _call(theirs, rows)}, per_call=len(rows), check=check)
