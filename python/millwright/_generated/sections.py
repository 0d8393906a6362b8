"""Settings of the parts of a pipeline that are no estimators. Made by python/generate_stages.py from the core's registry;
do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ..data.sections import Section

__all__ = [
    "Alarm",
    "AlertBudget",
    "CauchyFusion",
    "Clock",
    "Features",
    "FitOptions",
    "MinFusion",
    "QuantileThreshold",
    "RunningMedian",
    "ScoringMonitor",
    "TailCalibration",
]


@dataclass(frozen=True, kw_only=True)
class RunningMedian(Section):
    """Causal running median of each column over the last scored windows; 1 passes values through.

    Parameters
    ----------
    windows : int, default=1
        Length of the median; 1 passes values through (1 to 999; unit: windows).
    """

    stage_id: ClassVar[str] = "running_median"

    windows: int = 1


@dataclass(frozen=True, kw_only=True)
class TailCalibration(Section):
    """Turns scores into severities, -log10 of the tail probability under normal operation: empirical, generalised
    Pareto beyond.

    Parameters
    ----------
    tail_quantile : float, default=0.98
        Share of the calibration scores below the fitted tail (0.5 to 0.9999; unit: share).
    min_peaks : int, default=50
        Scores in the tail, at least, where a tenth of the data allows it (5 to 100000; unit: windows).
    lowest_shape : float, default=0.0
        Bounds of the tail's shape; at 0 it is exponential, and no shape below 0 is allowed (0 to 1).
    highest_shape : float, default=0.25
        Because such a tail ends; a heavy one, fitted to few scores, flattens gross faults (0 to 1).
    max_scores : int, default=4096
        Calibration scores kept for each column; evenly spaced order statistics of more (100 to 1e+06; unit:
        windows).
    by_regime : bool, default=False
        Whether each operating regime has its own tail.
    min_regime_rows : int, default=200
        Calibration rows below which a regime uses the tail of all rows; by_regime only (20 to 1e+09; unit:
        windows).
    """

    stage_id: ClassVar[str] = "tail_calibration"

    tail_quantile: float = 0.98
    min_peaks: int = 50
    lowest_shape: float = 0.0
    highest_shape: float = 0.25
    max_scores: int = 4096
    by_regime: bool = False
    min_regime_rows: int = 200


@dataclass(frozen=True, kw_only=True)
class CauchyFusion(Section):
    """Combines the severities of several detectors into one by the Cauchy combination of their tail probabilities.

    Parameters
    ----------
    weights : sequence of float, default=()
        Weight of each detector, in their order; empty: equal ones. The largest is at most 1e6 times the smallest
        that is not 0 (0 to 1e+06).
    """

    stage_id: ClassVar[str] = "cauchy_fusion"

    weights: Sequence[float] = ()


@dataclass(frozen=True, kw_only=True)
class MinFusion(Section):
    """Combines the severities of several detectors into one by the smallest tail probability, twice the median, or
    both.

    Parameters
    ----------
    rule : {"bonferroni", "twice_median", "both"}, default="both"
        The smallest tail probability times their number, twice the median, or twice the smaller of both.
    """

    stage_id: ClassVar[str] = "min_fusion"

    rule: Literal["bonferroni", "twice_median", "both"] = "both"


@dataclass(frozen=True, kw_only=True)
class AlertBudget(Section):
    """Sets the alarm threshold so that false episodes stay within a weekly budget.

    Parameters
    ----------
    max_false_episodes_per_week : float, default=1.0
        False episodes that people accept, for each asset (0.0001 to 1e+06; unit: 1/week).
    confidence : float, default=0.8
        Confidence of the upper limit on the rate of false episodes (0.5 to 0.999; unit: share).
    """

    stage_id: ClassVar[str] = "alert_budget"

    max_false_episodes_per_week: float = 1.0
    confidence: float = 0.8


@dataclass(frozen=True, kw_only=True)
class QuantileThreshold(Section):
    """Sets the alarm threshold at a quantile of the severities of normal operation.

    Parameters
    ----------
    quantile : float, default=0.999
        Share of normal windows below the threshold (0.5 to 1; unit: share).
    """

    stage_id: ClassVar[str] = "quantile_threshold"

    quantile: float = 0.999


@dataclass(frozen=True, kw_only=True)
class ScoringMonitor(Section):
    """Share of windows that carry no score, by reason."""

    stage_id: ClassVar[str] = "scoring_monitor"


@dataclass(frozen=True, kw_only=True)
class Clock(Section):
    """What the stream clock does with time that is not perfect.

    Parameters
    ----------
    max_gap_s : float, optional
        Longest gap that is filled with masked samples; a longer one starts a new segment; None: the longest window
        (above 0, at most 1e+09; unit: s).
    late_tolerance_s : float, default=1.0
        A stamp behind the last one by at most this is a late sample and dropped; further behind, the clock was set
        back (0 to 1e+09; unit: s).
    jitter_tolerance : float, default=0.5
        Share of a sampling period by which a stamp may come after its slot before slots count as missing (0.05 to
        1; unit: share).
    max_lag_s : float, optional
        How far the fastest group may run ahead before slower groups are masked; None: two longest windows, at least
        1 s (above 0, at most 86400; unit: s).
    stuck_after_vibration : int or None, default=64
        Identical values in a row that mean a stuck sensor, channels of role vibration; None: no check (1 to 1e+09;
        unit: samples).
    stuck_after_process : int, optional
        The same for role process (1 to 1e+09; unit: samples).
    stuck_after_slow : int, optional
        The same for role slow (1 to 1e+09; unit: samples).
    stuck_after_context : int, optional
        The same for role context (1 to 1e+09; unit: samples).
    """

    stage_id: ClassVar[str] = "clock"

    max_gap_s: float | None = None
    late_tolerance_s: float = 1.0
    jitter_tolerance: float = 0.5
    max_lag_s: float | None = None
    stuck_after_vibration: int | None = 64
    stuck_after_process: int | None = None
    stuck_after_slow: int | None = None
    stuck_after_context: int | None = None


@dataclass(frozen=True, kw_only=True)
class Features(Section):
    """Computes named features of each window; features that need the same view share it.

    Parameters
    ----------
    names : sequence of str, default=()
        Features to compute, as channel[@window].[log_]feature[(argument=value,...)].
    shaft_hz : float, optional
        Fixed speed of the shaft, for features that count in orders of it (above 0, at most 1e+06; unit: Hz).
    speed_channel : str, optional
        Channel whose mean over the window is the speed of the shaft, in rpm or Hz by its unit.
    """

    stage_id: ClassVar[str] = "features"

    names: Sequence[str] = ()
    shaft_hz: float | None = None
    speed_channel: str | None = None


@dataclass(frozen=True, kw_only=True)
class Alarm(Section):
    """Turns severities into episodes with deadband, k-of-n on-delay, off-delay and refractory time.

    Parameters
    ----------
    smoothing_windows : int, default=1
        Windows m of the exponential mean of severity, weight 2 / (m + 1); 1: none (1 to 100000; unit: windows).
    on_count : int, default=3
        Windows at or above the threshold that raise an episode (1 to 64; unit: windows).
    on_window : int, default=5
        Latest scored windows among which on_count is counted (1 to 64; unit: windows).
    off_windows : int, default=5
        Scored windows in a row below threshold - deadband that clear the episode (1 to 1e+06; unit: windows).
    deadband : float, default=1.0
        How far severity must fall below the threshold before the episode can clear (0 to 100; unit: decades).
    refractory_s : float, default=300.0
        No new episode for this long after one cleared (0 to 3.1536e+07; unit: s).
    """

    stage_id: ClassVar[str] = "alarm"

    smoothing_windows: int = 1
    on_count: int = 3
    on_window: int = 5
    off_windows: int = 5
    deadband: float = 1.0
    refractory_s: float = 300.0


@dataclass(frozen=True, kw_only=True)
class FitOptions(Section):
    """How a pipeline learns: the held-out scheme behind the calibration and the golden vectors.

    Parameters
    ----------
    folds : int, default=5
        Contiguous blocks of training rows, each scored by a model that has not seen it; these held-out scores
        calibrate the tails (2 to 100).
    golden_windows : int, default=2
        Windows of training signal stored in the bundle and replayed when it is loaded (1 to 8; unit: windows).
    """

    stage_id: ClassVar[str] = "fit"

    folds: int = 5
    golden_windows: int = 2
