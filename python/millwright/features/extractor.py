"""Features of arrays of frames, as a scikit-learn transformer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from .. import _core
from .._foreign_arguments import KnownArguments
from .._typing import AnyArray
from ..data.tables import table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FeatureExtractor"]


class FeatureExtractor(KnownArguments, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Features of frames of one channel, prepared once: a scikit-learn transformer that learns nothing.

    Each row of the input is one frame (window). Samples that are not finite count as missing; a feature that is not
    defined for a frame is NaN. Float64 frames are computed with as they are, float32 ones as a pipeline does.

    Parameters
    ----------
    names : sequence of str
        Features without a channel, such as ``"kurtosis"`` or ``"band_rms(f_lo=500,f_hi=1500)"``; see `definitions`.
    rate_hz : float
        Sampling rate in Hz.
    length : int, optional
        Samples in a frame. Default: those of the first frames given.
    shaft_hz : float, default=0.0
        Speed of the shaft in Hz, for features that count in orders of it; 0: not known.

    Attributes
    ----------
    n_features_in_ : int
        Samples in a frame.

    Raises
    ------
    ValueError
        On the first use, when a name is unknown or impossible for this rate and length; the message says how to mend it.

    Examples
    --------
    >>> import numpy as np
    >>> from millwright.features import FeatureExtractor
    >>> extractor = FeatureExtractor(["rms", "crest"], rate_hz=1000.0)
    >>> extractor.fit_transform(np.array([[3.0, -4.0], [1.0, -1.0]])).round(3)
    array([[3.536, 1.131],
           [1.   , 1.   ]])
    """

    def __init__(
        self, names: Sequence[str], *, rate_hz: float, length: int | None = None, shaft_hz: float = 0.0
    ) -> None:
        self.names = names
        self.rate_hz = rate_hz
        self.length = length
        self.shaft_hz = shaft_hz

    def fit(self, frames: AnyArray | None = None, y: Any = None) -> Self:
        """Prepare for frames of this length; nothing is learned."""
        length = self.length if self.length is not None else _frames(frames).shape[1]
        self._core = _core.FeatureExtractor(list(self.names), self.rate_hz, length, self.shaft_hz)
        self.n_features_in_ = length
        return self

    def transform(self, frames: AnyArray) -> NDArray[np.float64]:
        """Features of each frame.

        Parameters
        ----------
        frames : array of shape (n_frames, length)
            Float32 or float64; anything else becomes float64.

        Returns
        -------
        ndarray of shape (n_frames, n_names), float64
        """
        return self._prepared(frames).transform(_frames(frames))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Canonical names, in the order of the columns."""
        if not hasattr(self, "_core"):
            self.fit()
        return np.array(self._core.names, dtype=object)

    def cost(self, frames: AnyArray, calls: int = 20) -> pd.DataFrame | AnyArray:
        """Time spent for each feature, measured view by view on these frames.

        A view (sums, sorted samples, a spectrum) is computed once for all features that read it, so dropping one of
        them saves its own time only, and dropping the last of them saves the view's.

        Parameters
        ----------
        frames : array of shape (n_frames, length)
            A few frames suffice.
        calls : int, default=20
            How often each part is run for one figure; the least of five such rounds counts.

        Returns
        -------
        DataFrame, or structured ndarray if pandas is not installed
            For each feature: `name`, `view`, `own_ns` (its own function), `view_ns` (the view), `shared_ns` (the view and
            all views that it needs) and `sharing` (features that read the view).
        """
        if calls < 1:
            raise ValueError(f"calls={calls}: give at least 1")
        plan = self._prepared(frames).cost(_frames(frames), calls)
        rows: list[tuple[int, str, str, float, float, float, int]] = []
        for at, view in enumerate(plan):
            needed = {at}
            for place in range(at, -1, -1):
                if place in needed:
                    needed.update(plan[place]["needs"])
            shared = sum(plan[place]["ns"] for place in sorted(needed))
            for column, name, own in view["features"]:
                rows.append((column, name, view["view"], own, view["ns"], shared, len(view["features"])))
        rows.sort()
        columns = dict(
            zip(
                ("name", "view", "own_ns", "view_ns", "shared_ns", "sharing"),
                list(zip(*rows, strict=True))[1:],
                strict=True,
            )
        )
        return table({name: np.array(values) for name, values in columns.items()})

    def _prepared(self, frames: AnyArray) -> _core.FeatureExtractor:
        if not hasattr(self, "_core"):
            self.fit(frames)
        return self._core

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_core"}


def _frames(frames: AnyArray | None) -> AnyArray:
    if frames is None:
        raise ValueError("the length of the frames is not known: give length, or frames")
    values = np.asarray(frames)
    if values.ndim != 2:
        raise ValueError(f"frames have {values.ndim} dimensions: give an array of shape (n_frames, length)")
    return np.ascontiguousarray(values, dtype=np.float32 if values.dtype == np.float32 else np.float64)
