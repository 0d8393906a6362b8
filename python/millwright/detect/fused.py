"""Several detectors of rows as one, with a score that is a tail probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import _core
from .._foreign_arguments import FUSION_REASONS, KnownArguments
from .._generated.estimators import ContextNormalizer, Mahalanobis, PcaMonitor
from .._generated.sections import TailCalibration
from .._typing import FloatArray
from .estimators import AnomalyScores, Detector, Normalizer, fitted_detector, fitted_normalizer

__all__ = ["FusedDetector", "default_detectors"]


def default_detectors() -> list[Detector]:
    """What a `FusedDetector` is made of when nothing else is asked for."""
    return [Mahalanobis(estimator="fixed", shrinkage=0.0), PcaMonitor()]


class FusedDetector(KnownArguments, AnomalyScores, BaseEstimator):  # type: ignore[misc]
    """Several detectors, each calibrated on rows that it did not see, combined into one severity.

    By the pipeline's own code, for rows that are there already: contiguous blocks of the training rows are normalised and scored
    by models fitted on the others; these held-out scores calibrate each detector's tail, the Cauchy combination fuses the
    tail probabilities, and the fused severities are calibrated again, by an exponential tail. Then everything is fitted on
    all rows.
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

        self._judge, held_out = _core.Judge.fit(
            _core.Stage(normalize.stage_id, normalize.get_params(deep=False)),
            [_core.Stage(detector.stage_id, detector.get_params(deep=False)) for detector in detectors],
            {} if self.calibrate is None else self.calibrate.get_params(),
            rows,
            names,
            list(normalize.by),
            self.folds,
            self.gap,
        )
        self.held_out_severity_ = held_out[:, 0]
        self.normalize_ = fitted_normalizer(self._judge.normalizer)
        normal = self._judge.normalizer.process(rows)[0]
        self.detect_ = [fitted_detector(stage, is_named=False, offset_rows=normal) for stage in self._judge.detectors]
        self.offset_ = float(np.log10(self.alpha))
        return self

    def detector_severities(self, X: ArrayLike) -> FloatArray:
        """Each detector's own severity for each row, shape (n_rows, n_detectors): the evidence behind the fused one."""
        rows = self._rows(X)
        return self._judge.judge(rows)[0]

    def anomaly_score(self, X: ArrayLike) -> FloatArray:
        """Severity of each row, -log10 of its tail probability in normal operation, shape (n_rows,); NaN in a context that
        is unlike all of the training rows'."""
        rows = self._rows(X)
        severity: FloatArray = self._judge.judge(rows)[1][:, 0]
        return severity

    def explain(self, X: ArrayLike) -> FloatArray:
        """Share of each column in the score of each row, shape (n_rows, n_features): each detector's shares, weighted by
        how anomalous that detector finds the row; 0 for columns of the context."""
        rows = self._rows(X)
        return self._judge.explain(rows)

    def _rows(self, X: ArrayLike) -> FloatArray:
        check_is_fitted(self)
        rows: FloatArray = validate_data(self, X, dtype=np.float64, reset=False)
        return rows
