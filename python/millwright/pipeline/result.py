"""What a pipeline says about a recording: features, scores and episodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, make_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._typing import AnyArray, BoolArray, FloatArray, Int64Array
from ..data.tables import time_table
from ..data.times import to_datetime64
from .summary import Summary, evidence_lines, plural

if TYPE_CHECKING:
    import pandas as pd

    from .plot import ScoreDisplay

__all__ = ["QUALITY_BITS", "Contributor", "Episode", "Result"]

#: Names of the quality bits, lowest first, as the core lists them.
QUALITY_BITS = tuple(_core.quality_names())


@dataclass(frozen=True)
class Contributor:
    """A feature behind an episode.

    Attributes
    ----------
    feature : str
        Name of the feature.
    share : float
        Its share of the score, 0 to 1.
    deviation : float
        Its distance from normal at the episode's peak, in robust standard deviations.
    """

    feature: str
    share: float
    deviation: float


_EPISODE_FIELDS = _core.episode_fields()
_DTYPES = {"int": np.int64, "float": np.float64, "bool": np.bool_, "str": np.str_}
_CONTRIBUTORS: _core.RecordField = {
    "name": "contributors",
    "type": "tuple of Contributor",
    "kind": "plain",
    "doc": "features behind the peak, the largest share first",
}

if TYPE_CHECKING:

    @dataclass(frozen=True)
    class Episode:
        """The fields that type checkers know; the core's list of them, which may be longer, makes the class."""

        number: int
        started_at: int
        raised_at: int
        cleared_at: int | None
        peak_severity: float
        peak_at: int
        priority: str
        regime: int
        extrapolated: bool
        contributors: tuple[Contributor, ...]

        def __getattr__(self, name: str) -> Any: ...

else:
    Episode = make_dataclass(
        "Episode",
        [
            *((f["name"], f"{f['type']} | None" if f["kind"] == "open_time" else f["type"]) for f in _EPISODE_FIELDS),
            ("contributors", "tuple[Contributor, ...]"),
        ],
        frozen=True,
        namespace={"__module__": __name__},
    )
    Episode.__doc__ = """What a person sees as one alert. Times are ends of windows, in nanoseconds since 1970.

    Attributes
    ----------
""" + "".join(
        f"    {f['name']} : {f['type']}{' or None' if f['kind'] == 'open_time' else ''}\n"
        f"        {f['doc'][0].upper()}{f['doc'][1:]}.\n"
        for f in (*_EPISODE_FIELDS, _CONTRIBUTORS)
    )


def to_episode(fields: Mapping[str, Any]) -> Episode:
    """An episode from the core's fields."""
    contributors = tuple(Contributor(*c) for c in fields["contributors"])
    return Episode(**{**fields, "contributors": contributors})


