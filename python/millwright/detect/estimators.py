"""Base classes of the estimators: the core's stages behind scikit-learn's interface."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, OutlierMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import _core
from .._foreign_arguments import DETECTOR_REASONS, ESTIMATOR_REASONS, KnownArguments, refuse_foreign
from .._typing import AnyArray, FloatArray, Int64Array
from .detector_stream import DetectorStream

__all__ = [
    "AnomalyScores",
    "Detector",
    "Normalizer",
    "estimator_class",
    "fitted_detector",
    "fitted_normalizer",
    "register",
]

_ROWS_FOR_OFFSET = 8192  # training rows, evenly spaced, whose scores draw `predict`'s line


class _StageEstimator(KnownArguments, BaseEstimator):  # type: ignore[misc]
    """What detectors and normalisers share: one core stage, made anew by every fit."""

    stage_id: ClassVar[str]
    stage_: _core.Stage
    """The fitted stage of the core; what the rest of the package runs."""
    _allows_missing = False
    """Whether rows with NaN are scored."""

    def set_params(self, **params: Any) -> Self:
        """Change settings; those of the last fit stay in the fitted stage until the next."""
        refuse_foreign(type(self), params)
        super().set_params(**params)
        return self

    def _fit_stage(self, rows: FloatArray, context: Sequence[str] = (), weights: ArrayLike | None = None) -> None:
        names = getattr(self, "feature_names_in_", None)
        columns = [f"x{i}" for i in range(rows.shape[1])] if names is None else [str(name) for name in names]
        stage = _core.Stage(self.stage_id, self._settings())
        row_weights: FloatArray = np.asarray([] if weights is None else weights, dtype=np.float64)
        stage.fit(rows, columns, list(context), row_weights)
        self.stage_ = stage

    def to_dict(self) -> dict[str, Any]:
        """The stage as the pipeline's JSON has it: its id and its settings."""
        return {"stage": self.stage_id} | {
            name: list(value) if isinstance(value, tuple) else value for name, value in self._settings().items()
        }

    def _settings(self) -> dict[str, Any]:
        """Parameters as the core takes them: where it takes a text that may be a number, the number as text."""
        defaults = _core.Stage(self.stage_id).params
        return {
            name: repr(float(value)) if isinstance(defaults.get(name), str) and isinstance(value, Real) else value
            for name, value in self.get_params(deep=False).items()
        }

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
        return hasattr(self, "stage_")

    @property
    def learned_arrays_(self) -> dict[str, AnyArray]:
        """Everything that fitting learned, by name; copies."""
        check_is_fitted(self)
        return self.stage_.learned

    @classmethod
    def _from_stage(cls, stage: _core.Stage, *, is_named: bool = True) -> Self:
        """A fitted estimator around a stage that was learned elsewhere, from rows whose columns may have had names."""
        estimator = cls(**stage.params)
        estimator.stage_ = stage
        estimator.n_features_in_ = len(stage.input_names)
        if is_named:
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

    _reasons = DETECTOR_REASONS

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
        return self.stage_.score(rows)

    def anomaly_score(self, X: ArrayLike) -> FloatArray:
        """Score of each row, shape (n_rows,); higher = more anomalous."""
        return self._score(self._rows(X))

    def score_row(self, x: ArrayLike) -> float:
        """Score of one row, shape (n_features,): `anomaly_score` without its checks, in microseconds. A value that is not
        finite gives NaN, as does a row that cannot be scored."""
        if not hasattr(self, "stage_"):
            check_is_fitted(self)
        return self.stage_.score_row(x)

    def explain(self, X: ArrayLike) -> FloatArray:
        """How much each column adds to the score of each row, shape (n_rows, n_features); higher = more."""
        rows = self._rows(X)
        return self.stage_.explain(rows)

    def stream(self) -> DetectorStream:
        """A stream of its own that starts from the fitted state and, unlike this object, may learn while it scores."""
        check_is_fitted(self)
        return DetectorStream(self.stage_)

    @classmethod
    def _from_stage(
        cls,
        stage: _core.Stage,
        *,
        is_named: bool = True,
        offset: float = math.nan,
        offset_rows: FloatArray | None = None,
    ) -> Self:
        """`predict` draws the line at `offset`, or where `fit` would have drawn it on `offset_rows`."""
        estimator = super()._from_stage(stage, is_named=is_named)
        estimator.offset_ = offset
        if offset_rows is not None:
            estimator._set_offset(offset_rows)
        return estimator

    @classmethod
    def _from_learned(
        cls,
        params: dict[str, Any],
        columns: int,
        names: Iterable[object] | None,
        arrays: dict[str, AnyArray],
        *,
        offset: float,
        allows_missing: bool = False,
    ) -> Self:
        """A fitted detector with what another library has learned; `names` is None where its columns had none."""
        inputs = [f"x{i}" for i in range(columns)] if names is None else [str(name) for name in names]
        stage = _core.Stage.from_learned(cls.stage_id, params, inputs, arrays)
        detector = cls._from_stage(stage, is_named=names is not None, offset=offset)
        detector._allows_missing = allows_missing
        return detector


class Normalizer(OneToOneFeatureMixin, TransformerMixin, _StageEstimator):  # type: ignore[misc]
    """A transformer that takes the operating context out of the features."""

    _reasons = ESTIMATOR_REASONS

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
        return self.stage_.process(rows)[0]

    def predict_regime(self, X: ArrayLike) -> AnyArray:
        """Regime of each row, shape (n_rows,); -1 for a context unlike all seen in `fit`."""
        rows = self._rows(X)
        return self.stage_.process(rows)[1]

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> AnyArray:
        """Names of the columns that `transform` gives: the features without the context."""
        names = super().get_feature_names_out(input_features)
        kept = [self.stage_.input_names.index(name) for name in self.stage_.output_names]
        out: AnyArray = names[kept]
        return out


_OF_STAGE: dict[str, type[Detector] | type[Normalizer]] = {}


def register(*classes: type[Detector] | type[Normalizer]) -> None:
    """Make these the classes of their stages: what a bundle, or a forest that is packed, gives back."""
    _OF_STAGE.update({cls.stage_id: cls for cls in classes})


def estimator_class(stage_id: str) -> type[Detector] | type[Normalizer]:
    """The class of a stage."""
    return _OF_STAGE[stage_id]


def fitted_detector(stage: _core.Stage, *, is_named: bool = True, offset_rows: FloatArray | None = None) -> Detector:
    """The detector around a stage that is fitted already.

    Parameters
    ----------
    stage : Stage
    is_named : bool, default=True
        Whether its columns had names.
    offset_rows : ndarray of shape (n_rows, n_features), optional
        Rows on which `predict` draws its line, as `fit` does; default: `offset_` is NaN.
    """
    cls = _OF_STAGE[stage.id]
    if not issubclass(cls, Detector):
        raise TypeError(f"{stage.id} is not a detector")
    return cls._from_stage(stage, is_named=is_named, offset_rows=offset_rows)


def fitted_normalizer(stage: _core.Stage) -> Normalizer:
    """The normaliser around a stage that is fitted already."""
    cls = _OF_STAGE[stage.id]
    if not issubclass(cls, Normalizer):
        raise TypeError(f"{stage.id} is not a normaliser")
    return cls._from_stage(stage)
