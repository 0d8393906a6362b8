"""Isolation forests that follow the machine: some new trees every day, grown on accepted rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .. import _core
from ..detect.estimators import fitted_detector

if TYPE_CHECKING:
    from .._generated.estimators import IsolationForest

__all__ = ["refresh_forest"]


def refresh_forest(
    forest: IsolationForest, rows: ArrayLike, *, share: float = 1 / 30, generation: int = 0
) -> IsolationForest:
    """A new forest in which the oldest trees make way for trees grown on `rows`; `forest` stays as it is.

    Each edge of the training box moves `share` of the way to that of `rows`. Scores change a little: calibrate the
    threshold again on held-out rows, and score the first forest beside the new one to see how far it has moved.

    Parameters
    ----------
    forest : IsolationForest
        A fitted forest, or one that was refreshed before.
    rows : array-like of shape (n_rows, n_features)
        Rows that were accepted as normal, see `AcceptedBuffer`; at least as many as a tree samples.
    share : float, default=1/30
        Share of the trees that is replaced, above 0, at most 1; at least one tree.
    generation : int, default=0
        Number of this refresh, 0, 1, 2 ...; each number draws other trees.

    Returns
    -------
    IsolationForest
        With `offset_` from the scores of `rows`, as `fit` sets it from those of the training rows.
    """
    check_is_fitted(forest)
    values = np.asarray(rows, dtype=np.float64)
    refreshed = fitted_detector(
        _core.refresh_forest(forest.stage_, values, share, generation),
        is_named=hasattr(forest, "feature_names_in_"),
        offset_rows=values[np.isfinite(values).all(axis=1)],
    )
    return cast("IsolationForest", refreshed)
