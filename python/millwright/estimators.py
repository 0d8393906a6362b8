"""Base classes of the estimators: the core's stages behind scikit-learn's interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, OutlierMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from . import _core
from ._typing import AnyArray, FloatArray, Int64Array
from .detector_stream import DetectorStream

__all__ = ["AnomalyScores", "Detector", "Normalizer"]

_ROWS_FOR_OFFSET = 8192  # training rows, evenly spaced, whose scores draw `predict`'s line


class _StageEstimator(BaseEstimator):  # type: ignore[misc]
    """What detectors and normalisers share: one core stage, made anew by every fit."""

    stage_id: ClassVar[str]
    _stage: _core.Stage
    _allows_missing = False
    """Whether rows with NaN are scored."""

    def _fit_stage(self, rows: FloatArray, context: Sequence[str] = (), weights: ArrayLike | None = None) -> None:
        names = getattr(self, "feature_names_in_", None)
        columns = [f"x{i}" for i in range(rows.shape[1])] if names is None else [str(name) for name in names]
        stage = _core.Stage(self.stage_id, self.get_params(deep=False))
        row_weights: FloatArray = np.asarray([] if weights is None else weights, dtype=np.float64)
        stage.fit(rows, columns, list(context), row_weights)
        self._stage = stage

    def _takes_missing(self) -> bool:
        """Whether rows may hold NaN: a stage with a setting `missing` other than "refuse"."""
        return self._allows_missing or bool(getattr(self, "missing", "refuse") != "refuse")

    def _finite(self) -> bool | str:
        return "allow-nan" if self._takes_missing() else True

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._takes_missing()
        return tags

    def _rows(self, X: ArrayLike) -> FloatArray:
        check_is_fitted(self)
        rows: FloatArray = validate_data(
            self,
            X,
            dtype=(np.float64, np.float32),  # float32 is not copied
            ensure_all_finite=self._finite(),
            reset=False,
        )
        return rows

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_stage")

    @property
    def learned_arrays_(self) -> dict[str, AnyArray]:
        """Everything that fitting learned, by name; copies."""
        check_is_fitted(self)
        return self._stage.learned

    @classmethod
    def _from_stage(cls, stage: _core.Stage) -> Self:
        """A fitted estimator around a stage that was learned elsewhere."""
        estimator = cls(**stage.params)
        estimator._stage = stage
        estimator.n_features_in_ = len(stage.input_names)
        estimator.feature_names_in_ = np.array(stage.input_names, dtype=object)
        return estimator


class AnomalyScores(OutlierMixin):  # type: ignore[misc]
    """scikit-learn's view of `anomaly_score` and `offset_`.

    `anomaly_score` has the sign of the rest of the library, higher = more anomalous; `score_samples` and
    `decision_function` have scikit-learn's, lower = more anomalous. All of them score against what was fitted: a
    detector that learns while it scores does so in a pipeline and in `stream`."""

    offset_: float

    def anomaly_score(self, X: ArrayLike) -> FloatArray:
        """Score of each row, shape (n_rows,); higher = more anomalous."""
        raise NotImplementedError

    def score_samples(self, X: ArrayLike) -> FloatArray:
        """Minus `anomaly_score`: lower = more anomalous, as in scikit-learn."""
        return -self.anomaly_score(X)

    def decision_function(self, X: ArrayLike) -> FloatArray:
        """`score_samples` minus `offset_`: negative for outliers."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: ArrayLike) -> Int64Array:
        """1 for inliers and rows without a score, -1 for outliers, shape (n_rows,)."""
        return np.where(self.decision_function(X) < 0.0, -1, 1)


class Detector(AnomalyScores, _StageEstimator):
    """A detector of rows that are unlike the rows it was fitted on."""

    def fit(self, X: ArrayLike, y: object = None, *, row_weight: ArrayLike | None = None) -> Self:
        """Learn what normal rows look like.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows of normal operation, at least two, all finite; NaN is allowed where a setting `missing` says what to do
            with it.
        y : None
            Ignored.
        row_weight : array-like of shape (n_rows,), optional
            How much each row counts, 0 or more; forests draw rows in proportion to it, and other detectors refuse it. It
            is not called `sample_weight`, because scikit-learn demands of that name that a weight of 2 equals a row given
            twice, which an ensemble that draws different rows for each tree cannot promise.
        """
        rows = validate_data(self, X, dtype=np.float64, ensure_min_samples=2, ensure_all_finite=self._finite())
        self._fit_stage(rows, weights=row_weight)
        self._set_offset(rows)
        return self

    def _set_offset(self, rows: FloatArray) -> None:
        share = getattr(self, "contamination", 0.01)
        in_order = getattr(self, "lags", 0) > 0  # rows are scored with those before them
        every = 1 if in_order else -(-len(rows) // _ROWS_FOR_OFFSET)
        self.offset_ = float(
            np.nanquantile(-self._score(rows[::every]), share)
        )  # with lags, the first rows have no score

    def _score(self, rows: FloatArray) -> FloatArray:
        return self._stage.score(rows)

    def anomaly_score(self, X: ArrayLike) -> FloatArray:
        """Score of each row, shape (n_rows,); higher = more anomalous."""
        return self._score(self._rows(X))

    def score_row(self, x: ArrayLike) -> float:
        """Score of one row, shape (n_features,): `anomaly_score` without its checks, in microseconds. A value that is not
        finite gives NaN, as does a row that cannot be scored."""
        if not hasattr(self, "_stage"):
            check_is_fitted(self)
        return self._stage.score_row(x)

    def explain(self, X: ArrayLike) -> FloatArray:
        """How much each column adds to the score of each row, shape (n_rows, n_features); higher = more."""
        rows = self._rows(X)
        return self._stage.explain(rows)

    def stream(self) -> DetectorStream:
        """A stream of its own that starts from the fitted state and, unlike this object, may learn while it scores."""
        check_is_fitted(self)
        return DetectorStream(self._stage)

    @classmethod
    def _from_stage(cls, stage: _core.Stage) -> Self:
        estimator = super()._from_stage(stage)
        estimator.offset_ = float("nan")
        return estimator


class Normalizer(OneToOneFeatureMixin, TransformerMixin, _StageEstimator):  # type: ignore[misc]
    """A transformer that takes the operating context out of the features."""

    by: Sequence[str]

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn regimes of the context and each feature's location and scale in them.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows of normal operation, at least two, all finite, context columns included.
        y : None
            Ignored.
        """
        rows = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        self._fit_stage(rows, self.by)
        return self

    def transform(self, X: ArrayLike) -> FloatArray:
        """Rows relative to what is normal in their context (robust z)."""
        rows = self._rows(X)
        return self._stage.process(rows)[0]

    def predict_regime(self, X: ArrayLike) -> AnyArray:
        """Regime of each row, shape (n_rows,); -1 for a context unlike all seen in `fit`."""
        rows = self._rows(X)
        return self._stage.process(rows)[1]

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> AnyArray:
        """Names of the columns that `transform` gives: the features without the context."""
        names = super().get_feature_names_out(input_features)
        kept = [self._stage.input_names.index(name) for name in self._stage.output_names]
        out: AnyArray = names[kept]
        return out
