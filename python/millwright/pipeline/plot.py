"""Plots, as Display objects in the manner of scikit-learn. They need matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .._typing import AnyArray, FloatArray
from ..data.times import to_datetime64

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .result import Result

__all__ = ["FeatureTrendDisplay", "ScoreDisplay", "SpectrumDisplay"]


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError("plots need matplotlib: pip install 'millwright[plot]'") from missing
    return plt.subplots(figsize=(9, 3.5), layout="constrained")[1]


class _Display:
    """What all displays have after `plot`."""

    ax_: Axes
    figure_: Figure

    def _keep(self, ax: Axes) -> None:
        self.ax_ = ax
        figure = ax.get_figure(root=True)
        assert figure is not None
        self.figure_ = figure


@dataclass
class ScoreDisplay(_Display):
    """Severity over time, with the threshold and the spans in which an alarm was active.

    Parameters
    ----------
    end_time : ndarray of datetime64
    severity : ndarray of float
        -log10 of the probability of each window in normal operation; NaN leaves a gap.
    threshold : float
    spans : sequence of (start, end)
        Alarms, as datetime64.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    """

    end_time: AnyArray
    severity: FloatArray
    threshold: float
    spans: Sequence[tuple[np.datetime64, np.datetime64]] = field(default=())

    @classmethod
    def from_result(cls, result: Result, *, ax: Axes | None = None, **kwargs: Any) -> ScoreDisplay:
        """Plot the severity of a result.

        Parameters
        ----------
        result : Result
            From `Pipeline.run` or `Pipeline.score`.
        ax : matplotlib Axes, optional
            Default: a new figure.
        **kwargs
            For the line, as `matplotlib.axes.Axes.plot` takes them.
        """
        last = int(result.end_time_ns[-1]) if len(result) else 0
        edges = np.array(
            [(e.raised_at, last if e.cleared_at is None else e.cleared_at) for e in result.episode_list], np.int64
        ).reshape(-1, 2)
        spans = [(start, end) for start, end in to_datetime64(edges)]
        return cls(result.end_time, result.severity, result.threshold, spans).plot(ax=ax, **kwargs)

    def plot(self, *, ax: Axes | None = None, **kwargs: Any) -> ScoreDisplay:
        """Draw; returns itself."""
        ax = _axes(ax)
        ax.plot(self.end_time, self.severity, **{"linewidth": 0.8, "label": "severity", **kwargs})
        ax.axhline(self.threshold, color="tab:red", linestyle="--", linewidth=1.0, label="threshold")
        for i, (start, end) in enumerate(self.spans):
            ax.axvspan(start, end, color="tab:red", alpha=0.15, label="alarm" if i == 0 else None)  # type: ignore[arg-type]
        ax.set(xlabel="end of window", ylabel=r"severity ($-\log_{10} p$)")
        ax.set_ylim(bottom=0.0)
        ax.legend(loc="upper left")
        self._keep(ax)
        return self


@dataclass
class SpectrumDisplay(_Display):
    """Power spectral density of a signal.

    Parameters
    ----------
    frequency_hz : ndarray of float
    density : ndarray of float
        In unit^2 / Hz.
    unit : str
        Of the signal.
    marks : dict of str to float
        Frequencies to mark, for example ``Bearing.frequencies(speed_rpm)``.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    """

    frequency_hz: FloatArray
    density: FloatArray
    unit: str = ""
    marks: dict[str, float] = field(default_factory=dict)

    @classmethod
    def from_signal(
        cls,
        signal: ArrayLike,
        rate_hz: float,
        *,
        segment: int = 4096,
        unit: str = "",
        marks: dict[str, float] | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> SpectrumDisplay:
        """Estimate the density by Welch's method (Hann taper, half overlap, mean removed) and plot it.

        Parameters
        ----------
        signal : array-like of shape (n,)
            Samples; they must be finite.
        rate_hz : float
            Sampling rate.
        segment : int, default=4096
            Samples of one segment, cut to the signal's length; the resolution is ``rate_hz / segment``.
        unit : str, default=""
            Unit of the signal.
        marks : dict of str to float, optional
            Frequencies in Hz to mark.
        ax : matplotlib Axes, optional
            Default: a new figure.
        **kwargs
            For the line, as `matplotlib.axes.Axes.plot` takes them.

        Raises
        ------
        ValueError
            If the signal is empty, not one-dimensional or not finite.
        """
        values = np.asarray(signal, np.float64)
        if values.ndim != 1 or values.size < 2 or not np.isfinite(values).all():
            raise ValueError(f"the signal must be one row of at least two finite samples, got shape {values.shape}")
        frequency, density = welch(values, rate_hz, min(segment, values.size))
        return cls(frequency, density, unit, marks or {}).plot(ax=ax, **kwargs)

    def plot(self, *, ax: Axes | None = None, **kwargs: Any) -> SpectrumDisplay:
        """Draw; returns itself."""
        ax = _axes(ax)
        ax.semilogy(self.frequency_hz[1:], self.density[1:], **{"linewidth": 0.8, **kwargs})
        for name, frequency in self.marks.items():
            ax.axvline(frequency, color="tab:gray", linestyle=":", linewidth=1.0)
            ax.annotate(
                name, (frequency, 1.0), xycoords=("data", "axes fraction"), va="top", ha="left", fontsize="small"
            )
        unit = f"{self.unit}²/Hz" if self.unit else "1/Hz"
        ax.set(xlabel="frequency (Hz)", ylabel=f"power spectral density ({unit})")
        self._keep(ax)
        return self


@dataclass
class FeatureTrendDisplay(_Display):
    """Features over time, each in units of its own spread so that they share one axis.

    Parameters
    ----------
    end_time : ndarray of datetime64
    values : ndarray of shape (windows, features)
        Distance from the median in robust standard deviations.
    names : list of str

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    """

    end_time: AnyArray
    values: FloatArray
    names: list[str]

    @classmethod
    def from_result(
        cls, result: Result, features: Sequence[str] | None = None, *, ax: Axes | None = None, **kwargs: Any
    ) -> FeatureTrendDisplay:
        """Plot features of a result.

        Parameters
        ----------
        result : Result
        features : sequence of str, optional
            Names; default: the contributors of the episodes, or else the first five features.
        ax : matplotlib Axes, optional
            Default: a new figure.
        **kwargs
            For the lines, as `matplotlib.axes.Axes.plot` takes them.

        Raises
        ------
        ValueError
            If the result has no feature of that name.
        """
        if features is None:
            found = dict.fromkeys(c.feature for e in result.episode_list for c in e.contributors)
            features = list(found)[:5] or result.feature_names[:5]
        for name in features:
            if name not in result.feature_names:
                raise ValueError(f"the result has no feature {name!r}; it has: {', '.join(result.feature_names)}")
        values = result.feature_values[:, [result.feature_names.index(name) for name in features]]
        if len(values):
            median = np.nanmedian(values, axis=0)
            spread = 1.4826 * np.nanmedian(np.abs(values - median), axis=0)
            values = (values - median) / np.where(spread > 0.0, spread, 1.0)
        return cls(result.end_time, values, list(features)).plot(ax=ax, **kwargs)

    def plot(self, *, ax: Axes | None = None, **kwargs: Any) -> FeatureTrendDisplay:
        """Draw; returns itself."""
        ax = _axes(ax)
        for name, values in zip(self.names, self.values.T, strict=True):
            ax.plot(self.end_time, values, **{"linewidth": 0.8, "label": name, **kwargs})
        ax.set(xlabel="end of window", ylabel="distance from the median (robust standard deviations)")
        ax.legend(loc="upper left", fontsize="small")
        self._keep(ax)
        return self


def welch(values: FloatArray, rate_hz: float, segment: int) -> tuple[FloatArray, FloatArray]:
    """One-sided power spectral density: Hann taper, half overlap, mean of each segment removed.

    Source: Welch, IEEE Trans. Audio Electroacoust. 15 (1967).
    """
    taper = np.hanning(segment + 1)[:-1]
    step = segment - segment // 2
    starts = range(0, len(values) - segment + 1, step)
    power = np.zeros(segment // 2 + 1)
    for start in starts:
        part = values[start : start + segment]
        power += np.abs(np.fft.rfft((part - part.mean()) * taper)) ** 2
    density = power / len(starts) / (rate_hz * np.sum(taper**2))
    density[1 : (segment + 1) // 2] *= 2.0
    frequency: FloatArray = np.arange(segment // 2 + 1, dtype=np.float64) * (rate_hz / segment)
    return frequency, density
