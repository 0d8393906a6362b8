"""Weights of the fusion, learned from a few labelled events.

Not a classifier of windows. Four to ten events are too few for one, however many windows they have: windows of one event
are all alike. See docs/few-labels.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._generated.sections import Alarm, AlertBudget, CauchyFusion, TailCalibration
from ..data.times import TimeLike, intervals_to_ns
from ..pipeline.result import Result

__all__ = ["EventOutcome", "EventReport", "FusionWeights", "learn_fusion_weights"]


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
        intervals_to_ns(events),
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
