"""Several detectors of rows as one, with a score that is a tail probability."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import _core
from .._foreign_arguments import FUSION_REASONS, KnownArguments
from .._generated.estimators import ContextNormalizer, Mahalanobis, PcaMonitor
from .._generated.sections import TailCalibration
from .._typing import FloatArray
from .estimators import AnomalyScores, Detector, Normalizer, fitted_normalizer

__all__ = ["FusedDetector", "default_detectors"]

#: Weight of a detector, in an explanation, that finds the row perfectly normal; as in a pipeline.
LEAST_WEIGHT = 1e-3


def _fit_stage(stage_id: str, rows: FloatArray, params: dict[str, Any] | None = None) -> _core.Stage:
    stage = _core.Stage(stage_id, params or {})
    stage.fit(rows, [f"x{i}" for i in range(rows.shape[1])])
    return stage


def default_detectors() -> list[Detector]:
    """What a `FusedDetector` is made of when nothing else is asked for."""
    return [Mahalanobis(estimator="fixed", shrinkage=0.0), PcaMonitor()]


class FusedDetector(KnownArguments, AnomalyScores, BaseEstimator):  # type: ignore[misc]
    """Several detectors, each calibrated on rows that it did not see, combined into one severity.

    As a pipeline does it, for rows that are there already: contiguous blocks of the training rows are normalised and scored
    by models fitted on the others; these held-out scores calibrate each detector's tail, the Cauchy combination fuses the
    tail probabilities, and the fused severities are calibrated again. Then everything is fitted on all rows.
    `anomaly_score` is the severity, -log10 of the probability of so odd a row in normal operation. That probability counts
    rows as independent: where neighbours resemble each other, alarms come in clusters and vary more than it says.

    Parameters
    ----------
    detect : sequence of Detector, default=None
        The detectors; none given: `Mahalanobis` without shrinkage and `PcaMonitor`, of the sets tried the one that found
        most at the fewest false alarms on process data.
    normalize : Normalizer, default=None
        What the rows go through first; none given: a `ContextNormalizer` without context, that is robust z.
    folds : int, default=5
        Contiguous blocks of the training rows, at least 2. Keep the rows in the order of time: neighbours that resemble
        each other then stay in one block.
    gap : int, default=0
        Rows on either side of a block that its detectors do not see; as many as neighbours resemble each other.
    calibrate : TailCalibration, default=None
        How scores become severities; none given: the defaults.
    alpha : float, default=0.02
        Tail probability below which `predict` calls a row an outlier; between 0 and 1.

    Attributes
    ----------
    detect_ : list of Detector
        The detectors, fitted on all rows.
    normalize_ : Normalizer
        The normaliser, fitted on all rows.
    held_out_severity_ : ndarray of shape (n_rows,)
        Severities of the training rows by detectors that did not see them.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        log10 of `alpha`: where `predict` draws the line.
    """

    _reasons = FUSION_REASONS

    detect_: list[Detector]
    normalize_: Normalizer

    def __init__(
        self,
        *,
        detect: Sequence[Detector] | None = None,
        normalize: Normalizer | None = None,
        folds: int = 5,
        gap: int = 0,
        calibrate: TailCalibration | None = None,
        alpha: float = 0.02,
    ) -> None:
        self.detect = detect
        self.normalize = normalize
        self.folds = folds
        self.gap = gap
        self.calibrate = calibrate
        self.alpha = alpha

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn what normal rows look like.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows of normal operation in the order of time, all finite; at least ten.
        y : None
            Ignored.
        """
        if self.folds < 2 or self.gap < 0:
            raise ValueError(f"folds is {self.folds} and gap {self.gap}; give at least 2 and 0")
        if not 0.0 < self.alpha < 1.0:
            raise ValueError(f"alpha is {self.alpha}; give a probability between 0 and 1")
        detectors = default_detectors() if self.detect is None else list(self.detect)
        if not detectors:
            raise ValueError("detect is empty; give at least one detector")
        normalize = ContextNormalizer() if self.normalize is None else self.normalize
        rows: FloatArray = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        names = [str(name) for name in getattr(self, "feature_names_in_", [f"x{i}" for i in range(rows.shape[1])])]

        def learn(seen: FloatArray) -> tuple[_core.Stage, list[Detector]]:
            stage = _core.Stage(normalize.stage_id, normalize.get_params(deep=False))
            stage.fit(seen, names, list(normalize.by))
            normal = stage.process(seen)[0]
            return stage, [clone(detector).fit(normal) for detector in detectors]

        scores = np.empty((len(rows), len(detectors)))
        edges = [len(rows) * k // self.folds for k in range(self.folds + 1)]
        for first, last in pairwise(edges):
            if first == last:
                continue
            fold = learn(np.concatenate([rows[: max(first - self.gap, 0)], rows[last + self.gap :]]))
            scores[first:last] = _scores(*fold, rows[first:last])

        settings = {} if self.calibrate is None else self.calibrate.get_params()
        self._tails = _fit_stage("tail_calibration", scores, settings)
        severities = self._tails.process(scores)[0]
        self._fusion = _fit_stage("cauchy_fusion", severities)
        fused = self._fusion.process(severities)[0]
        self._fused_tail = _fit_stage("tail_calibration", fused, settings)
        self.held_out_severity_ = self._fused_tail.process(fused)[0][:, 0]
        self._normalize, self.detect_ = learn(rows)
        self.normalize_ = fitted_normalizer(self._normalize)
        self.offset_ = float(np.log10(self.alpha))
        return self

    def detector_severities(self, X: ArrayLike) -> FloatArray:
        """Each detector's own severity for each row, shape (n_rows, n_detectors): the evidence behind the fused one."""
        return self._severities(self._rows(X))

    def anomaly_score(self, X: ArrayLike) -> FloatArray:
        """Severity of each row, -log10 of its tail probability in normal operation, shape (n_rows,); NaN in a context that
        is unlike all of the training rows'."""
        rows = self._rows(X)
        fused = self._fusion.process(self._severities(rows))[0]
        severity: FloatArray = self._fused_tail.process(fused)[0][:, 0]
        return severity

    def explain(self, X: ArrayLike) -> FloatArray:
        """Share of each column in the score of each row, shape (n_rows, n_features): each detector's shares, weighted by
        how anomalous that detector finds the row; 0 for columns of the context."""
        rows = self._rows(X)
        weights = np.maximum(self._severities(rows), LEAST_WEIGHT)
        normal = self._normalize.process(rows)[0]
        shares = np.zeros_like(normal)
        total = np.zeros(len(rows))
        for j, detector in enumerate(self.detect_):
            contributions = detector.stage_.explain(normal)
            sums = contributions.sum(axis=1)
            explained = (sums > 0.0) & np.isfinite(sums)
            weight = np.where(explained, weights[:, j], 0.0)
            shares += contributions * np.divide(weight, sums, out=np.zeros_like(sums), where=explained)[:, None]
            total += weight
        kept = [self._normalize.input_names.index(name) for name in self._normalize.output_names]
        by_column = np.zeros_like(rows)
        by_column[:, kept] = np.divide(shares, total[:, None], out=shares, where=total[:, None] > 0.0)
        return by_column

    def _rows(self, X: ArrayLike) -> FloatArray:
        check_is_fitted(self)
        rows: FloatArray = validate_data(self, X, dtype=np.float64, reset=False)
        return rows

    def _severities(self, rows: FloatArray) -> FloatArray:
        return self._tails.process(_scores(self._normalize, self.detect_, rows))[0]


def _scores(normalize: _core.Stage, detectors: Sequence[Detector], rows: FloatArray) -> FloatArray:
    normal = normalize.process(rows)[0]
    return np.column_stack([detector.stage_.score(normal) for detector in detectors])