@dataclass(frozen=True, repr=False)
class Result:
    """One row for each window, and the episodes.

    Arrays are always there; `features`, `scores` and `episodes` give them as pandas tables if pandas is installed,
    else as structured NumPy arrays.

    Attributes
    ----------
    end_time_ns : ndarray of shape (windows,), int64
        Stamp of each window's last sample, nanoseconds since 1970.
    feature_values : ndarray of shape (windows, features)
        NaN where a feature is undefined.
    score_values : ndarray of shape (windows, detectors)
        Higher = more anomalous; NaN where a window is not scored.
    severity_values : ndarray of shape (windows, detectors)
        -log10 of each score's probability in normal operation.
    severity : ndarray of shape (windows,)
        The same for all detectors together; what the alarm watches.
    regime : ndarray of shape (windows,), int32
        Operating regime; -1 where it is unknown.
    quality : ndarray of shape (windows,), uint32
        Bits of what is known about each window; `quality_names` spells them.
    is_scored, is_alarm : ndarray of shape (windows,), bool
        Whether the window has a score; whether an episode is active.
    episode_list : list of Episode
        Every episode as it stood at the end.
    feature_names, detector_names : list of str
        Columns of the arrays.
    threshold : float
        Severity at which a window counts towards an alarm.
    evidence : dict or None
        What the training data could prove about the threshold, as `Pipeline.evidence_`.
    shadow_severity : list of ndarray
        Severity by each shadow of the stream, in the order in which they were added; see `Stream.add_shadow`.
    """

    end_time_ns: Int64Array
    feature_values: FloatArray
    score_values: FloatArray
    severity_values: FloatArray
    severity: FloatArray
    regime: AnyArray
    quality: AnyArray
    is_scored: BoolArray
    is_alarm: BoolArray
    episode_list: list[Episode]
    feature_names: list[str]
    detector_names: list[str]
    threshold: float
    evidence: _core.Evidence | None = None
    shadow_severity: list[FloatArray] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.end_time_ns)

    def __repr__(self) -> str:
        return self._summary().text()

    def _repr_html_(self) -> str:
        return self._summary().html()

    def _summary(self) -> Summary:
        windows, scored = len(self), int(self.is_scored.sum())
        share = f" ({100 * scored / windows:.3g} %)" if windows else ""
        is_open = sum(episode.cleared_at is None for episode in self.episode_list)
        headline = f"Result: {plural(windows, 'window')}, {scored:,} scored{share}, {plural(len(self.episode_list), 'episode')}"
        headline += f" ({is_open} open)" if is_open else ""
        lines = (
            [("threshold", f"severity {self.threshold:.2f}")]
            if self.evidence is None
            else evidence_lines(self.evidence)
        )
        if scored < windows:
            lines.append(("left out", f"{windows - scored:,}: {self._reasons()}"))
        return Summary(headline, lines)

    def _reasons(self) -> str:
        """How many of the windows without a score have each mark of quality; a window may have several."""
        bits = self.quality[~self.is_scored]
        counts = {name: int(np.count_nonzero(bits >> bit & 1)) for bit, name in enumerate(QUALITY_BITS)}
        named = [f"{name} {count:,}" for name, count in counts.items() if count and name != "not_scored"]
        return ", ".join(named) or "no reason recorded"

    @property
    def end_time(self) -> AnyArray:
        """`end_time_ns` as datetime64[ns]."""
        return to_datetime64(self.end_time_ns)

    @property
    def features(self) -> pd.DataFrame | AnyArray:
        """Feature values, one column each, by end time."""
        return time_table(self.end_time, dict(zip(self.feature_names, self.feature_values.T, strict=True)))

    @property
    def scores(self) -> pd.DataFrame | AnyArray:
        """Severity, scores and severities of the detectors, regime, quality and alarm, by end time."""
        columns: dict[str, AnyArray] = {"severity": self.severity}
        for j, name in enumerate(self.detector_names):
            columns[f"score.{name}"] = self.score_values[:, j]
        for j, name in enumerate(self.detector_names):
            columns[f"severity.{name}"] = self.severity_values[:, j]
        columns |= {
            "regime": self.regime,
            "quality": self.quality,
            "is_scored": self.is_scored,
            "is_alarm": self.is_alarm,
        }
        return time_table(self.end_time, columns)

    @property
    def episodes(self) -> pd.DataFrame | AnyArray:
        """One row for each episode; `top_feature` is its largest contributor."""
        episodes = self.episode_list

        def times(values: list[int | None]) -> AnyArray:
            return np.array(
                [np.datetime64("NaT", "ns") if v is None else np.datetime64(v, "ns") for v in values], "M8[ns]"
            )

        def column(described: _core.RecordField) -> AnyArray:
            values = [getattr(episode, described["name"]) for episode in episodes]
            return times(values) if described["kind"] != "plain" else np.array(values, _DTYPES[described["type"]])

        columns = {f["name"]: column(f) for f in _EPISODE_FIELDS}
        raised_at = columns.pop("raised_at")
        top = [e.contributors[0].feature if e.contributors else "" for e in episodes]
        return time_table(raised_at, {**columns, "top_feature": np.array(top, np.str_)}, index="raised_at")

    def quality_names(self, window: int) -> list[str]:
        """Names of what is known about one window, for example ``["not_finite", "not_scored"]``."""
        return [name for bit, name in enumerate(QUALITY_BITS) if int(self.quality[window]) >> bit & 1]

    def plot(self, **kwargs: Any) -> ScoreDisplay:
        """Severity over time with threshold and alarms; see `ScoreDisplay.from_result`. Needs matplotlib."""
        from .plot import ScoreDisplay

        return ScoreDisplay.from_result(self, **kwargs)
