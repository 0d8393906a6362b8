"""Signatures of confirmed faults: which of them an alarm resembles. See docs/few-labels.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._errors import not_fitted
from .._typing import FloatArray
from ..data.times import TimeLike, intervals_to_ns

if TYPE_CHECKING:
    from ..pipeline.pipeline import Pipeline
    from ..pipeline.result import Result

__all__ = ["FaultSignatures", "Hypothesis", "LeftOutEvents", "event_deviations"]


def event_deviations(pipeline: Pipeline, result: Result, events: Sequence[tuple[TimeLike, TimeLike]]) -> FloatArray:
    """How far events lie from normal operation: one row for each, what `FaultSignatures` takes.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted; its normaliser tells what is normal in each operating regime.
    result : Result
        Its run over the time of the events.
    events : sequence of (from, to)
        Both ends included; for an episode ``(episode.started_at, episode.cleared_at)``.

    Returns
    -------
    ndarray of shape (events, features)
        Mean robust z over the more severe half of the scored windows, 0 where it is never finite. Columns are those of
        ``pipeline.normalize_.get_feature_names_out()``.

    Raises
    ------
    ValueError
        If an event holds no scored window.
    """
    deviations = pipeline.core_.normalizer.process(result.feature_values)[0]
    rows = []
    for number, (first, last) in enumerate(intervals_to_ns(events), 1):
        inside = (result.end_time_ns >= first) & (result.end_time_ns <= last) & result.is_scored
        if not inside.any():
            raise ValueError(f"event {number} holds no scored window: check its times against those of the run")
        severe = inside & (result.severity >= np.median(result.severity[inside]))
        values = deviations[severe]
        finite = np.isfinite(values)
        sums = np.where(finite, values, 0.0).sum(axis=0)
        rows.append(sums / np.maximum(finite.sum(axis=0), 1))
    return np.array(rows).reshape(len(rows), deviations.shape[1])


@dataclass(frozen=True)
class Hypothesis:
    """A confirmed fault that an event resembles.

    Attributes
    ----------
    fault : str
        Its name.
    similarity : float
        Cosine between the event and the fault's signature, -1 to 1; 1: the same features deviate in the same proportion.
    distance : float
        Between event and signature, in standard deviations within faults.
    """

    fault: str
    similarity: float
    distance: float


@dataclass(frozen=True)
class LeftOutEvents:
    """Each event, named by signatures learned from all others.

    Attributes
    ----------
    predicted : list of str or None
        None: unlike all known faults.
    accuracy : float
        Share named rightly, among events whose fault was seen in another event too; NaN if there is none.
    repeated : int
        How many these are.
    rejected_new : int
        Events whose fault was seen only once and that were rightly called unlike all known.
    new : int
        How many these could be.
    """

    predicted: list[str | None]
    accuracy: float
    repeated: int
    rejected_new: int
    new: int


class FaultSignatures:
    """Which confirmed fault an alarm resembles: nearest shrunken centroids over normalised deviations.

    A hypothesis for the person who looks at the alarm, not a diagnosis.

    Parameters
    ----------
    shrinkage : float, default=0.5
        Standard errors by which each fault's centroid is drawn to the mean of all; features that tell faults apart by
        less drop out.
    min_similarity : float, default=0.5
        Cosine below which an event is unlike all known faults.
    compress : bool, default=True
        Whether deviations enter as ``sign(x) log(1 + |x|)``, so that a strong fault stays near a weak one of its kind.

    Attributes
    ----------
    faults_ : list of str
        Names seen in `fit`, sorted.
    centroids_ : ndarray of shape (faults, features)
        Their signatures, compressed if `compress` is on.

    References
    ----------
    R. Tibshirani, T. Hastie, B. Narasimhan and G. Chu, "Diagnosis of multiple cancer types by shrunken centroids of gene
    expression", PNAS 99 (2002).

    Examples
    --------
    >>> import millwright as mw
    >>> events = [[9.0, 0.5, 0.0], [14.0, 1.0, 0.3], [0.0, 0.2, 7.0], [0.4, 0.0, 5.0]]
    >>> signatures = mw.FaultSignatures().fit(events, ["bearing", "bearing", "belt", "belt"])
    >>> signatures.name([30.0, 0.0, 1.0])
    'bearing'
    >>> print(signatures.name([0.0, -20.0, 0.0]))
    None
    """

    def __init__(self, *, shrinkage: float = 0.5, min_similarity: float = 0.5, compress: bool = True) -> None:
        self.shrinkage = shrinkage
        self.min_similarity = min_similarity
        self.compress = compress

    def _settings(self) -> dict[str, Any]:
        return {"shrinkage": self.shrinkage, "min_similarity": self.min_similarity, "compress": self.compress}

    @staticmethod
    def _labelled(deviations: ArrayLike, faults: Sequence[str]) -> tuple[FloatArray, Any, list[str]]:
        rows = np.asarray(deviations, np.float64)
        if rows.ndim != 2 or len(rows) != len(faults):
            raise ValueError(f"deviations of shape {rows.shape} for {len(faults)} faults: give one row for each event")
        names = sorted({str(fault) for fault in faults})
        return rows, np.array([names.index(str(fault)) for fault in faults], np.uint32), names

    def fit(self, deviations: ArrayLike, faults: Sequence[str]) -> Self:
        """Learn the signatures.

        Parameters
        ----------
        deviations : array-like of shape (events, features)
            One row for each confirmed event, as `event_deviations` gives them.
        faults : sequence of str
            What each event turned out to be.
        """
        rows, index, names = self._labelled(deviations, faults)
        self._core = _core.FaultSignatures(self._settings(), rows, index, names)
        self.faults_ = names
        return self

    def _fitted(self) -> _core.FaultSignatures:
        if not hasattr(self, "_core"):
            raise not_fitted("no signature has been learned: call fit with confirmed events")
        return self._core

    @property
    def centroids_(self) -> FloatArray:
        return self._fitted().centroids

    def hypotheses(self, deviations: ArrayLike, most: int = 3) -> list[Hypothesis]:
        """The nearest faults of one event, nearest first; none if no value is finite."""
        row = np.asarray(deviations, np.float64).ravel()
        return [Hypothesis(self.faults_[k], s, d) for k, s, d in self._fitted().nearest(row, most)]

    def name(self, deviations: ArrayLike) -> str | None:
        """The nearest fault of one event; None if the event is unlike all known ones."""
        best = self.hypotheses(deviations, 1)
        return best[0].fault if best and self._fitted().is_known(best[0].similarity) else None

    def leave_one_event_out(self, deviations: ArrayLike, faults: Sequence[str]) -> LeftOutEvents:
        """How well events are named by signatures learned from the others.

        Parameters
        ----------
        deviations, faults
            As in `fit`.
        """
        rows, index, names = self._labelled(deviations, faults)
        judge = _core.FaultSignatures(self._settings(), rows, index, names)
        found = judge.leave_one_event_out(rows, index, names)
        predicted = [names[k] if judge.is_known(similarity) else None for k, similarity, _ in found]
        again = [np.count_nonzero(index == k) > 1 for k in index]
        right = [p == names[k] for p, k, r in zip(predicted, index, again, strict=True) if r]
        rejected = [p is None for p, r in zip(predicted, again, strict=True) if not r]
        return LeftOutEvents(
            predicted, float(np.mean(right)) if right else float("nan"), len(right), sum(rejected), len(rejected)
        )
