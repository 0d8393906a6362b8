"""Fitted models of other libraries as fitted detectors of this one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .. import _core
from .._typing import AnyArray
from .estimators import Detector

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

__all__ = ["SklearnPca"]


class SklearnPca(Detector):
    """Makes a `PcaMonitor` from scikit-learn's PCA."""

    @classmethod
    def from_sklearn(cls, pca: PCA, scaler: Any = None, **settings: Any) -> Self:
        """A fitted monitor with the components of a fitted `sklearn.decomposition.PCA`; T2 and SPE are those of that PCA.

        Parameters
        ----------
        pca : sklearn.decomposition.PCA
            Fitted. Its components are retained; with `components` in the settings, the first so many of them. SPE's limit
            needs the variances of the others: of those that `pca` left out only the mean is known, `noise_variance_`, and
            it is taken for each of them. Fit the PCA with all components for the exact limit.
        scaler : sklearn.preprocessing.StandardScaler or RobustScaler, optional
            Fitted; what the rows went through before `pca`. The monitor takes the rows before it.
        **settings
            Parameters of the monitor: `statistic`, `components`, `confidence`, `spe_limit_rule`.

        Examples
        --------
        >>> import millwright as mw, numpy as np
        >>> from sklearn.decomposition import PCA
        >>> from sklearn.preprocessing import StandardScaler
        >>> rows = np.random.default_rng(0).normal(size=(500, 6))
        >>> scaler = StandardScaler().fit(rows)
        >>> pca = PCA().fit(scaler.transform(rows))
        >>> monitor = mw.PcaMonitor.from_sklearn(pca, scaler, components=3, statistic="spe")
        >>> monitor.anomaly_score(rows).shape
        (500,)
        """
        directions = np.asarray(pca.components_, dtype=np.float64)
        found, columns = directions.shape
        retained = int(settings["components"]) if "components" in settings else int(found)
        if not 1 <= retained <= found:
            raise ValueError(f"{retained} components are to be retained, the PCA has {found}")
        largest = float(pca.explained_variance_[0])
        values = [float(v) for v in pca.explained_variance_ if v > 1e-12 * largest]
        if len(values) < retained:
            raise ValueError(f"{retained} components are to be retained, {len(values)} of the PCA's have a variance")
        left_out = min(pca.n_samples_ - 1, columns) - found
        if left_out > 0 and pca.noise_variance_ > 1e-12 * largest:
            values += [min(float(pca.noise_variance_), values[-1])] * left_out

        center, spread = np.zeros(columns), np.ones(columns)
        if scaler is not None:
            shift = getattr(scaler, "mean_", getattr(scaler, "center_", None))
            center = center if shift is None else np.asarray(shift, dtype=np.float64)
            spread = spread if scaler.scale_ is None else np.asarray(scaler.scale_, dtype=np.float64)
        names: AnyArray | None = getattr(pca if scaler is None else scaler, "feature_names_in_", None)
        params = {
            **settings,
            "selection": "count",
            "components": retained,
            "scaling": "none" if scaler is None else "standard",
        }
        limits = _core.pca_limits(params, values, float(pca.n_samples_))
        return cls._from_learned(
            params,
            columns,
            names,
            {
                "location": center + spread * np.asarray(pca.mean_, dtype=np.float64),
                "scale": spread,
                "components": directions[:retained],
                "eigenvalues": np.array(values),
                **{name: np.array(limit) for name, limit in limits.items()},
            },
            offset=math.nan,
        )
