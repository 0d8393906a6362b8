"""scikit-learn's fitted one-class SVM as a fitted detector of this library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from .._typing import AnyArray, FloatArray
from .estimators import Detector

if TYPE_CHECKING:
    from sklearn.svm import OneClassSVM

__all__ = ["SklearnOneClassSvm"]

TILE = 32
KERNELS = {"rbf": "rbf", "linear": "linear", "poly": "polynomial", "sigmoid": "sigmoid"}


class SklearnOneClassSvm(Detector):
    """Makes a `OneClassSvm` from scikit-learn's OneClassSVM."""

    @classmethod
    def from_sklearn(cls, fitted: OneClassSVM) -> Self:
        """A fitted detector whose `decision_function` is that of a fitted `sklearn.svm.OneClassSVM`.

        Parameters
        ----------
        fitted : sklearn.svm.OneClassSVM
            Fitted on a dense array, with kernel rbf, linear, poly or sigmoid.

        Returns
        -------
        OneClassSvm
            Its `offset_` is 0, so that `predict` agrees with `fitted.predict`, too.

        Raises
        ------
        ValueError
            If it was fitted on a sparse matrix, or has another kernel.

        Examples
        --------
        >>> import millwright as mw, numpy as np, sklearn.svm
        >>> rows = np.random.default_rng(0).normal(size=(500, 3))
        >>> theirs = sklearn.svm.OneClassSVM(nu=0.05).fit(rows)
        >>> detector = mw.OneClassSvm.from_sklearn(theirs)
        >>> bool(np.allclose(detector.decision_function(rows), theirs.decision_function(rows), rtol=0, atol=1e-9))
        True
        """
        kernel = KERNELS.get(fitted.kernel) if isinstance(fitted.kernel, str) else None
        if kernel is None:
            raise ValueError(f"kernel {fitted.kernel!r} cannot be imported; {', '.join(KERNELS)} can")
        if getattr(fitted, "_sparse", False):
            raise ValueError("the one-class SVM was fitted on a sparse matrix; fit it on a dense array, X.toarray()")
        vectors = np.asarray(fitted.support_vectors_, dtype=np.float64)
        coefficients = np.asarray(fitted.dual_coef_, dtype=np.float64)[0]
        columns = vectors.shape[1]
        # As in the core: the RBF kernel sees differences only, and around the mean their products lose least.
        center = vectors.mean(axis=0) if kernel == "rbf" else np.zeros(columns)
        vectors = vectors - center
        typical = vectors.mean(axis=0)
        count = len(vectors)
        if kernel == "linear":
            vectors, coefficients = (coefficients @ vectors)[None], np.ones(1)
        names: AnyArray | None = getattr(fitted, "feature_names_in_", None)
        return cls._from_learned(
            {
                "kernel": kernel,
                "gamma": repr(float(fitted._gamma)),
                "degree": int(fitted.degree) if kernel == "polynomial" else 3,
                "coef0": float(fitted.coef0),
                "nu": float(fitted.nu),
                "tolerance": float(min(max(fitted.tol, 1e-12), 1.0)),
            },
            columns,
            names,
            {
                "center": center,
                "factor": np.ones(columns),
                "typical": typical,
                "vectors": _tiles(vectors),
                "offsets": _tiles(np.sum(vectors**2, axis=1, keepdims=True))[:, 0],
                "coefficients": _tiles(coefficients[:, None])[:, 0],
                "rho": np.array(-fitted.intercept_[0]),
                "gamma": np.array(fitted._gamma),
                "vector_count": np.array(count, dtype=np.int64),
            },
            offset=0.0,
        )


def _tiles(rows: FloatArray) -> FloatArray:
    """Rows in tiles of 32, column by column, filled up with zeros: shape (tiles, columns, 32)."""
    count, columns = rows.shape
    tiles = -(-count // TILE)
    padded = np.zeros((tiles * TILE, columns))
    padded[:count] = rows
    return np.ascontiguousarray(padded.reshape(tiles, TILE, columns).transpose(0, 2, 1))
