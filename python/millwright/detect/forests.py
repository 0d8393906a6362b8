"""What isolation forests can do besides scoring: become small, become C, become ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .. import _core
from .estimators import Detector, fitted_detector
from .forest_graph import forest_graph

if TYPE_CHECKING:
    from .._generated.estimators import IsolationForest, QuantizedForest


class _ForestDetector(Detector):
    out_of_box_weight: float

    def _forest_stage(self) -> _core.Stage:
        """The fitted stage isolation_forest."""
        return self.stage_

    def export_onnx(self, path: str | Path | None = None) -> Any:
        """The fitted forest as an ONNX model: input "rows", float32 of shape (N, n_features), output "score", float32 of
        shape (N, 1), the same as `anomaly_score`.

        Thresholds are rounded up to float32, so that every decision on float32 rows is that of the forest; scores differ
        by float32 arithmetic (at most 1e-5 inside the training range). A row with a value that is not finite scores
        NaN. Metadata: `columns`, `threshold` (of the score; absent where there is none).

        Parameters
        ----------
        path : str or Path, optional
            File to write.

        Returns
        -------
        onnx.ModelProto

        Raises
        ------
        ImportError
            If the package onnx is not installed: it is the optional extra ``millwright[onnx]``.
        ValueError
            If thresholds lie beyond float32.
        """
        check_is_fitted(self)
        stage = self._forest_stage()
        metadata = {"columns": ",".join(stage.input_names), "origin": f"millwright {_core.version}, {self.stage_id}"}
        if np.isfinite(self.offset_):
            metadata["threshold"] = repr(-self.offset_)
        model = forest_graph(stage.learned, self.out_of_box_weight, metadata)
        if path is not None:
            Path(path).write_bytes(model.SerializeToString())
        return model


class ForestDetector(_ForestDetector):
    """Base class of `IsolationForest`."""

    def quantize(
        self,
        X: ArrayLike,
        *,
        precision: Literal["rank", "float32", "fixed16"] = "float32",
        pruning_tolerance: float = 0.0,
        contamination: float = 0.01,
    ) -> QuantizedForest:
        """The fitted forest in a compact form; `QuantizedForest` says which forms there are.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows of normal operation, at least eight: the loss is measured and the threshold set on them.
        precision : {"rank", "float32", "fixed16"}, default="float32"
            How thresholds are kept.
        pruning_tolerance : float, default=0.0
            Largest change of a row's score for which trees may be dropped; 0: keep all.
        contamination : float, default=0.01
            Share of the rows beyond the threshold.
        """
        rows = self._rows(X)
        settings = {
            "precision": precision,
            "pruning_tolerance": pruning_tolerance,
            "contamination": contamination,
        }
        packed = fitted_detector(
            _core.quantize_forest(self.stage_, rows, settings),
            is_named=hasattr(self, "feature_names_in_"),
            offset_rows=rows,
        )
        return cast("QuantizedForest", packed)


class PackedForestDetector(_ForestDetector):
    """Base class of `QuantizedForest`."""

    @classmethod
    def from_forest(
        cls,
        forest: IsolationForest,
        X: ArrayLike,
        *,
        precision: Literal["rank", "float32", "fixed16"] = "float32",
        pruning_tolerance: float = 0.0,
        contamination: float = 0.01,
    ) -> Self:
        """The same as ``forest.quantize(X, ...)``."""
        packed = forest.quantize(
            X, precision=precision, pruning_tolerance=pruning_tolerance, contamination=contamination
        )
        if not isinstance(packed, cls):
            raise TypeError(f"{cls.__name__} cannot be made from a forest")
        return packed

    def _forest_stage(self) -> _core.Stage:
        return _core.unpack_forest(self.stage_)

    def _loss(self, name: str) -> float:
        check_is_fitted(self)
        return float(self.stage_.learned[name])

    @property
    def bytes_(self) -> int:
        """Size of the learned arrays in a bundle."""
        return int(self._loss("bytes"))

    @property
    def trees_kept_(self) -> int:
        """Trees after pruning."""
        return int(self._loss("trees_kept"))

    @property
    def worst_difference_(self) -> float:
        """Largest difference to the score of the forest before packing, over the training rows."""
        return self._loss("worst_difference")

    @property
    def flip_rate_(self) -> float:
        """Share of the training rows that are beyond the threshold of one of the two forests and not of the other."""
        return self._loss("flip_rate")

    @property
    def score_threshold_(self) -> float:
        """The score beyond which the share `contamination` of the training rows lies."""
        return self._loss("score_threshold")

    @property
    def standard_error_(self) -> float:
        """Standard error of the score because the number of trees is finite, mean over training rows."""
        return self._loss("standard_error")

    def export_c99(
        self, path: str | Path | None = None, *, prefix: str = "forest", origin: str = "", inputs: str = ""
    ) -> str:
        """The fitted forest as one C99 header for microcontrollers: tables and ``static inline double forest_score(x)``,
        without allocation and without a library.

        Scores have the same bits as `anomaly_score` (with float32 thresholds: on float32 rows) where the compiler does
        not fuse multiply-adds: ``-ffp-contract=off``. ``FOREST_THRESHOLD`` is `score_threshold_`.

        Parameters
        ----------
        path : str or Path, optional
            File to write.
        prefix : str, default="forest"
            Of every name in the header; a C identifier.
        origin : str, default=""
            Where the model comes from; goes into a comment.
        inputs : str, default=""
            What the inputs are: units, normalisation; goes into a comment.
        """
        check_is_fitted(self)
        text = _core.export_c99(self.stage_, prefix, origin, inputs)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text
