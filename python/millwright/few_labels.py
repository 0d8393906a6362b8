"""Help from a few labelled events: weights of the fusion, and signatures of confirmed faults.

Neither is a classifier of windows. Four to ten events are too few for one, however many windows they have: windows of
one event are all alike. See docs/few-labels.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import NotFittedError

from . import _core
from ._times import TimeLike, to_ns
from ._typing import FloatArray
from .result import Result
from .stages import Alarm, AlertBudget, CauchyFusion, TailCalibration

if TYPE_CHECKING:
    from .pipeline import Pipeline

__all__ = [
    "EventOutcome",
    "EventReport",
    "FaultSignatures",
    "FusionWeights",
    "Hypothesis",
    "LeftOutEvents",
    "event_deviations",
    "learn_fusion_weights",
]


@dataclass(frozen=True)
class EventOutcome:
    """What a left-out event met under one set of weights.

    Attributes
    ----------
    detected : bool
        Whether an episode was raised in it.
    peak_severity, threshold : float
        The largest severity in it, and the alarm threshold that the other events' folds gave.
    false_episodes : int
        Episodes raised outside all events, in the stretch of time around this one.
    """

    detected: bool
    peak_severity: float
    threshold: float
    false_episodes: int


@dataclass(frozen=True)
class EventReport:
    """One labelled event, left out.

    Attributes
    ----------
    equal, learned : EventOutcome
        With equal weights, and with those learned from all other events.
    weights : tuple of float
        The latter.
    """

    equal: EventOutcome
    learned: EventOutcome
    weights: tuple[float, ...]


@dataclass(frozen=True)
class FusionWeights:
    """Weights of the fusion, and what they are worth.

    Attributes
    ----------
    weights : tuple of float
        Those to use: the learned ones if they are `better`, else equal ones. They sum to 1.
    learned : tuple of float
        Learned from all events.
    better : bool
        Whether left-out events show it: as many or more detected, as many or fewer false episodes, one of both strictly.
    events : list of EventReport
        Each event, left out, in the order given.
    normal_weeks : float
        Normal operation behind the counts of false episodes.
    detector_names : tuple of str
        What the weights belong to.
    """

    weights: tuple[float, ...]
    learned: tuple[float, ...]
    better: bool
    events: list[EventReport]
    normal_weeks: float
    detector_names: tuple[str, ...]

    @property
    def detected(self) -> tuple[int, int]:
        """Events that were detected while left out: with equal and with learned weights."""
        return sum(e.equal.detected for e in self.events), sum(e.learned.detected for e in self.events)

    @property
    def false_episodes_per_week(self) -> tuple[float, float]:
        """The rate of false episodes: with equal and with learned weights."""
        counts = (sum(e.equal.false_episodes for e in self.events), sum(e.learned.false_episodes for e in self.events))
        equal, learned = (count / self.normal_weeks if self.normal_weeks > 0 else float("nan") for count in counts)
        return equal, learned

    def fusion(self) -> CauchyFusion:
        """The stage for ``Pipeline(fuse=...)``. Fit that pipeline again: the tail of the fused severity and the
        threshold belong to the weights."""
        return CauchyFusion(weights=self.weights) if self.better else CauchyFusion()

    def __str__(self) -> str:
        detected, rates, count = self.detected, self.false_episodes_per_week, len(self.events)
        named = ", ".join(f"{name} {w:.2f}" for name, w in zip(self.detector_names, self.learned, strict=True))
        return (
            f"learned weights: {named}\n"
            f"left-out events detected: {detected[0]} of {count} with equal weights, {detected[1]} with learned ones\n"
            f"false episodes a week: {rates[0]:.2f} and {rates[1]:.2f}, over {self.normal_weeks:.2f} weeks\n"
            f"-> {'learned' if self.better else 'equal'} weights"
        )


def _intervals(events: Sequence[tuple[TimeLike, TimeLike]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([(to_ns(first), to_ns(last)) for first, last in events], np.int64).reshape(-1, 2)


def learn_fusion_weights(
    severities: Result | ArrayLike,
    events: Sequence[tuple[TimeLike, TimeLike]],
    *,
    end_time_ns: ArrayLike | None = None,
    regime: ArrayLike | None = None,
    alert: AlertBudget | None = None,
    alarm: Alarm | None = None,
    calibrate: TailCalibration | None = None,
    ridge: float = 1.0,
    largest_severity: float = 6.0,
    margin_s: float = 0.0,
) -> FusionWeights:
    """Learn from 4 to 10 labelled events how much each detector should be heard, if that proves to help.

    A logistic regression with non-negative coefficients, drawn to equal ones by a ridge, tells events from stretches of
    normal operation of the same length. Each event is then left out in turn: weights, tail and threshold come from the
    others, and the alarm runs over the stretch of time around it. Unless left-out events are served better, the
    weights stay equal.

    Parameters
    ----------
    severities : Result, or array-like of shape (windows, detectors)
        What a pipeline said about operation that it was not fitted on, with the events in it, in the order of time. At
        most five detectors.
    events : sequence of (from, to)
        When the events were, both ends included; at least four.
    end_time_ns, regime : array-like of shape (windows,), optional
        For severities given as an array: times (needed), and operating regimes.
    alert, alarm, calibrate : optional
        As in `Pipeline`; the alert budget sets the threshold here, as it does there.
    ridge : float, default=1.0
        Pull towards equal weights.
    largest_severity : float, default=6.0
        Severities count up to here, so that no gross event decides alone.
    margin_s : float, default=0.0
        Time around an event that counts neither as event nor as normal: when a fault began is never known exactly.

    Returns
    -------
    FusionWeights
        ``.fusion()`` is the stage for a pipeline, to be fitted again on the same normal operation.

    Raises
    ------
    ValueError
        For fewer than four events, events that overlap or hold no window, one detector or more than five.
    """
    if isinstance(severities, Result):
        values, times = severities.severity_values, severities.end_time_ns
        regimes, quality = severities.regime, severities.quality
        names = tuple(severities.detector_names)
    else:
        values = np.asarray(severities, np.float64)
        if values.ndim != 2:
            raise ValueError(f"severities must have the shape (windows, detectors), not {values.shape}")
        if end_time_ns is None:
            raise ValueError("severities without times: give end_time_ns, or pass a Result")
        times = np.asarray(end_time_ns, np.int64)
        regimes = np.full(len(values), -1, np.int32) if regime is None else np.asarray(regime, np.int32)
        quality = np.zeros(len(values), np.uint32)
        names = tuple(f"detector {d + 1}" for d in range(values.shape[1]))
    found = _core.learn_fusion_weights(
        values,
        times,
        quality,
        regimes,
        _intervals(events),
        {"ridge": ridge, "largest_severity": largest_severity, "margin_s": margin_s},
        (alert or AlertBudget()).get_params(),
        (alarm or Alarm()).get_params(),
        (calibrate or TailCalibration()).get_params(),
    )
    reports = [
        EventReport(EventOutcome(**e["equal"]), EventOutcome(**e["learned"]), tuple(e["weights"]))
        for e in found["events"]
    ]
    return FusionWeights(
        weights=tuple(found["weights"]),
        learned=tuple(found["learned"]),
        better=found["better"],
        events=reports,
        normal_weeks=found["normal_weeks"],
        detector_names=names,
    )


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
    deviations = pipeline._fitted().normalizer.process(result.feature_values)[0]
    rows = []
    for number, (first, last) in enumerate(_intervals(events), 1):
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
            raise NotFittedError("no signature has been learned: call fit with confirmed events")
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
