"""Detectors that run over rows as they come."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._checkpointed import Checkpointed
from .._typing import FloatArray

__all__ = ["DetectorStream"]


class DetectorStream(Checkpointed[_core.StageStream]):
    """A fitted detector that scores rows in the order of their coming. Made by `Detector.stream`.

    A detector that learns while it scores (`HalfSpaceTrees`, `OnlineIsolationForest`, `RandomCutForest`) does so here, as in a
    pipeline; the detector that it was made from stays as it was fitted. Any cutting of the same rows gives the same scores,
    byte for byte. A stream belongs to one thread at a time.
    """

    def __init__(self, stage: _core.Stage) -> None:
        self._core = _core.StageStream(stage)

    def push(self, X: ArrayLike) -> FloatArray:
        """Score rows and learn them, if the detector does.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            The next rows. A row with NaN scores NaN and is not learned.

        Returns
        -------
        ndarray of shape (n_rows,)
            Score of each row before it is learned; higher = more anomalous.
        """
        scores: FloatArray = self._core.push(np.asarray(X, dtype=np.float64))[:, 0]
        return scores

    def explain(self, X: ArrayLike) -> FloatArray:
        """How much each column adds to the score of each row now, shape (n_rows, n_features); nothing is learned."""
        return self._core.explain(np.asarray(X, dtype=np.float64))

    def reset(self) -> None:
        """Forget all rows since fitting."""
        self._core.reset()

    @property
    def memory_needed(self) -> int:
        """Bytes of the stream's state and buffers; the model, which all streams share, not counted."""
        return self._core.memory_needed
